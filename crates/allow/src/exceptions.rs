//! All exceptions of a run, and what they say of its findings.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use stanch_model::{Dialect, Finding, Fingerprint, Mark, Provenance, Reason};

use crate::{Allowance, Baseline, Condition, Subject};

/// Allowances, comments and a baseline: what may stay, on one day.
#[derive(Clone, Debug)]
pub struct Exceptions {
    allowances: Vec<Allowance>,
    by_fingerprint: HashMap<Fingerprint, Vec<usize>>,
    baseline: Baseline,
    honoured: Vec<Dialect>,
    today: Date,
}

/// A finding and its path below the root of the project, with `/` between folders.
#[derive(Clone, Debug)]
pub struct Placed<'f> {
    /// The finding.
    pub finding: &'f Finding,
    /// The path.
    pub path: String,
}

/// Why a finding may stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What says so.
    pub by: Why,
    /// For which reason, where one is told.
    pub reason: Option<Reason>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day it is good for.
    pub until: Option<Date>,
}

/// What lets a finding stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// An allowance, by its place among those of the run.
    Allowance(usize),
    /// A comment on its line.
    Comment(Dialect),
    /// It was known when the baseline was written.
    Baseline,
}

/// What an allowance was good for.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// The findings it is about, also where it is expired.
    pub findings: usize,
    /// Their secrets.
    pub secrets: HashSet<Fingerprint>,
}

/// What comes of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It lets the finding stay.
    Heeded,
    /// Nobody asked for comments of this dialect to be heeded.
    NotHonoured,
    /// It says no reason that we know.
    NoReason,
    /// A day or an owner in it cannot be read.
    Garbled,
    /// Its day has passed.
    Expired,
    /// It names another secret.
    OtherSecret,
    /// It names no secret, and there are several on the line.
    SeveralSecrets,
}

/// A comment on the line of a finding.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The finding, by its place.
    pub finding: usize,
    /// The comment.
    pub mark: Mark,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What the exceptions say of the findings of a run.
#[derive(Clone, Debug, Default)]
pub struct Rulings {
    /// For each finding why it may stay, or none.
    pub each: Vec<Option<Ruling>>,
    /// What each allowance was good for.
    pub usage: Vec<Usage>,
    /// Every comment beside a finding.
    pub comments: Vec<Comment>,
    /// What the baseline knows and nobody saw.
    pub gone: Vec<Fingerprint>,
}

impl Exceptions {
    /// No exceptions; those of comments of our own dialect are always heeded.
    pub fn on(today: Date) -> Self {
        Self {
            allowances: Vec::new(),
            by_fingerprint: HashMap::new(),
            baseline: Baseline::default(),
            honoured: vec![Dialect::Stanch],
            today,
        }
    }

    /// These and `allowances`.
    #[must_use]
    pub fn with_allowances<'a>(mut self, allowances: impl Iterator<Item = &'a Allowance>) -> Self {
        for allowance in allowances {
            if let Subject::Secret(fingerprint) = allowance.subject {
                self.by_fingerprint.entry(fingerprint).or_default().push(self.allowances.len());
            }
            self.allowances.push(allowance.clone());
        }
        self
    }

    /// These and what `baseline` knows.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// These, and the comments of other dialects.
    #[must_use]
    pub fn honouring(mut self, dialects: impl IntoIterator<Item = Dialect>) -> Self {
        self.honoured.extend(dialects);
        self
    }

    /// These without any comments.
    #[must_use]
    pub fn without_comments(mut self) -> Self {
        self.honoured.clear();
        self
    }

    /// The allowances, in the order they were given.
    pub fn allowances(&self) -> &[Allowance] {
        &self.allowances
    }

    /// Rules over all findings of a run. All at once, because a comment counts only where its line has one secret.
    pub fn rule(&self, placed: &[Placed<'_>]) -> Rulings {
        let mut rulings =
            Rulings { usage: vec![Usage::default(); self.allowances.len()], ..Rulings::default() };
        let crowds = Crowds::of(placed);
        for (at, one) in placed.iter().enumerate() {
            let allowed = self.by_allowance(one, &mut rulings.usage);
            let comment = self.by_comment(at, one.finding, &crowds, &mut rulings.comments);
            let known = || {
                let known = self.baseline.knows(&one.finding.secret);
                known.then_some(Ruling { by: Why::Baseline, reason: None, owner: None, until: None })
            };
            rulings.each.push(allowed.or(comment).or_else(known));
        }
        rulings.gone = self.baseline.gone(placed.iter().map(|one| &one.finding.secret));
        rulings
    }

    fn by_allowance(&self, placed: &Placed<'_>, usage: &mut [Usage]) -> Option<Ruling> {
        let secret = &placed.finding.secret;
        let prints = [Some(secret.fingerprint()), secret.previous()].into_iter().flatten();
        let by_print = prints.filter_map(|print| self.by_fingerprint.get(print)).flatten().copied();
        let by_condition =
            self.allowances.iter().enumerate().filter_map(|(at, allowance)| match &allowance.subject {
                Subject::Condition(condition) => condition.holds(placed).then_some(at),
                Subject::Secret(_) => None,
            });
        let mut ruling = None;
        for at in by_print.chain(by_condition) {
            usage[at].findings += 1;
            usage[at].secrets.insert(*secret.fingerprint());
            if ruling.is_none() && self.allowances[at].is_good_on(self.today) {
                ruling = Some(Ruling::of(at, &self.allowances[at]));
            }
        }
        ruling
    }

    fn by_comment(
        &self,
        at: usize,
        finding: &Finding,
        crowds: &Crowds<'_>,
        comments: &mut Vec<Comment>,
    ) -> Option<Ruling> {
        let mut ruling = None;
        for mark in &finding.marks {
            let outcome = self.outcome(mark, finding, crowds);
            if outcome == Outcome::Heeded && ruling.is_none() {
                ruling = Some(Ruling {
                    by: Why::Comment(mark.dialect),
                    reason: mark.reason,
                    owner: mark.owner.clone(),
                    until: mark.until,
                });
            }
            comments.push(Comment { finding: at, mark: mark.clone(), outcome });
        }
        ruling
    }

    fn outcome(&self, mark: &Mark, finding: &Finding, crowds: &Crowds<'_>) -> Outcome {
        let secret = &finding.secret;
        let names = |short: &str| {
            secret.fingerprint().short() == short
                || secret.previous().is_some_and(|print| print.short() == short)
        };
        match mark {
            mark if !self.honoured.contains(&mark.dialect) => Outcome::NotHonoured,
            Mark { is_garbled: true, .. } => Outcome::Garbled,
            Mark { reason: None, dialect: Dialect::Stanch, .. } => Outcome::NoReason,
            Mark { until: Some(until), .. } if *until < self.today => Outcome::Expired,
            Mark { short: Some(short), .. } if !names(short) => Outcome::OtherSecret,
            Mark { short: None, .. } if crowds.has_others(finding) => Outcome::SeveralSecrets,
            _ => Outcome::Heeded,
        }
    }
}

impl Ruling {
    fn of(at: usize, allowance: &Allowance) -> Self {
        Self {
            by: Why::Allowance(at),
            reason: Some(allowance.reason),
            owner: allowance.owner.clone(),
            until: allowance.end(),
        }
    }
}

impl Condition {
    fn holds(&self, placed: &Placed<'_>) -> bool {
        let Placed { finding, path } = placed;
        let value = || self.value.as_ref().is_none_or(|value| value.matches(finding.secret.expose()));
        finding.rule.id == self.rule && self.path.matches(path) && value()
    }
}

/// One line of one blob.
type Line<'f> = (&'f Provenance, &'f str, usize);

/// Which lines hold more than one secret.
struct Crowds<'f>(HashMap<Line<'f>, HashSet<&'f Fingerprint>>);

impl<'f> Crowds<'f> {
    /// Counts secrets on lines that have a comment; the others do not matter.
    fn of(placed: &[Placed<'f>]) -> Self {
        let marked = placed.iter().map(|one| one.finding).filter(|finding| !finding.marks.is_empty());
        let mut lines: HashMap<Line<'f>, HashSet<&'f Fingerprint>> =
            marked.flat_map(ends).map(|line| (line, HashSet::new())).collect();
        for finding in placed.iter().map(|one| one.finding) {
            for line in ends(finding) {
                if let Some(secrets) = lines.get_mut(&line) {
                    secrets.insert(finding.fingerprint());
                }
            }
        }
        Self(lines)
    }

    fn has_others(&self, finding: &Finding) -> bool {
        ends(finding).into_iter().any(|line| self.0.get(&line).is_some_and(|secrets| secrets.len() > 1))
    }
}

/// The first and the last line of a finding.
fn ends(finding: &Finding) -> [Line<'_>; 2] {
    let at = &finding.location;
    [at.line, at.end_line].map(|line| (&finding.provenance, at.path.as_str(), line))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use stanch_model::{Confidence, Fingerprinter, KeyKind, Location, RuleInfo, Severity, Step};

    use super::*;
    use crate::{AllowFile, Auditing, Fault, SawAll, audit};

    const TODAY: Date = date(2026, 11, 26);

    fn printer() -> Fingerprinter {
        Fingerprinter::new(KeyKind::Salt, &[3; 32])
    }

    fn finding(value: &str, path: &str, line: usize, comment: &str) -> Finding {
        let rule = RuleInfo {
            id: "acme-key".to_owned(),
            name: String::new(),
            provider: String::new(),
            description: String::new(),
            severity: Severity::High,
            confidence: Confidence::High,
            class: None,
            tags: Vec::new(),
            references: Vec::new(),
            connector: None,
        };
        Finding {
            rule: Arc::new(rule),
            severity: Severity::High,
            class: None,
            confidence: Confidence::High,
            probability: None,
            secret: printer().seal(value.as_bytes()),
            facts: Vec::new(),
            encodings: Vec::new(),
            location: Location {
                path: path.to_owned(),
                line,
                column: 1,
                end_line: line,
                end_column: 2,
                byte_start: 0,
                byte_end: 1,
            },
            provenance: Provenance(vec![Step::Path { path: path.to_owned() }]),
            snippet: None,
            parts: Vec::new(),
            marks: Mark::all_in(comment.as_bytes()),
        }
    }

    fn placed(findings: &[Finding]) -> Vec<Placed<'_>> {
        findings.iter().map(|finding| Placed { finding, path: finding.location.path.clone() }).collect()
    }

    fn reported(exceptions: &Exceptions, findings: &[Finding]) -> Vec<usize> {
        let rulings = exceptions.rule(&placed(findings));
        (0..findings.len()).filter(|&at| rulings.each[at].is_none()).collect()
    }

    fn entry(head: &str, more: &str) -> String {
        format!("{head}\n{more}\nowner = 'me'\ncreated = 2026-11-01\n")
    }

    fn secret_entry(value: &str, more: &str) -> String {
        entry(&format!("[fingerprint.\"{}\"]", printer().seal(value.as_bytes()).fingerprint()), more)
    }

    fn exceptions(text: &str) -> (AllowFile, Exceptions) {
        let file = AllowFile::parse(text).expect("well-formed");
        let exceptions = Exceptions::on(TODAY).with_allowances(file.allowances());
        (file, exceptions)
    }

    fn faults(text: &str, findings: &[Finding]) -> Vec<Fault> {
        let (file, exceptions) = exceptions(text);
        let placed = placed(findings);
        let keys = [Some(printer().key()), None];
        let auditing = Auditing { today: TODAY, keys, placed: &placed, saw_all: SawAll::Yes };
        let lines: Vec<_> = file.lines().collect();
        audit(&lines, &exceptions.rule(&placed), &auditing).into_iter().map(|remark| remark.fault).collect()
    }

    #[test]
    fn a_fingerprint_lets_its_secret_stay_everywhere_and_no_other() {
        let (_, exceptions) = exceptions(&secret_entry("one", "reason = 'test-credential'"));
        let findings = [
            finding("one", "a", 1, ""),
            finding("two", "a", 1, ""),
            finding("\"one\"", "b/c", 9, ""),
            finding("b25l", "d", 2, ""),
        ];
        assert_eq!(reported(&exceptions, &findings), [1]);
    }

    #[test]
    fn an_expired_one_lets_nothing_stay_and_is_told() {
        let text = secret_entry("one", "reason = 'revoked'\nexpires = 2026-11-25");
        let findings = [finding("one", "a", 1, "")];
        assert_eq!(reported(&exceptions(&text).1, &findings), [0]);
        assert_eq!(faults(&text, &findings), [Fault::Expired { on: date(2026, 11, 25), findings: 1 }]);
    }

    #[test]
    fn all_of_a_condition_must_hold() {
        let condition = "[condition.c]\nrule = 'acme-key'\npath = 'tests/**'\nvalue = 'test_.*'";
        let (_, exceptions) = exceptions(&entry(condition, "reason = 'test-credential'"));
        let findings = [
            finding("test_a", "tests/x/a", 1, ""),
            finding("test_a", "src/a", 1, ""),
            finding("live_a", "tests/a", 1, ""),
        ];
        assert_eq!(reported(&exceptions, &findings), [1, 2]);
    }

    #[test]
    fn a_comment_counts_where_its_line_has_one_secret() {
        let exceptions = Exceptions::on(TODAY);
        let comment = "# stanch:allow false-positive";
        let alone = [finding("one", "a", 1, comment), finding("two", "a", 2, "")];
        assert_eq!(reported(&exceptions, &alone), [1]);
        let crowd = [finding("one", "a", 1, comment), finding("two", "a", 1, comment)];
        assert_eq!(reported(&exceptions, &crowd), [0, 1]);
        let twice = [finding("one", "a", 1, comment), finding("one", "a", 1, comment)];
        assert_eq!(reported(&exceptions, &twice), [0; 0]);
    }

    #[test]
    fn a_comment_that_names_its_secret_lets_no_other_stay() {
        let short = printer().seal(b"one").fingerprint().short();
        let comment = format!("# stanch:allow false-positive {short}");
        let findings = [finding("one", "a", 1, &comment), finding("two", "a", 1, &comment)];
        assert_eq!(reported(&Exceptions::on(TODAY), &findings), [1]);
    }

    #[test]
    fn comments_of_others_are_heeded_where_that_is_switched_on() {
        let findings = [finding("one", "a", 1, "# gitleaks:allow"), finding("two", "b", 1, "# nosec")];
        let exceptions = Exceptions::on(TODAY);
        assert_eq!(reported(&exceptions, &findings), [0, 1]);
        assert_eq!(exceptions.rule(&placed(&findings)).comments.len(), 2);
        assert_eq!(reported(&exceptions.honouring([Dialect::Gitleaks]), &findings), [1]);
    }

    #[test]
    fn a_baseline_knows_what_was_there_and_tells_what_is_gone() {
        let known = ["one", "six"].map(|value| *printer().seal(value.as_bytes()).fingerprint());
        let exceptions = Exceptions::on(TODAY).with_baseline(known.into_iter().collect());
        let findings = [finding("one", "moved", 7, ""), finding("two", "a", 1, "")];
        assert_eq!(reported(&exceptions, &findings), [1]);
        assert_eq!(exceptions.rule(&placed(&findings)).gone, [known[1]]);
    }

    #[test]
    fn what_is_wrong_with_entries_is_told() {
        let condition = |path: &str| format!("[condition.c]\nrule = 'acme-key'\npath = '{path}'");
        let reason = "reason = 'false-positive'";
        assert_eq!(faults(&secret_entry("one", reason), &[]), [Fault::Unused]);
        let findings = [finding("one", "a/tests/b", 1, "")];
        assert_eq!(faults(&entry(&condition("**"), reason), &findings), [Fault::Broad]);
        let unowned = secret_entry("one", reason).replace("owner = 'me'", "");
        assert_eq!(faults(&unowned, &findings), [Fault::Unowned]);
        let long = secret_entry("one", "reason = 'accepted-risk'\nexpires = 2027-12-01");
        assert_eq!(faults(&long, &findings), [Fault::TooLong { until: Some(date(2027, 1, 30)) }]);
        let other = Fingerprinter::new(KeyKind::Salt, &[9; 32]);
        let strange = entry(&format!("[fingerprint.\"{}\"]", other.seal(b"one").fingerprint()), reason);
        assert_eq!(faults(&strange, &findings), [Fault::UnknownKey(other.key())]);
        let many: Vec<_> = (0..21).map(|n| finding(&format!("secret{n}"), "tests/a", n + 1, "")).collect();
        assert_eq!(faults(&entry(&condition("tests/**"), reason), &many), [Fault::Many { secrets: 21 }]);
    }

    #[test]
    fn comments_are_audited_the_same_way() {
        let of = |comment: &str| faults("", &[finding("one", "a", 1, comment)]);
        assert_eq!(of("# stanch:allow revoked"), [Fault::Unowned, Fault::Unbound]);
        let short = printer().seal(b"one").fingerprint().short();
        assert_eq!(of(&format!("# stanch:allow revoked {short} owner=me")), []);
        let day = date(2026, 11, 1);
        assert_eq!(of("# stanch:allow revoked until=2026-11-01"), [Fault::Expired { on: day, findings: 1 }]);
        assert_eq!(of("# stanch:allow").len(), 1);
        assert_eq!(of("# gitleaks:allow"), []);
    }
}
