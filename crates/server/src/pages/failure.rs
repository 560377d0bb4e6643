//! What to say when a page cannot be shown.

use maud::{Markup, html};

use super::{Frame, layout::Room};

/// Why a page cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The form was not understood, or what it asks for may not follow; with what to do.
    Refused(String),
    /// Who looks may not.
    Forbidden,
    /// There is no such page, or who looks may not know of it.
    Missing,
    /// Somebody changed it in the meantime.
    Changed,
    /// Too many requests; with the seconds to wait.
    TooMany(u64),
    /// The server failed; with the id that its log knows the request by.
    Internal(String),
    /// The server starts or stops, or its database does not answer.
    Unavailable,
}

impl Failure {
    /// The status of HTTP.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(_) => 422,
            Self::Forbidden => 403,
            Self::Missing => 404,
            Self::Changed => 409,
            Self::TooMany(_) => 429,
            Self::Internal(_) => 500,
            Self::Unavailable => 503,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Refused(_) => "That cannot be done",
            Self::Forbidden => "Not for your role",
            Self::Missing => "Nothing here",
            Self::Changed => "Somebody was faster",
            Self::TooMany(_) => "Too many requests",
            Self::Internal(_) => "The server failed",
            Self::Unavailable => "Not ready",
        }
    }

    fn advice(&self) -> String {
        match self {
            Self::Refused(why) => why.clone(),
            Self::Forbidden => "Your account may not look at this or do this. An admin can give you another role or team.".to_owned(),
            Self::Missing => "There is no such page, or it is about an origin that none of your teams sees.".to_owned(),
            Self::Changed => "It was changed since you opened the page. Nothing of yours was applied: go back, look, and send it again.".to_owned(),
            Self::TooMany(seconds) => format!("Wait {seconds} seconds, then try again."),
            Self::Internal(id) => format!("Nothing was changed. The log of the server says more; look for {id}."),
            Self::Unavailable => "The server starts, stops, or cannot reach its database. Try again in a moment.".to_owned(),
        }
    }
}

/// The page; with navigation for who is logged in.
pub fn page(frame: &Frame, failure: &Failure) -> Markup {
    let body = html! {
        section.panel aria-labelledby="failure-title" {
            p.status { (failure.status()) }
            h1 id="failure-title" { (failure.title()) }
            p { (failure.advice()) }
            p.row { a.button href="/" { "Home" } }
        }
    };
    if frame.viewer.is_some() {
        frame.page(Room::Nowhere, failure.title(), &body)
    } else {
        frame.alone(failure.title(), "", &body)
    }
}
