//! What the scanner finds is what plain `regex` finds, for every rule and with all instructions.

mod generate;

use regex_automata::{Anchored, Input, meta, util::syntax};
use stanch_model::Span;

use self::generate::Random;
use super::*;
use crate::{
    Finder, Pending, Rule,
    decode::decoded_value,
    judge::{judge, trim},
    pass::is_no_secret,
    rule_text::{SECRET_GROUP, parse_pattern},
};

/// Texts a rule is tried on.
const TEXTS: u64 = 24;

/// Patterns that are hard to look for, each for another reason.
const NASTY: &[&str] = &[
    r"abcd[0-9]{4}",
    r"\bzq_[a-z0-9]{6}\b",
    r"(?i)tok[0-9a-f]{5,9}",
    r"(?:alpha|beta|gamma)-(?P<secret>[a-z]{3,6})",
    r"(?:ab|cde|fghi)(?:1|23|456)[xyz]{2}",
    r"[0-9]{3,5}:q[A-Za-z]{4}",
    r"[a-z]{0,10}key\s*=\s*(?P<secret>[0-9a-z]{4,12})",
    r"(?i)[\w.-]{0,20}?(?:secret|passw)[\w.-]{0,10}['\s]{0,2}[=:]['\s]{0,3}(?P<secret>[a-z0-9]{5,10})(?:['\s]|$)",
    r"^start[0-9]{3}",
    r"(?m)^line[0-9]{3}$",
    r"end[0-9]{3}$",
    r"\Bmid[0-9]{2}\B",
    r"a{3,7}b{2}c",
    r"(?:xy){2,4}z[0-9]",
    r"q(?:w(?:e(?:r)?)?)?ty[0-9]{2}",
    r"[A-F0-9]{8}-[A-F0-9]{4}-[A-F0-9]{4}",
    r"SK[0-9a-f]{12}",
    r"s\.[a-zA-Z0-9]{9}",
    r"eyJ[A-Za-z0-9_-]{4,30}\.eyJ[A-Za-z0-9_-]{4,30}",
    r"x-[a-z]+-y[0-9]{3}",
    r"open [^c]{0,300}close",
    r"BEGIN[\s\S]{0,600}?END",
    r"tail_[a-z0-9]+",
    r"unbounded[\s\S]*stop",
    r"[ab]{12}",
    r"[0-9]{16}",
    r"\d{4}-\d{2}-\d{2}T",
    r"lazy_[a-z]{2,10}?[0-9]",
    r"(?-u:\xff\xfe)[\x00-\x10]{3}",
    r"(?s)dot.{3}dot",
    r#"["'](?P<secret>pw[a-z0-9]{4})["']"#,
    r"ab(?P<secret>c+)d?",
    r"(?P<secret>me)|you_[0-9]{2}",
    r"over(?:lap){1,3}over",
    r"aaaa[a-z]{4}",
    r"[^a-z]Q[0-9]{4}[^a-z]",
    r"(?i)basic\s+(?P<secret>[a-z0-9+/]{6,20}={0,2})",
    r"://[^:@\s]{1,10}:(?P<secret>[^:@\s]{3,12})@",
    r"_[0-9]_",
    r"(?:a|b)(?:c|d)(?:e|f)(?:g|h)(?:i|j)(?:k|l)(?:m|n)(?:o|p)[0-9]",
    r"\b(?:[a-z]{3}\.){2}zone",
    r"k3y",
    r"S[ACNOUX][A-Z2-7]{30}",
    r"\b[A-Z0-9]{28,31}\b",
];

/// A rule that counts only near another match of its own.
const NEEDY: &str = r#"
provider = "Test"
[[rule]]
id = "needy"
name = "n"
description = "d"
pattern = '''\bne3d_[0-9]{3,5}'''
severity = "low"
confidence = "low"
references = []
examples = []
negatives = []
[[rule.part]]
name = "other"
pattern = '''3d_(?P<value>[0-9]{2,40})'''
within_bytes = 60
required = true
"#;

/// A rule that looks at its line and heeds paths.
const WARY: &str = r#"
provider = "Test"
[[rule]]
id = "wary"
name = "n"
description = "d"
pattern = '''\bw4ry_[0-9a-c]{3,5}'''
severity = "low"
confidence = "low"
paths = ["never"]
[[rule.allow]]
on = "line"
patterns = ["[a-m] *w4ry", "w4ry_[0-9a-c]{3,5}[n-z]"]
[[rule.allow]]
condition = "all"
words = ["1"]
paths = ["never"]
"#;

fn nasty() -> RuleSet {
    let mut set = RuleSet::default();
    for (number, pattern) in NASTY.iter().enumerate() {
        let text = format!(
            "provider = \"Test\"\n[[rule]]\nid = \"nasty-{number}\"\nname = \"n\"\ndescription = \"d\"\n\
             pattern = '''{pattern}'''\nseverity = \"low\"\nconfidence = \"low\"\n\
             references = []\nexamples = []\nnegatives = []\n"
        );
        set.extend(RuleSet::parse("nasty.toml", &text).expect(pattern).rules().iter().cloned());
    }
    for text in [NEEDY, WARY] {
        set.extend(RuleSet::parse("nasty.toml", text).expect("valid").rules().iter().cloned());
    }
    set
}

/// The raw matches of one rule, by trying its pattern at every start.
struct Reference {
    rule: u32,
    regex: meta::Regex,
}

/// The match, if the judge takes it for a secret.
fn weighed(scanner: &Scanner, bytes: &[u8], found: Match) -> Option<Match> {
    let odds = scanner.weigh(bytes, &found)?;
    let confidence = scanner.judge().probability(odds, None).into();
    Some(Match { confidence, odds: Some(odds), ..found })
}

impl Reference {
    fn new(rules: &RuleSet, rule: u32) -> Self {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let config = meta::Regex::config().utf8_empty(false);
        let pattern = &rules.rules()[rule as usize].pattern;
        let regex = meta::Regex::builder().syntax(syntax).configure(config).build(pattern).expect(pattern);
        Self { rule, regex }
    }

    fn raw(&self, scanner: &Scanner, bytes: &[u8]) -> Vec<Match> {
        let rule = &scanner.rules.rules()[self.rule as usize];
        let mut captures = self.regex.create_captures();
        let mut raw = Vec::new();
        for start in 0..bytes.len() {
            let end = (start + rule.plan.len_max as usize).min(bytes.len());
            self.regex.captures(Input::new(bytes).range(start..end).anchored(Anchored::Yes), &mut captures);
            let Some(whole) = captures.get_match() else { continue };
            let secret = captures.get_group_by_name(SECRET_GROUP).unwrap_or(whole.span());
            let (span, secret) = (Span::new(whole.start(), whole.end()), Span::new(secret.start, secret.end));
            let (span, secret) = trim(rule, bytes, span, secret);
            let matched = match rule.finder {
                Some(Finder::Assignment) => self.assigned(scanner, bytes, start),
                Some(Finder::Judged) => {
                    self.plain(rule, bytes, (span, secret)).and_then(|found| weighed(scanner, bytes, found))
                }
                None => self.plain(rule, bytes, (span, secret)),
            };
            raw.extend(matched.and_then(|found| {
                let pending = rule.pending(bytes, found.span, found.secret)?;
                Some(Match { pending, ..found })
            }));
        }
        raw.sort_unstable();
        raw.dedup();
        raw
    }

    fn plain(&self, rule: &Rule, bytes: &[u8], (span, secret): (Span, Span)) -> Option<Match> {
        let confidence = judge(rule, bytes, span, secret)?;
        let (rule, pending) = (RuleId(self.rule), Pending::default());
        Some(Match { span, secret, rule, confidence, odds: None, pending, inner: None })
    }

    /// The value of the name that holds the keyword at `start`, if the judge takes it for a secret.
    fn assigned(&self, scanner: &Scanner, bytes: &[u8], start: usize) -> Option<Match> {
        let (span, secret, odds) = scanner.judge().examine(bytes, start, scanner.floor())?;
        let confidence = scanner.judge().probability(odds, None).into();
        let decoded = decoded_value(&bytes[secret.range()]);
        if decoded.as_deref().is_some_and(is_no_secret) {
            return None;
        }
        let found = Match {
            span,
            secret,
            rule: RuleId(self.rule),
            confidence,
            odds: Some(odds),
            pending: Pending::default(),
            inner: decoded.map(|_| Inner::VALUE),
        };
        Some(found)
    }

    fn find_iter(&self, bytes: &[u8]) -> Vec<Span> {
        self.regex.find_iter(bytes).map(|found| Span::new(found.start(), found.end())).collect()
    }
}

/// Left to right, without overlaps.
fn greedy(mut raw: Vec<Match>) -> Vec<Match> {
    raw.sort_unstable();
    let mut end = 0;
    raw.retain(|found| {
        let stays = found.span.start >= end;
        end = if stays { found.span.end } else { end };
        stays
    });
    raw
}

fn raw_of(scanner: &Scanner, bytes: &[u8], regions: &[Span], extent: Extent) -> Vec<Match> {
    let mut raw = Vec::new();
    scanner.search(&mut scanner.scratch(), bytes, Regions { spans: regions, extent }, &mut raw);
    raw.sort_unstable();
    raw.dedup();
    raw
}

fn texts_of(rules: &RuleSet, rule: u32) -> impl Iterator<Item = Vec<u8>> {
    let rule_ = &rules.rules()[rule as usize];
    let hir = parse_pattern(&rule_.pattern).expect("valid");
    let words = rule_.context.as_ref().map_or(Vec::new(), |context| context.words.clone());
    (0..TEXTS).map(move |seed| generate::text(&hir, &words, &mut Random(seed << 32 | u64::from(rule))))
}

fn scanners(rules: &RuleSet) -> Vec<Scanner> {
    Isa::ALL
        .iter()
        .map(|&isa| Scanner::with_options(rules.clone(), ScannerOptions { isa, ..ScannerOptions::default() }))
        .collect()
}

/// Compares all scanners with plain regular expressions on generated texts, and counts the matches.
fn compare(rules: &RuleSet) -> usize {
    let scanners = scanners(rules);
    let mut matches = 0;
    for rule in 0..rules.rules().len() as u32 {
        let reference = Reference::new(rules, rule);
        let mut found = 0;
        for text in texts_of(rules, rule) {
            let expected = reference.raw(&scanners[0], &text);
            found += expected.len();
            for scanner in &scanners {
                let mut raw = raw_of(scanner, &text, &[Span::new(0, text.len())], Extent::All);
                raw.retain(|found| found.rule.0 == rule);
                let id = &rules.rules()[rule as usize].info.id;
                if !scanner.far[rule as usize] {
                    assert_eq!(raw, expected, "{id}: {:?}", text.escape_ascii().to_string());
                }
                assert_eq!(
                    greedy(raw),
                    greedy(expected.clone()),
                    "{id}: {:?}",
                    text.escape_ascii().to_string()
                );
            }
        }
        matches += found;
    }
    matches
}

#[test]
fn finds_what_regular_expressions_find_with_the_embedded_rules() {
    let rules = RuleSet::embedded();
    assert!(compare(&rules) > rules.rules().len());
}

#[test]
fn finds_what_regular_expressions_find_with_nasty_patterns() {
    assert!(compare(&nasty()) > 1000);
}

#[test]
fn trying_every_start_is_a_left_to_right_search_once_settled() {
    let rules = nasty();
    for rule in 0..rules.rules().len() as u32 {
        let reference = Reference::new(&rules, rule);
        for text in texts_of(&rules, rule) {
            let plain = reference.find_iter(&text);
            let mut next = 0;
            let mut all = Vec::new();
            // The left-to-right search again, from single starts only.
            while let Some(found) = (next..text.len()).find_map(|start| {
                let input = Input::new(&text).range(start..).anchored(Anchored::Yes);
                reference.regex.search(&input)
            }) {
                all.push(Span::new(found.start(), found.end()));
                next = found.end();
            }
            assert_eq!(all, plain);
        }
    }
}

/// Cuts `0..len` into ascending regions that cover it.
fn split(len: usize, random: &mut Random) -> Vec<Span> {
    let mut cuts: Vec<usize> = (0..=random.below(9)).map(|_| random.below(len + 1)).collect();
    cuts.extend([0, len]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| Span::new(pair[0], pair[1])).collect()
}

#[test]
fn regions_add_up_to_the_whole() {
    for mut rules in [RuleSet::embedded(), nasty()] {
        let far: Vec<_> = rules.rules().iter().filter(|rule| rule.looks_beyond(MARGIN)).collect();
        let far: Vec<_> = far.iter().map(|rule| rule.info.id.clone()).collect();
        rules.retain(|info| !far.contains(&info.id));
        for scanner in scanners(&rules) {
            for rule in 0..rules.rules().len() as u32 {
                for text in texts_of(&rules, rule).take(6) {
                    let whole = raw_of(&scanner, &text, &[Span::new(0, text.len())], Extent::All);
                    let regions = split(text.len(), &mut Random(u64::from(rule)));
                    assert_eq!(raw_of(&scanner, &text, &regions, Extent::Part), whole);
                    let each = regions.iter().flat_map(|one| raw_of(&scanner, &text, &[*one], Extent::Part));
                    let mut union: Vec<Match> = each.collect();
                    union.sort_unstable();
                    union.dedup();
                    assert_eq!(union, whole);
                }
            }
        }
    }
}

#[test]
fn far_rules_and_utf_16_ask_for_the_whole() {
    let scanner = Scanner::new(nasty());
    let reach = |bytes: &[u8], region: Span| {
        scanner.scan_regions(&mut scanner.scratch(), bytes, &[region], &mut Vec::new())
    };
    let text = [b"tail_abc ", &b" "[..].repeat(80)[..], b"w\0i\0d\0e\0 \0t\0e\0x\0t\0"].concat();
    let only = |id: &str| {
        let mut rules = nasty();
        rules.retain(|info| info.id == id);
        rules.rules().len()
    };
    assert_eq!(only("nasty-22"), 1);
    assert_eq!(reach(&text, Span::new(0, 9)), Reach::Whole);
    assert_eq!(reach(&text, Span::new(10, 49)), Reach::Local);
    assert_eq!(reach(&text, Span::new(10, 90)), Reach::Whole);
}

#[test]
fn random_bytes_do_no_harm() {
    for scanner in scanners(&RuleSet::embedded()).iter().chain(&scanners(&nasty())) {
        let mut scratch = scanner.scratch();
        for seed in 0..200 {
            let mut random = Random(seed);
            let bytes: Vec<u8> = (0..random.below(700)).map(|_| random.next() as u8).collect();
            scanner.scan(&mut scratch, &bytes, &mut Vec::new());
        }
    }
}
