//! What gates did: hooks and CI jobs that blocked, or were bypassed.

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{Fingerprint, Severity};
use stanch_store::GateEvent;
use utoipa::ToSchema;

use super::{body::RawBody, own_origins::OwnOrigins};
use crate::{
    app::App,
    auth::{Require, need::Ingest},
    problem::{Problem, Refusals},
};

/// Most events of one request.
const EVENTS_MAX: usize = 1000;
/// Longest text of an event, in bytes.
const TEXT_BYTES_MAX: usize = 4096;
/// Most findings of an event.
const FINDINGS_MAX: usize = 1000;

/// Something a gate did.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct GateBody {
    /// The same for the same event, however often it is sent.
    id: String,
    /// `pre-commit`, `pre-push`, `pre-receive`, `commit-msg` or `ci`.
    gate: String,
    /// `blocked`, `bypassed` or `passed-open`.
    outcome: String,
    /// The name of the origin.
    repository: String,
    /// Who wanted to pass.
    actor: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What was found.
    #[serde(default)]
    findings: Vec<GateFinding>,
    /// Why, where somebody went by.
    #[serde(default)]
    reason: String,
}

/// What a gate found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GateFinding {
    /// The secret.
    #[schema(value_type = String)]
    fingerprint: Fingerprint,
    /// The rule that found it.
    rule: String,
    /// How bad it is.
    #[schema(value_type = String)]
    severity: Severity,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct GateTally {
    /// How many events were not known before.
    new: usize,
}

impl GateBody {
    fn event(self) -> Result<GateEvent, Problem> {
        let texts = [
            ("id", &self.id),
            ("gate", &self.gate),
            ("outcome", &self.outcome),
            ("repository", &self.repository),
        ];
        for (field, text) in texts {
            if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
                return Err(Problem::invalid(field, format!("expected 1 to {TEXT_BYTES_MAX} bytes")));
            }
        }
        if self.actor.len() > TEXT_BYTES_MAX || self.reason.len() > TEXT_BYTES_MAX {
            return Err(Problem::invalid(
                "reason",
                format!("actor and reason have {TEXT_BYTES_MAX} bytes at most"),
            ));
        }
        let has_long_rule = self.findings.iter().any(|finding| finding.rule.len() > TEXT_BYTES_MAX);
        if self.findings.len() > FINDINGS_MAX || has_long_rule {
            return Err(Problem::invalid(
                "findings",
                format!("more than {FINDINGS_MAX}, or a rule that is too long"),
            ));
        }
        Ok(GateEvent {
            client_id: self.id,
            at: self.at,
            gate: self.gate,
            outcome: self.outcome,
            origin: self.repository,
            actor: self.actor,
            reason: self.reason,
            findings: serde_json::json!(self.findings),
        })
    }
}

/// Notes what gates did; the same event again does no harm.
#[utoipa::path(
    post, path = "/api/v1/gate-events", tag = "findings",
    request_body(content = String, content_type = "application/x-ndjson", description = "one event a line, at most 1,000"),
    responses((status = 200, body = GateTally), Refusals),
)]
pub(crate) async fn post_gate_events(
    State(app): State<App>,
    who: Require<Ingest>,
    RawBody(body): RawBody,
) -> Result<Json<GateTally>, Problem> {
    let text = std::str::from_utf8(&body).map_err(|_| Problem::malformed("expected UTF-8"))?;
    let mut events = Vec::new();
    let mut origins = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let read: GateBody = serde_json::from_str(line).map_err(|error| {
            Problem::malformed(format!("line {number}: not an event, from column {} on", error.column()))
        })?;
        origins.push((number, read.repository.clone()));
        events.push(read.event()?);
    }
    if events.len() > EVENTS_MAX {
        return Err(Problem::too_large(format!("more than {EVENTS_MAX} events")));
    }
    let who = who.identity();
    let new = app
        .blocking(move |app| {
            let own = OwnOrigins::of(app, &who)?;
            for (line, origin) in &origins {
                own.check(*line, origin)?;
            }
            app.register.note_gates(&events, &who.actor, app.now()).map_err(Problem::from)
        })
        .await?;
    Ok(Json(GateTally { new }))
}
