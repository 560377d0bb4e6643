//! The measures of the field, and how well what is promised is kept.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use stanch_model::Severity;
use stanch_response::measures::{Burning, Durations, Kept, Measures};
use stanch_store::{Named, OriginWeek, Share};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Require, need::ReadLeaks},
    problem::{Problem, Refusals},
};

/// The measures of a quarter, and what is open now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MeasuresView {
    /// The first moment of the quarter.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// The first moment after it.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Secrets detected by repository and week of the quarter, the most first.
    secrets_by_repository: Vec<OriginWeekView>,
    /// Places in logs and traces that were seen first in the last 24 hours: failures of redaction.
    secrets_in_logs_24h: i64,
    /// From detection to revocation, over the quarter.
    time_to_revoke: DurationsView,
    /// From leak to detection, over the incidents of the quarter.
    time_to_detect: DurationsView,
    /// Incidents of the quarter, dismissed ones left out.
    incidents: i64,
    /// Those of the quarter before.
    incidents_before: i64,
    /// Short-lived credentials of those that inventories tell of.
    short_lived_credentials: ShareView,
    /// Images with open secrets, the most first.
    images_with_secrets: Vec<NamedView>,
    /// Secret stores with an audit log of those that inventories tell of.
    audited_stores: ShareView,
    /// Confirmed leaks of the quarter.
    leaks: i64,
    /// Those of the same days of the quarter before.
    leaks_before: i64,
    /// Incidents that are not over, by severity.
    active_incidents: BTreeMap<&'static str, i64>,
    /// Leaks that are open, by severity.
    open_leaks: BTreeMap<&'static str, i64>,
    /// What the incidents of the quarter cost, by the formula of the policy.
    cost: f64,
    /// That formula.
    cost_formula: String,
    /// What amounts are in.
    currency: String,
    /// How well what is promised is kept.
    objectives: Vec<KeptView>,
}

/// How many secrets an origin got in a week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OriginWeekView {
    /// The name of the origin.
    origin: String,
    /// Weeks that begin on Monday, counted from that of 1970-01-01.
    week: i64,
    /// How many secrets.
    secrets: i64,
}

impl From<OriginWeek> for OriginWeekView {
    fn from(week: OriginWeek) -> Self {
        Self { origin: week.origin, week: week.week, secrets: week.secrets }
    }
}

/// Durations in milliseconds; nothing where there are none.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct DurationsView {
    /// How many there are.
    count: usize,
    /// Their mean.
    mean_ms: Option<i64>,
    /// The one that half of them do not exceed.
    median_ms: Option<i64>,
    /// The one that 90 of 100 do not exceed.
    p90_ms: Option<i64>,
}

impl From<Durations> for DurationsView {
    fn from(durations: Durations) -> Self {
        let Durations { count, mean_ms, median_ms, p90_ms } = durations;
        Self { count, mean_ms, median_ms, p90_ms }
    }
}

/// How many of all are as they should be.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct ShareView {
    /// How many are.
    good: i64,
    /// How many there are.
    all: i64,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        Self { good: share.good, all: share.all }
    }
}

/// How many a thing has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NamedView {
    /// Its name.
    name: String,
    /// How many.
    count: i64,
}

impl From<Named> for NamedView {
    fn from(named: Named) -> Self {
        Self { name: named.name, count: named.count }
    }
}

/// How well one promise is kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptView {
    /// `detect`, or `revoke-critical` and so on.
    name: String,
    /// What is promised, in milliseconds.
    within_ms: i64,
    /// Of how many, as a share.
    target: f64,
    /// How many kept it, of those whose time is over or that are done.
    share: ShareView,
    /// How much of what may fail is left, from 1 (all of it) over 0 (none) downwards.
    budget_left: f64,
    /// Burn-rate alerts that fire now.
    burning: Vec<BurningView>,
}

impl From<Kept> for KeptView {
    fn from(kept: Kept) -> Self {
        Self {
            name: kept.name,
            within_ms: kept.within_ms,
            target: kept.target,
            share: kept.share.into(),
            budget_left: kept.budget_left,
            burning: kept.burning.into_iter().map(BurningView::from).collect(),
        }
    }
}

/// A burn-rate alert that fires.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct BurningView {
    /// The long window, in milliseconds.
    long_ms: i64,
    /// How many times faster than allowed the budget burns in it.
    rate: f64,
    /// `page` or `ticket`.
    urgency: &'static str,
}

impl From<Burning> for BurningView {
    fn from(burning: Burning) -> Self {
        Self { long_ms: burning.long_ms, rate: burning.rate, urgency: burning.urgency.as_str() }
    }
}

fn by_severity(counts: Vec<(Severity, i64)>) -> BTreeMap<&'static str, i64> {
    counts.into_iter().map(|(severity, count)| (severity.as_str(), count)).collect()
}

impl From<Measures> for MeasuresView {
    fn from(measures: Measures) -> Self {
        Self {
            from: measures.quarter.0,
            until: measures.quarter.1,
            secrets_by_repository: measures.secrets_by_repository.into_iter().map(Into::into).collect(),
            secrets_in_logs_24h: measures.secrets_in_logs_24h,
            time_to_revoke: measures.time_to_revoke.into(),
            time_to_detect: measures.time_to_detect.into(),
            incidents: measures.incidents,
            incidents_before: measures.incidents_before,
            short_lived_credentials: measures.short_lived_credentials.into(),
            images_with_secrets: measures.images_with_secrets.into_iter().map(Into::into).collect(),
            audited_stores: measures.audited_stores.into(),
            leaks: measures.leaks,
            leaks_before: measures.leaks_before,
            active_incidents: by_severity(measures.active),
            open_leaks: by_severity(measures.open_leaks),
            cost: measures.cost,
            cost_formula: measures.cost_formula,
            currency: measures.currency,
            objectives: measures.objectives.into_iter().map(Into::into).collect(),
        }
    }
}

/// The measures of this quarter, of what may be seen. Those of inventories are of the whole organisation.
#[utoipa::path(
    get, path = "/api/v1/measures", tag = "measures",
    responses((status = 200, body = MeasuresView), Refusals),
)]
pub(crate) async fn get_measures(
    State(app): State<App>,
    who: Require<ReadLeaks>,
) -> Result<Json<MeasuresView>, Problem> {
    let sight = who.sight.clone();
    let measures = app
        .blocking(move |app| {
            let (policy, now) = (&app.register.settings().policy, app.now());
            app.register.store().read(|tx| Measures::take(tx, &sight, policy, now))
        })
        .await?;
    Ok(Json(measures.into()))
}
