//! Comments beside a secret that ask for it to be let alone.

use std::str;

use jiff::civil::Date;

use crate::Reason;

/// Longest owner that is read.
const OWNER_MAX_BYTES: usize = 100;
/// Characters of a fingerprint that name it in a comment, as [`crate::Fingerprint::short`] gives them.
const SHORT_LEN: usize = 8;

/// Whose comment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// `stanch:allow <reason>`.
    Stanch,
    /// `gitleaks:allow`, <https://github.com/gitleaks/gitleaks#gitleaksallow>.
    Gitleaks,
    /// `betterleaks:allow`.
    Betterleaks,
    /// `pragma: allowlist secret`, <https://github.com/Yelp/detect-secrets#inline-allowlisting>.
    DetectSecrets,
    /// `nosec`, <https://bandit.readthedocs.io/en/latest/config.html#exclusions>.
    Nosec,
    /// `trufflehog:ignore`.
    Trufflehog,
    /// `kingfisher:ignore`.
    Kingfisher,
}

impl Dialect {
    /// Every dialect; ours first.
    pub const ALL: [Self; 7] = [
        Self::Stanch,
        Self::Gitleaks,
        Self::Betterleaks,
        Self::DetectSecrets,
        Self::Nosec,
        Self::Trufflehog,
        Self::Kingfisher,
    ];

    /// The name of whoever reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stanch => "stanch",
            Self::Gitleaks => "gitleaks",
            Self::Betterleaks => "betterleaks",
            Self::DetectSecrets => "detect-secrets",
            Self::Nosec => "nosec",
            Self::Trufflehog => "trufflehog",
            Self::Kingfisher => "kingfisher",
        }
    }

    /// The text that makes a comment one of these.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Stanch => "stanch:allow",
            Self::Gitleaks => "gitleaks:allow",
            Self::Betterleaks => "betterleaks:allow",
            Self::DetectSecrets => "pragma: allowlist secret",
            Self::Nosec => "nosec",
            Self::Trufflehog => "trufflehog:ignore",
            Self::Kingfisher => "kingfisher:ignore",
        }
    }

    /// What follows the keyword, if it begins at `at` in `line` as a word of its own.
    fn after(self, line: &[u8], at: usize) -> Option<&[u8]> {
        let keyword = self.keyword().as_bytes();
        let is_part =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
        let (text, after) = line[at..].split_at_checked(keyword.len())?;
        let is_word = text.eq_ignore_ascii_case(keyword) && !is_part(after.first());
        (is_word && !is_part(line[..at].last())).then_some(after)
    }

    /// The dialect whose keyword begins with `letter`: each has another one.
    fn beginning_with(letter: u8) -> Option<Self> {
        match letter.to_ascii_lowercase() {
            b's' => Some(Self::Stanch),
            b'g' => Some(Self::Gitleaks),
            b'b' => Some(Self::Betterleaks),
            b'p' => Some(Self::DetectSecrets),
            b'n' => Some(Self::Nosec),
            b't' => Some(Self::Trufflehog),
            b'k' => Some(Self::Kingfisher),
            _ => None,
        }
    }
}

/// A comment on the line of a secret that asks for it to be let alone. It holds no text that could be a secret.
///
/// In full: `stanch:allow test-credential k3mabcde owner=platform until=2027-01-31`. The words after the reason are
/// optional; the eight characters are the short form of a fingerprint, and bind the comment to that secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whose comment it is.
    pub dialect: Dialect,
    /// Why; none where it is not told, or in words we do not know.
    pub reason: Option<Reason>,
    /// The short form of the fingerprint it is about.
    pub short: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day it is good for.
    pub until: Option<Date>,
    /// Whether it names a day or an owner in a way that cannot be read.
    pub is_garbled: bool,
}

impl Mark {
    /// The marks in `line`, the first of each dialect, in one pass: a line of secrets is looked at once for each of them.
    pub fn all_in(line: &[u8]) -> Vec<Self> {
        let mut marks: Vec<Self> = Vec::new();
        for (at, &letter) in line.iter().enumerate() {
            let Some(dialect) = Dialect::beginning_with(letter) else { continue };
            if let Some(after) = dialect.after(line, at)
                && marks.iter().all(|mark| mark.dialect != dialect)
            {
                marks.push(Self::read(dialect, after));
            }
        }
        marks.sort_by_key(|mark| mark.dialect);
        marks
    }

    fn read(dialect: Dialect, after: &[u8]) -> Self {
        let mut mark =
            Self { dialect, reason: None, short: None, owner: None, until: None, is_garbled: false };
        if dialect != Dialect::Stanch {
            return mark;
        }
        let text = after.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
        mark.reason = words.next().and_then(|word| word.trim_end_matches(['*', '/']).parse().ok());
        for word in words {
            if let Some(owner) = word.strip_prefix("owner=") {
                mark.owner = Some(owner.to_owned()).filter(|owner| is_owner(owner));
                mark.is_garbled |= mark.owner.is_none();
            } else if let Some(day) = word.strip_prefix("until=") {
                mark.until = day.parse().ok();
                mark.is_garbled |= mark.until.is_none();
            } else if is_short(word) {
                mark.short = Some(word.to_owned());
            } else {
                break;
            }
        }
        mark
    }
}

fn is_owner(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._+/-".contains(&byte);
    !text.is_empty() && text.len() <= OWNER_MAX_BYTES && text.bytes().all(is_plain)
}

fn is_short(word: &str) -> bool {
    word.len() == SHORT_LEN && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(line: &str) -> Mark {
        let mut marks = Mark::all_in(line.as_bytes());
        assert_eq!(marks.len(), 1, "{line}");
        marks.remove(0)
    }

    #[test]
    fn everything_is_read() {
        let mark = only(
            "key = x # stanch:allow test-credential k3mabcde owner=@shop/platform until=2027-01-31 for CI",
        );
        assert_eq!(mark.reason, Some(Reason::TestCredential));
        assert_eq!(
            (mark.short.as_deref(), mark.owner.as_deref()),
            (Some("k3mabcde"), Some("@shop/platform"))
        );
        assert_eq!(mark.until, Some(Date::constant(2027, 1, 31)));
        assert!(!mark.is_garbled);
    }

    #[test]
    fn the_reason_is_enough_and_is_needed() {
        assert_eq!(only("/* stanch:allow false-positive*/").reason, Some(Reason::FalsePositive));
        assert_eq!(only("// stanch:allow because I say so").reason, None);
        assert_eq!(only("// stanch:allow").reason, None);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert!(only("# stanch:allow revoked until=tomorrow").is_garbled);
        assert!(only("# stanch:allow revoked owner=<b>").is_garbled);
    }

    #[test]
    fn those_of_others_are_known() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::beginning_with(dialect.keyword().as_bytes()[0]), Some(dialect));
            assert_eq!(only(&format!("password = x  # {}", dialect.keyword())).dialect, dialect);
        }
        assert_eq!(only("x #nosec B105").dialect, Dialect::Nosec);
        let both = Mark::all_in(b"x # nosec stanch:allow revoked stanch:allow accepted-risk");
        assert_eq!(
            both.iter().map(|mark| mark.dialect).collect::<Vec<_>>(),
            [Dialect::Stanch, Dialect::Nosec]
        );
        assert_eq!(both[0].reason, Some(Reason::Revoked));
        assert!(Mark::all_in(b"the nosecond rule, xstanch:allow, stanch:allowed").is_empty());
    }
}
