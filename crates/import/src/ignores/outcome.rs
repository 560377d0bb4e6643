//! Which of our findings the entries of a foreign file mean.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    rc::Rc,
};

use stanch_model::{Finding, Step};

use super::{
    Claim, Entry, Evidence, PathPattern, Patterns, Place,
    digests::Known,
    kinship::{Kinship, kinship},
};

/// Why a finding is taken for what an entry means, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It stands there, and nothing speaks against it.
    Place,
    /// It stands there, and its rule is for the same provider, or as generic as the other.
    Provider,
    /// It stands there, and its rule has the same name.
    Rule,
    /// It has the same value.
    Value,
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryFate {
    /// Its findings can be allowed.
    Carried,
    /// It has findings, but somebody said that they are real.
    RealSecret,
    /// Several secrets stand where it says, and it does not tell which it means.
    Ambiguous {
        /// How many.
        secrets: usize,
    },
    /// There is no such finding.
    NotFound,
}

impl fmt::Display for EntryFate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carried => f.write_str("carried over"),
            Self::RealSecret => f.write_str("audited as a real secret: rotate it, or allow it by hand"),
            Self::Ambiguous { secrets } => {
                write!(f, "{secrets} secrets stand there: allow by hand the one that is meant")
            }
            Self::NotFound => {
                f.write_str("nothing like it was found: it is gone, has changed, or no rule of ours finds it")
            }
        }
    }
}

/// An entry and its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What becomes of the entry.
    pub fate: EntryFate,
    /// Where its findings are in the list that was given, in order; of the best fit only.
    pub findings: Vec<usize>,
}

impl Entry {
    /// Whether, and how well, it means a finding. `root` is the absolute path of the project, without `/` at its end, for
    /// entries whose paths are absolute; it may be empty. An entry with evidence means the value wherever that stands in
    /// its file; one without means whatever a rule of the same kind finds in its place.
    pub fn fit(&self, finding: &Finding, root: &str) -> Option<Fit> {
        self.fit_known(&Known::new(finding), root)
    }

    fn fit_known(&self, known: &Known<'_>, root: &str) -> Option<Fit> {
        let path = &known.finding.location.path;
        match known.is(&self.evidence) {
            Some(is_it) => (is_it && self.place.path.agrees(path)).then_some(Fit::Value),
            None if self.place.holds(known.finding, root) => self.fit_place(known.finding),
            None => None,
        }
    }

    /// How well it fits a finding that stands where it says.
    fn fit_place(&self, finding: &Finding) -> Option<Fit> {
        let Some(rule) = &self.rule else { return Some(Fit::Place) };
        match kinship(rule, &finding.rule) {
            Kinship::Same => Some(Fit::Rule),
            Kinship::Provider => Some(Fit::Provider),
            // A rule that may mean anything means too much where no line is told.
            Kinship::Loose => self.place.lines.as_ref().map(|_| Fit::Place),
            Kinship::None => None,
        }
    }
}

impl Place {
    fn holds(&self, finding: &Finding, root: &str) -> bool {
        let place = &finding.location;
        let is_line = |lines: &std::ops::RangeInclusive<usize>| {
            *lines.start() <= place.end_line && place.line <= *lines.end()
        };
        let is_commit = |commit: &String| {
            let is_it = |step: &Step| matches!(step, Step::Commit { id, .. } if id == commit);
            finding.provenance.0.iter().any(is_it)
        };
        self.lines.as_ref().is_none_or(is_line)
            && self.commit.as_ref().is_none_or(is_commit)
            && self.path.is(&place.path, root)
    }
}

impl PathPattern {
    fn is(&self, path: &str, root: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => below(exact, root) == path,
            Self::Glob(glob) => glob.matches(path),
            Self::Line(patterns, line) => patterns.line_of(path) == Some(*line),
        }
    }

    /// Whether it can be the path of a value that is known: the other scanner may have run in a folder further up or down.
    fn agrees(&self, path: &str) -> bool {
        let is_end = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        match self {
            Self::Any => true,
            Self::Exact(exact) => is_end(exact, path) || is_end(path, exact),
            other => other.is(path, ""),
        }
    }
}

/// A path relative to the project, if it is an absolute one in it.
fn below<'p>(path: &'p str, root: &str) -> &'p str {
    let rest = path.strip_prefix(root).filter(|_| !root.is_empty());
    rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

/// Tells for each entry which findings it means; see [`Entry::fit`].
pub fn outcomes(entries: &[Entry], findings: &[Finding], root: &str) -> Vec<Outcome> {
    let index = Index::new(entries, findings);
    let tell = |entry: &Entry| {
        let fits = index.candidates(entry, root).into_iter().filter_map(|at| {
            let fit = entry.fit_known(&index.known[at], root)?;
            Some((fit, at))
        });
        outcome(entry, fits.collect(), findings)
    };
    let mut outcomes: Vec<_> = entries.iter().map(tell).collect();
    real_ones_win(&mut outcomes);
    outcomes
}

/// A secret that somebody said is real stays one, whatever other entries say of it.
fn real_ones_win(outcomes: &mut [Outcome]) {
    let of_real = outcomes.iter().filter(|outcome| outcome.fate == EntryFate::RealSecret);
    let real: HashSet<usize> = of_real.flat_map(|outcome| outcome.findings.iter().copied()).collect();
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.fate == EntryFate::Carried) {
        if outcome.findings.iter().all(|at| real.contains(at)) {
            outcome.fate = EntryFate::RealSecret;
        } else {
            outcome.findings.retain(|at| !real.contains(at));
        }
    }
}

fn outcome(entry: &Entry, fits: Vec<(Fit, usize)>, findings: &[Finding]) -> Outcome {
    let Some(best) = fits.iter().map(|(fit, _)| *fit).max() else {
        return Outcome { fate: EntryFate::NotFound, findings: Vec::new() };
    };
    // A pattern of paths means all it holds for; a line means one secret.
    let is_area = entry.place.lines.is_none() && matches!(entry.evidence, Evidence::None);
    let chosen: Vec<usize> =
        fits.into_iter().filter(|(fit, _)| is_area || *fit == best).map(|(_, at)| at).collect();
    let secrets = chosen.iter().map(|at| findings[*at].fingerprint()).collect::<HashSet<_>>().len();
    let fate = match entry.claim {
        Claim::RealSecret => EntryFate::RealSecret,
        _ if !is_area && best < Fit::Value && secrets > 1 => EntryFate::Ambiguous { secrets },
        Claim::FalsePositive | Claim::Unsaid => EntryFate::Carried,
    };
    Outcome { fate, findings: chosen }
}

/// Findings by what entries look for.
struct Index<'f> {
    known: Vec<Known<'f>>,
    /// By the last part of the path.
    names: HashMap<&'f str, Vec<usize>>,
    /// By hash, if an entry needs that.
    hashes: HashMap<[u8; 32], Vec<usize>>,
    /// By the line that leaves out their path, if entries are lines of patterns.
    lines: Option<ByLine>,
}

/// Findings by the lines of patterns.
struct ByLine {
    patterns: Rc<Patterns>,
    lines: HashMap<usize, Vec<usize>>,
}

impl ByLine {
    fn new(patterns: &Rc<Patterns>, known: &[Known<'_>]) -> Self {
        let mut lines: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, known) in known.iter().enumerate() {
            if let Some(line) = patterns.line_of(&known.finding.location.path) {
                lines.entry(line).or_default().push(at);
            }
        }
        Self { patterns: patterns.clone(), lines }
    }
}

impl<'f> Index<'f> {
    fn new(entries: &[Entry], findings: &'f [Finding]) -> Self {
        let known: Vec<_> = findings.iter().map(Known::new).collect();
        let mut names: HashMap<_, Vec<usize>> = HashMap::new();
        let mut hashes: HashMap<_, Vec<usize>> = HashMap::new();
        let needs_hashes = entries.iter().any(|entry| matches!(entry.evidence, Evidence::Sha256(_)));
        for (at, known) in known.iter().enumerate() {
            names.entry(name(&known.finding.location.path)).or_default().push(at);
            if needs_hashes {
                hashes.entry(*known.sha256()).or_default().push(at);
            }
        }
        let lines = entries.iter().find_map(|entry| match &entry.place.path {
            PathPattern::Line(patterns, _) => Some(ByLine::new(patterns, &known)),
            _ => None,
        });
        Self { known, names, hashes, lines }
    }

    /// The findings that an entry can mean, in order.
    fn candidates(&self, entry: &Entry, root: &str) -> Vec<usize> {
        match (&entry.evidence, &entry.place.path) {
            (Evidence::Sha256(hash), _) => self.hashes.get(hash).cloned().unwrap_or_default(),
            (_, PathPattern::Exact(path)) => {
                self.names.get(name(below(path, root))).cloned().unwrap_or_default()
            }
            (_, PathPattern::Line(patterns, line)) => match &self.lines {
                Some(by_line) if Rc::ptr_eq(&by_line.patterns, patterns) => {
                    by_line.lines.get(line).cloned().unwrap_or_default()
                }
                _ => (0..self.known.len()).collect(),
            },
            _ => (0..self.known.len()).collect(),
        }
    }
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
