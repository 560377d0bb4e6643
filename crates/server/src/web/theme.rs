//! Light or dark: a cookie that tells nothing of anybody.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{Web, fields::Fields, visitor::Visitor};
use crate::pages::layout::Theme;

/// The name of the cookie.
const COOKIE: &str = "stanch-theme";
/// How long browsers keep it: a year, in seconds.
const KEPT: u32 = 31_536_000;

/// The theme a browser asks for.
pub(super) fn of(headers: &HeaderMap) -> Theme {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map_or(Theme::Auto, |(_, value)| Theme::named(value))
}

/// Chooses a theme, and goes back.
pub(super) async fn post_theme(
    State(web): State<Web>,
    _: Visitor,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let theme = Theme::named(fields.text("theme"));
    let secure = if web.auth.site().is_tls() { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={}; Path=/; Max-Age={KEPT}; HttpOnly; SameSite=Lax{secure}", theme.as_str());
    let mut response = Redirect::to(&path_of_referer(&headers)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The path of the page the form was on; only that, so that nobody is sent elsewhere.
fn path_of_referer(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let url = referer.and_then(|text| url::Url::parse(text).ok());
    let path = url.map_or_else(|| "/".to_owned(), |url| url[url::Position::BeforePath..].to_owned());
    // Two slashes would be another server.
    if path.starts_with('/') && !path.starts_with("//") { path } else { "/".to_owned() }
}
