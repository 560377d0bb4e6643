//! Rule files of every format, small ones of our own that have all that the formats have.

use stanch_engine::{Match, RuleSet, Scanner, expand};
use stanch_import::{Fate, Format, Import, Input, NoteKind, Options, Report, import};

const GITLEAKS: &str = include_str!("../fixtures/gitleaks.toml");
const EXTENDS: &str = include_str!("../fixtures/extends.toml");
const BASE: &str = include_str!("../fixtures/base.toml");
const BETTERLEAKS: &str = include_str!("../fixtures/betterleaks.toml");
/// `VALUE` stands for a secret in examples, so that the file holds none.
const KINGFISHER: &str = include_str!("../fixtures/kingfisher.yml");
const NOSEY_PARKER: &str = include_str!("../fixtures/noseyparker.yml");

fn imported(texts: &[&str]) -> Import {
    let texts: Vec<String> = texts.iter().map(|text| text.replace("VALUE", &value(24))).collect();
    let inputs: Vec<_> = texts.iter().map(|text| Input { file: "rules", text }).collect();
    let include = |path: &str| (path == "base.toml").then(|| BASE.to_owned());
    import(&inputs, &Options { format: None, include: Some(&include) }).expect("readable files")
}

fn fate<'r>(report: &'r Report, id: &str) -> &'r Fate {
    &report.rules.iter().find(|rule| rule.source == id).expect("a rule of this id").fate
}

fn notes(report: &Report, id: &str) -> String {
    let rule = report.rules.iter().find(|rule| rule.source == id).expect("a rule of this id");
    rule.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("; ")
}

/// What the imported rules find in a file of this path: rule and secret.
fn found(import: &Import, text: &str, path: &str) -> Vec<(String, String)> {
    let scanner = Scanner::new(RuleSet::parse("imported", &import.text).expect("readable rules"));
    let mut matches: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut matches);
    scanner.settle_in(&mut matches, path);
    let tell = |found: &Match| (scanner.info(found.rule).id.clone(), text[found.secret.range()].to_owned());
    matches.iter().map(tell).collect()
}

/// Letters and digits, the same ones each time.
fn value(length: usize) -> String {
    let text = expand(&format!("${{lowernum:{length}}}"), 3, None).expect("a well-formed text");
    String::from_utf8(text).expect("ASCII")
}

#[test]
fn gitleaks_rules_find_what_they_mean() {
    let import = imported(&[GITLEAKS]);
    let (key, words) = (value(20), "quxwzvkjqpmzxnvbqlkwjhgfdsazxc");
    let finds = |text: &str, path: &str| {
        found(&import, text, path).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(found(&import, &format!("acme_key={key}\n"), "a.txt"), [("acme-key".to_owned(), key.clone())]);
    assert!(finds("acme_key=aaaaaaaaaaaaaaaaaaab", "a.txt").is_empty(), "entropy");
    assert!(finds(&format!("acme_public={key}\n"), "a.txt").is_empty(), "allowed by the match");
    assert!(finds(&format!("acme_key={key}\n"), "vendor/a").is_empty(), "allowed by the path");
    let line = format!("acme_key={key} checksum\n");
    assert_eq!(
        (finds(&line, "a.lock").len(), finds(&line, "a.txt").len()),
        (0, 1),
        "allowed by line and path"
    );
    assert_eq!(
        found(&import, &format!("acme t12-{words}"), "a"),
        [("acme-token".to_owned(), words.to_owned())]
    );
    assert!(finds(&format!("t12-{words}"), "a").is_empty(), "no keyword near");
    let password = format!("password = \"{}\"", value(12));
    assert_eq!(finds(&password, "x.acme"), ["acme-settings"]);
    assert!(finds(&password, "x.toml").is_empty());
    let secret = ["acs", "_", &value(24)].concat();
    assert_eq!(finds(&format!("aci_{} {secret}", value(8)), "a"), ["acme-pair"]);
    assert!(finds(&secret, "a").is_empty(), "what it requires is not there");
    assert_eq!(found(&import, "ax-qwzxcvmnbkjh", "a")[0].1, "qwzxcvmnbkjh");
    assert_eq!(found(&import, "ay-739104625813", "a")[0].0, "acme-either-2");
}

#[test]
fn gitleaks_changes_are_reported() {
    let Import { report, .. } = imported(&[GITLEAKS]);
    assert_eq!(report.files, [("rules".to_owned(), Format::Gitleaks)]);
    assert_eq!(report.counts(), (7, 9));
    let of_file: Vec<_> = report.notes.iter().map(|note| note.text.as_str()).collect();
    for part in
        ["minVersion", "extend.url", "an allowlist of a rule that is not there", "lines are looked at"]
    {
        assert!(of_file.iter().any(|note| note.contains(part)), "{part}: {of_file:?}");
    }
    assert!(notes(&report, "acme-key").contains("commits of an allowlist"));
    assert!(notes(&report, "acme-token").contains("keywords must stand within 200 bytes"));
    assert!(notes(&report, "acme-token").contains("repeats without a bound end after 1024"));
    assert!(notes(&report, "acme-pair").contains("another rule must match within 160 bytes"));
    assert!(notes(&report, "acme-either").contains("one of 2 groups"));
    assert_eq!(fate(&report, "acme-id"), &Fate::Part(vec!["acme-pair".to_owned()]));
    let renamed = Fate::Rules(vec!["gitleaks-github-pat-classic".to_owned()]);
    assert_eq!(fate(&report, "github-pat-classic"), &renamed);
    for (id, reason) in [("acme-file", "names of files only"), ("acme-broken", "unclosed")] {
        assert!(matches!(fate(&report, id), Fate::LeftOut(told) if told.contains(reason)), "{id}");
    }
}

#[test]
fn a_file_extends_those_before_it_and_the_one_it_names() {
    let import = imported(&[GITLEAKS, EXTENDS]);
    let ids: Vec<_> = import.report.rules.iter().map(|rule| rule.source.as_str()).collect();
    assert!(
        ids.contains(&"base-key") && !ids.contains(&"base-gone") && !ids.contains(&"acme-token"),
        "{ids:?}"
    );
    let rules = RuleSet::parse("imported", &import.text).expect("readable rules");
    let key = rules.rules().iter().find(|rule| rule.info.id == "acme-key").expect("the rule");
    assert_eq!((key.entropy_min.to_bits(), key.info.tags.len()), (3.5f32.to_bits(), 2));
    assert!(key.allows().any(|allow| allow.patterns == ["^zz"]) && key.allows().count() >= 4);
    let alone = imported(&[EXTENDS]);
    assert!(matches!(fate(&alone.report, "acme-key"), Fate::LeftOut(told) if told.contains("was not given")));
    assert!(alone.report.notes.iter().any(|note| note.text.contains("useDefault")));
}

#[test]
fn betterleaks_filters_become_tables_and_programs_are_named() {
    let import = imported(&[BETTERLEAKS]);
    assert_eq!(import.report.files[0].1, Format::Betterleaks);
    let told = notes(&import.report, "acme-key");
    for part in ["validate:", "1 of its filter's 3 conditions", "specificity: not known"] {
        assert!(told.contains(part), "{told}");
    }
    let text = format!("acme_{}", value(20));
    assert_eq!(found(&import, &text, "a").len(), 1);
    assert!(
        found(&import, &text, "vendor/a").is_empty()
            && found(&import, &format!("public key {text}"), "a").is_empty()
    );
    let rules = RuleSet::parse("imported", &import.text).expect("readable rules");
    assert_eq!(rules.rules()[0].entropy_min.to_bits(), 3.2f32.to_bits());
}

#[test]
fn kingfisher_rules_keep_requirements_and_examples() {
    let import = imported(&[KINGFISHER]);
    assert_eq!((import.report.files[0].1, import.report.counts()), (Format::Kingfisher, (2, 2)));
    let told = notes(&import.report, "kingfisher.acme.1");
    for part in ["validation:", "pattern_requirements: checksum", "may match within 200 bytes"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(fate(&import.report, "kingfisher.acme.2"), &Fate::Part(vec!["kingfisher-acme-1".to_owned()]));
    let rules = RuleSet::parse("imported", &import.text).expect("readable rules");
    let rule = &rules.rules()[0];
    assert_eq!((rule.examples.len(), rule.negatives.len(), rule.parts.len()), (1, 1, 1));
    assert!(rule.examples[0].contains("${}"));
    assert_eq!(found(&import, &format!("acme = {}", value(24)), "a").len(), 1);
    assert!(found(&import, "acme = qzkwlmpvrtywxhnbjdfgscq1", "a").is_empty(), "too few digits");
}

#[test]
fn nosey_parker_groups_become_parts() {
    let import = imported(&[NOSEY_PARKER]);
    assert_eq!((import.report.files[0].1, import.report.counts()), (Format::NoseyParker, (1, 1)));
    let rules = RuleSet::parse("imported", &import.text).expect("readable rules");
    let rule = &rules.rules()[0];
    assert_eq!(rule.parts[0].name, "user");
    assert_eq!((rule.info.id.as_str(), rule.info.confidence.as_str()), ("np-acme-1", "low"));
    assert_eq!((rule.examples.len(), rule.negatives.len()), (1, 1));
    assert_eq!(found(&import, &format!("acme://alice:{}@db", value(18)), "a")[0].1, value(18));
}

#[test]
fn nothing_of_a_mistake_is_quoted() {
    for text in [
        "[[rules]]\nid = 7\nregex = 'tok_70077'\n",
        "[[rules]]\nid = 'a'\nregex = 'tok_70077(\n",
        "rules:\n  - tok_70077: [\n",
    ] {
        let error =
            import(&[Input { file: "x", text }], &Options::default()).expect_err("a mistake").to_string();
        assert!(error.starts_with("x:") && !error.contains("70077"), "{error}");
    }
    let unknown =
        import(&[Input { file: "x", text: "tok_70077" }], &Options::default()).expect_err("no rules");
    assert_eq!(
        unknown.to_string(),
        "x: not known as rules of gitleaks, betterleaks, kingfisher, noseyparker"
    );
}

#[test]
fn what_is_written_looks_like_no_secret() {
    let scanner = Scanner::new(RuleSet::embedded());
    for text in [KINGFISHER, NOSEY_PARKER] {
        let mut matches: Vec<Match> = Vec::new();
        scanner.scan(&mut scanner.scratch(), imported(&[text]).text.as_bytes(), &mut matches);
        assert!(matches.is_empty());
    }
    let lost = imported(&[KINGFISHER]).report.rules[0]
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::LeftOut)
        .count();
    assert_eq!(lost, 2);
}

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c> (public domain).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// `text` with letters that mean something put in, and pieces taken out or doubled.
    fn damaged(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(6) {
            let (from, length) = (self.below(letters.len()), self.below(9));
            let piece: Vec<char> = letters[from..(from + length).min(letters.len())].to_vec();
            let to = self.below(letters.len());
            match self.below(3) {
                0 => drop(letters.drain(from..from + piece.len())),
                1 => drop(letters.splice(to..to, piece)),
                _ => letters.insert(
                    to,
                    ['(', ')', '[', ']', '{', '*', '\\', '|', '"', '\'', '\n', '?', 'é'][self.below(13)],
                ),
            }
        }
        letters.into_iter().collect()
    }
}

#[test]
fn damaged_files_are_read_or_refused() {
    let texts = [GITLEAKS, EXTENDS, BETTERLEAKS, KINGFISHER, NOSEY_PARKER];
    let mut read = 0;
    for seed in 0..400 {
        let mut random = Random(seed);
        let text = random.damaged(texts[seed as usize % texts.len()]);
        let include = |_: &str| Some(text.clone());
        for format in [None, Some(Format::Gitleaks), Some(Format::Kingfisher)] {
            match import(&[Input { file: "any", text: &text }], &Options { format, include: Some(&include) })
            {
                Ok(import) => {
                    read += 1;
                    found(&import, &text, "any");
                }
                Err(error) => assert!(error.to_string().starts_with("any:"), "seed {seed}: {error}"),
            }
        }
    }
    assert!(read > 100, "{read}");
}
