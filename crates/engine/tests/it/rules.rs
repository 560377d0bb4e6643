//! Every embedded rule keeps its own promises.

use std::collections::BTreeSet;

use stanch_engine::{Credential, Match, Part, Rule, RuleSet, SEEDS, Scanner, expand};

#[test]
fn examples_match_and_negatives_do_not() {
    let all = RuleSet::embedded();
    let failures = all
        .rules()
        .iter()
        .flat_map(|rule| rule.failures().into_iter().map(|failure| format!("{}: {failure}", rule.info.id)));
    let failures: Vec<_> = failures.collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn nothing_is_doubtful() {
    let all = RuleSet::embedded();
    let lints = all.rules().iter().flat_map(|rule| {
        rule.lints().into_iter().map(|lint| format!("{}: {}: {lint}", rule.info.id, lint.name()))
    });
    let lints: Vec<_> = lints.collect();
    assert!(lints.is_empty(), "{}", lints.join("\n"));
}

/// Texts that hold a part beside the secret of its rule.
fn texts_with(rule: &Rule, part: &Part, seed: u64) -> Vec<Vec<u8>> {
    let before = part.example.as_ref().map(|example| format!("{example}\n")).unwrap_or_default();
    let text = |example: &String| {
        let mut text = expand(&before, seed, rule.check).expect("a well-formed example");
        text.extend(expand(example, seed + SEEDS, rule.check).expect("a well-formed example"));
        text
    };
    rule.examples.iter().map(text).collect()
}

/// Whether `text` holds one credential of the rule, that part is in it, and nothing else claims the part.
fn is_one_credential(scanner: &Scanner, text: &[u8], rule: &Rule, part: &Part) -> bool {
    let mut matches: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), text, &mut matches);
    let all = scanner.credentials(text, &matches);
    let whole: Vec<&Credential> = all.iter().filter(|one| one.part_of.is_none()).collect();
    let own = whole.iter().find(|one| scanner.info(one.found.rule).id == rule.info.id);
    let found = own.and_then(|own| own.parts.iter().find(|found| *found.name == *part.name));
    found.is_some_and(|found| {
        found.secret == part.secret && whole.iter().all(|other| !other.found.secret.overlaps(found.span))
    })
}

#[test]
fn a_secret_and_each_of_its_parts_are_one_credential() {
    let mut wrong = Vec::new();
    let all = RuleSet::embedded();
    let scanner = Scanner::new(all.clone());
    for rule in all.rules() {
        for part in &rule.parts {
            let fails = (0..SEEDS).filter(|seed| {
                let texts = texts_with(rule, part, *seed);
                !texts.iter().any(|text| is_one_credential(&scanner, text, rule, part))
            });
            // A random letter more or less makes another rule's secret or a stand-in now and then.
            let fails = fails.count();
            if fails > 1 {
                wrong.push(format!("{}: part {}: {fails} of {SEEDS} seeds", rule.info.id, part.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_complete() {
    for rule in RuleSet::embedded().rules() {
        let id = &rule.info.id;
        assert!(!rule.examples.is_empty() && !rule.negatives.is_empty(), "{id} lacks examples or negatives");
        assert!(!rule.info.references.is_empty(), "{id} lacks references");
        assert!(rule.info.description.len() >= 40, "{id} says too little of what to do");
    }
}

#[test]
fn ids_are_unique_and_files_hold_one_provider_each() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let (mut ids, mut providers) = (BTreeSet::new(), BTreeSet::new());
    for entry in std::fs::read_dir(folder).expect("the rules folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable rule file");
        let set = RuleSet::parse(&path.display().to_string(), &text).expect("a valid rule file");
        let provider = set.rules()[0].info.provider.clone();
        assert!(providers.insert(provider.clone()), "{provider} has two files");
        for rule in set.rules() {
            assert!(ids.insert(rule.info.id.clone()), "{} is there twice", rule.info.id);
        }
    }
}
