//! Errors for people: one line of what and why, and what to try.

use std::fmt::Display;

/// An error that knows a way out.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct Advice {
    problem: String,
    /// What to try, as one would type it.
    pub(crate) remedy: String,
}

/// An error that says what is wrong and what to try.
pub(crate) fn advise(problem: impl Into<String>, remedy: impl Into<String>) -> anyhow::Error {
    Advice { problem: problem.into(), remedy: remedy.into() }.into()
}

/// The chain of causes in one line. Some errors repeat their cause in their own text; that is said once.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |mut line, cause| {
        if line.is_empty() {
            line = cause;
        } else if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
        line
    })
}

/// The names most like `wanted`, best first; empty where none is near.
pub(crate) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    /// The share of characters that must agree for two names to look alike to a person.
    const SIMILAR: f64 = 0.85;
    const SHOWN_MAX: usize = 3;
    let mut near: Vec<_> = names
        .map(|name| {
            let part_of = if !wanted.is_empty() && name.contains(wanted) { SIMILAR } else { 0.0 };
            (strsim::normalized_damerau_levenshtein(wanted, name).max(part_of), name)
        })
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(SHOWN_MAX).map(|(_, name)| name).collect()
}

/// `a, b, c`.
pub(crate) fn listed<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let repeated = anyhow!("no such file").context("a.toml: no such file");
        assert_eq!(one_line(&repeated), "a.toml: no such file");
        let plain = Err::<(), _>(anyhow!("why")).context("what").expect_err("an error");
        assert_eq!(one_line(&plain), "what: why");
    }

    #[test]
    fn near_names_come_first_and_far_ones_never() {
        let names = ["github-pat-classic", "github-app-token", "slack-bot-token"];
        assert_eq!(nearest("github-pat-clasic", names.into_iter())[0], "github-pat-classic");
        assert_eq!(nearest("slack", names.into_iter()), ["slack-bot-token"]);
        assert!(nearest("zzz", names.into_iter()).is_empty());
    }
}
