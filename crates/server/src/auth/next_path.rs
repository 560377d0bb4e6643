//! Where a person goes on after the login: only to a path of this server.

use axum::http::Uri;
use url::form_urlencoded::byte_serialize;

/// The longest path that is kept, in bytes.
const BYTES_MAX: usize = 2_000;

/// The path, if it is one of this server: it begins with one `/`, and browsers read no host out of it.
pub(crate) fn checked(path: &str) -> &str {
    let is_path = path.starts_with('/') && !path.starts_with("//") && path.len() <= BYTES_MAX;
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_door = path.starts_with("/login") || path.starts_with("/logout") || path.starts_with("/setup");
    if is_path && is_plain && !is_door { path } else { "/" }
}

/// What was asked for, as a value in a query.
pub(crate) fn escaped(uri: &Uri) -> String {
    escaped_text(uri.path_and_query().map_or("/", |path| path.as_str()))
}

/// The same of a path.
pub(crate) fn escaped_text(path: &str) -> String {
    byte_serialize(checked(path).as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_server_is_gone_to() {
        let foreign = [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:x",
            "",
            "/a\r\nb",
            "/\t/x",
        ];
        assert_eq!(foreign.map(checked), ["/"; 7]);
        assert_eq!(checked("/leaks?page=2&q=a%20b"), "/leaks?page=2&q=a%20b");
        assert_eq!(checked("/login?next=/x"), "/", "no way round in circles");
    }
}
