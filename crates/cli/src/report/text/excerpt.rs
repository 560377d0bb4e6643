//! One source line as a screen shows it, and where the carets under it go.

use stanch_model::Snippet;
use unicode_width::UnicodeWidthChar;

use crate::report::printable::is_printable;

/// Columns between tab stops.
const TAB_WIDTH: usize = 4;
/// Stands for what was cut off.
const CUT: &str = "…";
/// Least columns of a line, however narrow the screen.
const WIDTH_MIN: usize = 20;

/// A line cut to a width around its secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line: no tabs, no control characters.
    pub(super) text: String,
    /// Columns before the first caret.
    pub(super) indent: usize,
    /// Columns under the secret, at least one.
    pub(super) carets: usize,
}

impl Excerpt {
    /// The part of `snippet` around its secret that fits into `width` columns.
    pub(super) fn fit(snippet: &Snippet, width: usize) -> Self {
        let width = width.max(WIDTH_MIN);
        let columns = columns(snippet.text.chars());
        let column_of = |at: usize| self::columns(snippet.text.chars().take(at)).len();
        let (start, end) = (column_of(snippet.caret_start), column_of(snippet.caret_end));
        // A line that does not fit begins a third of the screen before the secret.
        let first = if columns.len() <= width { 0 } else { start.saturating_sub(width / 3) };
        let last = columns.len().min(first + width);
        let mut shown = columns[first..last].to_vec();
        if first > 0 {
            cut_start(&mut shown);
        }
        if last < columns.len() {
            cut_end(&mut shown);
        }
        Self {
            text: shown.concat(),
            indent: start - first,
            carets: end.min(last).saturating_sub(start).max(1),
        }
    }
}

/// What each column of the screen shows. A wide character stands in its first column and leaves the second empty; a
/// mark without width stands with the character it belongs to.
fn columns(text: impl Iterator<Item = char>) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for c in text {
        match c {
            '\t' => {
                let stop = (columns.len() / TAB_WIDTH + 1) * TAB_WIDTH;
                columns.resize(stop, " ".to_owned());
            }
            c if !is_printable(c) => columns.push(char::REPLACEMENT_CHARACTER.to_string()),
            c => match (c.width(), columns.iter_mut().rfind(|column| !column.is_empty())) {
                (Some(0), Some(base)) => base.push(c),
                (Some(2), _) => columns.extend([c.to_string(), String::new()]),
                _ => columns.push(c.to_string()),
            },
        }
    }
    columns
}

/// Puts [`CUT`] into the first column; what is left of a wide character there becomes a space.
fn cut_start(columns: &mut [String]) {
    if let [first, second, ..] = columns {
        CUT.clone_into(first);
        if second.is_empty() {
            " ".clone_into(second);
        }
    }
}

/// Puts [`CUT`] into the last column; what is left of a wide character before it becomes a space.
fn cut_end(columns: &mut [String]) {
    if let [.., before, last] = columns {
        if last.is_empty() {
            " ".clone_into(before);
        }
        CUT.clone_into(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fits `text`, in which the secret stands between brackets that are not part of it.
    fn fit(text: &str, width: usize) -> Excerpt {
        let place = |bracket| text.chars().position(|c| c == bracket).expect("a bracket");
        let snippet = Snippet {
            text: text.chars().filter(|c| !matches!(c, '[' | ']')).collect(),
            caret_start: place('['),
            caret_end: place(']') - 1,
        };
        Excerpt::fit(&snippet, width)
    }

    /// The columns of `text` that have carets under them.
    fn under(excerpt: &Excerpt) -> String {
        let mut column = 0;
        let mut covered = String::new();
        for c in excerpt.text.chars() {
            if (excerpt.indent..excerpt.indent + excerpt.carets).contains(&column) {
                covered.push(c);
            }
            column += c.width().unwrap_or(0);
        }
        covered
    }

    #[test]
    fn carets_stand_under_the_secret() {
        for text in [
            "key = [ab****]",
            "\tkey =\t[ab****];",
            "鍵 = \"[ab****]\"",
            "e\u{301}\u{7} [ab****] x",
            "[ab****]",
        ] {
            assert_eq!(under(&fit(text, 60)), "ab****", "{text:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_secret() {
        let long = format!("{}[ab****]{}", "x".repeat(300), "日".repeat(300));
        let excerpt = fit(&long, 40);
        assert_eq!(under(&excerpt), "ab****");
        assert!(excerpt.text.starts_with(CUT) && excerpt.text.ends_with(CUT));
        assert_eq!(excerpt.text.chars().filter_map(UnicodeWidthChar::width).sum::<usize>(), 40);
    }

    #[test]
    fn a_wide_character_is_not_cut_in_half() {
        for before in 30..34 {
            let excerpt = fit(&format!("{}[ab]{}", "日".repeat(before), "本".repeat(40)), 30);
            assert_eq!(under(&excerpt), "ab", "{excerpt:?}");
            assert!(
                excerpt.text.chars().filter_map(UnicodeWidthChar::width).sum::<usize>() <= 30,
                "{excerpt:?}"
            );
        }
    }

    #[test]
    fn a_secret_wider_than_the_screen_is_underlined_as_far_as_it_shows() {
        let excerpt = fit(&format!("k=[{}]", "*".repeat(200)), 30);
        assert!(excerpt.indent + excerpt.carets <= 30, "{excerpt:?}");
    }

    #[test]
    fn no_tab_and_no_control_character_is_left() {
        let excerpt = fit("\t\u{1b}[[m\u{202e}ab]", 40);
        assert!(excerpt.text.chars().all(is_printable));
    }
}
