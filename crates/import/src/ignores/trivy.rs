//! `.trivyignore.yaml`: of its sections the one about secrets.

use jiff::civil::Date;

use super::{Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why, place::Glob};
use crate::yaml::{self, Node};

const EXPECTED: &str = "a table with id, paths, expired_at or statement";
/// Length of a day as text; a time may follow.
const DAY_LEN: usize = 10;

pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    for document in yaml::read(text)? {
        if document.text("file").is_ok_and(|text| matches!(text, "" | "~" | "null")) {
            continue;
        }
        for (name, value) in document.table("file")? {
            let section = match name.as_str() {
                "secrets" => {
                    for node in value.list(name)? {
                        read_secret(node, reading);
                    }
                    continue;
                }
                "vulnerabilities" => "vulnerabilities",
                "misconfigurations" => "misconfigurations",
                "licenses" => "licenses",
                _ => "another section",
            };
            let count = value.list(section).map_or(1, |list| list.len());
            if count > 0 {
                reading.leave_out(value.line, Why::NotSecrets { section, count });
            }
        }
    }
    Ok(())
}

fn read_secret(node: &Node, reading: &mut Reading) {
    let Some(secret) = Secret::new(node) else {
        return reading.leave_out(node.line, Why::NotAnEntry { expected: EXPECTED });
    };
    let expires = secret.expired_at.as_deref().map(day);
    if expires == Some(None) {
        return reading.leave_out(node.line, Why::NoDate);
    }
    let entry = |line, path| Entry {
        line,
        place: Place { path, commit: None, lines: None },
        rule: secret.id.clone(),
        evidence: Evidence::None,
        claim: Claim::Unsaid,
        note: secret.statement.clone(),
        expires: expires.flatten(),
    };
    if secret.paths.is_empty() {
        match secret.id {
            Some(_) => reading.add_pattern(entry(node.line, PathPattern::Any)),
            None => reading.leave_out(node.line, Why::Everything),
        }
    }
    for (line, path) in &secret.paths {
        match Glob::new(path) {
            Some(glob) => reading.add_pattern(entry(*line, PathPattern::Glob(glob))),
            None => reading.leave_out(*line, Why::NoPattern),
        }
    }
}

/// The fields of an entry, as texts.
#[derive(Default)]
struct Secret {
    id: Option<String>,
    paths: Vec<(usize, String)>,
    statement: Option<String>,
    expired_at: Option<String>,
}

impl Secret {
    fn new(node: &Node) -> Option<Self> {
        let mut secret = Self::default();
        for (name, value) in node.table("secret").ok()? {
            let text = || value.text(name).ok().map(|text| text.trim().to_owned());
            match name.as_str() {
                "id" => secret.id = Some(text()?).filter(|id| !id.is_empty()),
                "statement" => secret.statement = Some(text()?).filter(|text| !text.is_empty()),
                "expired_at" => secret.expired_at = Some(text()?).filter(|text| !text.is_empty()),
                "paths" => {
                    for path in value.list(name).ok()? {
                        secret.paths.push((path.line, path.text(name).ok()?.to_owned()));
                    }
                }
                _ => {}
            }
        }
        Some(secret)
    }
}

/// The first day without effect: an entry ends when its day begins, or in its course. None if it cannot be read.
fn day(text: &str) -> Option<Date> {
    let day = text.get(..DAY_LEN)?;
    let is_day = matches!(text.as_bytes().get(DAY_LEN), None | Some(b'T' | b't' | b' '));
    day.parse().ok().filter(|_| is_day)
}

#[cfg(test)]
mod tests {
    use crate::{LeftOut, read_ignores};

    /// By <https://trivy.dev/latest/docs/configuration/filtering/>.
    const TEXT: &str = "\
vulnerabilities:
  - id: CVE-2022-40897
    paths:
      - usr/local/lib/python3.9/site-packages/setuptools-58.1.0.dist-info/METADATA
  - id: CVE-2023-3817
misconfigurations:
  - id: AVD-DS-0001
secrets:
  - id: aws-access-key-id
  - id: aws-secret-access-key
    paths:
      - \"foo/bar/aws.secret\"
      - \"**/tests/*.env\"
    statement: keys of the tests
    expired_at: 2027-01-31
  - paths: [\"vendor/**\"]
  - id: x
    expired_at: soon
  - statement: everything
  - id: y
    paths: [\"[\"]
  - word
licenses:
";

    #[test]
    fn secrets_are_entries_and_the_rest_is_counted() {
        let read = read_ignores(".trivyignore.yaml", TEXT, None).expect("readable");
        let told: Vec<_> = read.entries.iter().map(|entry| format!("{entry:?}")).collect();
        insta::assert_snapshot!(told.join("\n"));
        let left: Vec<_> = read.left_out.iter().map(LeftOut::to_string).collect();
        insta::assert_snapshot!(left.join("\n"));
    }

    #[test]
    fn an_empty_file_says_nothing() {
        for text in ["", "# nothing\n", "---\n", "secrets:\n"] {
            assert!(read_ignores(".trivyignore.yaml", text, None).expect("readable").entries.is_empty());
        }
    }
}
