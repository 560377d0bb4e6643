//! The verdict of a run in one breath: what was found, in how much, how complete.

use std::{fmt, time::Duration};

use stanch_model::{Coverage, SecretGroup, Severity};

use super::{Report, place};
use crate::exempt::Exempt;

/// Counts of a report, in words.
pub(super) struct Summary<'r> {
    /// Worst first.
    pub(super) secrets: Vec<SecretGroup<'r>>,
    places: usize,
    coverage: &'r Coverage,
    exempt: &'r Exempt,
}

impl<'r> Summary<'r> {
    /// The counts of `report`.
    pub(super) fn of(report: &Report<'r>) -> Self {
        let secrets = report.secrets();
        let places = secrets.iter().map(|secret| place::distinct(secret).len()).sum();
        Self { secrets, places, coverage: report.coverage, exempt: report.exempt }
    }

    /// Whether nothing was found.
    pub(super) fn is_clean(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Whether everything that the targets hold was scanned.
    pub(super) fn is_complete(&self) -> bool {
        self.coverage.is_complete()
    }

    /// The verdict as one character: something found, all well, or nothing found in what is not everything.
    pub(super) fn mark(&self) -> &'static str {
        match (self.is_clean(), self.is_complete()) {
            (false, _) => "✗",
            (true, true) => "✓",
            (true, false) => "!",
        }
    }

    /// Secrets a severity, the worst first; severities without any are left out.
    pub(super) fn by_severity(&self) -> Vec<(Severity, usize)> {
        let count = |severity| self.secrets.iter().filter(|secret| secret.severity() == severity).count();
        let counts = Severity::ALL.iter().rev().map(|&severity| (severity, count(severity)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// How many: `3 secrets in 7 places`.
    pub(super) fn tally(&self) -> String {
        if self.is_clean() {
            return "no secrets".to_owned();
        }
        format!("{} in {}", count(self.secrets.len() as u64, "secret"), count(self.places as u64, "place"))
    }

    /// What was found: `3 secrets in 7 places: 1 critical, 2 high`.
    pub(super) fn found(&self) -> String {
        let counts: Vec<_> =
            self.by_severity().into_iter().map(|(severity, count)| format!("{count} {severity}")).collect();
        let colon = if counts.is_empty() { "" } else { ": " };
        format!("{}{colon}{}", self.tally(), counts.join(", "))
    }

    /// In how much: `22,876 files, 136 MB in 0.4 s`.
    pub(super) fn scanned(&self) -> String {
        let files = count(self.coverage.blobs(), "file");
        format!("{files}, {} in {}", Bytes(self.coverage.bytes()), Elapsed(self.coverage.duration))
    }

    /// How complete: `nothing skipped`, `no gaps, 1 item not followed (…)`, `2 items could not be scanned`.
    pub(super) fn completeness(&self) -> String {
        let gaps: u64 = self.coverage.targets.iter().map(|target| target.gaps).sum();
        let failed = self.coverage.targets.iter().filter(|target| target.error.is_some()).count() as u64;
        let mut parts = Vec::new();
        if self.coverage.cancelled {
            parts.push("stopped early".to_owned());
        }
        if failed > 0 {
            parts.push(format!("{} not scanned to the end", count(failed, "target")));
        }
        if gaps > 0 {
            parts.push(format!("{} could not be scanned", count(gaps, "item")));
        }
        let skipped: u64 = self.coverage.targets.iter().map(|target| target.skipped).sum();
        match (parts.is_empty(), skipped) {
            (true, 0) => "nothing skipped".to_owned(),
            (true, _) => {
                format!("no gaps, {} not followed (links, pipes, submodules)", count(skipped, "item"))
            }
            _ => parts.join(", "),
        }
    }

    /// What may stay: `3 allowed (2 by allowance, 1 by comment)`; none where there is nothing to tell.
    pub(super) fn exempted(&self) -> Option<String> {
        self.exempt.tally()
    }
}

/// The whole sentence.
impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} — {}; {}", self.found(), self.scanned(), self.completeness())?;
        self.exempted().map_or(Ok(()), |tally| write!(f, "; {tally}"))
    }
}

/// `1 secret`, `1,234 secrets`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", Grouped(number))
}

/// A number with a comma between thousands.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.char_indices() {
            let comma = at > 0 && (digits.len() - at).is_multiple_of(3);
            write!(f, "{}{digit}", if comma { "," } else { "" })?;
        }
        Ok(())
    }
}

/// A size in decimal units.
pub(super) struct Bytes(pub(super) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut size = self.0 as f64;
        if size < 1000.0 {
            return write!(f, "{} B", self.0);
        }
        for unit in ["kB", "MB", "GB"] {
            size /= 1000.0;
            if size < 999.5 {
                let decimals = usize::from(size < 9.95);
                return write!(f, "{size:.decimals$} {unit}");
            }
        }
        write!(f, "{:.1} TB", size / 1000.0)
    }
}

/// A duration as people say it.
struct Elapsed(Duration);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds < 0.1 {
            write!(f, "{} ms", self.0.as_millis())
        } else if seconds < 60.0 {
            write!(f, "{seconds:.1} s")
        } else {
            write!(f, "{} min {} s", self.0.as_secs() / 60, self.0.as_secs() % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sizes_and_times_read_as_people_say_them() {
        assert_eq!(count(1, "secret"), "1 secret");
        assert_eq!(count(22_876, "file"), "22,876 files");
        assert_eq!(count(1_000_000, "file"), "1,000,000 files");
        let sizes =
            [999, 1_000, 9_960, 135_600_000, 1_500_000_000, 2_000_000_000_000].map(|b| Bytes(b).to_string());
        assert_eq!(sizes, ["999 B", "1.0 kB", "10 kB", "136 MB", "1.5 GB", "2.0 TB"]);
        let times = [12, 420, 125_000].map(|ms| Elapsed(Duration::from_millis(ms)).to_string());
        assert_eq!(times, ["12 ms", "0.4 s", "2 min 5 s"]);
    }
}
