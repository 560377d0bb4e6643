//! A report replayed: which incidents its findings would be, and who would be told.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
};

use jiff::Timestamp;
use serde::Deserialize;
use stanch_model::{Class, Fact, Fingerprint, Origin, OriginKind, ReportLine, ReportedFinding, Step};

use super::{Decision, GroupKey, Place, Policy, Subject};

/// Longest line of a report, in bytes.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Most owners of a leak.
const OWNERS_MAX: usize = 50;

/// The leaks of a report in the order they come.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    leaks: Vec<Leak>,
    by_fingerprint: HashMap<Fingerprint, usize>,
    origin: Option<Origin>,
    findings: usize,
}

/// One secret of a report.
#[derive(Clone, Debug)]
pub struct Leak {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// A masked glimpse of it.
    pub preview: String,
    /// All that the report says of it.
    pub subject: Subject,
    seen: BTreeSet<Place>,
}

/// Leaks that belong together, and what is done about them.
#[derive(Clone, Debug)]
pub struct Incident {
    /// The leaks with the decision about each, in the order of the report.
    pub leaks: Vec<(Leak, Decision)>,
    /// Which of these decisions is the worst, and counts.
    pub worst: usize,
    /// What each leak after the first had in common with one before it.
    pub joined_by: BTreeSet<GroupKey>,
}

/// What is wrong with a report; no value of it is quoted.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReplayError {
    /// Not a line of `--format jsonl`.
    #[error("{line}: not a line of a jsonl report")]
    NotJson {
        /// The line, counted from 1.
        line: usize,
    },
    /// A line without end.
    #[error("{line}: longer than {LINE_BYTES_MAX} bytes")]
    TooLong {
        /// The line, counted from 1.
        line: usize,
    },
}

/// What kind of line it is; those that are not known are no mistake.
#[derive(Deserialize)]
struct Kind {
    r#type: String,
}

impl Replay {
    /// Reads the lines of a report; lines that say what was scanned tell the origin of those after them.
    ///
    /// # Errors
    /// The first line that is none of a report.
    pub fn read(text: &str) -> Result<Self, ReplayError> {
        let mut replay = Self::default();
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (number, line) in lines {
            let line_number = number + 1;
            if line.len() > LINE_BYTES_MAX {
                return Err(ReplayError::TooLong { line: line_number });
            }
            let mistake = |_| ReplayError::NotJson { line: line_number };
            let kind: Kind = serde_json::from_str(line).map_err(mistake)?;
            if matches!(kind.r#type.as_str(), "scan" | "finding") {
                replay.take(serde_json::from_str(line).map_err(mistake)?);
            }
        }
        for leak in &mut replay.leaks {
            leak.subject.places = mem::take(&mut leak.seen).into_iter().collect();
        }
        Ok(replay)
    }

    /// How many findings it has.
    pub fn findings(&self) -> usize {
        self.findings
    }

    /// The leaks, to fill in what the report does not tell.
    pub fn leaks_mut(&mut self) -> &mut [Leak] {
        &mut self.leaks
    }

    /// The incidents they would be if all were seen at `now`, the worst first.
    pub fn incidents(self, policy: &Policy, now: Timestamp) -> Vec<Incident> {
        let mut incidents: Vec<Incident> = Vec::new();
        let mut by_key: HashMap<GroupKey, usize> = HashMap::new();
        for leak in self.leaks {
            let decision = policy.decide(&leak.subject, now);
            let keys = policy.group_keys(&leak.subject);
            let open = |at: &usize| policy.grouping().admits(incidents[*at].leaks.len(), now, now);
            let shared = keys.iter().find_map(|key| Some((key, *by_key.get(key).filter(|at| open(at))?)));
            let at = if let Some((key, at)) = shared {
                incidents[at].joined_by.insert(key.clone());
                incidents[at].add(leak, decision);
                at
            } else {
                incidents.push(Incident {
                    leaks: vec![(leak, decision)],
                    worst: 0,
                    joined_by: BTreeSet::new(),
                });
                incidents.len() - 1
            };
            by_key.extend(keys.into_iter().map(|key| (key, at)));
        }
        incidents.sort_by(|a, b| {
            let rank = |incident: &Incident| (incident.decision().urgency, incident.decision().severity);
            rank(b).cmp(&rank(a))
        });
        incidents
    }

    fn take(&mut self, line: ReportLine) {
        match line {
            ReportLine::Scan(header) => self.origin = Some(header.origin),
            ReportLine::Finding(finding) => self.add(*finding),
            ReportLine::Allowed(_) | ReportLine::Summary(_) => {}
        }
    }

    fn add(&mut self, finding: ReportedFinding) {
        self.findings += 1;
        let place = self.place(&finding);
        let at = *self.by_fingerprint.entry(finding.fingerprint).or_insert_with(|| {
            self.leaks.push(Leak::new(&finding));
            self.leaks.len() - 1
        });
        self.leaks[at].add(finding, place);
    }

    /// Where a finding is: in the origin that a line before it names, else in what its provenance begins with.
    fn place(&self, finding: &ReportedFinding) -> Place {
        let commit = finding.provenance.0.iter().find_map(|step| match step {
            Step::Commit { id, .. } => Some(id.clone()),
            _ => None,
        });
        let path = finding.location.path.clone();
        if let Some(Origin { kind, name, public, environment, .. }) = &self.origin {
            let (origin, environment) = (name.clone(), environment.clone());
            return Place { kind: *kind, origin, path, public: *public, environment, commit };
        }
        let (kind, origin) = match finding.provenance.0.first() {
            Some(Step::Repository { path }) => (OriginKind::Repository, path.clone()),
            Some(Step::Directory { path }) => (OriginKind::Other, path.clone()),
            _ => (OriginKind::Other, String::new()),
        };
        Place { kind, origin, path, commit, ..Place::default() }
    }
}

impl Leak {
    fn new(finding: &ReportedFinding) -> Self {
        let subject = Subject {
            rule: finding.rule.clone(),
            severity: finding.severity,
            confidence: finding.confidence,
            ..Subject::default()
        };
        let (fingerprint, preview) = (finding.fingerprint, finding.preview.clone());
        Self { fingerprint, preview, subject, seen: BTreeSet::new() }
    }

    /// The same secret once more: the worst that is said of it counts.
    fn add(&mut self, finding: ReportedFinding, place: Place) {
        let subject = &mut self.subject;
        subject.severity = subject.severity.max(finding.severity);
        subject.confidence = subject.confidence.max(finding.confidence);
        subject.liveness = subject.liveness.max(finding.liveness);
        subject.class = match (subject.class, finding.class) {
            (Some(Class::Live), _) | (_, Some(Class::Live)) => Some(Class::Live),
            (known, told) => known.or(told),
        };
        let account = finding.facts.into_iter().find_map(|fact| match fact {
            Fact::Account(account) => Some(account),
            _ => None,
        });
        subject.account = subject.account.take().or(account);
        for owner in finding.code_owners {
            if subject.owners.len() < OWNERS_MAX && !subject.owners.contains(&owner) {
                subject.owners.push(owner);
            }
        }
        let times = finding.provenance.0.iter().filter_map(|step| match step {
            Step::Commit { time, .. } => time.parse::<Timestamp>().ok(),
            _ => None,
        });
        subject.leaked = subject.leaked.into_iter().chain(times).min();
        self.seen.insert(place);
    }
}

impl Incident {
    /// The decision that counts.
    pub fn decision(&self) -> &Decision {
        &self.leaks[self.worst].1
    }

    /// How many places its leaks were seen in.
    pub fn places(&self) -> usize {
        self.leaks.iter().map(|(leak, _)| leak.subject.places.len()).sum()
    }

    fn add(&mut self, leak: Leak, decision: Decision) {
        if decision.outranks(self.decision()) {
            self.worst = self.leaks.len();
        }
        self.leaks.push((leak, decision));
    }
}

#[cfg(test)]
mod tests {
    use stanch_model::{Fingerprinter, KeyKind, Liveness, Severity};

    use super::*;
    use crate::policy::Urgency;

    fn finding(secret: &str, path: &str, more: &str) -> String {
        let print = Fingerprinter::new(KeyKind::Salt, &[1; 32]).seal(secret.as_bytes());
        let print = print.fingerprint();
        format!(
            r#"{{"type":"finding","rule":"acme-key","severity":"high","confidence":"high","fingerprint":"{print}","preview":"ac******","location":{{"path":"{path}","line":1,"column":1,"end_line":1,"end_column":2,"byte_start":0,"byte_end":1}},"provenance":[{{"kind":"repository","path":"."}}]{more}}}"#
        )
    }

    fn scan(name: &str) -> String {
        format!(
            r#"{{"type":"scan","id":"1","tool":"stanch","origin":{{"kind":"repository","name":"{name}"}},"scope":"tree","started":"2026-11-27T00:00:00Z"}}"#
        )
    }

    fn incidents(lines: &[String]) -> Vec<Incident> {
        let replay = Replay::read(&lines.join("\n")).expect("a report");
        replay.incidents(&Policy::default(), "2026-11-27T12:00:00Z".parse().expect("a time"))
    }

    #[test]
    fn one_secret_in_forty_repositories_is_one_leak_and_one_page() {
        let mut lines = Vec::new();
        for number in 0..40 {
            lines.push(scan(&format!("github.com/acme/shop-{number}")));
            lines.extend((0..5).map(|file| finding("one", &format!("deploy/prod/{file}.yaml"), "")));
        }
        let incidents = incidents(&lines);
        assert_eq!((incidents.len(), incidents[0].leaks.len(), incidents[0].places()), (1, 1, 200));
        assert_eq!(incidents[0].decision().urgency, Urgency::Page);
    }

    #[test]
    fn secrets_of_one_repository_are_one_incident_and_others_are_not() {
        let lines =
            [scan("a"), finding("one", "x", ""), finding("two", "y", ""), scan("b"), finding("six", "x", "")];
        let incidents = incidents(&lines);
        let leaks: Vec<_> = incidents.iter().map(|incident| incident.leaks.len()).collect();
        assert_eq!(leaks, [2, 1]);
        let joined: Vec<_> = incidents[0].joined_by.iter().map(ToString::to_string).collect();
        assert_eq!(joined, ["repository repository:a"]);
    }

    #[test]
    fn the_worst_that_is_said_counts() {
        let more = r#","liveness":"live","class":"live","code_owners":["@a"],"facts":[{"kind":"account","value":"7"}]"#;
        let mut replay = Replay::read(
            &[finding("one", "x", r#","liveness":"dead""#), finding("one", "x", more)].join("\n"),
        )
        .expect("a report");
        assert_eq!((replay.findings(), replay.leaks_mut().len()), (2, 1));
        let subject = replay.leaks_mut()[0].subject.clone();
        assert_eq!(
            (subject.liveness, subject.class, subject.severity),
            (Liveness::Live, Some(Class::Live), Severity::High)
        );
        assert_eq!((subject.account.as_deref(), subject.owners), (Some("7"), vec!["@a".to_owned()]));
    }

    #[test]
    fn lines_of_unknown_kinds_are_no_mistake_and_no_json_is() {
        let lines = [
            "{\"type\":\"later\",\"x\":1}",
            "",
            "{\"type\":\"summary\",\"findings\":0}",
            "{\"type\":\"allowed\"}",
        ];
        assert_eq!(Replay::read(&lines.join("\n")).expect("a report").findings(), 0);
        let wrong = |text: &str| Replay::read(text).expect_err("no report").to_string();
        assert_eq!(wrong("\nhunter2"), "2: not a line of a jsonl report");
        assert!(wrong("{\"type\":\"finding\"}").starts_with("1: not a line of a jsonl report"));
        assert_eq!(wrong(&"x".repeat(LINE_BYTES_MAX + 1)), "1: longer than 1048576 bytes");
    }
}
