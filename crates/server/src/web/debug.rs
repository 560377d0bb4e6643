//! The board for engineers.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Query, State};
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use serde::Deserialize;
use stanch_model::OriginKind;
use stanch_store::{Exposure, Leak, PlaceFilter, StoreError, Tx};

use super::{
    Web, steps,
    visitor::{Visitor, count},
    words::{leak_ref, origin_ref},
};
use crate::{
    api::leaks::{given, parsed},
    app::App,
    auth::Identity,
    pages::{
        debug::{
            self, DebugFilter, DebugView, FlaggedCommit, ImageFinding, ImageLayer, LayerState,
            MaskingFailure, Presence,
        },
        view::Paging,
    },
    problem::Problem,
};

/// Commits of a page.
const PAGE: usize = 25;
/// Most logs, and most places in images.
const PLACES_MAX: usize = 100;
/// Most days a filter looks back.
const DAYS_MAX: i64 = 3_660;

/// The filters, and where in the list of commits to go on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DebugQuery {
    origin: String,
    rule: String,
    days: String,
    after: Option<i64>,
}

impl DebugQuery {
    /// The places that are asked for, of any kind.
    fn filter(&self, app: &App) -> Result<PlaceFilter, Problem> {
        let days = parsed::<i64>("days", Some(&self.days))?;
        let since = days.map(|days| app.now() - SignedDuration::from_hours(24 * days.clamp(0, DAYS_MAX)));
        let rule = given(Some(&self.rule));
        let words = rule.as_deref().unwrap_or_default().to_lowercase();
        let facts = app.register.settings().rules.iter();
        let named = facts.filter(|(_, facts)| rule.is_some() && facts.title.to_lowercase().contains(&words));
        let rules = named.map(|(id, _)| id.clone()).collect();
        let origin = given(Some(&self.origin));
        Ok(PlaceFilter { origin, rule, rules, since, ..PlaceFilter::default() })
    }
}

/// The board.
pub(super) async fn get_debug(
    State(web): State<Web>,
    visitor: Visitor,
    Query(query): Query<DebugQuery>,
) -> Result<Markup, Problem> {
    let (who, filter) = (visitor.identity(), query.filter(&web.app)?);
    let view = web.app.blocking(move |app| view(app, &who, &filter, &query)).await?;
    Ok(debug::page(&visitor.frame(&web).await?, &view))
}

fn view(
    app: &App,
    who: &Identity,
    filter: &PlaceFilter,
    query: &DebugQuery,
) -> Result<DebugView, StoreError> {
    app.register.store().read(|tx| {
        let commits = PlaceFilter { committed: Some(true), before: query.after, ..filter.clone() };
        let mut flagged = seen(tx, who, &commits, PAGE + 1)?;
        let more = flagged.len() > PAGE;
        flagged.truncate(PAGE);
        let next = flagged.last().filter(|_| more).map(|(last, _)| last.id.to_string());
        let of = |kind| PlaceFilter { kinds: vec![kind], ..filter.clone() };
        let logs = seen(tx, who, &of(OriginKind::CiLog), PLACES_MAX)?;
        let layers = seen(tx, who, &of(OriginKind::Image), PLACES_MAX)?;
        let with = Shower { app, who };
        Ok(DebugView {
            filter: DebugFilter {
                origin: query.origin.clone(),
                rule: query.rule.clone(),
                days: query.days.clone(),
            },
            commits: flagged.into_iter().map(|(place, leak)| with.commit(place, &leak)).collect(),
            paging: Paging { total: None, after: query.after.map(|after| after.to_string()), next },
            masking: logs.into_iter().map(|(place, leak)| with.masking(&place, &leak)).collect(),
            images: with.images(layers),
        })
    })
}

/// Places with their leaks; what may not be seen is left out.
fn seen(
    tx: &mut Tx<'_>,
    who: &Identity,
    filter: &PlaceFilter,
    limit: usize,
) -> Result<Vec<(Exposure, Leak)>, StoreError> {
    let places = tx.places(filter, &who.sight, limit)?;
    let ids: Vec<i64> = places.iter().map(|place| place.leak).collect();
    let leaks: HashMap<i64, Leak> = tx.leaks_of(&ids, &who.sight)?;
    let with = |place: Exposure| leaks.get(&place.leak).cloned().map(|leak| (place, leak));
    Ok(places.into_iter().filter_map(with).collect())
}

/// Who looks, and what rules are called.
struct Shower<'s> {
    app: &'s App,
    who: &'s Identity,
}

impl Shower<'_> {
    fn leak(&self, leak: &Leak) -> crate::pages::view::LeakRef {
        leak_ref(leak, self.app.register.settings(), self.who)
    }

    fn commit(&self, place: Exposure, leak: &Leak) -> FlaggedCommit {
        let is_in_head = steps::step(&place, "commit").is_some_and(|step| step["in_head"] == true);
        let presence = match (place.gone_at, is_in_head) {
            (Some(_), _) => Presence::Gone,
            (None, true) => Presence::InHead,
            (None, false) => Presence::HistoryOnly,
        };
        FlaggedCommit {
            leak: self.leak(leak),
            origin: origin_ref(&place),
            at: when(&place),
            presence,
            line: count(place.line),
            commit: place.commit.unwrap_or_default(),
            url: place.url,
            author: place.author.unwrap_or_default(),
            path: place.path,
            context: Vec::new(),
        }
    }

    fn masking(&self, place: &Exposure, leak: &Leak) -> MaskingFailure {
        let job = steps::step(place, "job");
        let told = |field| job.and_then(|step| steps::text(step, field));
        MaskingFailure {
            at: when(place),
            job: told("id").unwrap_or_else(|| plain_job(place)),
            url: place.url.clone(),
            pipeline: told("pipeline").unwrap_or_else(|| place.origin.clone()),
            step: told("step").unwrap_or_default(),
            line: count(place.line),
            cause: steps::encoding(place),
            leak: self.leak(leak),
        }
    }

    /// One line for the same secret in the same layer and path, whatever tags have it.
    fn images(&self, places: Vec<(Exposure, Leak)>) -> Vec<ImageFinding> {
        let mut found: Vec<ImageFinding> = Vec::new();
        let mut known: BTreeMap<(String, String, String, i64), usize> = BTreeMap::new();
        for (place, leak) in places {
            let (image, tag) = name_and_tag(&place.origin);
            let layer = layer(&place);
            let digest = layer.as_ref().map_or_else(String::new, |layer| layer.digest.clone());
            let key = (image.to_owned(), digest, place.path.clone(), leak.id);
            let at = *known.entry(key).or_insert_with(|| {
                found.push(ImageFinding {
                    image: image.to_owned(),
                    tags: Vec::new(),
                    state: state(&place),
                    layer,
                    path: place.path.clone(),
                    leak: self.leak(&leak),
                });
                found.len() - 1
            });
            let tags = &mut found[at].tags;
            if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        found
    }
}

/// When a place was exposed, or seen first where that is not known.
fn when(place: &Exposure) -> Timestamp {
    place.exposed_at.unwrap_or(place.first_seen)
}

/// What a log is called whose scan told no job: its path, or the origin.
fn plain_job(place: &Exposure) -> String {
    if place.path.is_empty() || place.path == "-" { place.origin.clone() } else { place.path.clone() }
}

/// `registry.acme.net/shop` and `1.4` of `registry.acme.net/shop:1.4`: a colon before a slash is of a port.
fn name_and_tag(origin: &str) -> (&str, &str) {
    match origin.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.trim_end_matches("@sha256"), tag),
        _ => (origin, ""),
    }
}

fn layer(place: &Exposure) -> Option<ImageLayer> {
    let step = steps::step(place, "layer")?;
    Some(ImageLayer {
        digest: steps::text(step, "digest")?,
        place: steps::number(step, "number").zip(steps::number(step, "of")),
        made_by: steps::text(step, "made_by").unwrap_or_default(),
    })
}

fn state(place: &Exposure) -> LayerState {
    let is_deleted = steps::step(place, "layer").is_some_and(|step| step["deleted"] == true);
    if is_deleted { LayerState::Deleted } else { LayerState::Visible }
}

#[cfg(test)]
mod tests {
    use super::name_and_tag;

    #[test]
    fn images_are_named_without_their_tag() {
        let cases = [
            ("registry.acme.net/shop:1.4", ("registry.acme.net/shop", "1.4")),
            ("localhost:5000/shop", ("localhost:5000/shop", "")),
            ("localhost:5000/shop:1", ("localhost:5000/shop", "1")),
            ("shop@sha256:9b1c", ("shop", "9b1c")),
            ("shop", ("shop", "")),
        ];
        for (origin, parts) in cases {
            assert_eq!(name_and_tag(origin), parts);
        }
    }
}
