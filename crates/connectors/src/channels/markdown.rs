//! Tickets in Markdown, for GitHub and GitLab.

use std::fmt::Write as _;

use crate::{
    Alert,
    wording::{Room, Words},
};

const ROOM: Room = Room { facts_max: 50, value_max: 500 };

/// The description of a ticket, or a comment. Whatever an attacker may have named is in code spans: nothing in these is a link, a
/// mention, a reference, HTML or a command (<https://docs.github.com/en/get-started/writing-on-github>,
/// <https://docs.gitlab.com/user/project/quick_actions/>).
pub(crate) fn text(alert: &Alert, mark: &str) -> String {
    let words = Words::of(alert, ROOM);
    let mut text = format!("**Stanch**: {}\n\n{}\n", words.status, code(&words.summary));
    for (name, value) in &words.facts {
        let _ = write!(text, "\n- {}: {}", code(name), code(value));
    }
    if !words.link.is_empty() {
        let _ = write!(text, "\n\n[{}](<{}>)", alert.heading(), words.link);
    }
    if !mark.is_empty() {
        let _ = write!(text, "\n\n<!-- {mark} -->");
    }
    text
}

/// The title of a ticket, which is no markup.
pub(crate) fn title(alert: &Alert) -> String {
    Words::of(alert, ROOM).headline
}

/// `text` as a code span: between more backticks than stand in a row within it, and spaces, so that none of its own touch them
/// (<https://spec.commonmark.org/0.31.2/#code-spans>).
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_cannot_be_left() {
        assert_eq!(code("a"), "` a `");
        assert_eq!(code("`a``b"), "``` `a``b ```");
        assert_eq!(code(""), "");
    }
}
