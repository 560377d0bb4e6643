//! Report formats: one file each, one line in [`FORMATS`].

mod csv;
mod encodings;
mod facts;
mod github;
mod gitlab;
mod html;
mod json;
mod jsonl;
mod junit;
mod part;
mod place;
pub(crate) mod printable;
mod record;
#[cfg(test)]
mod sample;
mod sarif;
mod situation;
pub(crate) mod summary;
mod text;

use std::{
    io::{self, Write},
    sync::Arc,
};

use jiff::Timestamp;
use stanch_model::{Coverage, Finding, RuleInfo, SecretGroup, group};

/// The version of the tool, as machine-readable reports name it.
const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where to read about the tool.
const TOOL_URI: &str = env!("CARGO_PKG_REPOSITORY");

/// What a report tells of.
#[derive(Clone, Copy)]
pub(crate) struct Report<'r> {
    /// In the pipeline's stable order: target by target, within one by path and position.
    pub(crate) findings: &'r [Finding],
    /// What was scanned and what was not.
    pub(crate) coverage: &'r Coverage,
    /// Every active rule, whether it found something or not.
    pub(crate) rules: &'r [Arc<RuleInfo>],
    /// When the run began.
    pub(crate) started: Timestamp,
    /// Columns of a line on the reader's screen.
    pub(crate) width: usize,
}

impl<'r> Report<'r> {
    /// One group a secret, the worst and surest first.
    fn secrets(&self) -> Vec<SecretGroup<'r>> {
        group(self.findings)
    }

    /// When the run ended.
    fn ended(&self) -> Timestamp {
        self.started.saturating_add(self.coverage.duration).unwrap_or(self.started)
    }
}

/// One way to write a report.
pub(crate) trait Format: Sync {
    /// The name after `--format`.
    fn name(&self) -> &'static str;
    /// Who reads it, in a few words.
    fn doc(&self) -> &'static str;
    /// Writes the whole report; what a person reads may hold ANSI colours, which the caller strips where none are wanted.
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()>;
}

/// Every format.
pub(crate) static FORMATS: &[&dyn Format] = &[
    &text::Text,
    &json::Json,
    &jsonl::Jsonl,
    &sarif::Sarif,
    &junit::Junit,
    &gitlab::Gitlab,
    &github::Github,
    &csv::Csv,
    &html::Html,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_writes_findings_as_before() {
        for format in FORMATS {
            insta::assert_snapshot!(
                format!("findings.{}", format.name()),
                sample::findings().render(*format)
            );
        }
    }

    #[test]
    fn every_format_writes_an_empty_report_as_before() {
        for format in FORMATS {
            insta::assert_snapshot!(format!("empty.{}", format.name()), sample::empty().render(*format));
        }
    }

    #[test]
    fn no_format_shows_a_raw_secret() {
        let sample = sample::findings();
        for format in FORMATS {
            let text = sample.render(*format);
            for raw in sample.raw_secrets() {
                assert!(!text.contains(&raw), "{} shows a secret", format.name());
            }
        }
    }

    #[test]
    fn no_format_passes_control_characters_on() {
        let sample = sample::hostile();
        for format in FORMATS {
            let text = sample.render_colored(*format);
            let (first, sequences) = text.split_once('\u{1b}').unwrap_or((&text, ""));
            for sequence in sequences.split('\u{1b}').filter(|_| !sequences.is_empty()) {
                let color = sequence.split_once('m').map_or("none", |(color, _)| color);
                let is_color =
                    color.starts_with('[') && color[1..].bytes().all(|b| b.is_ascii_digit() || b == b';');
                assert!(is_color, "{} passes {sequence:?} on", format.name());
            }
            let stray = first
                .chars()
                .chain(sequences.chars())
                .find(|c| c.is_control() && !matches!(c, '\n' | '\u{1b}'));
            assert_eq!(stray, None, "{} passes {stray:?} on", format.name());
        }
    }

    #[test]
    fn no_format_for_people_lets_text_turn_its_direction() {
        let sample = sample::hostile();
        for format in [&text::Text as &dyn Format, &junit::Junit, &github::Github, &csv::Csv, &html::Html] {
            assert!(!sample.render(format).contains('\u{202e}'), "{}", format.name());
        }
    }
}
