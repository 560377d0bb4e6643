//! Reports that the other scanners have written, and what becomes of each entry.

use proptest::prelude::*;
use serde_json::{Value, json};
use stanch_import::{ForeignReport, Lost, ReportFormat, read_report};
use stanch_model::{Confidence, Fingerprinter, KeyKind, Liveness, Preview, ReportedFinding, Severity, Step};

use crate::project::{Project, secret};

fn fingerprinter() -> Fingerprinter {
    Fingerprinter::new(KeyKind::Organisation, &[3; 32])
}

fn read(text: &str) -> ForeignReport {
    read_report("report", text.as_bytes(), None, &fingerprinter()).expect("readable")
}

/// Fingerprint, path, line and column of each finding, sorted.
fn told(report: &ForeignReport) -> Vec<(String, String, usize, usize)> {
    let of = |finding: &ReportedFinding| {
        let at = &finding.location;
        (finding.fingerprint.to_string(), at.path.clone(), at.line, at.column)
    };
    let mut told: Vec<_> = report.findings.iter().map(of).collect();
    told.sort();
    told
}

/// The same of the secrets of a project: each begins in column 10 of the second line of its file.
fn planted(kinds: &[&str]) -> Vec<(String, String, usize, usize)> {
    let of = |kind: &&str| {
        let secret = fingerprinter().seal(secret(kind, 1).as_bytes());
        (secret.fingerprint().to_string(), format!("src/{kind}.txt"), 2, 10)
    };
    let mut planted: Vec<_> = kinds.iter().map(of).collect();
    planted.sort();
    planted
}

const ALL: [&str; 4] = ["gitlab", "stripe", "sendgrid", "slack"];

/// What a reader makes of a report never holds a value.
fn holds_no_value(report: &ForeignReport) {
    let told = format!("{} {report:?}", serde_json::to_string(&report.findings).expect("JSON"));
    for kind in ALL {
        let value = secret(kind, 1);
        assert!(!told.contains(&value[value.len() - 12..]), "{kind}");
    }
}

/// The commit that a finding is from, which must be by whoever commits in the project, at some time.
fn is_of_commit(finding: &ReportedFinding) -> bool {
    finding.provenance.0.iter().any(|step| {
        matches!(step, Step::Commit { id, author, time, .. }
            if id.len() == 40 && author == "A <a@example.org>" && time.contains('T'))
    })
}

const GITLEAKS: [&str; 4] = ["--no-banner", "--log-level", "error", "--report-format"];

#[test]
fn reports_of_gitleaks() {
    let project = Project::new();
    for (command, format) in [("dir", "json"), ("git", "json"), ("dir", "sarif"), ("git", "sarif")] {
        let file = format!("{command}.{format}");
        project.scanner(
            "gitleaks",
            &[&[command, "."], &GITLEAKS[..], &[format, "--report-path", &file]].concat(),
        );
        let report = read(&project.read(&file));
        let expected = if format == "json" { ReportFormat::Gitleaks } else { ReportFormat::Sarif };
        assert_eq!(report.format, expected);
        assert_eq!((told(&report), &report.lost[..]), (planted(&ALL), &[][..]), "{file}");
        let of_commits = report.findings.iter().filter(|finding| is_of_commit(finding)).count();
        assert_eq!(of_commits, if command == "git" { ALL.len() } else { 0 }, "{file}");
        holds_no_value(&report);
        project.remove(&file);
    }
}

#[test]
fn a_report_without_values_is_named_entry_by_entry() {
    let project = Project::new();
    for format in ["json", "sarif"] {
        let args = [&["dir", "src", "--redact"], &GITLEAKS[..], &[format, "--report-path", "r"]].concat();
        project.scanner("gitleaks", &args);
        let report = read(&project.read("r"));
        assert!(report.findings.is_empty());
        let lost: Vec<_> = report.lost.iter().map(Lost::to_string).collect();
        assert_eq!(lost.len(), ALL.len());
        assert_eq!(lost[0], "entry 1: no value, so no fingerprint: make the report without redaction");
    }
}

#[test]
fn reports_of_betterleaks() {
    let project = Project::new();
    for (command, file) in [("fs", "b.json"), ("fs", "b.jsonl"), ("git", "c.json"), ("git", "c.jsonl")] {
        project.scanner("betterleaks", &[command, ".", "--no-banner", "--silent", "--output", file]);
        let report = read(&project.read(file));
        assert_eq!((told(&report), &report.lost[..]), (planted(&ALL), &[][..]), "{file}");
        assert!(report.tool.starts_with("betterleaks 2."), "{}", report.tool);
        let of_commits = report.findings.iter().filter(|finding| is_of_commit(finding)).count();
        assert_eq!(of_commits, if command == "git" { ALL.len() } else { 0 }, "{file}");
        assert!(report.findings.iter().all(|finding| finding.confidence == Confidence::High));
        holds_no_value(&report);
        project.remove(file);
    }
    project.scanner("betterleaks", &["fs", ".", "--no-banner", "--silent", "--redact", "--output", "d.json"]);
    let report = read(&project.read("d.json"));
    assert_eq!((report.findings.len(), report.lost.len()), (0, ALL.len()));
}

/// All its rules take it seconds to compile.
const KINGFISHER: [&str; 9] = [
    "scan",
    ".",
    "--no-validate",
    "--no-update-check",
    "--quiet",
    "--rule=betterleaks.gitlab-pat",
    "--rule=betterleaks.stripe-access-token",
    "--git-history",
    "none",
];

#[test]
fn reports_of_kingfisher() {
    let project = Project::new();
    for format in ["json", "jsonl", "sarif"] {
        let file = format!("k.{format}");
        project.scanner("kingfisher", &[&KINGFISHER[..], &["--format", format, "--output", &file]].concat());
        let report = read(&project.read(&file));
        assert_eq!((told(&report), &report.lost[..]), (planted(&["gitlab", "stripe"]), &[][..]), "{file}");
        assert!(report.findings.iter().all(|finding| finding.liveness == Liveness::Unknown));
        holds_no_value(&report);
        project.remove(&file);
    }
    let redacted = [&KINGFISHER[..], &["--redact", "--format", "json", "--output", "r.json"]].concat();
    project.scanner("kingfisher", &redacted);
    assert_eq!(read(&project.read("r.json")).lost.len(), 2);
}

#[test]
fn what_kingfisher_was_told_of_a_commit_and_by_the_provider() {
    let finding = |status: &str| {
        json!({ "rule": { "id": "kingfisher.acme.1" }, "finding": {
            "snippet": secret("stripe", 1), "confidence": "medium", "line": 3, "column_start": 0, "path": "a",
            "validation": { "outcome": "x", "status": status },
            "git_metadata": { "commit": { "id": "ab".repeat(20), "date": "2026-01-02",
                "committer": { "name": "B", "email": "b@example.org" },
                "author": { "name": "A", "email": "a@example.org" } },
              "file": { "url": "https://forge.example/blob/x" } } } })
        .to_string()
    };
    let statuses = ["Active Credential", "Inactive Credential", "Not Attempted"];
    let report = read(&statuses.map(finding).join("\n"));
    let liveness: Vec<_> = report.findings.iter().map(|finding| finding.liveness).collect();
    assert_eq!(liveness, [Liveness::Live, Liveness::Dead, Liveness::Unknown]);
    let confidence: Vec<_> = report.findings.iter().map(|finding| finding.confidence).collect();
    assert_eq!(confidence, [Confidence::Certain, Confidence::Medium, Confidence::Medium]);
    assert!(report.findings.iter().all(is_of_commit));
    assert_eq!(report.findings[0].url.as_deref(), Some("https://forge.example/blob/x"));
}

/// As its documentation and its source say it: trufflehog is not to be had from a registry that tests may use.
fn trufflehog(detector: &str, raw: (&str, &str), verified: bool, data: &Value) -> String {
    json!({ "SourceMetadata": { "Data": data }, "SourceID": 1, "SourceType": 16, "SourceName": "trufflehog - git",
        "DetectorType": 8, "DetectorName": detector, "DetectorDescription": "…", "DecoderName": "PLAIN",
        "Verified": verified, "VerificationFromCache": false, "Raw": raw.0, "RawV2": raw.1, "Redacted": "",
        "ExtraData": null, "StructuredData": null })
    .to_string()
}

#[test]
fn a_report_of_trufflehog() {
    let commit = "ab".repeat(20);
    let git = json!({ "Git": { "commit": commit, "file": "src/stripe.txt", "email": "A <a@example.org>",
        "repository": "https://github.com/acme/shop", "timestamp": "2026-01-02 03:04:05 +0000", "line": 2 } });
    let message = json!({ "Git": { "commit": commit, "email": "A <a@example.org>",
        "timestamp": "2026-01-02 03:04:05 +0000", "line": 4 } });
    let file = json!({ "Filesystem": { "file": "src/slack.txt", "line": 2 } });
    let image = json!({ "Docker": { "file": "/app/.env", "image": "acme/shop", "tag": "1.4", "layer": "sha256:ab" } });
    let (value, slack) = (secret("stripe", 1), secret("slack", 1));
    let log =
        r#"{"level":"info-0","ts":"2026-01-02T03:04:05Z","logger":"trufflehog","msg":"finished scanning"}"#;
    let text = [
        log.to_owned(),
        trufflehog("Stripe", (&value, ""), true, &git),
        trufflehog("Stripe", (&value, ""), false, &message),
        trufflehog("Slack", (&slack, ""), false, &file),
        trufflehog("Slack", (&slack, ""), false, &image),
        "not JSON".to_owned(),
        log.to_owned(),
    ]
    .join("\n");
    let report = read_report("t", text.as_bytes(), Some(ReportFormat::Trufflehog), &fingerprinter());
    let report = report.expect("readable");
    let places = report.findings.iter().map(|finding| {
        let kinds: Vec<_> = finding
            .provenance
            .0
            .iter()
            .map(|step| serde_json::to_value(step).expect("JSON")["kind"].clone())
            .collect();
        format!(
            "{} {}:{} {} {}",
            finding.rule,
            finding.location.path,
            finding.location.line,
            finding.liveness,
            json!(kinds)
        )
    });
    insta::assert_snapshot!(places.collect::<Vec<_>>().join("\n"));
    assert_eq!(report.lost.iter().map(|lost| lost.entry).collect::<Vec<_>>(), [5]);
    assert_eq!(report.findings[0].confidence, Confidence::Certain, "what is live is a secret");
    assert!(is_of_commit(&report.findings[0]));
    holds_no_value(&report);
}

/// Its detectors for AWS call the id of a key raw.
#[test]
fn trufflehog_tells_a_pair_of_aws_apart() {
    let id = ["AK", "IA", "QYLPMN5HFIQR7XYA"].concat();
    let (key, data) = ("k".repeat(40), json!({ "Filesystem": { "file": "a", "line": 1 } }));
    for both in [format!("{id}:{key}"), format!("{id}{key}"), format!("{id}:{key}:session")] {
        let report = read(&trufflehog("AWS", (&id, &both), false, &data));
        let finding = report.findings.first().expect("a finding");
        assert_eq!(finding.fingerprint, *fingerprinter().seal(key.as_bytes()).fingerprint());
        assert_eq!(
            (finding.parts[0].name.as_str(), finding.parts[0].value.as_str()),
            ("access-key-id", id.as_str())
        );
    }
    let report = read(&trufflehog("AWS", (&id, ""), false, &data));
    assert_eq!(
        report.lost[0].to_string(),
        "entry 1: only the id of the credential is told, so no fingerprint"
    );
}

/// A SARIF log of some tool, of one result.
fn sarif(rule: &Value, result: &Value) -> String {
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "Sniffer", "semanticVersion": "1.2",
        "rules": [rule] } }, "results": [result] }] })
    .to_string()
}

fn result(text: &str, end: usize) -> Value {
    json!({ "ruleId": "r1", "level": "warning", "message": { "text": "found" }, "locations": [{ "physicalLocation": {
        "artifactLocation": { "uri": "src/a%20b.txt" },
        "region": { "startLine": 3, "startColumn": 5, "endColumn": end, "snippet": { "text": text } } } }] })
}

#[test]
fn sarif_of_any_tool_is_carried_over_where_it_is_exact_and_about_secrets() {
    let value = secret("stripe", 1);
    let rule =
        json!({ "id": "r1", "properties": { "tags": ["security", "CWE-798"], "security-severity": "9.1" } });
    let exact = result(&value, 5 + value.len());
    let report = read(&sarif(&rule, &exact));
    let finding = report.findings.first().expect("a finding");
    assert_eq!(finding.fingerprint, *fingerprinter().seal(value.as_bytes()).fingerprint());
    assert_eq!((finding.location.path.as_str(), finding.location.line), ("src/a b.txt", 3));
    assert_eq!((finding.severity, report.tool.as_str()), (Severity::Critical, "Sniffer 1.2"));
    let plain = read(&sarif(&json!({ "id": "r1", "name": "Hard-coded Secret" }), &exact));
    assert_eq!(plain.findings[0].severity, Severity::Medium, "by its level");
    let why = |rule: &Value, result: &Value| read(&sarif(rule, result)).lost[0].why.to_string();
    assert_eq!(why(&json!({ "id": "r1", "name": "SQL injection" }), &exact), "not about a secret");
    assert!(why(&rule, &result(&format!("key = {value}"), 5 + value.len())).starts_with("no value"));
    let mut suppressed = exact;
    suppressed["suppressions"] = json!([{ "kind": "external", "status": "accepted" }]);
    let report = read(&sarif(&rule, &suppressed));
    assert_eq!((report.findings.len(), report.allowed, report.lost.len()), (0, 1, 0));
}

/// A result as `stanch scan --format sarif` writes it.
fn own(fingerprint: &str, preview: &str) -> String {
    let provenance = json!([{ "kind": "repository", "path": "." },
        { "kind": "commit", "id": "ab".repeat(20), "author": "A <a@example.org>", "time": "2026-01-02T03:04:05Z", "in_head": true },
        { "kind": "path", "path": "src/a.txt" }]);
    let result = json!({ "ruleId": "acme-key", "level": "error", "message": { "text": "…" },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "src/a.txt" }, "region": { "startLine": 3,
            "startColumn": 5, "endLine": 3, "endColumn": 29, "byteOffset": 40, "byteLength": 24 } } }],
        "partialFingerprints": { "stanch/v1": fingerprint },
        "properties": { "severity": "critical", "confidence": "certain", "preview": preview, "provenance": provenance,
            "class": "live", "parts": [{ "name": "session", "value": preview, "secret": true, "line": 1 }] } });
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "Stanch", "semanticVersion": "0.1.0" } },
        "results": [result] }] })
    .to_string()
}

#[test]
fn our_own_sarif_is_carried_over_as_it_is() {
    let sealed = fingerprinter().seal(b"anything at all");
    let text = own(&sealed.fingerprint().to_string(), "ab********");
    let report = read(&text);
    assert_eq!(report.tool, "Stanch 0.1.0");
    insta::assert_snapshot!(serde_json::to_string_pretty(&report.findings[0]).expect("JSON"));
    let strange = Fingerprinter::new(KeyKind::Salt, &[9; 32]).seal(b"x").fingerprint().to_string();
    assert_eq!(
        read(&own(&strange, "********")).lost[0].to_string(),
        "entry 1: its fingerprint is under another key"
    );
    let longer = read(&own(&sealed.fingerprint().to_string(), "more than a preview may show"));
    assert_eq!(longer.findings[0].preview, Preview::STARS);
    assert_eq!(longer.findings[0].parts[0].value, Preview::STARS);
}

#[test]
fn a_secret_in_the_name_of_a_file_is_masked_for_all_findings_there() {
    let (value, other) = (secret("stripe", 1), secret("slack", 1));
    let finding = |secret: &str| {
        json!({ "RuleID": "r", "File": format!("dump/{value}.txt"), "StartLine": 1, "Secret": secret,
            "Commit": "ab".repeat(20), "Author": value, "Email": "", "Date": "2026-01-02T03:04:05Z" })
    };
    let report = read(&json!([finding(&other), finding(&value)]).to_string());
    assert_eq!(report.findings.len(), 2);
    assert!(report.findings.iter().all(|finding| finding.location.path.ends_with("********.txt")));
    holds_no_value(&report);
}

/// Values in the place of others: whatever a report holds, a reader says so and goes on.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!(u64::MAX)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// Puts `value` in the place of the leaf of this number.
fn replace(document: &mut Value, at: &mut usize, value: &Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, value)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, at, value)),
        leaf => {
            if *at == 0 {
                *leaf = value.clone();
            }
            *at = at.wrapping_sub(1);
        }
    }
}

/// One report of each format.
fn samples() -> Vec<(ReportFormat, Value)> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let git = json!({ "Git": { "commit": "ab".repeat(20), "file": "f", "email": "A", "timestamp": "x", "line": 2 } });
    let value = secret("stripe", 1);
    let own = own(&fingerprinter().seal(b"x").fingerprint().to_string(), "********");
    let rule = json!({ "id": "r1", "properties": { "tags": ["secret"], "precision": "high" } });
    vec![
        (
            ReportFormat::Gitleaks,
            json!([{ "RuleID": "r", "File": "f", "StartLine": 2, "EndLine": 2, "StartColumn": 1,
            "EndColumn": 3, "Secret": value, "Commit": "ab".repeat(20), "Author": "A", "Email": "a", "Date": "d" }]),
        ),
        (
            ReportFormat::Betterleaks,
            json!({ "schema_version": "1", "findings": [{ "rule_id": "r", "confidence": "low",
            "match": { "value": value }, "location": { "path": "p", "start_line": 1, "end_line": 2, "start_column": 3,
            "end_column": 4 }, "attributes": { "git.sha": "ab".repeat(20) }, "analysis": { "status": "valid" } }] }),
        ),
        (ReportFormat::Trufflehog, parse(&trufflehog("AWS", (&"A".repeat(20), &"A".repeat(60)), true, &git))),
        (
            ReportFormat::Kingfisher,
            json!({ "rule": { "id": "r" }, "finding": { "snippet": value, "path": "p", "line": 1,
            "column_start": 1, "column_end": 2, "validation": { "status": "x" }, "git_metadata": { "commit": {
            "id": "ab".repeat(20), "date": "d" } } } }),
        ),
        (ReportFormat::Sarif, parse(&sarif(&rule, &result(&value, 5 + value.len())))),
        (ReportFormat::Sarif, parse(&own)),
    ]
}

proptest! {
    #[test]
    fn no_reader_panics_over_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in ReportFormat::ALL.into_iter().map(Some).chain([None]) {
            let _ = read_report("r", &bytes, format, &fingerprinter());
        }
    }

    #[test]
    fn no_reader_panics_over_a_report_with_another_value(at in 0usize..40, value in values()) {
        for (format, mut document) in samples() {
            replace(&mut document, &mut at.clone(), &value);
            let text = document.to_string();
            if let Ok(report) = read_report("r", text.as_bytes(), Some(format), &fingerprinter()) {
                prop_assert!(report.findings.len() + report.lost.len() <= 1);
            }
        }
    }
}
