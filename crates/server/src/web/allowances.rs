//! What is let be, and the forms that grant and end it.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use stanch_model::Reason;
use stanch_response::{Asker, RegisterError, Terms};
use stanch_store::{GrantFilter, GrantState, KnownGrant};

use super::{
    Web,
    fields::Fields,
    leaks,
    visitor::{Visitor, count, is_told, refusal},
};
use crate::{
    api::leaks::{given, parsed},
    auth::need::Command,
    pages::{
        allowances::{self, AllowanceFilter, AllowanceLine, AllowancesView},
        layout::Notice,
        view::Paging,
    },
    problem::Problem,
};

/// Allowances of a page.
const PAGE: usize = 50;
/// What ends within so many days is told.
const SOON_DAYS: i64 = 14;

/// The filters, and where in the list to go on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AllowancesQuery {
    q: String,
    state: String,
    reason: String,
    after: Option<i64>,
}

impl AllowancesQuery {
    fn filter(&self, now: Timestamp) -> Result<GrantFilter, Problem> {
        let state = match self.state.as_str() {
            "" => None,
            "good" => Some(GrantState::Counts),
            "ending" => Some(ending(now)),
            "over" => Some(GrantState::Over),
            _ => return Err(Problem::invalid("state", "expected good, ending or over")),
        };
        Ok(GrantFilter {
            state: state.map(|state| (state, now)),
            reason: parsed::<Reason>("reason", Some(&self.reason))?,
            leak: None,
            text: given(Some(&self.q)),
            before: self.after,
        })
    }
}

fn ending(now: Timestamp) -> GrantState {
    GrantState::EndsBefore(now + SignedDuration::from_hours(24 * SOON_DAYS))
}

/// The list.
pub(super) async fn get_allowances(
    State(web): State<Web>,
    visitor: Visitor,
    Query(query): Query<AllowancesQuery>,
) -> Result<Response, Problem> {
    show(&web, &visitor, query, None).await
}

async fn show<P: crate::auth::Need>(
    web: &Web,
    visitor: &Visitor<P>,
    query: AllowancesQuery,
    notice: Option<Notice>,
) -> Result<Response, Problem> {
    let (now, sight) = (web.app.now(), visitor.sight());
    let filter = query.filter(now)?;
    let (mut read, soon) = web
        .app
        .read(move |tx| {
            let soon = GrantFilter { state: Some((ending(now), now)), ..GrantFilter::default() };
            Ok((tx.grants(&filter, &sight, PAGE + 1)?, tx.count_grants(&soon, &sight)?))
        })
        .await?;
    let more = read.len() > PAGE;
    read.truncate(PAGE);
    let next = read.last().filter(|_| more).map(|last| last.grant.id.to_string());
    let AllowancesQuery { q, state, reason, after } = query;
    let view = AllowancesView {
        filter: AllowanceFilter { q, state, reason },
        allowances: read.into_iter().map(line).collect(),
        paging: Paging { total: None, after: after.map(|after| after.to_string()), next },
        ending: count(soon),
    };
    let mut frame = visitor.frame(web).await?;
    frame.notice = notice;
    Ok((StatusCode::OK, allowances::page(&frame, &view)).into_response())
}

fn line(known: KnownGrant) -> AllowanceLine {
    let KnownGrant { grant, leak, places } = known;
    AllowanceLine {
        id: grant.id,
        subject: grant.fingerprint,
        leak,
        reason: grant.reason,
        note: grant.words,
        owner: Some(grant.owner).filter(|owner| !owner.is_empty()),
        approver: grant.approver.unwrap_or_default(),
        ticket: grant.ticket,
        created: grant.created_at,
        expires: grant.expires_at,
        ended: grant.ended_at.map(|at| (grant.ended_by.unwrap_or_default(), at)),
        findings: count(places),
    }
}

/// The end of the last day of an allowance: midnight after it, but not later than allowed where it is the last day that is.
fn end_of(date: Date, longest: Timestamp) -> Result<Timestamp, Problem> {
    let midnight = date.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    let midnight = midnight.map_err(|_| Problem::invalid("expires", "is too far away"))?.timestamp();
    let last = longest.to_zoned(TimeZone::UTC).date();
    Ok(if last == date { midnight.min(longest) } else { midnight })
}

fn terms(fields: &Fields, actor: &str, now: Timestamp) -> Result<Terms, Problem> {
    let why = fields.read::<Reason>("reason")?;
    let date: Option<Date> = fields.read_given("expires")?;
    Ok(Terms {
        why,
        words: fields.text("note").to_owned(),
        owner: fields.given("owner").unwrap_or_else(|| actor.to_owned()),
        ticket: fields.given("ticket"),
        expires: date.map(|date| end_of(date, Terms::longest(why, now))).transpose()?,
    })
}

/// Lets a secret stay.
pub(super) async fn post_allowance(
    State(web): State<Web>,
    visitor: Visitor<Command>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    let asking = std::sync::Arc::clone(&who);
    let granted = web
        .app
        .blocking(move |app| {
            let terms = terms(&fields, &asking.actor.name, app.now())?;
            let asker = Asker { actor: &asking.actor, sight: &asking.sight, now: app.now() };
            app.register.allow(id, &asker, &terms).map_err(Problem::from)
        })
        .await;
    match granted {
        Ok(_) => Ok(Redirect::to(&format!("/leaks/{id}")).into_response()),
        Err(problem) if is_told(problem.status()) => {
            let mut response =
                leaks::show(&web, &visitor, (id, None), Some(refusal(problem.detail()))).await?;
            *response.status_mut() = problem.status();
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

/// Ends an allowance before its time.
pub(super) async fn post_end(
    State(web): State<Web>,
    visitor: Visitor<Command>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    let ended = web
        .app
        .blocking(move |app| {
            let asker = Asker { actor: &who.actor, sight: &who.sight, now: app.now() };
            app.register
                .end_allowance(id, &asker, fields.text("reason"))
                .map_err(|error: RegisterError| Problem::from(error))
        })
        .await;
    match ended {
        Ok(()) => Ok(Redirect::to("/allowances").into_response()),
        Err(problem) if is_told(problem.status()) => {
            let notice = Some(refusal(problem.detail()));
            let mut response = show(&web, &visitor, AllowancesQuery::default(), notice).await?;
            *response.status_mut() = problem.status();
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}
