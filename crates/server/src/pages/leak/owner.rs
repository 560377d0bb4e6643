//! Whose a secret may be, and why we think so.

use maud::{Markup, html};

use crate::pages::{figure, list, time};

/// Somebody whose it may be.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// A person or a team.
    pub name: String,
    /// How likely it is, of one.
    pub score: f64,
    /// What speaks for it.
    pub grounds: Vec<Ground>,
}

/// What speaks for an owner.
#[derive(Clone, Debug)]
pub struct Ground {
    /// What, such as `CODEOWNERS of shop: /deploy/ @acme/payments`.
    pub text: String,
    /// How much it counts, of one.
    pub weight: f64,
}

/// The candidates.
pub(super) fn panel(owners: &[Candidate]) -> Markup {
    if owners.is_empty() {
        return list::empty(
            "No owner is known",
            "CODEOWNERS, commits and the service catalogue say nothing of these places.",
        );
    }
    html! {
        ol.items {
            @for one in owners {
                li {
                    div.row.ends { strong { (one.name) } span { (figure::percent(one.score)) } }
                    (time::gauge(one.score * 100.0, ""))
                    ul.note { @for ground in &one.grounds { li { "+" (figure::decimal(ground.weight)) " " (ground.text) } } }
                }
            }
        }
    }
}
