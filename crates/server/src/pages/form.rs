//! Forms: what is posted carries the token against forgery; what only looks is a parameter of the address.

use maud::{Markup, html};

use super::{layout::Frame, view::Choice};

/// A form that changes something: a post to `action` with the field `csrf`.
pub fn post(frame: &Frame, action: &str, class: &str, fields: &Markup) -> Markup {
    html! {
        form class=(class) method="post" action=(action) {
            input type="hidden" name="csrf" value=(frame.csrf);
            (fields)
        }
    }
}

/// A field that is not seen.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may be left empty, and says so.
    Optional,
    /// It may be left empty, which everybody knows of a filter.
    Filter,
}

impl Need {
    fn is_required(self) -> bool {
        self == Self::Required
    }
}

/// One line of text.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The name it is sent by.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// The `type` of the input: `text`, `password`, `url`, `date`, `email`, `search`.
    pub kind: &'a str,
    /// Whether it must be filled in.
    pub need: Need,
    /// What is in it.
    pub value: &'a str,
    /// What to write there, or why; empty for nothing.
    pub note: &'a str,
    /// What browsers may fill in, by the `autocomplete` of HTML; empty for nothing.
    pub autocomplete: &'a str,
}

impl<'a> Field<'a> {
    /// A required line of plain text.
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Self { name, label, kind: "text", need: Need::Required, value: "", note: "", autocomplete: "off" }
    }

    /// The same, which may be left empty.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { need: Need::Optional, ..self }
    }

    /// The same as a filter.
    #[must_use]
    pub fn filter(self) -> Self {
        Self { need: Need::Filter, kind: "search", ..self }
    }

    /// The same of another kind.
    #[must_use]
    pub fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    /// The same with something in it.
    #[must_use]
    pub fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// The same with a note.
    #[must_use]
    pub fn note(self, note: &'a str) -> Self {
        Self { note, ..self }
    }

    /// The same with what browsers may fill in.
    #[must_use]
    pub fn autocomplete(self, autocomplete: &'a str) -> Self {
        Self { autocomplete, ..self }
    }

    /// Its label and input.
    pub fn show(&self) -> Markup {
        html! {
            label.field {
                span { (self.label) (mark(self.need)) }
                input type=(self.kind) name=(self.name) value=(self.value) required[self.need.is_required()] autocomplete=[some(self.autocomplete)];
                (note(self.note))
            }
        }
    }
}

/// Several lines of text.
pub fn area(name: &str, label: &str, need: Need, hint: &str) -> Markup {
    html! {
        label.field {
            span { (label) (mark(need)) }
            textarea name=(name) rows="3" required[need.is_required()] {}
            (note(hint))
        }
    }
}

/// One of several; `chosen` is the value that is chosen at first, and an empty one a choice that must be made.
pub fn select(name: &str, label: &str, choices: &[Choice], chosen: &str) -> Markup {
    html! {
        label.field {
            span { (label) }
            select name=(name) {
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == chosen] { (choice.label) }
                }
            }
        }
    }
}

/// The button that sends.
pub fn submit(label: &str) -> Markup {
    html! { div { button.primary type="submit" { (label) } } }
}

fn mark(need: Need) -> Markup {
    html! { @if need == Need::Optional { span.soft { " (optional)" } } }
}

fn note(text: &str) -> Markup {
    html! { @if !text.is_empty() { span.note { (text) } } }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
