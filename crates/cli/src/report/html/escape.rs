//! Text as HTML.

use std::fmt::{self, Write};

use crate::report::printable::Printable;

/// Displays a text so that it is only text between tags and in a quoted attribute, whatever it holds.
#[derive(Clone, Copy)]
pub(super) struct Escaped<'t>(pub(super) &'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", Printable(self.0))
    }
}

/// Escapes what is written through it.
struct Escape<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        match c {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            c => self.0.write_char(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        let text = Escaped("<a b='c' d=\"e\">&\u{1b}").to_string();
        assert_eq!(text, "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\\u{1b}");
    }
}
