//! The few signs that stand beside words; they carry no meaning alone, so assistive technology passes over them.

use maud::{Markup, html};
use stanch_model::Severity;

/// A sign of 16 by 16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A circle with a tick: reached, done.
    Done,
    /// A ring with a dot: here it stands.
    Here,
    /// A ring: not reached.
    Ahead,
    /// A triangle: look.
    Warning,
    /// A circle with an i.
    Note,
    /// A small dot: an event.
    Dot,
    /// A bell.
    Bell,
    /// Three lines.
    Menu,
    /// A head and shoulders.
    Person,
    /// A drop: nothing here.
    Drop,
}

/// The sign.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
            @match icon {
                Icon::Done => { circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" {} path class="tickmark" d="M4.8 8.2l2.2 2.2 4.2-4.6" stroke="Canvas" {} }
                Icon::Here => { circle cx="8" cy="8" r="6.2" {} circle cx="8" cy="8" r="2.8" fill="currentColor" stroke="none" {} }
                Icon::Ahead => { circle cx="8" cy="8" r="6.2" {} }
                Icon::Warning => { path d="M8 2.2 14.6 13.6H1.4z" {} path d="M8 6.6v3.2M8 11.7v.1" {} }
                Icon::Note => { circle cx="8" cy="8" r="6.4" {} path d="M8 7.4v3.6M8 5v.1" {} }
                Icon::Dot => { circle cx="8" cy="8" r="3.2" fill="currentColor" stroke="none" {} }
                Icon::Bell => { path d="M3.2 11.6h9.6c-.9-1-1.2-2.2-1.2-4.4a3.6 3.6 0 0 0-7.2 0c0 2.2-.3 3.4-1.2 4.4zM6.7 14h2.6" {} }
                Icon::Menu => { path d="M2 4h12M2 8h12M2 12h12" {} }
                Icon::Person => { circle cx="8" cy="5.4" r="2.8" {} path d="M2.8 13.8c.6-2.8 2.6-4.2 5.2-4.2s4.6 1.4 5.2 4.2" {} }
                Icon::Drop => { path d="M8 1.6c2.4 2.9 4.4 5.3 4.4 8a4.4 4.4 0 0 1-8.8 0c0-2.7 2-5.1 4.4-8z" {} }
            }
        }
    }
}

/// Four bars, as many of them full as the severity is high.
pub fn bars(severity: Severity) -> Markup {
    let full = 1 + Severity::ALL.iter().position(|known| *known == severity).unwrap_or(0);
    html! {
        svg width="14" height="12" viewBox="0 0 14 12" fill="currentColor" aria-hidden="true" {
            @for bar in 0..4_usize {
                rect class=[(bar >= full).then_some("off")] x=(bar * 4) y=(9 - bar * 3) width="2.6" height=(3 + bar * 3) rx=".6" {}
            }
        }
    }
}
