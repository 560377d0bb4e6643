//! A JSON report of gitleaks, or of betterleaks before 2.0: a list of findings.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Read,
    documents::{item, mistake},
    draft::{Commit, Draft, Region},
    lost::LostWhy,
    raw::Raw,
    reading::Reading,
};

const EXPECTED: &str = "a finding of gitleaks with RuleID, File and StartLine";

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
    start_column: usize,
    #[serde(default)]
    end_column: usize,
    #[serde(default)]
    secret: Raw,
    #[serde(default)]
    commit: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    link: String,
}

pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Read {
    let findings: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| mistake(&error, "a list of findings"))?;
    for raw in findings {
        if !reading.begin() {
            break;
        }
        match item::<Finding>(raw) {
            Some(finding) => reading.add(draft(finding)),
            None => reading.lose(LostWhy::NotAnEntry { expected: EXPECTED }),
        }
    }
    Ok(())
}

fn draft(finding: Finding) -> Draft {
    let author = (finding.author.as_str(), finding.email.as_str());
    Draft {
        commit: Commit::of(&finding.commit, author, &finding.date),
        region: region(finding.start_line, finding.end_line, (finding.start_column, finding.end_column)),
        rule: finding.rule_id,
        raw: finding.secret,
        path: finding.file,
        url: Some(finding.link).filter(|link| link.starts_with("https://")),
        ..Draft::default()
    }
}

/// It counts the end of the line before as a column, but on the first line: gitleaks 8, `detect/location.go`.
pub(super) fn region(line: usize, end_line: usize, (column, end_column): (usize, usize)) -> Region {
    let before = usize::from(line > 1);
    let before_end = usize::from(end_line > 1);
    Region {
        line,
        end_line,
        column: column.saturating_sub(before),
        end_column: end_column.saturating_sub(before_end).saturating_add(1),
    }
}
