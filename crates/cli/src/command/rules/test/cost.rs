//! What a rule costs a scan.

use std::{
    fs::File,
    hint::black_box,
    io::Read,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use stanch_engine::{Effort, Match, Rule, RuleSet, Scanner, Scratch, parse_rules};

use super::sample;

/// Bytes of the made text.
const MADE_BYTES: usize = 1 << 20;
/// Largest file to measure on, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Times that a rule, and the rule that is never found, have their turn. The shortest counts: what else
/// the machine does only ever adds.
const TURNS: usize = 5;

/// A rule that looks for what no text holds.
const NEVER: &str = r"
provider = 'None'
[[rule]]
id = 'never'
name = 'nothing'
description = 'nothing'
pattern = '''\xfe\x01\xfd\x02\xfe\x03\xfd\x04'''
severity = 'low'
confidence = 'low'
references = []
examples = []
negatives = []
";

/// What a rule costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// Steps in all of the text: the same on every machine.
    pub(super) effort: Effort,
    /// What a scan for this rule alone takes longer than one for nothing; none where it was not measured.
    pub(super) time: Option<Duration>,
}

/// A text to count and measure on.
pub(super) struct Ground {
    /// The file; none for the made text.
    pub(super) file: Option<String>,
    text: Vec<u8>,
}

impl Ground {
    /// The made text, the same in every run.
    pub(super) fn made() -> Self {
        Self { file: None, text: sample::text(MADE_BYTES) }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or too large.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let shown = file.display().to_string();
        let mut text = Vec::new();
        let mut read = || File::open(file)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut text);
        let len = read().with_context(|| shown.clone())?;
        ensure!(len as u64 <= FILE_BYTES_MAX, "{shown}: is over the limit of {FILE_BYTES_MAX} bytes");
        ensure!(len > 0, "{shown}: is empty");
        Ok(Self { file: Some(shown), text })
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Counts the steps of each rule in one scan for all of them.
    pub(super) fn count(&self, rules: &[Rule]) -> Vec<Cost> {
        // Rules of one id would replace each other in a set, so each is counted by itself where any is there twice.
        let mut all = RuleSet::default();
        all.extend(rules.iter().cloned());
        let groups: Vec<&[Rule]> =
            if all.rules().len() == rules.len() { vec![rules] } else { rules.chunks(1).collect() };
        let cost = |effort: &Effort| Cost { effort: *effort, time: None };
        groups
            .into_iter()
            .flat_map(|rules| self.efforts(rules).iter().map(cost).collect::<Vec<_>>())
            .collect()
    }

    fn efforts(&self, rules: &[Rule]) -> Vec<Effort> {
        let mut contender = Contender::new(rules);
        contender.run(&self.text);
        contender.scratch.efforts().to_vec()
    }

    /// Measures the time each rule adds.
    pub(super) fn measure(&self, rules: &[Rule], costs: &mut [Cost]) {
        let nothing = parse_rules("never", NEVER).unwrap_or_default();
        let mut nothing = Contender::new(&nothing);
        for (rule, cost) in rules.iter().zip(costs) {
            let mut alone = Contender::new(std::slice::from_ref(rule));
            let (mut without, mut with) = (Duration::MAX, Duration::MAX);
            for _ in 0..TURNS {
                without = without.min(nothing.run(&self.text));
                with = with.min(alone.run(&self.text));
            }
            cost.time = Some(with.saturating_sub(without));
        }
    }
}

/// A scanner that takes turns.
struct Contender {
    scanner: Scanner,
    scratch: Scratch,
    found: Vec<Match>,
}

impl Contender {
    fn new(rules: &[Rule]) -> Self {
        let mut set = RuleSet::default();
        set.extend(rules.iter().cloned());
        let scanner = Scanner::new(set);
        Self { scratch: scanner.scratch(), scanner, found: Vec::new() }
    }

    fn run(&mut self, text: &[u8]) -> Duration {
        let started = Instant::now();
        self.found.clear();
        self.scanner.scan(&mut self.scratch, black_box(text), &mut self.found);
        started.elapsed()
    }
}
