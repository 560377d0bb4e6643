//! Text of unknown origin made safe to show: a file name may hold a line break or an escape sequence.

use std::fmt::{self, Write};

/// Displays a text with every character that could steer a terminal or a parser written as an escape, for instance
/// `\u{1b}`.
pub(crate) struct Printable<'t>(pub(crate) &'t str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_printable(c) { f.write_char(c)? } else { write!(f, "{}", c.escape_default())? }
        }
        Ok(())
    }
}

/// `text`, cut off after `max` characters; the last of them says so.
pub(super) fn shortened(text: &str, max: usize) -> String {
    if text.chars().nth(max).is_none() {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// The last `max` characters of `text`; the first of them says that there were more. Of a path this is what tells most.
pub(super) fn ending(text: &str, max: usize) -> String {
    match text.chars().count().checked_sub(max) {
        None | Some(0) => text.to_owned(),
        Some(more) => ['…'].into_iter().chain(text.chars().skip(more + 1)).collect(),
    }
}

/// Whether `c` only shows itself: no control character, no line or paragraph separator, nothing that turns the
/// direction of the text around it (Unicode TR 36, section 2), no byte order mark and no noncharacter, which XML
/// forbids.
pub(super) fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
        && c != '\u{feff}'
        && u32::from(c) & 0xfffe != 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_escaped_and_what_shows_is_not() {
        let text = Printable("a\nb\u{1b}[31m\u{202e}\u{9b}\u{ffff} naïve 日本.txt").to_string();
        assert_eq!(text, r"a\nb\u{1b}[31m\u{202e}\u{9b}\u{ffff} naïve 日本.txt");
    }

    #[test]
    fn what_is_cut_off_is_told() {
        assert_eq!(["日本語", "日本語話"].map(|text| shortened(text, 3)), ["日本語", "日本…"]);
        assert_eq!(["日本語", "日本語話"].map(|text| ending(text, 3)), ["日本語", "…語話"]);
    }
}
