//! Evidence as it is typed.

use std::{convert::Infallible, str::FromStr};

use serde_json::{Value as Json, json};

/// A text, and the link it ends with, if it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    text: String,
    url: Option<String>,
}

impl FromStr for Evidence {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let text = text.trim();
        let (words, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
        let is_link = last.starts_with("https://") || last.starts_with("http://");
        if !is_link {
            return Ok(Self { text: text.to_owned(), url: None });
        }
        // A link alone says what it is by itself.
        let words = if words.trim().is_empty() { last } else { words.trim_end() };
        Ok(Self { text: words.to_owned(), url: Some(last.to_owned()) })
    }
}

impl Evidence {
    /// As the API takes it.
    pub(super) fn body(evidence: &[Self]) -> Json {
        let piece = |piece: &Self| {
            let kind = if piece.url.is_some() { "link" } else { "note" };
            json!({ "kind": kind, "text": piece.text, "url": piece.url })
        };
        evidence.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_at_the_end_is_the_link() {
        let read = |text: &str| {
            let Ok(Evidence { text, url }) = text.parse();
            (text, url)
        };
        let link = || Some("https://t.example/1".to_owned());
        assert_eq!(read("deleted it"), ("deleted it".to_owned(), None));
        assert_eq!(read("deleted, see  https://t.example/1 "), ("deleted, see".to_owned(), link()));
        assert_eq!(read("https://t.example/1"), ("https://t.example/1".to_owned(), link()));
    }
}
