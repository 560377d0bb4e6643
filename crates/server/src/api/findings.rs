//! Findings come in.

use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use stanch_response::{Batch, Tally};
use utoipa::ToSchema;

use super::{
    body::{RawBody, content_type},
    own_origins::OwnOrigins,
};
use crate::{
    app::App,
    auth::{Require, need::Ingest},
    problem::{Problem, Refusals},
};

/// What became of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TallyView {
    /// How many findings came.
    received: usize,
    /// How many secrets were not known before.
    new_leaks: usize,
    /// How many places were not known before.
    new_exposures: usize,
    /// How many places were known.
    seen_again: usize,
    /// How many places are gone by a complete scan.
    gone: u64,
    /// How many incidents were opened.
    new_incidents: usize,
    /// How many were reopened.
    regressions: usize,
    /// How many lines were left out.
    rejected_count: usize,
    /// The first of them.
    rejected: Vec<RejectedView>,
}

/// A line that was left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RejectedView {
    /// Which, from 1.
    line: usize,
    /// Why.
    error: String,
}

impl From<Tally> for TallyView {
    fn from(tally: Tally) -> Self {
        let rejected =
            |line: stanch_response::batch::Rejected| RejectedView { line: line.line, error: line.error };
        Self {
            received: tally.received,
            new_leaks: tally.new_leaks,
            new_exposures: tally.new_exposures,
            seen_again: tally.seen_again,
            gone: tally.gone,
            new_incidents: tally.new_incidents,
            regressions: tally.regressions,
            rejected_count: tally.rejected_count,
            rejected: tally.rejected.into_iter().map(rejected).collect(),
        }
    }
}

/// Takes in findings: lines of `stanch scan --format jsonl`, after a line that says what was scanned. The answer comes when all of it is on
/// disk; the same lines again do no harm. A token that is limited to a team may tell of origins of that team only.
#[utoipa::path(
    post, path = "/api/v1/findings", tag = "findings",
    request_body(content = String, content_type = "application/x-ndjson", description = "at most 10,000 lines and 8 MiB"),
    responses(
        (status = 200, body = TallyView),
        Refusals,
    ),
)]
pub(crate) async fn post_findings(
    State(app): State<App>,
    who: Require<Ingest>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<TallyView>, Problem> {
    if !matches!(
        content_type(&headers).as_str(),
        "application/x-ndjson" | "application/jsonl" | "application/json"
    ) {
        return Err(Problem::unsupported("expected application/x-ndjson"));
    }
    let who = who.identity();
    let tally = app
        .blocking(move |app| {
            let batch = Batch::parse(&body)?;
            let own = OwnOrigins::of(app, &who)?;
            for section in &batch.sections {
                own.check(section.line, &section.header.origin.name)?;
            }
            let ingest = || app.register.ingest(batch, &who.actor, app.now());
            let tally = tracing::info_span!("ingest").in_scope(ingest)?;
            app.meters.ingested(&tally);
            Ok::<_, Problem>(tally)
        })
        .await?;
    Ok(Json(tally.into()))
}
