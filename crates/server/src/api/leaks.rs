//! Leaks and their places.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use stanch_model::{Liveness, Severity};
use stanch_store::{Leak, LeakFilter, LeakState};
use utoipa::IntoParams;

use super::{
    paging::{Listed, Page},
    view::{ExposureView, LeakView},
};
use crate::{
    app::App,
    auth::{
        Identity, Require,
        need::{ReadLeaks, ReadSensitive},
    },
    problem::{Problem, Refusals},
};

/// Which leaks are asked for; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeakQuery {
    /// `open`, `closed` or `dismissed`.
    pub(crate) state: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    pub(crate) severity: Option<String>,
    /// `unknown`, `dead` or `live`.
    pub(crate) liveness: Option<String>,
    /// Found by this rule.
    pub(crate) rule: Option<String>,
    /// Of this owner.
    pub(crate) owner: Option<String>,
    /// With a place in the origin of this name.
    pub(crate) origin: Option<String>,
    /// Of this incident.
    pub(crate) incident: Option<i64>,
    /// Words in rule, owner, account, preview or fingerprint, or in the name of an origin it stands in.
    pub(crate) q: Option<String>,
}

impl LeakQuery {
    /// The filter, going on before this number.
    pub(crate) fn filter(&self, before: Option<i64>) -> Result<LeakFilter, Problem> {
        Ok(LeakFilter {
            state: parsed::<LeakState>("state", self.state.as_deref())?,
            severity: parsed::<Severity>("severity", self.severity.as_deref())?,
            liveness: parsed::<Liveness>("liveness", self.liveness.as_deref())?,
            rule: given(self.rule.as_deref()),
            owner: given(self.owner.as_deref()),
            origin: given(self.origin.as_deref()),
            incident: self.incident,
            text: given(self.q.as_deref()),
            before,
            ..LeakFilter::default()
        })
    }
}

/// A field of a form that was left empty was not given.
pub(crate) fn given(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A field read from its name.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    given(text)
        .map(|text| text.parse().map_err(|error: T::Err| Problem::invalid(field, error.to_string())))
        .transpose()
}

fn view(app: &App, who: &Identity, leak: Leak) -> LeakView {
    let title = app.register.settings().title_of(&leak.rule).to_owned();
    LeakView::of(leak, title, who)
}

/// Leaks, newest first.
#[utoipa::path(
    get, path = "/api/v1/leaks", tag = "leaks", params(LeakQuery, Page),
    responses(
        (status = 200, body = Listed<LeakView>),
        Refusals,
    ),
)]
pub(crate) async fn get_leaks(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Query(query): Query<LeakQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<LeakView>>, Problem> {
    let (limit, filter) = (page.limit()?, query.filter(page.after_number()?)?);
    let sight = who.sight.clone();
    let leaks = app.read(move |tx| tx.leaks(&filter, &sight, limit + 1)).await?;
    Ok(Json(Listed::of(leaks, limit, |leak| leak.id.to_string(), |leak| view(&app, &who, leak))))
}

/// One leak.
#[utoipa::path(
    get, path = "/api/v1/leaks/{id}", tag = "leaks", params(("id" = i64, Path, description = "the number of the leak")),
    responses(
        (status = 200, body = LeakView),
        Refusals,
    ),
)]
pub(crate) async fn get_leak(
    State(app): State<App>,
    who: Require<ReadSensitive>,
    Path(id): Path<i64>,
) -> Result<Json<LeakView>, Problem> {
    let (actor, sight) = (who.actor.clone(), who.sight.clone());
    let leak = app.blocking(move |app| app.register.look_at_leak(id, &actor, &sight, app.now())).await?;
    Ok(Json(view(&app, &who, leak)))
}

/// Where else this secret lives: its places, newest first.
#[utoipa::path(
    get, path = "/api/v1/leaks/{id}/exposures", tag = "leaks",
    params(("id" = i64, Path, description = "the number of the leak"), Page),
    responses(
        (status = 200, body = Listed<ExposureView>),
        Refusals,
    ),
)]
pub(crate) async fn get_exposures(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Path(id): Path<i64>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<ExposureView>>, Problem> {
    let (limit, before, sight) = (page.limit()?, page.after_number()?, who.sight.clone());
    let exposures = app
        .read(move |tx| {
            if tx.leak(id, &sight)?.is_none() {
                return Ok(None);
            }
            tx.exposures(id, &sight, before, limit + 1).map(Some)
        })
        .await?;
    let exposures = exposures.ok_or_else(|| Problem::not_found(format!("there is no leak {id}")))?;
    Ok(Json(Listed::of(exposures, limit, |exposure| exposure.id.to_string(), ExposureView::from)))
}

/// The leak of a fingerprint.
#[utoipa::path(
    get, path = "/api/v1/fingerprints/{fingerprint}", tag = "leaks",
    params(("fingerprint" = String, Path, description = "as `stanch fingerprint` prints it")),
    responses(
        (status = 200, body = LeakView),
        Refusals,
    ),
)]
pub(crate) async fn get_by_fingerprint(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Path(fingerprint): Path<String>,
) -> Result<Json<LeakView>, Problem> {
    let sight = who.sight.clone();
    let leak = app
        .read(move |tx| {
            match tx.leaks_by_fingerprint(std::slice::from_ref(&fingerprint))?.get(&fingerprint) {
                Some(&id) => tx.leak(id, &sight),
                None => Ok(None),
            }
        })
        .await?;
    let leak = leak.ok_or_else(|| Problem::not_found("no leak has this fingerprint"))?;
    Ok(Json(view(&app, &who, leak)))
}
