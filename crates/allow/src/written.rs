//! The text of an allow file as TOML has it.

use std::{collections::BTreeMap, ops::Range};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use stanch_model::Reason;
use toml::Spanned;

use crate::{Allowance, Condition, Expiry, PathGlob, Subject, ValuePattern, day};

/// Longest free text of a field.
const TEXT_MAX_BYTES: usize = 500;

/// The whole file: `[fingerprint."sf1:…"]` and `[condition.<name>]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Written {
    fingerprint: BTreeMap<Spanned<String>, Entry>,
    condition: BTreeMap<Spanned<String>, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    value: Option<Spanned<String>>,
    reason: Reason,
    #[serde(default, deserialize_with = "text")]
    owner: Option<String>,
    #[serde(default, deserialize_with = "text")]
    approver: Option<String>,
    #[serde(default, deserialize_with = "text")]
    ticket: Option<String>,
    #[serde(default, deserialize_with = "text")]
    note: Option<String>,
    #[serde(deserialize_with = "day::read")]
    created: Date,
    #[serde(default, deserialize_with = "expiry")]
    expires: Option<Expiry>,
    #[serde(default, deserialize_with = "text")]
    proof: Option<String>,
}

/// What is wrong, and which bytes of the text say it.
pub(crate) type Mistake = (Range<usize>, String);

/// An allowance and where its name stands in the text.
pub(crate) type Placed = (usize, Allowance);

impl Written {
    /// The allowances in the order of the text.
    ///
    /// # Errors
    /// What TOML does not know to be wrong: names, globs, expressions.
    pub(crate) fn allowances(self) -> Result<Vec<Placed>, Mistake> {
        let secrets = self.fingerprint.into_iter().map(|(key, entry)| {
            let subject = entry.secret(&key)?;
            Ok((key.span().start, entry.grant(subject)))
        });
        let conditions = self.condition.into_iter().map(|(key, entry)| {
            let subject = entry.condition(&key)?;
            Ok((key.span().start, entry.grant(subject)))
        });
        let mut all = secrets.chain(conditions).collect::<Result<Vec<_>, Mistake>>()?;
        all.sort_by_key(|placed| placed.0);
        Ok(all)
    }
}

impl Entry {
    fn secret(&self, key: &Spanned<String>) -> Result<Subject, Mistake> {
        for (field, stray) in [("rule", &self.rule), ("path", &self.path), ("value", &self.value)] {
            if let Some(stray) = stray {
                return Err((
                    stray.span(),
                    format!("{field}: belongs to a [condition.…], not to a fingerprint"),
                ));
            }
        }
        let fingerprint = key.get_ref().parse().map_err(|error| (key.span(), format!("{error}")))?;
        Ok(Subject::Secret(fingerprint))
    }

    fn condition(&self, key: &Spanned<String>) -> Result<Subject, Mistake> {
        let missing =
            |field: &str| (key.span(), format!("{field}: is missing: a condition needs a rule and a path"));
        let rule = self.rule.as_ref().ok_or_else(|| missing("rule"))?;
        let path = self.path.as_ref().ok_or_else(|| missing("path"))?;
        let wrong = |place: &Spanned<String>, field: &str, error| (place.span(), format!("{field}: {error}"));
        let glob = PathGlob::new(path.get_ref()).map_err(|error| wrong(path, "path", error))?;
        let read = |value: &Spanned<String>| {
            ValuePattern::new(value.get_ref()).map_err(|error| wrong(value, "value", error))
        };
        if !is_condition_name(key.get_ref()) {
            return Err((key.span(), "a condition's name is of letters, digits, - and _".to_owned()));
        }
        Ok(Subject::Condition(Condition {
            name: key.get_ref().clone(),
            rule: rule.get_ref().clone(),
            path: glob,
            value: self.value.as_ref().map(read).transpose()?,
        }))
    }

    fn grant(self, subject: Subject) -> Allowance {
        Allowance {
            subject,
            reason: self.reason,
            owner: self.owner,
            approver: self.approver,
            ticket: self.ticket,
            note: self.note,
            created: self.created,
            expires: self.expires,
            proof: self.proof,
        }
    }
}

/// Whether `text` can name a condition: what needs no quotes in TOML.
pub(crate) fn is_condition_name(text: &str) -> bool {
    const NAME_MAX_BYTES: usize = 100;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=NAME_MAX_BYTES).contains(&text.len()) && text.bytes().all(is_plain)
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    use serde::de::Error as _;
    let text = String::deserialize(deserializer)?;
    if text.len() > TEXT_MAX_BYTES {
        return Err(D::Error::custom(format!("is longer than {TEXT_MAX_BYTES} bytes")));
    }
    if text.chars().any(char::is_control) {
        return Err(D::Error::custom("is to be one line without control characters"));
    }
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Expiry>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a day, as 2026-11-26, or \"never\"")]
    enum Any {
        Day(#[serde(deserialize_with = "day::read")] Date),
        Never(Never),
    }
    #[derive(Deserialize)]
    enum Never {
        #[serde(rename = "never")]
        Never,
    }
    Ok(Some(match Any::deserialize(deserializer)? {
        Any::Day(day) => Expiry::On(day),
        Any::Never(Never::Never) => Expiry::Never,
    }))
}
