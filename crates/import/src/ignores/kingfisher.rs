//! Baselines of kingfisher: version 2 with a section a repository, and the one before, `ExactFindings`.

use super::{Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why};
use crate::yaml::{self, Mistake, Node};

const EXPECTED: &str = "a finding of kingfisher with path and fingerprint";
/// How fingerprints are made that we know.
const ALGORITHM: &str = "kingfisher-v1";
/// Digits of a fingerprint of old in hexadecimal.
const HEX_LEN: usize = 16;

pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    for document in yaml::read(text)? {
        for (name, value) in document.table("baseline")? {
            match name.as_str() {
                "version" if value.text(name)?.trim() != "2" => {
                    return Err(Mistake::new(value.line, "version: only 2 is known"));
                }
                "fingerprint_algorithm" if value.text(name)? != ALGORITHM => {
                    let message = format!("fingerprint_algorithm: only {ALGORITHM} is known");
                    return Err(Mistake::new(value.line, message));
                }
                "repositories" => {
                    for repository in value.list(name)? {
                        findings(repository, "findings", reading)?;
                    }
                }
                "ExactFindings" => findings(value, "matches", reading)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Reads the list `name` of a table.
fn findings(table: &Node, name: &str, reading: &mut Reading) -> Read {
    let list = table.table("baseline")?.iter().find(|(field, _)| field == name);
    for node in list.map(|(_, list)| list.list(name)).transpose()?.unwrap_or_default() {
        match entry(node) {
            Some(entry) => reading.add(entry),
            None => reading.leave_out(node.line, Why::NotAnEntry { expected: EXPECTED }),
        }
    }
    Ok(())
}

fn entry(node: &Node) -> Option<Entry> {
    let fields = node.table("finding").ok()?;
    let text = |names: [&str; 2]| {
        let field = fields.iter().find(|(field, _)| names.contains(&field.as_str()));
        field.and_then(|(_, value)| value.text("finding").ok()).filter(|text| !text.is_empty())
    };
    let path = text(["path", "filepath"])?.trim_end_matches('/');
    let line = text(["line", "linenum"]).and_then(|line| line.parse().ok()).filter(|line| *line > 0);
    Some(Entry {
        line: node.line,
        place: Place {
            path: PathPattern::exact(path),
            commit: None,
            lines: line.map(|line: usize| line..=line),
        },
        rule: text(["rule_id", "rule_id"]).map(str::to_owned),
        evidence: Evidence::Xxh3(fingerprint(text(["fingerprint", "fingerprint"])?)?),
        claim: Claim::Unsaid,
        note: None,
        expires: None,
    })
}

/// A number in decimal, or in hexadecimal after `0x` or with all its digits.
fn fingerprint(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    if text.len() == HEX_LEN { u64::from_str_radix(text, 16).ok() } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_ignores;

    fn lines(text: &str) -> (Vec<usize>, Vec<usize>) {
        let read = read_ignores("b.yml", text, Some(crate::IgnoreFormat::Kingfisher)).expect("readable");
        let entries = read.entries.iter().map(|entry| entry.line).collect();
        (entries, read.left_out.iter().map(|left| left.line).collect())
    }

    #[test]
    fn both_versions_are_read() {
        let two = "version: 2\nfingerprint_algorithm: kingfisher-v1\nrepositories:\n- id: local:///x\n  findings:\n  \
                   - path: a.py\n    fingerprint: '389162583612032034'\n    rule_id: kingfisher.github.1\n    line: 2\n  \
                   - path: b.py\n    fingerprint: many\n- id: git://y\n  findings: []\n";
        assert_eq!(lines(two), (vec![6], vec![10]));
        let one = "ExactFindings:\n  matches:\n  - filepath: a.rb/\n    fingerprint: 056876f00ffd0622\n    linenum: 52\n  - 7\n";
        assert_eq!(lines(one), (vec![3], vec![6]));
    }

    #[test]
    fn what_a_later_version_means_is_not_guessed() {
        let error = |text: &str| {
            read_ignores("b.yml", text, Some(crate::IgnoreFormat::Kingfisher))
                .expect_err("unknown")
                .to_string()
        };
        assert_eq!(error("version: 3\n"), "b.yml:1: version: only 2 is known");
        assert_eq!(
            error("version: 2\nfingerprint_algorithm: x\n"),
            "b.yml:2: fingerprint_algorithm: only kingfisher-v1 is known"
        );
        assert_eq!(error("a: [\n"), "b.yml:2: not YAML");
    }

    #[test]
    fn fingerprints_have_three_forms() {
        assert_eq!(fingerprint("17"), Some(17));
        assert_eq!(fingerprint("0x11"), Some(17));
        assert_eq!(fingerprint("0000000000000011"), Some(17));
        assert_eq!(fingerprint("-1"), None);
    }
}
