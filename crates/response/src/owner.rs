//! Who answers for a leak: guesses from what a repository and a catalogue say, scored and explained.

mod code_owners;

use std::collections::BTreeMap;

use serde::Serialize;

pub use code_owners::{CodeOwners, CodeOwnersError, Ownership, Syntax};

use crate::catalogue::Claim;

/// The score of whom CODEOWNERS names first; those after it are as likely.
const CODE_OWNER: u8 = 80;
/// The score of whom the catalogue names for a path, and for a whole origin.
const CATALOGUE_PATH: u8 = 75;
const CATALOGUE_ORIGIN: u8 = 60;
/// The score of who wrote the commit, within a year and after that.
const AUTHOR: u8 = 40;
const FORMER_AUTHOR: u8 = 15;
/// The score of an author that is a program.
const BOT: u8 = 2;
/// A year, in days: after that, an author has often moved on.
const YEAR_DAYS: i64 = 365;
/// Most candidates that are told.
const CANDIDATES_MAX: usize = 20;

/// What is known that may tell an owner.
#[derive(Clone, Debug, Default)]
pub struct Clues<'c> {
    /// Whom the project's CODEOWNERS names for the path.
    pub code_owners: &'c [String],
    /// Who wrote the commit, as `Name <mail>`.
    pub author: Option<&'c str>,
    /// How many days ago that was; none where that is not known.
    pub author_days: Option<i64>,
    /// What the catalogue says of the place.
    pub claims: &'c [Claim<'c>],
}

/// Somebody who may answer for a leak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Who: `@acme/payments`, `team-payments`, `Ann <ann@acme.example>`.
    pub owner: String,
    /// How likely, from 0 to 100.
    pub score: u8,
    /// What says so, the strongest first.
    pub because: Vec<String>,
}

/// Who may answer for a leak, the likeliest first. Whoever is named twice is likelier than by either alone.
pub fn rank(clues: &Clues<'_>) -> Vec<Candidate> {
    let mut named: BTreeMap<String, Vec<(u8, String)>> = BTreeMap::new();
    let mut name = |owner: &str, score: u8, because: String| {
        let owner = owner.trim();
        if !owner.is_empty() {
            named.entry(identity(owner)).or_default().push((score, because));
        }
    };
    let owners =
        clues.code_owners.iter().map(|owner| (owner.as_str(), CODE_OWNER, "CODEOWNERS names it".to_owned()));
    let claims = clues.claims.iter().map(|claim| {
        let score = if claim.by_path { CATALOGUE_PATH } else { CATALOGUE_ORIGIN };
        (claim.owner, score, format!("the catalogue names it for {}", claim.service))
    });
    let author = clues.author.map(|author| authorship(author, clues.author_days));
    let all: Vec<_> = owners.chain(claims).chain(author).collect();
    for (owner, score, because) in &all {
        name(owner, *score, because.clone());
    }
    // Whoever is first to be named by a spelling gives it.
    let spelling =
        |key: &str| all.iter().map(|(owner, ..)| owner.trim()).find(|owner| identity(owner) == key);
    let candidates = named.into_iter().map(|(key, mut reasons)| {
        reasons.sort_by_key(|(score, _)| u8::MAX - score);
        reasons.dedup();
        let owner = spelling(&key).unwrap_or_default().to_owned();
        Candidate {
            owner,
            score: together(&reasons),
            because: reasons.into_iter().map(|(_, because)| because).collect(),
        }
    });
    let mut candidates: Vec<Candidate> = candidates.collect();
    candidates.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.owner.cmp(&b.owner)));
    candidates.truncate(CANDIDATES_MAX);
    candidates
}

/// The chance that at least one of several independent reasons is right.
fn together(reasons: &[(u8, String)]) -> u8 {
    let wrong = reasons.iter().map(|(score, _)| 1.0 - f64::from(*score) / 100.0).product::<f64>();
    #[allow(clippy::cast_sign_loss, reason = "between 0 and 100 by its terms")]
    let score = (100.0 * (1.0 - wrong)).round() as u8;
    score
}

/// The same for one owner however it is spelled: by address where there is one, without `@`, `group:` and case.
fn identity(owner: &str) -> String {
    let address = owner.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(mail, _)| mail);
    let plain = address.unwrap_or(owner).trim().trim_start_matches('@');
    let plain = plain.split_once(':').map_or(plain, |(_, name)| name);
    plain.strip_prefix("default/").unwrap_or(plain).to_lowercase()
}

fn authorship(author: &str, days: Option<i64>) -> (&str, u8, String) {
    let lower = author.to_lowercase();
    let is_bot = lower.contains("[bot]") || lower.contains("noreply") && lower.contains("bot");
    match days {
        _ if is_bot => (author, BOT, "wrote the commit, but is a program".to_owned()),
        Some(days) if days > YEAR_DAYS => {
            (author, FORMER_AUTHOR, format!("wrote the commit {days} days ago"))
        }
        _ => (author, AUTHOR, "wrote the commit".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(candidates: &[Candidate]) -> Vec<String> {
        candidates
            .iter()
            .map(|one| format!("{} {}: {}", one.score, one.owner, one.because.join(", ")))
            .collect()
    }

    #[test]
    fn the_likeliest_come_first_with_reasons() {
        let owners = ["@acme/payments".to_owned(), "ann@acme.example".to_owned()];
        let claims = [Claim { owner: "group:default/acme/payments", service: "checkout", by_path: true }];
        let clues = Clues {
            code_owners: &owners,
            author: Some("Ann <ann@acme.example>"),
            author_days: Some(3),
            claims: &claims,
        };
        assert_eq!(
            told(&rank(&clues)),
            [
                "95 @acme/payments: CODEOWNERS names it, the catalogue names it for checkout",
                "88 ann@acme.example: CODEOWNERS names it, wrote the commit",
            ]
        );
    }

    #[test]
    fn programs_and_former_authors_count_little() {
        let by = |author, days| rank(&Clues { author: Some(author), author_days: days, ..Clues::default() });
        assert_eq!(
            told(&by("Ann <ann@acme.example>", Some(400))),
            ["15 Ann <ann@acme.example>: wrote the commit 400 days ago"]
        );
        assert_eq!(
            by("renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>", Some(1))[0].score,
            BOT
        );
        assert_eq!(by("Ann <ann@acme.example>", None)[0].score, AUTHOR);
        assert!(by(" ", None).is_empty() && rank(&Clues::default()).is_empty());
    }
}
