//! Findings made up for tests. Their values are built from parts, so that no scanner takes this file for a leak.

use std::{sync::Arc, time::Duration};

use anstream::adapter::strip_str;
use jiff::{Timestamp, civil::date};
use stanch_allow::{Ruling, Why};
use stanch_model::{
    Class, Confidence, Coverage, Dialect, Encoding, Fact, Finding, Fingerprinter, KeyKind, Location, Part,
    PartValue, Provenance, Reason, RuleInfo, Secret, Severity, Skip, SkipReason, Snippet, Step,
    TargetCoverage,
};

use super::{Format, Report};
use crate::exempt::{Allowed, Exempt};

/// The id of a commit.
const COMMIT: &str = "3b1f9c24d7e8a05b6c1d2e3f4a5b6c7d8e9f0a1b";

/// A report that owns what it tells of.
pub(super) struct Sample {
    pub(super) findings: Vec<Finding>,
    pub(super) coverage: Coverage,
    pub(super) rules: Vec<Arc<RuleInfo>>,
    pub(super) exempt: Exempt,
}

impl Sample {
    /// What `format` makes of it, without colours.
    pub(super) fn render(&self, format: &dyn Format) -> String {
        strip_str(&self.render_colored(format)).to_string()
    }

    /// What `format` makes of it.
    pub(super) fn render_colored(&self, format: &dyn Format) -> String {
        let report = Report {
            findings: &self.findings,
            coverage: &self.coverage,
            exempt: &self.exempt,
            rules: &self.rules,
            started: Timestamp::from_second(1_767_225_600).expect("in range"),
            width: 100,
        };
        let mut out = Vec::new();
        format.write(&report, &mut out).expect("memory is writable");
        String::from_utf8(out).expect("UTF-8")
    }

    /// The values that no report may show.
    pub(super) fn raw_secrets(&self) -> Vec<String> {
        let parts = self.findings.iter().flat_map(|f| &f.parts).filter_map(|part| part.value.secret());
        let secrets = self.findings.iter().map(|f| &f.secret).chain(parts);
        secrets.map(|secret| String::from_utf8_lossy(secret.expose()).into_owned()).collect()
    }
}

/// Four secrets of every severity in eight places: files, history, the index, standard input.
pub(super) fn findings() -> Sample {
    let [cloud, host, hook, id] = rules();
    let token = ["gh", "p_", "8fKq2nXw5RbT7vYc1LmZ"].concat();
    let key = ["AK", "IA", "Q7R2T5V8X1Z4"].concat();
    let url = ["https://hooks.example/", "T02A4B6C8", "/qwertyuiop"].concat();
    let session = ["ses", "_", "m3Vd8kWq2ZtYx6Hb"].concat();
    let client = ["client-", "5f3c7a"].concat();
    let file = |path: &str| vec![directory("."), Step::Path { path: path.to_owned() }];
    let mut findings = vec![
        place(&host, &token, "config/deploy.env", 12, "export GITHUB_TOKEN=§")
            .from(file("config/deploy.env")),
        place(&hook, &url, "docs/日本語/はじめに.md", 3, "\t通知先: § (社内)")
            .from(file("docs/日本語/はじめに.md")),
        place(&host, &token, "src/client.rs", 88, "        let token = \"§\";").from(file("src/client.rs")),
        place(&host, &token, "src/client.rs", 21, "let token = \"§\";")
            .encoded(vec![Encoding::Base64, Encoding::Gzip])
            .from(commit("src/client.rs", false)),
        place(&cloud, &key, "terraform/main.tf", 7, "  access_key = \"§\"")
            .with("account", PartValue::Identifier("4711 ops".to_owned()))
            .with("session-token", PartValue::Secret(seal(&session)))
            .from(commit("terraform/main.tf", true)),
        place(&host, &token, COMMIT, 1, "try § again").from(message()),
        place(&cloud, &key, "terraform/main.tf", 9, "  access_key = \"§\"").from(staged("terraform/main.tf")),
        place(&id, &client, "-", 4, "client_id=§").from(vec![Step::Stdin]),
    ];
    for finding in findings.iter_mut().filter(|finding| finding.rule.id == hook.id) {
        finding.class = Some(Class::Test);
    }
    let account = Fact::Account("000000001234".to_owned());
    for finding in findings.iter_mut().filter(|finding| finding.rule.id == cloud.id) {
        finding.facts = vec![account.clone()];
    }
    let target = |target: &str, blobs, bytes, findings| TargetCoverage {
        target: target.to_owned(),
        blobs,
        bytes,
        findings,
        ..TargetCoverage::default()
    };
    let mut files = target(".", 22_876, 135_600_000, 3);
    files.skips = vec![
        skip("backup/disk.img", SkipReason::TooLarge, "9.1 GB, the limit is 2 GiB (max_size)"),
        skip("current", SkipReason::Symlink, "to releases/42"),
        skip("secrets/vault.db", SkipReason::Unreadable, "permission denied"),
    ];
    (files.skipped, files.gaps) = (3, 2);
    let targets = vec![files, target("git:.", 4_210, 61_000_000, 4), target("-", 1, 812, 1)];
    sample(findings, targets, vec![cloud, host, hook, id])
}

/// One secret left of three, the others allowed, and one gone that a baseline knew.
pub(super) fn allowed(shown: bool) -> Sample {
    let mut sample = repeated(3);
    let rulings = [
        Ruling {
            by: Why::Allowance(0),
            reason: Some(Reason::TestCredential),
            owner: Some("platform@shop.example".to_owned()),
            until: Some(date(2027, 2, 24)),
        },
        Ruling { by: Why::Comment(Dialect::Stanch), reason: Some(Reason::Revoked), owner: None, until: None },
    ];
    let findings = sample.findings.drain(1..).collect::<Vec<_>>().into_iter();
    let allowed =
        findings.zip(rulings).map(|(finding, ruling)| Allowed { finding, ruling, target: 0 }).collect();
    let gone = vec![*seal("gone").fingerprint()];
    sample.coverage.targets[0].findings = 1;
    sample.exempt = Exempt { allowed, gone, unheeded: 1, shown };
    sample
}

/// Nothing found, everything scanned.
pub(super) fn empty() -> Sample {
    let target =
        TargetCoverage { target: ".".to_owned(), blobs: 120, bytes: 3_400_000, ..TargetCoverage::default() };
    sample(Vec::new(), vec![target], rules().to_vec())
}

/// Paths, authors and source lines of someone who attacks the reader of the report.
pub(super) fn hostile() -> Sample {
    let [cloud, ..] = rules();
    let paths = [
        "</script><img src=x onerror=alert(1)>",
        "::set-output name=x::y",
        "\u{1b}[2J\u{1b}]0;title\u{7}.txt",
        "=HYPERLINK(\"http://example.com\")",
        "@SUM(A1)",
        "-cmd|' /C calc'!A0",
        "invoice\u{202e}fdp.exe",
        "{0} ]]> & \"quotes\" 'single' --><b>",
        "'; DROP TABLE findings; --",
        "##[error]old",
        "a\n::error::injected\r\n##[error]new",
    ];
    let findings: Vec<_> = paths
        .iter()
        .enumerate()
        .map(|(at, path)| {
            let value = format!("{{0}}<b>&'\"{at}-abcdefghijklmnopqrstuvwxyz");
            let author = "Eve\u{1b}[2J <script>alert(1)</script> <eve@example.com>".to_owned();
            let commit =
                Step::Commit { id: "e".repeat(40), author, time: "never\n".to_owned(), in_head: false };
            let steps = vec![directory("."), commit, Step::Path { path: (*path).to_owned() }];
            let user = PartValue::Identifier(format!("{path}\u{1b}[2J</script>\u{202e}"));
            place(&cloud, &value, path, at + 1, "<script>\u{1b}[2J§</script>\u{202e}")
                .with("user", user)
                .from(steps)
        })
        .collect();
    let mut target = TargetCoverage { target: "a\u{1b}[2J<b>".to_owned(), ..TargetCoverage::default() };
    target.findings = findings.len();
    target.skips = vec![skip("x\n::error::skip\u{1b}<i>", SkipReason::Corrupt, "bad\u{7} <u>magic</u>")];
    (target.skipped, target.gaps) = (1, 1);
    target.error = Some("broken \u{1b}[2J<blink>".to_owned());
    sample(findings, vec![target], rules().to_vec())
}

/// One secret in `number` places.
pub(super) fn repeated(number: usize) -> Sample {
    let [cloud, ..] = rules();
    let value = ["AK", "IA", "Q7R2T5V8X1Z4"].concat();
    let findings: Vec<_> = (1..=number)
        .map(|line| {
            let steps = vec![directory("."), Step::Path { path: "a.tf".to_owned() }];
            place(&cloud, &value, "a.tf", line, "key = §").from(steps)
        })
        .collect();
    let target =
        TargetCoverage { target: ".".to_owned(), blobs: 1, findings: number, ..TargetCoverage::default() };
    sample(findings, vec![target], rules().to_vec())
}

/// `number` secrets, each in a file of its own whose long name must be escaped from end to end.
pub(super) fn many(number: usize) -> Sample {
    let [cloud, ..] = rules();
    let mut rule = RuleInfo::clone(&cloud);
    rule.name = "\u{1b}".repeat(300);
    let rule = Arc::new(rule);
    let findings: Vec<_> = (1..=number)
        .map(|at| {
            let path = format!("{at}{}", "\u{1b}".repeat(300));
            let steps = vec![directory("."), Step::Path { path: path.clone() }];
            place(&rule, &format!("{at}-abcdefghijklmnopqrstuvwxyz"), &path, at, "key = §").from(steps)
        })
        .collect();
    let mut target = TargetCoverage { target: ".".to_owned(), findings: number, ..TargetCoverage::default() };
    let name = "\u{1b}".repeat(300);
    target.skips = (0..number).map(|_| skip(&name, SkipReason::Corrupt, &name)).collect();
    (target.skipped, target.gaps) = (number as u64, number as u64);
    sample(findings, vec![target], vec![rule])
}

fn sample(findings: Vec<Finding>, targets: Vec<TargetCoverage>, rules: Vec<Arc<RuleInfo>>) -> Sample {
    let coverage = Coverage {
        targets,
        rules: rules.len(),
        rules_digest: "0f".repeat(32),
        duration: Duration::from_millis(420),
        cancelled: false,
    };
    Sample { findings, coverage, rules, exempt: Exempt::default() }
}

fn rules() -> [Arc<RuleInfo>; 4] {
    let rule = |id: &str, provider: &str, name: &str, description: &str, (severity, confidence)| {
        Arc::new(RuleInfo {
            id: id.to_owned(),
            provider: provider.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            severity,
            confidence,
            class: None,
            connector: None,
            tags: vec!["sample".to_owned()],
            references: vec![format!("https://docs.example.com/{id}")],
        })
    };
    [
        rule(
            "cloud-access-key",
            "Cloud",
            "Cloud access key",
            "Opens every service of the account it belongs to. Deactivate it in the console, then delete it.",
            (Severity::High, Confidence::High),
        ),
        rule(
            "host-token",
            "Host",
            "Code host personal access token",
            "Acts as the user who made it, with the scopes chosen then. Delete it under Settings, Developer settings.",
            (Severity::Critical, Confidence::Certain),
        ),
        rule(
            "chat-webhook",
            "Chat",
            "Chat incoming webhook",
            "Posts to one channel. Remove the app from the channel to make the address useless.",
            (Severity::Medium, Confidence::Medium),
        ),
        rule(
            "client-id",
            "Cloud",
            "Client id",
            "Names an application; worth something only together with its secret.",
            (Severity::Low, Confidence::Low),
        ),
    ]
}

/// A finding that still lacks its provenance.
struct Placed(Finding);

impl Placed {
    /// With a part beside the secret.
    fn with(mut self, name: &str, value: PartValue) -> Self {
        let location = Location { column: 1, end_column: 2, ..self.0.location.clone() };
        self.0.parts.push(Part { name: name.into(), value, location });
        self
    }

    fn encoded(mut self, encodings: Vec<Encoding>) -> Self {
        self.0.encodings = encodings;
        self
    }

    fn from(self, steps: Vec<Step>) -> Finding {
        Finding { provenance: Provenance(steps), ..self.0 }
    }
}

fn seal(value: &str) -> Secret {
    Fingerprinter::new(KeyKind::Once, &[7; 32]).seal(value.as_bytes())
}

/// `value` at `line` of `path`; in `source` the mark `§` stands for it.
fn place(rule: &Arc<RuleInfo>, value: &str, path: &str, line: usize, source: &str) -> Placed {
    let secret = seal(value);
    let start = source.chars().position(|c| c == '§').expect("a mark");
    let byte_start = line * 40;
    let location = Location {
        path: path.to_owned(),
        line,
        column: start + 1,
        end_line: line,
        end_column: start + 1 + value.chars().count(),
        byte_start,
        byte_end: byte_start + value.len(),
    };
    let finding = Finding {
        rule: Arc::clone(rule),
        severity: rule.severity,
        class: rule.class,
        confidence: rule.confidence,
        probability: None,
        secret,
        facts: Vec::new(),
        encodings: Vec::new(),
        location,
        provenance: Provenance::default(),
        snippet: None,
        parts: Vec::new(),
        marks: Vec::new(),
    };
    let preview = finding.preview();
    let snippet = Snippet {
        text: source.replace('§', preview.as_str()),
        caret_start: start,
        caret_end: start + preview.as_str().chars().count(),
    };
    Placed(Finding { snippet: Some(snippet), ..finding })
}

fn directory(path: &str) -> Step {
    Step::Directory { path: path.to_owned() }
}

fn repository() -> Step {
    Step::Repository { path: ".".to_owned() }
}

fn commit_step(in_head: bool) -> Step {
    Step::Commit {
        id: COMMIT.to_owned(),
        author: "Ada Byron <ada@example.com>".to_owned(),
        time: "2025-11-03T09:14:00+01:00".to_owned(),
        in_head,
    }
}

fn commit(path: &str, in_head: bool) -> Vec<Step> {
    vec![repository(), commit_step(in_head), Step::Path { path: path.to_owned() }]
}

fn message() -> Vec<Step> {
    vec![repository(), commit_step(true), Step::Text { what: "commit-message".to_owned() }]
}

fn staged(path: &str) -> Vec<Step> {
    vec![repository(), Step::Index, Step::Path { path: path.to_owned() }]
}

fn skip(item: &str, reason: SkipReason, detail: &str) -> Skip {
    Skip { item: item.to_owned(), reason, detail: detail.to_owned() }
}
