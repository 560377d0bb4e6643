//! The colours of the text report: few, and nothing depends on them.

use std::fmt;

use anstyle::{AnsiColor, Style};
use stanch_model::Severity;

/// What the eye should catch.
pub(super) const BOLD: Style = Style::new().bold();
/// What it may skip.
pub(super) const DIM: Style = Style::new().dimmed();
/// A place to go to.
pub(super) const PATH: Style = AnsiColor::Cyan.on_default();
/// All is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Something is missing.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// The colour of a severity on the screen's own background.
pub(super) fn text(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low => AnsiColor::Blue.on_default().bold(),
    }
}

/// The colour of a severity's label: only the worst has a background.
pub(super) fn badge(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightWhite.on(AnsiColor::Red).bold(),
        other => text(other),
    }
}

/// `text` in `style`.
pub(super) fn paint<T: fmt::Display>(style: Style, text: T) -> Painted<T> {
    Painted { style, text }
}

/// A text with its style.
pub(super) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.style, self.text, self.style)
    }
}
