//! Links to addresses that come from data.

use maud::{Markup, html};

/// A link to `url` where it is one of the web, and plain text where it is none: an address of data may name any scheme.
pub fn link(url: Option<&str>, text: &str) -> Markup {
    let web = url.filter(|url| is_of_web(url));
    html! {
        @if let Some(url) = web { a href=(url) rel="noopener noreferrer" { (text) } } @else { span { (text) } }
    }
}

/// Whether an address is of the web: `https://` or `http://` at its beginning, in any case, and no control character in it.
pub fn is_of_web(url: &str) -> bool {
    let has_scheme = ["https://", "http://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    });
    has_scheme && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked() {
        for good in ["https://git.example/a", "HTTP://x/"] {
            assert!(is_of_web(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            " https://x",
            "https://",
            "data:text/html,x",
            "//x",
            "/x",
            "https://a\nb",
            "äöü",
        ] {
            assert!(!is_of_web(bad), "{bad}");
        }
        let text = link(Some("javascript:alert(1)"), "a<b").into_string();
        assert_eq!(text, "<span>a&lt;b</span>");
    }
}
