//! What to tell others: templates filled in with the facts.

use maud::{Markup, html};

use super::IncidentView;
use crate::pages::{layout, list};

/// A message to somebody, filled in.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id, unique in the incident: letters, digits and `-`.
    pub id: String,
    /// To whom: `internal`, `customer`, `executive`.
    pub audience: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// The messages, to be copied.
pub(super) fn panel(view: &IncidentView) -> Markup {
    let body = html! {
        @if view.messages.is_empty() { (list::empty("No templates", "They are part of the policy.")) }
        @for (index, message) in view.messages.iter().enumerate() {
            details.act id={ "message-" (index) } {
                summary { span.word { (message.audience) } ": " (message.subject) }
                p.message id={ "message-text-" (index) } { (message.text) }
                p { button.copy type="button" data-copy="" data-copy-from={ "message-text-" (index) } hidden { "copy" } }
            }
        }
    };
    layout::panel("messages", "Tell others", "filled in with what is known", &body)
}
