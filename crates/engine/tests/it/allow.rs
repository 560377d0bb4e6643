//! What a rule's `paths` and `allow` tables make no finding.

use data_encoding::BASE64;
use stanch_engine::{Allow, Match, RuleSet, Scanner, parse_rules};

fn rules(fields: &str) -> String {
    format!(
        "provider = \"Test\"\n\n[[rule]]\nid = \"key\"\nname = \"Key\"\ndescription = \"Opens nothing.\"\n\
         pattern = '''\\bkey_(?P<secret>[a-z]{{6}})'''\nseverity = \"low\"\nconfidence = \"high\"\n{fields}\n"
    )
}

/// The rules that find something in `text` in a file of this path.
fn found(rules: &str, text: &str, path: &str) -> Vec<String> {
    let scanner = Scanner::new(RuleSet::parse("test.toml", rules).expect("valid rules"));
    let mut matches: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut matches);
    scanner.settle_in(&mut matches, path);
    matches.iter().map(|found| scanner.info(found.rule).id.clone()).collect()
}

/// Whether the rule with this `allow` table finds something.
fn finds(allow: &str, text: &str, path: &str) -> bool {
    !found(&rules(&format!("[[rule.allow]]\n{allow}")), text, path).is_empty()
}

#[test]
fn patterns_are_looked_for_in_their_subject() {
    let text = "use key_qwzxsd here";
    for (on, pattern, expected) in [
        ("secret", "^qwzxsd$", false),
        ("secret", "key_", true),
        ("match", "^key_qwzxsd$", false),
        ("match", "use", true),
        ("line", "^use .* here$", false),
        ("line", "other", true),
    ] {
        let allow = format!("on = \"{on}\"\npatterns = ['{pattern}']");
        assert_eq!(finds(&allow, &format!("other\n{text}\nother"), "a"), expected, "{on} {pattern}");
    }
}

#[test]
fn a_line_is_cut_at_a_distance() {
    let allow = "on = \"line\"\npatterns = ['mark']";
    let far = |distance: usize| format!("mark{}key_qwzxsd", " ".repeat(distance));
    assert!(!finds(allow, &far(Allow::LINE_BYTES_MAX - 4), "a"));
    assert!(finds(allow, &far(Allow::LINE_BYTES_MAX - 3), "a"));
}

#[test]
fn words_are_looked_for_in_the_secret_in_any_case() {
    assert!(!finds("words = ['ZxS', 'other']", "key_qwzxsd", "a"));
    assert!(finds("words = ['key', 'q.z']", "key_qwzxsd", "a"));
}

#[test]
fn conditions_put_lists_together() {
    let lists = "patterns = ['^q']\nwords = ['sd']\npaths = ['\\.md$']\n";
    let (any, all) = (lists.to_owned(), format!("condition = \"all\"\n{lists}"));
    assert!(!finds(&any, "key_qaaaaa", "a.rs") && !finds(&any, "key_baaaaa", "a.md"));
    assert!(finds(&any, "key_bwzxyz", "a.rs"));
    assert!(!finds(&all, "key_qwzxsd", "a.md"));
    assert!(finds(&all, "key_qwzxsd", "a.rs") && finds(&all, "key_qwzxyz", "a.md"));
}

#[test]
fn tables_of_a_file_hold_for_its_rules() {
    let text = format!("{}\n[[allow]]\nwords = [\"zxs\"]\n", rules(""));
    assert!(found(&text, "key_qwzxsd", "a").is_empty());
    assert_eq!(found(&text, "key_qwpxsd", "a"), ["key"]);
}

#[test]
fn a_rule_counts_where_its_paths_say() {
    let rules = rules("paths = ['\\.tf$', '^infra/']");
    for (path, count) in [("a.tf", 1), ("infra/a", 1), ("a.tf.bak", 0), ("src/infra/a", 0)] {
        assert_eq!(found(&rules, "key_qwzxsd", path).len(), count, "{path}");
    }
}

/// Three rules whose secrets overlap in a row, of which the first counts in some files only.
fn overlapping() -> String {
    let other = |id: &str, pattern: &str, confidence: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nname = \"n\"\ndescription = \"d\"\npattern = '{pattern}'\n\
             severity = \"low\"\nconfidence = \"{confidence}\"\n"
        )
    };
    rules("paths = ['\\.tf$']")
        + &other("middle", "xsd-[a-z]{3}", "medium")
        + &other("last", "[a-z]{3};[a-z]{3}", "low")
}

#[test]
fn what_a_path_drops_hides_nothing() {
    let text = "key_qwzxsd-abc;def";
    assert_eq!(found(&overlapping(), text, "a.tf"), ["key", "last"]);
    assert_eq!(found(&overlapping(), text, "a.rs"), ["middle"]);
}

#[test]
fn a_path_decides_in_encoded_text_too() {
    let once = BASE64.encode(b"of staging: key_qwzxsd-abc;def key_qwzxsd");
    for text in [&BASE64.encode(once.as_bytes()), &once] {
        assert_eq!(found(&overlapping(), text, "a.tf"), ["key", "last", "key"], "{text}");
        assert_eq!(found(&overlapping(), text, "a.rs"), ["middle"], "{text}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (fields, problem) in [
        ("paths = ['(']", "test.toml:10: rule key: field `paths`: unclosed group"),
        ("[[rule.allow]]\nreason = 'none'", "field `allow`: allow needs patterns, words or paths"),
        ("[[rule.allow]]\nwords = ['']", "field `allow`: allow needs patterns, words or paths"),
        ("[[rule.allow]]\npatterns = ['[']", "field `allow`: patterns: unclosed character class"),
        ("[[rule.allow]]\npatterns = ['(?:a{1000}){1000}']", "pieces"),
        (&"[[rule.allow]]\nwords = ['a']\n".repeat(32), "more than 31 allow tables"),
    ] {
        let error = parse_rules("test.toml", &rules(fields)).err().expect("an error").to_string();
        assert!(error.contains(problem), "{error}");
    }
}
