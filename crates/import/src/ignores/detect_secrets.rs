//! `.secrets.baseline` of detect-secrets, every version that has `results`: per file a list of secrets, each with the SHA-1 of
//! its value, and with what an audit said.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha1::{Digest, Sha1};

use super::{
    Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why,
    json::{self, Lines},
};

const EXPECTED: &str = "a secret of detect-secrets with type and hashed_secret";
/// What some detectors hash in place of the secret: the group of their pattern, or the line above a key. Such a hash is
/// that of every secret of its kind, and tells nothing.
const KINDS: [&str; 18] = [
    "ghp",
    "gho",
    "ghu",
    "ghs",
    "ghr",
    "glpat",
    "gldt",
    "glft",
    "glsoat",
    "glrt",
    "BEGIN DSA PRIVATE KEY",
    "BEGIN EC PRIVATE KEY",
    "BEGIN OPENSSH PRIVATE KEY",
    "BEGIN PGP PRIVATE KEY BLOCK",
    "BEGIN PRIVATE KEY",
    "BEGIN RSA PRIVATE KEY",
    "BEGIN SSH2 ENCRYPTED PRIVATE KEY",
    "PuTTY-User-Key-File-2",
];

#[derive(Deserialize)]
struct Baseline<'t> {
    #[serde(borrow)]
    results: BTreeMap<String, Vec<&'t RawValue>>,
    /// Since 1.0.
    #[serde(borrow, default)]
    filters_used: Vec<&'t RawValue>,
    /// Since 0.12.
    #[serde(borrow, default)]
    exclude: Option<&'t RawValue>,
    /// Before.
    #[serde(borrow, default)]
    exclude_regex: Option<&'t RawValue>,
    #[serde(borrow, default)]
    word_list: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct Found {
    r#type: String,
    hashed_secret: String,
    line_number: Option<usize>,
    is_secret: Option<bool>,
    is_verified: Option<bool>,
}

#[derive(Deserialize)]
struct Filter {
    path: String,
}

#[derive(Default, Deserialize)]
struct Exclude {
    files: Option<String>,
    lines: Option<String>,
}

#[derive(Deserialize)]
struct WordList {
    file: Option<String>,
}

pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    let baseline: Baseline<'_> = serde_json::from_str(text)
        .map_err(|error| json::mistake(&error, "a baseline of detect-secrets with results"))?;
    let lines = Lines::new(text);
    settings(&baseline, &lines, reading);
    let kinds = KINDS.map(|kind| <[u8; 20]>::from(Sha1::digest(kind)));
    let mut secrets: Vec<_> = baseline
        .results
        .iter()
        .flat_map(|(path, secrets)| secrets.iter().map(|raw| (lines.of(raw), path.as_str(), *raw)))
        .collect();
    secrets.sort_by_key(|(line, ..)| *line);
    for (line, path, raw) in secrets {
        let secret = json::item::<Found>(raw);
        let hash = secret.as_ref().and_then(|secret| sha1(&secret.hashed_secret));
        let (Some(secret), Some(hash)) = (secret, hash) else {
            reading.leave_out(line, Why::NotAnEntry { expected: EXPECTED });
            continue;
        };
        let evidence = if kinds.contains(&hash) { Evidence::None } else { Evidence::Sha1(hash) };
        let lines = secret.line_number.filter(|number| *number > 0).map(|number| number..=number);
        if lines.is_none() && matches!(evidence, Evidence::None) {
            reading.leave_out(line, Why::NoPlace);
            continue;
        }
        reading.add(Entry {
            line,
            place: Place { path: PathPattern::exact(path), commit: None, lines },
            claim: claim(&secret),
            rule: Some(secret.r#type),
            evidence,
            note: None,
            expires: None,
        });
    }
    Ok(())
}

fn sha1(text: &str) -> Option<[u8; 20]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// What an audit said; where there was none, a secret that its provider took is a real one.
fn claim(secret: &Found) -> Claim {
    match (secret.is_secret, secret.is_verified) {
        (Some(true), _) | (None, Some(true)) => Claim::RealSecret,
        (Some(false), _) => Claim::FalsePositive,
        (None, _) => Claim::Unsaid,
    }
}

/// Names the settings that leave something out.
fn settings(baseline: &Baseline<'_>, lines: &Lines<'_>, reading: &mut Reading) {
    for raw in &baseline.filters_used {
        let filter = json::item::<Filter>(raw);
        let name = filter.as_ref().and_then(|filter| match filter.path.rsplit('.').next()? {
            "should_exclude_file" => Some("should_exclude_file"),
            "should_exclude_line" => Some("should_exclude_line"),
            "should_exclude_secret" => Some("should_exclude_secret"),
            _ => None,
        });
        if let Some(name) = name {
            reading.leave_out(lines.of(raw), Why::Setting { name });
        }
    }
    let exclude = |raw: &&RawValue| {
        let exclude = json::item::<Exclude>(raw).unwrap_or_default();
        exclude.files.is_some() || exclude.lines.is_some()
    };
    let is_text = |raw: &&RawValue| raw.get() != "null";
    let words = |raw: &&RawValue| json::item::<WordList>(raw).is_some_and(|list| list.file.is_some());
    let old = [
        ("exclude", baseline.exclude.filter(exclude)),
        ("exclude_regex", baseline.exclude_regex.filter(is_text)),
        ("word_list", baseline.word_list.filter(words)),
    ];
    for (name, raw) in old {
        if let Some(raw) = raw {
            reading.leave_out(lines.of(raw), Why::Setting { name });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LeftOut, read_ignores};

    fn read_text(text: &str) -> super::super::Ignores {
        read_ignores(".secrets.baseline", text, None).expect("readable")
    }

    #[test]
    fn audits_are_claims_and_hashes_of_a_kind_are_no_evidence() {
        let hash = |text: &str| HEXLOWER_PERMISSIVE.encode(&Sha1::digest(text));
        let secret = |hash: &str, more: &str| {
            format!(
                "{{\"type\": \"GitHub Token\", \"filename\": \"a.py\", \"hashed_secret\": \"{hash}\"{more}}}"
            )
        };
        let secrets = [
            secret(&hash("x"), ", \"line_number\": 3, \"is_secret\": false, \"is_verified\": true"),
            secret(&hash("x"), ", \"line_number\": 3, \"is_secret\": true"),
            secret(&hash("x"), ", \"is_verified\": true"),
            secret(&hash("ghp"), ", \"line_number\": 9"),
            secret(&hash("ghp"), ""),
            secret("00", ""),
        ];
        let read = read_text(&format!("{{\"results\": {{\"a.py\": [\n{}]}}}}", secrets.join(",\n")));
        let claims: Vec<_> = read.entries.iter().map(|entry| entry.claim).collect();
        assert_eq!(claims, [Claim::FalsePositive, Claim::RealSecret, Claim::RealSecret, Claim::Unsaid]);
        assert!(matches!(read.entries[0].evidence, Evidence::Sha1(_)));
        assert!(matches!(read.entries[3].evidence, Evidence::None));
        let left: Vec<_> = read.left_out.iter().map(LeftOut::to_string).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert_eq!(left[0], "line 6: neither the value nor a line is told");
        assert!(left[1].starts_with("line 7: not an entry: expected a secret"), "{left:?}");
    }

    #[test]
    fn settings_are_named() {
        let new = read_text(
            "{\"version\": \"1.5.0\",\n\"filters_used\": [{\"path\": \"detect_secrets.filters.heuristic.is_lock_file\"},\n\
             {\"path\": \"detect_secrets.filters.regex.should_exclude_file\", \"pattern\": [\"x\"]}],\n\"results\": {}}",
        );
        assert_eq!(
            new.left_out[0].to_string(),
            "line 3: should_exclude_file: a setting, write it into stanch.toml by hand"
        );
        let old = read_text(
            "{\"exclude\": {\"files\": null, \"lines\": null},\n\"exclude_regex\": \"x\",\n\"word_list\": {\"file\": \"w\", \
             \"hash\": \"h\"}, \"results\": {}}",
        );
        assert_eq!(old.left_out.iter().map(|left| left.line).collect::<Vec<_>>(), [2, 3]);
    }
}
