//! Who looks at a page, and what every page needs to know of them.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
};
use stanch_store::{Role, Sight};

use super::{Web, theme};
use crate::{
    auth::{Identity, Need, PersonLogin, Refused, Require, need::ReadLeaks},
    pages::{
        Frame,
        badge::Tone,
        layout::{Data, Notice, Theme},
        view,
    },
    problem::Problem,
};

/// A person who may do `P`, at a browser.
pub(super) struct Visitor<P: Need = ReadLeaks> {
    who: Require<P>,
    theme: Theme,
}

impl<P: Need> FromRequestParts<Web> for Visitor<P> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refused> {
        PersonLogin::from_request_parts(parts, web).await?;
        let who = Require::from_request_parts(parts, web).await?;
        Ok(Self { who, theme: theme::of(&parts.headers) })
    }
}

impl<P: Need> Visitor<P> {
    /// Who it is, to keep.
    pub(super) fn identity(&self) -> Arc<Identity> {
        self.who.identity()
    }

    /// What they may see, to keep.
    pub(super) fn sight(&self) -> Sight {
        self.who.sight.clone()
    }

    /// The frame of a page for them.
    pub(super) async fn frame(&self, web: &Web) -> Result<Frame, Problem> {
        let sight = self.sight();
        let waiting = web.app.read(move |tx| tx.count_waiting(&sight)).await?;
        let mut frame = frame_of(Some(&self.who), self.theme, web.app.now());
        frame.data = web.app.shown.data;
        frame.waiting = count(waiting);
        Ok(frame)
    }
}

/// The frame of a page for somebody or nobody, without what the register knows.
pub(super) fn frame_of(who: Option<&Identity>, theme: Theme, now: jiff::Timestamp) -> Frame {
    let viewer = who.and_then(Identity::logged_in).map(|logged_in| view::Viewer {
        id: logged_in.person.id,
        name: logged_in.person.name.clone(),
        role: role_of(logged_in.person.role),
    });
    Frame {
        viewer,
        csrf: who.map_or("", Identity::csrf).to_owned(),
        theme,
        now,
        notice: None,
        waiting: 0,
        data: Data::Real,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The same for a request of which only the headers are known.
pub(super) fn frame_for(who: Option<&Identity>, headers: &HeaderMap, now: jiff::Timestamp) -> Frame {
    frame_of(who, theme::of(headers), now)
}

/// Whether whoever sent a form can mend why it was refused: it is said on the page of the form then.
pub(super) fn is_told(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// That something was not done.
pub(super) fn refusal(text: impl Into<String>) -> Notice {
    Notice { tone: Tone::Alarm, text: text.into() }
}

/// The role as pages call it.
pub(super) fn role_of(role: Role) -> view::Role {
    match role {
        Role::Viewer => view::Role::Viewer,
        Role::Responder => view::Role::Responder,
        Role::Commander => view::Role::Commander,
        Role::Admin => view::Role::Admin,
    }
}

/// A count of the database; none is below zero.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
