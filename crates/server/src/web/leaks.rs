//! Leaks: the list, one of them, and what a search finds.

use axum::extract::{Path, Query, State};
use maud::Markup;
use serde::Deserialize;
use stanch_model::{Liveness, Severity};
use stanch_store::{Incident, IncidentFilter, Leak, LeakFilter, StoreError, Tx};

use super::{
    Web,
    visitor::{Visitor, count},
    words::{exposure_view, incident_ref, leak_ref},
};
use crate::{
    api::leaks::{given, parsed},
    app::App,
    auth::{Identity, need::ReadSensitive},
    pages::{
        leak::{self, Candidate, Ground, LeakView, LivenessCheck},
        leaks::{self, LeakLine, LeaksView},
        search::{self, SearchView},
        view::{Paging, Reach},
    },
    problem::Problem,
};

/// Leaks of a page.
const PAGE: usize = 50;
/// Places of a page.
const PLACES: usize = 200;
/// Most of a kind that a search shows.
const FOUND_MAX: usize = 20;
/// Characters of a fingerprint that tell it from others at a glance.
const HEAD: usize = 16;

/// The filters, and where in the list to go on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LeaksQuery {
    q: String,
    severity: String,
    liveness: String,
    after: Option<i64>,
}

/// The list.
pub(super) async fn get_leaks(
    State(web): State<Web>,
    visitor: Visitor,
    Query(query): Query<LeaksQuery>,
) -> Result<Markup, Problem> {
    let filter = LeakFilter {
        severity: parsed::<Severity>("severity", Some(&query.severity))?,
        liveness: parsed::<Liveness>("liveness", Some(&query.liveness))?,
        text: given(Some(&query.q)),
        before: query.after,
        ..LeakFilter::default()
    };
    let who = visitor.identity();
    let mut lines = web.app.blocking(move |app| lines(app, &who, &filter, PAGE + 1)).await?;
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines.last().filter(|_| more).map(|last| last.leak.id.to_string());
    let LeaksQuery { q, severity, liveness, after } = query;
    let view = LeaksView {
        filter: leaks::LeakFilter { q, severity, liveness, ..leaks::LeakFilter::default() },
        leaks: lines,
        paging: Paging { total: None, after: after.map(|after| after.to_string()), next },
    };
    Ok(leaks::page(&visitor.frame(&web).await?, &view))
}

fn lines(app: &App, who: &Identity, filter: &LeakFilter, limit: usize) -> Result<Vec<LeakLine>, StoreError> {
    app.register.store().read(|tx| {
        let mut lines = Vec::new();
        for leak in tx.leaks(filter, &who.sight, limit)? {
            let incident = incident_of(tx, &leak, who)?;
            let place = tx.exposures(leak.id, &who.sight, None, 1)?.pop();
            lines.push(LeakLine {
                leak: leak_ref(&leak, app.register.settings(), who),
                fingerprint: leak.fingerprint.chars().take(HEAD).collect(),
                origin: place.map_or_else(String::new, |place| place.origin),
                reach: if leak.public { Reach::Public } else { Reach::Internal },
                places: count(leak.exposures),
                incident: incident.as_ref().map(incident_ref),
                first_seen: leak.detected_at,
                last_seen: leak.last_seen,
            });
        }
        Ok(lines)
    })
}

fn incident_of(tx: &mut Tx<'_>, leak: &Leak, who: &Identity) -> Result<Option<Incident>, StoreError> {
    match leak.incident {
        Some(id) => tx.incident(id, &who.sight),
        None => Ok(None),
    }
}

/// Where in the list of places to go on.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PlacesQuery {
    after: Option<i64>,
}

/// One leak. That somebody looked at it is an event.
pub(super) async fn get_leak(
    State(web): State<Web>,
    visitor: Visitor<ReadSensitive>,
    Path(id): Path<i64>,
    Query(query): Query<PlacesQuery>,
) -> Result<Markup, Problem> {
    let who = visitor.identity();
    let view = web
        .app
        .blocking(move |app| {
            let leak = app.register.look_at_leak(id, &who.actor, &who.sight, app.now())?;
            view(app, &who, &leak, query.after).map_err(Problem::from)
        })
        .await?;
    Ok(leak::page(&visitor.frame(&web).await?, &view))
}

fn view(app: &App, who: &Identity, leak: &Leak, after: Option<i64>) -> Result<LeakView, StoreError> {
    let settings = app.register.settings();
    let (incident, mut exposures) = app.register.store().read(|tx| {
        Ok::<_, StoreError>((
            incident_of(tx, leak, who)?,
            tx.exposures(leak.id, &who.sight, after, PLACES + 1)?,
        ))
    })?;
    let more = exposures.len() > PLACES;
    exposures.truncate(PLACES);
    let next = exposures.last().filter(|_| more).map(|last| last.id.to_string());
    let after = after.map(|after| after.to_string());
    let check = |at| LivenessCheck { at, liveness: leak.liveness, by: "a scan that verified it".to_owned() };
    let owner = |owner: &stanch_store::Owner| Candidate {
        name: owner.name.clone(),
        score: owner.score / 100.0,
        grounds: vec![Ground { text: owner.because.clone(), weight: owner.score / 100.0 }],
    };
    Ok(LeakView {
        leak: leak_ref(leak, settings, who),
        fingerprint: leak.fingerprint.clone(),
        rule: leak.rule.clone(),
        about: leak.severity_because.clone(),
        confidence: leak.confidence,
        first_seen: leak.detected_at,
        last_seen: leak.last_seen,
        leaked: leak.leaked_at.map(|at| (at, "by its earliest place".to_owned())),
        facts: facts(leak),
        checks: leak.verified_at.map(check).into_iter().collect(),
        incident: incident.as_ref().map(incident_ref),
        former: Vec::new(),
        owners: leak.owner.as_ref().map(owner).into_iter().collect(),
        exposures: exposures.into_iter().map(exposure_view).collect(),
        paging: Paging { total: Some(count(leak.exposures)), after, next },
        kinds: Vec::new(),
        context: None,
    })
}

/// What its form says of itself, and what belongs to it: texts and numbers of the details.
fn facts(leak: &Leak) -> Vec<(String, String)> {
    let account = leak.account.iter().map(|account| ("account".to_owned(), account.clone()));
    let fields = leak.details["facts"].as_object().into_iter().flatten();
    let fact = |(name, value): (&String, &serde_json::Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    };
    account.chain(fields.map(fact)).collect()
}

/// What is searched for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SearchQuery {
    q: String,
}

/// What words find.
pub(super) async fn get_search(
    State(web): State<Web>,
    visitor: Visitor,
    Query(query): Query<SearchQuery>,
) -> Result<Markup, Problem> {
    let (who, text) = (visitor.identity(), given(Some(&query.q)));
    let (incidents, leaks) = match text {
        None => (Vec::new(), Vec::new()),
        Some(text) => web.app.blocking(move |app| found(app, &who, &text)).await?,
    };
    let incidents = incidents.iter().map(incident_ref).collect();
    let view = SearchView { q: query.q, incidents, leaks };
    Ok(search::page(&visitor.frame(&web).await?, &view))
}

fn found(app: &App, who: &Identity, text: &str) -> Result<(Vec<Incident>, Vec<LeakLine>), StoreError> {
    let filter = IncidentFilter { text: Some(text.to_owned()), ..IncidentFilter::default() };
    let incidents = app.register.store().read(|tx| tx.incidents(&filter, &who.sight, FOUND_MAX))?;
    let filter = LeakFilter { text: Some(text.to_owned()), ..LeakFilter::default() };
    Ok((incidents, lines(app, who, &filter, FOUND_MAX)?))
}
