//! Leaks: the list, one of them, and what a search finds.

use std::collections::BTreeSet;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use stanch_model::{Liveness, OriginKind, Severity};
use stanch_store::{
    Exposure, Incident, IncidentFilter, Leak, LeakFilter, PlaceTally, Presence, StoreError, TrailFilter, Tx,
};

use super::{
    Web, blast,
    visitor::{Visitor, count},
    words::{exposure_view, incident_ref, leak_ref},
};
use crate::{
    api::leaks::{given, parsed},
    app::App,
    auth::{Identity, Need, need::ReadSensitive},
    pages::{
        incident::BlastRadius,
        layout::Notice,
        leak::{self, Candidate, Ground, LeakView, LivenessCheck, PlaceCount},
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
/// Most events of a leak that are looked through for incidents it belonged to, and most of these.
const EVENTS_MAX: usize = 100;
const FORMER_MAX: usize = 20;
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
    kind: String,
    reach: String,
    presence: String,
    after: Option<i64>,
}

impl LeaksQuery {
    fn filter(&self) -> Result<LeakFilter, Problem> {
        let public = match self.reach.as_str() {
            "" => None,
            "public" => Some(true),
            "internal" => Some(false),
            _ => return Err(Problem::invalid("reach", "expected public or internal")),
        };
        Ok(LeakFilter {
            severity: parsed::<Severity>("severity", Some(&self.severity))?,
            liveness: parsed::<Liveness>("liveness", Some(&self.liveness))?,
            kind: parsed::<OriginKind>("kind", Some(&self.kind))?,
            presence: parsed::<Presence>("presence", Some(&self.presence))?,
            public,
            text: given(Some(&self.q)),
            before: self.after,
            ..LeakFilter::default()
        })
    }
}

/// The list.
pub(super) async fn get_leaks(
    State(web): State<Web>,
    visitor: Visitor,
    Query(query): Query<LeaksQuery>,
) -> Result<Markup, Problem> {
    let filter = query.filter()?;
    let who = visitor.identity();
    let mut lines = web.app.blocking(move |app| lines(app, &who, &filter, PAGE + 1)).await?;
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines.last().filter(|_| more).map(|last| last.leak.id.to_string());
    let LeaksQuery { q, severity, liveness, kind, reach, presence, after } = query;
    let view = LeaksView {
        filter: leaks::LeakFilter { q, severity, liveness, kind, reach, presence },
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
) -> Result<Response, Problem> {
    show(&web, &visitor, (id, query.after), None).await
}

/// The page of a leak, from a place of its list of places on, with what is to be read first.
pub(super) async fn show<P: Need>(
    web: &Web,
    visitor: &Visitor<P>,
    (id, after): (i64, Option<i64>),
    notice: Option<Notice>,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    let view = web
        .app
        .blocking(move |app| {
            let leak = app.register.look_at_leak(id, &who.actor, &who.sight, app.now())?;
            view(app, &who, &leak, after).map_err(Problem::from)
        })
        .await?;
    let mut frame = visitor.frame(web).await?;
    frame.notice = notice;
    Ok((StatusCode::OK, leak::page(&frame, &view)).into_response())
}

fn view(app: &App, who: &Identity, leak: &Leak, after: Option<i64>) -> Result<LeakView, StoreError> {
    let settings = app.register.settings();
    let Known { incident, former, blast, kinds, mut exposures } =
        app.register.store().read(|tx| Known::read(tx, app, who, (leak, after)))?;
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
        facts: blast::told(leak),
        checks: leak.verified_at.map(check).into_iter().collect(),
        incident: incident.as_ref().map(incident_ref),
        former: former.iter().map(incident_ref).collect(),
        blast,
        owners: leak.owner.as_ref().map(owner).into_iter().collect(),
        exposures: exposures.into_iter().map(exposure_view).collect(),
        paging: Paging { total: Some(count(leak.exposures)), after, next },
        kinds: kinds.into_iter().map(place_count).collect(),
        context: None,
    })
}

/// What was read of a leak.
struct Known {
    incident: Option<Incident>,
    former: Vec<Incident>,
    blast: BlastRadius,
    kinds: Vec<PlaceTally>,
    exposures: Vec<Exposure>,
}

impl Known {
    fn read(
        tx: &mut Tx<'_>,
        app: &App,
        who: &Identity,
        (leak, after): (&Leak, Option<i64>),
    ) -> Result<Self, StoreError> {
        Ok(Self {
            incident: incident_of(tx, leak, who)?,
            former: former(tx, leak, who)?,
            blast: blast::of(tx, app, who, std::slice::from_ref(leak))?,
            kinds: tx.places_by_kind(leak.id, &who.sight)?,
            exposures: tx.exposures(leak.id, &who.sight, after, PLACES + 1)?,
        })
    }
}

/// Incidents that a leak belonged to before it was split off or taken in.
fn former(tx: &mut Tx<'_>, leak: &Leak, who: &Identity) -> Result<Vec<Incident>, StoreError> {
    let filter =
        TrailFilter { leak: Some(leak.id), kind: Some("incident.".to_owned()), ..TrailFilter::default() };
    let entries = tx.trail(&filter, EVENTS_MAX)?;
    let ids: BTreeSet<i64> = entries.iter().filter_map(|entry| entry.event.incident).collect();
    let mut former = Vec::new();
    for id in ids.into_iter().filter(|id| leak.incident != Some(*id)).take(FORMER_MAX) {
        former.extend(tx.incident(id, &who.sight)?);
    }
    Ok(former)
}

fn place_count(tally: PlaceTally) -> PlaceCount {
    PlaceCount { kind: tally.kind, places: count(tally.places), gone: count(tally.gone) }
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
