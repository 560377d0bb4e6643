//! A JSON report of gitleaks, or of betterleaks before 2.0: a list of findings.

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why,
    gitleaks_ignore::is_commit,
    json::{self, Lines},
};

const EXPECTED: &str = "a finding of gitleaks with RuleID, File and StartLine";
/// What stands for a secret with `--redact`.
const REDACTED: &str = "REDACTED";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    #[serde(rename = "RuleID")]
    rule_id: String,
    file: String,
    start_line: usize,
    #[serde(default)]
    end_line: usize,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    commit: String,
}

pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    let findings: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| json::mistake(&error, "a list of findings"))?;
    let lines = Lines::new(text);
    for raw in findings {
        let line = lines.of(raw);
        match json::item::<Finding>(raw).filter(|finding| !finding.file.is_empty()) {
            Some(finding) => reading.add(entry(line, finding)),
            None => reading.leave_out(line, Why::NotAnEntry { expected: EXPECTED }),
        }
    }
    Ok(())
}

fn entry(line: usize, finding: Finding) -> Entry {
    let commit = Some(finding.commit.to_ascii_lowercase()).filter(|commit| is_commit(commit));
    let lines =
        (finding.start_line > 0).then(|| finding.start_line..=finding.end_line.max(finding.start_line));
    Entry {
        line,
        place: Place { path: PathPattern::exact(&finding.file), commit, lines },
        rule: Some(finding.rule_id),
        evidence: raw(finding.secret),
        claim: Claim::Unsaid,
        note: None,
        expires: None,
    }
}

/// The secret that a report holds. `--redact=20` keeps its beginning, with an ellipsis after it.
pub(super) fn raw(secret: String) -> Evidence {
    if secret.is_empty() || secret == REDACTED || secret.ends_with("...") {
        return Evidence::None;
    }
    Evidence::Raw(Zeroizing::new(secret.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_ignores;

    #[test]
    fn what_is_no_finding_is_named_and_no_value_is_shown() {
        let text = "[\n {\"RuleID\": \"a\", \"File\": \"x\", \"StartLine\": 3, \"EndLine\": 5, \"Secret\": \"open sesame\"},\n \
                    {\"RuleID\": \"a\", \"File\": \"x\", \"StartLine\": 3, \"Secret\": \"REDACTED\"},\n 7,\n {\"File\": \"\", \
                    \"RuleID\": \"a\", \"StartLine\": 1}\n]";
        let read = read_ignores("b.json", text, None).expect("readable");
        let told = format!("{:?}", read.entries);
        assert!(told.contains("3..=5") && !told.contains("sesame"), "{told}");
        assert!(matches!(read.entries[1].evidence, Evidence::None));
        assert_eq!(read.left_out.iter().map(|left| left.line).collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn an_error_names_the_line_and_quotes_nothing() {
        let error = |text: &str| {
            read_ignores("b.json", text, Some(crate::IgnoreFormat::GitleaksBaseline))
                .expect_err("not a list")
                .to_string()
        };
        assert_eq!(error("[\n{\"a\": sesame}]"), "b.json:2: not JSON");
        assert_eq!(error("\"sesame\""), "b.json:1: expected a list of findings");
        assert_eq!(error(""), "b.json:1: not JSON");
    }
}
