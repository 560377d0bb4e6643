//! What other systems tell of the measures that findings do not: credentials and how long they live, secret stores and their audit.

use axum::{
    Json,
    extract::{Query, State},
    http::HeaderMap,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_store::{InventoryItem, Sight, ToldItem};
use utoipa::ToSchema;

use super::{
    act::Act,
    body::{RawBody, content_type, told},
    paging::{Listed, Page},
};
use crate::{
    app::App,
    auth::{
        Require,
        need::{Ingest, ReadLeaks},
    },
    problem::{Problem, Refusals},
};

/// Most items of one request.
const ITEMS_MAX: usize = 10_000;
/// Longest text of an item, in bytes.
const TEXT_BYTES_MAX: usize = 1024;
/// What the register calls a credential.
const CREDENTIAL: &str = "credential";
/// What it calls a secret store.
const SECRET_STORE: &str = "secret-store";

/// Something that another system tells of.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum ItemBody {
    /// A credential in use.
    Credential {
        /// Its name, which no other has; never the credential itself.
        name: String,
        /// Whether it ends by itself, soon.
        short_lived: bool,
        /// Where this is from, in words.
        #[serde(default)]
        detail: String,
    },
    /// A place where secrets are kept.
    SecretStore {
        /// Its name, which no other has.
        name: String,
        /// Whether it keeps an audit log.
        audited: bool,
        /// Where this is from, in words.
        #[serde(default)]
        detail: String,
    },
}

impl ItemBody {
    fn item(self) -> Result<InventoryItem, Problem> {
        let (kind, name, good, detail) = match self {
            Self::Credential { name, short_lived, detail } => (CREDENTIAL, name, short_lived, detail),
            Self::SecretStore { name, audited, detail } => (SECRET_STORE, name, audited, detail),
        };
        if name.trim().is_empty() || name.len() > TEXT_BYTES_MAX {
            return Err(Problem::invalid("name", format!("expected 1 to {TEXT_BYTES_MAX} bytes")));
        }
        if detail.len() > TEXT_BYTES_MAX {
            return Err(Problem::invalid("detail", format!("expected at most {TEXT_BYTES_MAX} bytes")));
        }
        Ok(InventoryItem { kind: kind.to_owned(), name, good, detail })
    }
}

/// Something that another system told of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ItemView {
    /// `credential` or `secret-store`.
    kind: String,
    /// Its name.
    name: String,
    /// Of a credential: whether it ends by itself, soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    short_lived: Option<bool>,
    /// Of a secret store: whether it keeps an audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    audited: Option<bool>,
    /// Where this is from, in words.
    detail: String,
    /// When it was told last.
    #[schema(value_type = String, format = DateTime)]
    told_at: Timestamp,
}

impl From<ToldItem> for ItemView {
    fn from(told: ToldItem) -> Self {
        let InventoryItem { kind, name, good, detail } = told.item;
        Self {
            short_lived: (kind == CREDENTIAL).then_some(good),
            audited: (kind == SECRET_STORE).then_some(good),
            kind,
            name,
            detail,
            told_at: told.told_at,
        }
    }
}

/// How many items were taken.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct ItemTally {
    /// How many.
    received: usize,
}

/// The items of a body: a list in JSON, or one a line.
fn items(headers: &HeaderMap, body: &[u8]) -> Result<Vec<InventoryItem>, Problem> {
    let bodies: Vec<ItemBody> = match content_type(headers).as_str() {
        "application/json" => serde_json::from_slice(body).map_err(|error| told(&error))?,
        "application/x-ndjson" | "application/jsonl" => lines(body)?,
        _ => return Err(Problem::unsupported("expected application/json or application/x-ndjson")),
    };
    if bodies.len() > ITEMS_MAX {
        return Err(Problem::too_large(format!("more than {ITEMS_MAX} items")));
    }
    bodies.into_iter().map(ItemBody::item).collect()
}

fn lines(body: &[u8]) -> Result<Vec<ItemBody>, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::malformed("expected UTF-8"))?;
    let mut read = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let item = serde_json::from_str(line).map_err(|error| {
            Problem::malformed(format!("line {number}: not an item, from column {} on", error.column()))
        })?;
        read.push(item);
    }
    Ok(read)
}

/// Takes an inventory in: a list in JSON, or one item a line. What was told of the same thing before is replaced.
#[utoipa::path(
    post, path = "/api/v1/inventory", tag = "measures",
    request_body(content(
        (Vec<ItemBody> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "at most 10,000 items"),
    responses((status = 200, body = ItemTally), Refusals),
)]
pub(crate) async fn post_inventory(
    Act { app, .. }: Act,
    who: Require<Ingest>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<ItemTally>, Problem> {
    if who.sight != Sight::All {
        return Err(Problem::forbidden(
            "an inventory is of the whole organisation: this token is limited to a team",
        ));
    }
    let items = items(&headers, &body)?;
    let (actor, received) = (who.actor.clone(), items.len());
    app.blocking(move |app| app.register.note_inventory(&items, &actor, app.now())).await?;
    Ok(Json(ItemTally { received }))
}

/// What other systems told of, by kind and name.
#[utoipa::path(
    get, path = "/api/v1/inventory", tag = "measures", params(Page),
    responses((status = 200, body = Listed<ItemView>), Refusals),
)]
pub(crate) async fn get_inventory(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<ItemView>>, Problem> {
    if who.sight != Sight::All {
        return Err(Problem::forbidden("the inventory is for who sees all origins"));
    }
    let limit = page.limit()?;
    let after = page.after.as_ref().map(|cursor| {
        let parts = cursor.split_once('/').map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        parts.ok_or_else(|| Problem::invalid("after", "expected `next` of the page before"))
    });
    let after = after.transpose()?;
    let items = app.read(move |tx| tx.inventory(after.as_ref(), limit + 1)).await?;
    let cursor = |told: &ToldItem| format!("{}/{}", told.item.kind, told.item.name);
    Ok(Json(Listed::of(items, limit, cursor, ItemView::from)))
}
