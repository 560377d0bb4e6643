//! A report of Bitbucket Cloud's Code Insights with its annotations, in the form its REST API takes them.
//!
//! Source: Bitbucket Cloud REST API 2.0, group "Reports" ("Create or update a report", "Bulk create or update
//! annotations"): 1,000 annotations a report, 100 a request. It tells no lengths and refuses what is too long; those
//! here are 450 characters for a summary, found out by reviewdog (its pull request 1344), and 2,000 for details, which
//! Bitbucket Server documents. How fields map and how to send them is in `docs/formats.md`.

use std::io::{self, Write};

use serde_json::{Value, json};
use stanch_model::{Finding, Severity};

use super::{
    Format, Report,
    gaps::{Gaps, ended_early},
    part,
    place::{self, Place},
    place_id::PlaceIds,
    printable::{Printable, shortened},
    summary::{Summary, count},
};

/// A Bitbucket Code Insights report.
pub(crate) struct Bitbucket;

/// Annotations of one report.
const ANNOTATIONS_MAX: usize = 1000;
/// Characters of a summary.
const SUMMARY_MAX: usize = 450;
/// Characters of details.
const DETAILS_MAX: usize = 2000;

impl Format for Bitbucket {
    fn name(&self) -> &'static str {
        "bitbucket"
    }

    fn doc(&self) -> &'static str {
        "Bitbucket Cloud Code Insights, in the form its API takes: for pull requests"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = Summary::of(report);
        let findings: Vec<&Finding> = summary.secrets.iter().flat_map(place::distinct).collect();
        let mut ids = PlaceIds::default();
        let annotations: Vec<_> =
            findings.iter().take(ANNOTATIONS_MAX).map(|finding| annotation(finding, &mut ids)).collect();
        let document = json!({
            "report": head(report, &summary, findings.len()),
            "annotations": annotations,
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    }
}

/// The report itself; `places` is how many there are, annotated or not.
fn head(report: &Report<'_>, summary: &Summary<'_>, places: usize) -> Value {
    let passed = summary.is_clean() && !ended_early(report.coverage);
    let counts = summary.by_severity();
    let of =
        |severity| counts.iter().find(|(counted, _)| *counted == severity).map_or(0, |(_, count)| *count);
    let number = |title: &str, value: u64| json!({ "title": title, "type": "NUMBER", "value": value });
    json!({
        "title": "Secrets",
        "details": details(summary, places),
        "report_type": "SECURITY",
        "reporter": "Stanch",
        "result": if passed { "PASSED" } else { "FAILED" },
        "data": [
            number("Critical", of(Severity::Critical) as u64),
            number("High", of(Severity::High) as u64),
            number("Medium", of(Severity::Medium) as u64),
            number("Low", of(Severity::Low) as u64),
            number("Places", places as u64),
            number("Not scanned", Gaps::of(report.coverage).items),
        ],
    })
}

fn details(summary: &Summary<'_>, places: usize) -> String {
    let more = places.saturating_sub(ANNOTATIONS_MAX) as u64;
    if more == 0 {
        return format!("{summary}.");
    }
    let (taken, more) = (count(ANNOTATIONS_MAX as u64, "annotation"), count(more, "more place"));
    format!("{summary}.\nBitbucket takes {taken} a report: these are the worst, {more} had to be left out.")
}

fn annotation(finding: &Finding, ids: &mut PlaceIds) -> Value {
    let place = Place::of(finding);
    let summary = format!("{}: {}", Printable(&finding.rule.name), finding.preview());
    let mut annotation = json!({
        "external_id": format!("stanch-{}", ids.next(finding, &place)),
        "annotation_type": "VULNERABILITY",
        "summary": shortened(&summary, SUMMARY_MAX),
        "details": shortened(&explanation(finding, &place), DETAILS_MAX),
        "severity": finding.severity.as_str().to_uppercase(),
        "result": "FAILED",
    });
    if let Some(path) = place.in_tree() {
        annotation["path"] = json!(path);
        annotation["line"] = json!(finding.location.line);
    }
    annotation
}

/// What to do first; what may be long last, where it can be cut off.
fn explanation(finding: &Finding, place: &Place<'_>) -> String {
    let outside = place.in_tree().is_none();
    let position = || format!("In {}:{}", Printable(place.shown_path()), finding.location.line);
    let lines = [
        Some(place.situation.advice().to_owned()),
        place.brief(),
        Some(format!("fingerprint {}", finding.fingerprint())),
        outside.then(position),
        Some(Printable(&finding.rule.description).to_string()),
        part::listed(finding).map(|parts| format!("with {parts}")),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::report::sample::{self, Sample};

    fn document(sample: &Sample) -> Value {
        serde_json::from_str(&sample.render(&Bitbucket)).expect("JSON")
    }

    /// The fields that the API requires, the values it knows and the lengths it takes.
    #[test]
    fn has_what_the_api_requires() {
        for (sample, result) in
            [(sample::findings(), "FAILED"), (sample::empty(), "PASSED"), (sample::hostile(), "FAILED")]
        {
            let document = document(&sample);
            assert_eq!(document["report"]["result"], result);
            assert!(["title", "details"].iter().all(|field| document["report"][field].is_string()));
            let annotations = document["annotations"].as_array().expect("an array");
            let ids: HashSet<_> = annotations.iter().map(|found| found["external_id"].as_str()).collect();
            assert_eq!(ids.len(), sample.findings.len(), "ids are not unique");
            for annotation in annotations {
                let length = |field: &str| annotation[field].as_str().map_or(0, |text| text.chars().count());
                assert!((1..=SUMMARY_MAX).contains(&length("summary")), "{annotation}");
                assert!(length("details") <= DETAILS_MAX, "{annotation}");
                let severity = annotation["severity"].as_str().expect("a severity");
                assert!(["LOW", "MEDIUM", "HIGH", "CRITICAL"].contains(&severity), "{severity}");
            }
        }
    }

    #[test]
    fn the_details_count_what_bitbucket_does_not_take() {
        let document = document(&sample::repeated(ANNOTATIONS_MAX + 5));
        assert_eq!(document["annotations"].as_array().map(Vec::len), Some(ANNOTATIONS_MAX));
        let details = document["report"]["details"].as_str().expect("details");
        assert!(details.contains("5 more places had to be left out"), "{details}");
    }

    #[test]
    fn nothing_found_is_no_pass_where_a_target_failed() {
        let mut sample = sample::empty();
        sample.coverage.targets[0].error = Some("broken".to_owned());
        assert_eq!(document(&sample)["report"]["result"], "FAILED");
    }
}
