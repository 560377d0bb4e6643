//! One entry of a foreign file, whatever the format.

use std::fmt;

use jiff::civil::Date;
use zeroize::Zeroizing;

use super::Place;

/// What one entry of an ignore file or baseline says.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it begins in the foreign file, from 1.
    pub line: usize,
    /// Where its secret stands.
    pub place: Place,
    /// The foreign rule, as it is called there; none where the format names none.
    pub rule: Option<String>,
    /// What tells the value.
    pub evidence: Evidence,
    /// What the file says of the secret.
    pub claim: Claim,
    /// What people wrote beside it, as far as they wrote that for people.
    pub note: Option<String>,
    /// The first day on which it does not hold any more.
    pub expires: Option<Date>,
}

/// What an entry has of the value of its secret.
#[derive(Clone)]
pub enum Evidence {
    /// Nothing: only the place is known.
    None,
    /// SHA-1 of the value, as detect-secrets has it.
    Sha1([u8; 20]),
    /// SHA-256 of the value, as betterleaks has it.
    Sha256([u8; 32]),
    /// XXH3 with 64 bits of value, kind of source and offsets, as kingfisher has it
    /// (<https://github.com/mongodb/kingfisher/blob/main/docs/FINGERPRINT.md>): tells value and place at once.
    Xxh3(u64),
    /// The value itself. It is wiped when it is dropped, and shown nowhere.
    Raw(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash without a key can be tried out, so none is shown either.
        f.write_str(match self {
            Self::None => "None",
            Self::Sha1(_) => "Sha1",
            Self::Sha256(_) => "Sha256",
            Self::Xxh3(_) => "Xxh3",
            Self::Raw(_) => "Raw",
        })
    }
}

/// What a foreign file says of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Somebody looked at it, and it is none.
    FalsePositive,
    /// Somebody looked at it and it is one, or the scanner asked the provider and it was live.
    RealSecret,
    /// Nothing.
    Unsaid,
}
