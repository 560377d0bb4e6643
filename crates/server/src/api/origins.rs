//! What secrets leak into, and what is not scanned yet.

use axum::{
    Json,
    extract::{Query, State},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::OriginKind;
use stanch_store::{KnownOrigin, OriginFilter};
use utoipa::{IntoParams, ToSchema};

use super::{
    leaks::{given, parsed},
    paging::{Listed, Page},
};
use crate::{
    app::App,
    auth::{Require, need::ReadLeaks},
    problem::{Problem, Refusals},
};

/// Which origins are asked for; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OriginQuery {
    /// `repository`, `image`, `package`, `ci-log`, `artifact`, `telemetry`, `cluster`, `storage` or `other`.
    kind: Option<String>,
    /// Only those everybody can read, or only those that not everybody can.
    public: Option<bool>,
    /// Only those with a push that no complete scan has seen, or only the others.
    stale: Option<bool>,
    /// Words in the name.
    q: Option<String>,
}

/// What secrets leak into.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OriginView {
    /// Its number.
    id: i64,
    /// What it is.
    kind: &'static str,
    /// Its name, unique in its kind.
    name: String,
    /// Whether everybody can read it; nothing where that is not known.
    public: Option<bool>,
    /// What it serves.
    environment: Option<String>,
    /// Where a person can look at it.
    url: Option<String>,
    /// When it was told of first.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// When it was told of last: by a scan, a gate or its forge.
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// When the last scan began that scanned all of one of its scopes.
    #[schema(value_type = Option<String>, format = DateTime)]
    scanned_at: Option<Timestamp>,
    /// Its main branch, where its forge told.
    default_branch: Option<String>,
    /// When its forge told of the latest push.
    #[schema(value_type = Option<String>, format = DateTime)]
    pushed_at: Option<Timestamp>,
    /// The branch or tag of that push.
    pushed_ref: Option<String>,
    /// The commit it points to since.
    pushed_head: Option<String>,
    /// Whether no complete scan began since that push.
    stale: bool,
}

impl From<KnownOrigin> for OriginView {
    fn from(known: KnownOrigin) -> Self {
        let stale = known.is_stale();
        let (pushed_at, pushed) = (known.pushed.as_ref().map(|pushed| pushed.at), known.pushed);
        let (pushed_ref, pushed_head) = pushed.map(|pushed| (pushed.reference, pushed.head)).unzip();
        Self {
            id: known.id,
            kind: known.origin.kind.as_str(),
            name: known.origin.name,
            public: known.origin.public,
            environment: known.origin.environment,
            url: known.origin.url,
            first_seen: known.first_seen,
            last_seen: known.last_seen,
            scanned_at: known.scanned_at,
            default_branch: known.default_branch,
            pushed_at,
            pushed_ref,
            pushed_head,
            stale,
        }
    }
}

/// The kind and name of the last origin seen.
fn after(page: &Page) -> Result<Option<(String, String)>, Problem> {
    let parts = |cursor: &String| {
        let parts = cursor.split_once('/').filter(|(kind, _)| kind.parse::<OriginKind>().is_ok());
        let parts = parts.map(|(kind, name)| (name.to_owned(), kind.to_owned()));
        parts.ok_or_else(|| Problem::invalid("after", "expected `next` of the page before"))
    };
    page.after.as_ref().map(parts).transpose()
}

/// Repositories, images and other origins, by name.
#[utoipa::path(
    get, path = "/api/v1/origins", tag = "origins", params(OriginQuery, Page),
    responses((status = 200, body = Listed<OriginView>), Refusals),
)]
pub(crate) async fn get_origins(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Query(query): Query<OriginQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<OriginView>>, Problem> {
    let filter = OriginFilter {
        kind: parsed::<OriginKind>("kind", query.kind.as_deref())?,
        public: query.public,
        stale: query.stale,
        text: given(query.q.as_deref()),
        after: after(&page)?,
    };
    let (limit, sight) = (page.limit()?, who.sight.clone());
    let origins = app.read(move |tx| tx.origins_matching(&filter, &sight, limit + 1)).await?;
    let cursor = |known: &KnownOrigin| format!("{}/{}", known.origin.kind, known.origin.name);
    Ok(Json(Listed::of(origins, limit, cursor, OriginView::from)))
}
