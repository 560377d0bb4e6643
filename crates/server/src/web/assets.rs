//! The files that pages load.

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{pages::assets::ASSETS, problem::Problem};

/// Browsers ask again after an hour: the name of a file stays the same when Stanch is updated.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// One of them.
pub(super) async fn get_asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(|| Problem::not_found("there is no such file"))?;
    let kind = HeaderValue::from_static(asset.media_type);
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHE)], asset.text).into_response())
}
