//! Settings that are flag, environment variable and key of `stanch.toml` in one.
//!
//! Each is written down once: `clap` reads it from the command line and from `STANCH_*`, `serde` from the file. What is
//! typed goes before the variable, the variable before the file, the file before the default.

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, str::FromStr};

use clap::{
    Args, ValueEnum,
    builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser as _},
};
use serde::Deserialize;
use stanch_engine::{Isa, Override};

use crate::{
    output::{FormatChoice, FormatParser},
    policy::{FailOn, MinConfidence},
};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

/// When to show what is only of use to somebody who watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Not at all
    Never,
}

/// The instructions the engine may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Simd {
    /// Whatever this processor offers
    Auto,
    /// Portable code only
    Scalar,
}

impl From<Simd> for Isa {
    fn from(simd: Simd) -> Self {
        match simd {
            Simd::Auto => Self::Auto,
            Simd::Scalar => Self::Scalar,
        }
    }
}

/// `[console]`: how a run looks while it lasts.
#[derive(Clone, Copy, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Terminal")]
pub(crate) struct ConsoleSettings {
    /// Use colours
    #[arg(long, global = true, env = "STANCH_COLOR", value_name = "WHEN")]
    pub(crate) color: Option<Color>,
    /// Show how far the scan is, on standard error
    #[arg(long, global = true, env = "STANCH_PROGRESS", value_name = "WHEN")]
    pub(crate) progress: Option<When>,
    /// Print nothing but the report and errors
    #[arg(short, long, global = true, env = "STANCH_QUIET", value_parser = BoolishValueParser::new())]
    pub(crate) quiet: bool,
    /// Name each thing that is not scanned, and what the run works with, on standard error
    #[arg(short, long, global = true, env = "STANCH_VERBOSE", value_parser = BoolishValueParser::new())]
    pub(crate) verbose: bool,
}

impl ConsoleSettings {
    /// These settings, and those of `file` where these are silent.
    pub(crate) fn over(self, file: Self) -> Self {
        Self {
            color: self.color.or(file.color),
            progress: self.progress.or(file.progress),
            quiet: self.quiet || file.quiet,
            verbose: self.verbose || file.verbose,
        }
    }
}

/// `[scan]`: what becomes of the findings.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Report")]
pub(crate) struct ScanSettings {
    /// Write the report in this format; several at once are fine [default: text]
    ///
    /// FORMAT=FILE writes it to FILE. FORMAT alone writes it to the file of the next -o, or to standard output.
    #[arg(short, long, env = "STANCH_FORMAT", value_name = "FORMAT[=FILE]", value_parser = FormatParser)]
    #[arg(value_delimiter = ',')]
    pub(crate) format: Vec<FormatChoice>,
    /// Write the report to FILE instead of standard output
    ///
    /// The first -o belongs to the first --format that names no file, the second to the second, and so on. One without
    /// a --format takes its format from the extension: report.sarif, report.html. The file appears when the report is
    /// whole, so a run that fails leaves an older report as it is. - is standard output.
    #[arg(short, long, env = "STANCH_OUTPUT", value_name = "FILE", value_delimiter = ',')]
    pub(crate) output: Vec<PathBuf>,
    /// Fail with exit code 1 on findings of this severity or above [default: low]
    ///
    /// The default is the lowest: what is not worth failing for is better disabled than got used to.
    #[arg(long, env = "STANCH_FAIL_ON", value_name = "SEVERITY", value_parser = fail_on())]
    pub(crate) fail_on: Option<FailOn>,
    /// Fail only on findings that are at least this sure, too [default: whatever is reported]
    ///
    /// low, medium, high or certain, or a probability from 0 to 1. Both conditions must hold: --fail-on high --fail-on-confidence certain fails on findings
    /// of high severity or above whose offline check passed, and reports the others.
    #[arg(long, env = "STANCH_FAIL_ON_CONFIDENCE", value_name = "TIER")]
    pub(crate) fail_on_confidence: Option<MinConfidence>,
    /// Report only findings we are at least this sure of [default: low, which is 0.5]
    ///
    /// low, medium, high or certain, or a probability from 0 to 1. Below 0.5, values of names such as password are
    /// reported too that are less likely secrets than not: for an audit that would rather read too much.
    #[arg(long, env = "STANCH_MIN_CONFIDENCE", value_name = "CONFIDENCE")]
    pub(crate) min_confidence: Option<MinConfidence>,
    /// Exit with 0 even if there are findings: for runs whose report something else judges
    #[arg(long, env = "STANCH_EXIT_ZERO", value_parser = BoolishValueParser::new())]
    pub(crate) exit_zero: bool,
    /// Fail with exit code 2 if anything could not be scanned: for gates that must not pass what they did not see
    #[arg(long, env = "STANCH_STRICT", value_parser = BoolishValueParser::new())]
    pub(crate) strict: bool,
    /// Scan with this many threads [default: one a core]
    #[arg(short = 'j', long, env = "STANCH_THREADS", value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Use these instructions: to compare them, or where one misbehaves; what is found is the same
    #[arg(long, env = "STANCH_SIMD", value_name = "ISA", hide = true)]
    pub(crate) simd: Option<Simd>,
}

impl ScanSettings {
    /// These settings, and those of `file` where these are silent. Formats and files belong together.
    pub(crate) fn over(self, file: Self) -> Self {
        let silent = self.format.is_empty() && self.output.is_empty();
        let (format, output) = if silent { (file.format, file.output) } else { (self.format, self.output) };
        Self {
            format,
            output,
            fail_on: self.fail_on.or(file.fail_on),
            fail_on_confidence: self.fail_on_confidence.or(file.fail_on_confidence),
            min_confidence: self.min_confidence.or(file.min_confidence),
            exit_zero: self.exit_zero || file.exit_zero,
            strict: self.strict || file.strict,
            threads: self.threads.or(file.threads),
            simd: self.simd.or(file.simd),
        }
    }
}

/// `[rules]`: which rules a run looks for.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleSettings {
    /// Add the rules of a file, or of the .toml files of a folder; a rule with a known id replaces that one
    #[arg(long = "rules", env = "STANCH_RULES", value_name = "FILE|DIR", value_delimiter = ',')]
    pub(crate) files: Vec<PathBuf>,
    /// Leave out the rule with this id
    #[arg(long, env = "STANCH_DISABLE", value_name = "RULE", value_delimiter = ',')]
    pub(crate) disable: Vec<String>,
    /// `[rules.override.ID]`: what a rule says of itself, said otherwise.
    #[arg(skip)]
    #[serde(rename = "override")]
    pub(crate) overrides: BTreeMap<String, Override>,
}

impl RuleSettings {
    /// The rules of both: those of `file` first, so that these can replace them.
    pub(crate) fn over(self, mut file: Self) -> Self {
        file.files.extend(self.files);
        file.disable.extend(self.disable);
        file.overrides.extend(self.overrides);
        file
    }
}

/// A size as typed: `512`, `64K`, `10MB`, `2G`; the units are powers of 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" | "B" => Some(0),
            "K" | "KB" | "KIB" => Some(10),
            "M" | "MB" | "MIB" => Some(20),
            "G" | "GB" | "GIB" => Some(30),
            _ => None,
        };
        let size = digits.parse::<u64>().ok().zip(shift);
        size.and_then(|(number, shift)| number.checked_mul(1 << shift))
            .map(Self)
            .ok_or_else(|| "expected a number of bytes, or one with K, M or G".to_owned())
    }
}

fn fail_on() -> impl clap::builder::TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::names()).try_map(|name| name.parse::<FailOn>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_typed() {
        let read = |text: &str| text.parse::<ByteSize>().ok().map(|size| size.0);
        assert_eq!([read("512"), read("64K"), read("10mb")], [Some(512), Some(64 << 10), Some(10 << 20)]);
        assert_eq!([read(""), read("K"), read("1X"), read("-1"), read("99999999999G")], [None; 5]);
    }

    #[test]
    fn what_is_typed_goes_before_the_file() {
        let typed = ScanSettings { strict: true, threads: NonZeroUsize::new(3), ..ScanSettings::default() };
        let file = ScanSettings { exit_zero: true, threads: NonZeroUsize::new(9), ..ScanSettings::default() };
        let both = typed.over(file);
        assert_eq!((both.strict, both.exit_zero, both.threads), (true, true, NonZeroUsize::new(3)));
    }
}
