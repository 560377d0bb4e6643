//! An alert in words, as every channel begins with it: on one line each, within limits, not yet escaped for any markup.

use std::fmt::Write as _;

use crate::{Alert, AlertKind};

/// How many facts a message has room for, and how long their values may be.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    pub(crate) facts_max: usize,
    /// In characters.
    pub(crate) value_max: usize,
}

/// What a message says. Names that an attacker chose may stand in all of it but the link.
pub(crate) struct Words {
    /// `Incident 7: title`.
    pub(crate) headline: String,
    /// What happened, how bad and how urgent, such as `opened, critical, page`.
    pub(crate) status: String,
    pub(crate) summary: String,
    pub(crate) facts: Vec<(String, String)>,
    /// The page of the incident.
    pub(crate) link: String,
}

/// A name longer than this is cut.
const NAME_MAX: usize = 80;
const TITLE_MAX: usize = 200;
const SUMMARY_MAX: usize = 1_000;

impl Words {
    pub(crate) fn of(alert: &Alert, room: Room) -> Self {
        let fact = |name: &str, value: &str| (line(name, NAME_MAX), line(value, room.value_max));
        let mut facts: Vec<_> =
            alert.facts.iter().take(room.facts_max).map(|each| fact(&each.name, &each.value)).collect();
        facts.extend(left_out(alert, room.facts_max));
        Self {
            headline: line(&format!("{}: {}", alert.heading(), alert.incident.title), TITLE_MAX),
            status: format!("{}, {}, {}", happened(alert.kind), alert.severity, alert.urgency),
            summary: line(&alert.summary, SUMMARY_MAX),
            facts,
            link: link(&alert.incident.url),
        }
    }
}

/// What is said of facts beyond the first `facts_max`.
pub(crate) fn left_out(alert: &Alert, facts_max: usize) -> Option<(String, String)> {
    let count = alert.facts.len().checked_sub(facts_max).filter(|count| *count > 0)?;
    Some(("left out".to_owned(), format!("{count} more, on the page of the incident")))
}

/// What happened to the incident, in a word.
pub(crate) fn happened(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Trigger => "opened",
        AlertKind::Update => "updated",
        AlertKind::Acknowledge => "acknowledged",
        AlertKind::Resolve => "resolved",
    }
}

/// `text` on one line, of at most `chars_max` characters. What moves the cursor or turns the direction of text becomes a
/// space: it would let a name look like another one.
pub(crate) fn line(text: &str, chars_max: usize) -> String {
    // What is far beyond the limit is not even looked at.
    let seen = text
        .chars()
        .take(chars_max.saturating_mul(4))
        .map(|char| if is_invisible(char) { ' ' } else { char });
    let spaced = seen.collect::<String>();
    let joined = spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    clip(&joined, chars_max)
}

/// `text`, or its first `chars_max - 1` characters and an ellipsis.
pub(crate) fn clip(text: &str, chars_max: usize) -> String {
    if text.chars().nth(chars_max).is_none() {
        return text.to_owned();
    }
    text.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect()
}

/// Whether `char` is a control character, or one that Unicode has to direct and to hide text.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The address of a page without what could end it early in any markup. Only HTTP addresses are links.
fn link(url: &str) -> String {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return String::new();
    }
    let mut link = String::new();
    for byte in url.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&+,;=%".contains(&byte) {
            link.push(char::from(byte));
        } else {
            let _ = write!(link, "%{byte:02X}");
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_shows_what_it_holds() {
        assert_eq!(line("a\r\nb\tc \u{202e}d\u{2066}", 20), "a b c d");
        assert_eq!(line("äöüß", 4), "äöüß");
        assert_eq!(line("äöüß", 3), "äö…");
        assert_eq!(clip("", 0), "");
    }

    #[test]
    fn a_link_cannot_be_left() {
        assert_eq!(link("https://s/a b>|<\")(['"), "https://s/a%20b%3E%7C%3C%22%29%28%5B%27");
        assert_eq!(link("javascript:alert(1)"), "");
    }
}
