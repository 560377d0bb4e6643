//! Credentials of several parts.

use proptest::prelude::*;
use stanch_engine::{Credential, FoundPart, Match, RuleSet, Scanner, expand, parse_rules};
use stanch_model::{Confidence, Span};

/// A secret with an id beside it, the id by itself, a URL with a user, and a secret that needs its region.
const RULES: &str = r#"
provider = "Acme"

[[rule]]
id = "acme-secret"
name = "Acme secret"
description = "Opens Acme."
pattern = '''\bsec_(?P<secret>[a-z0-9]{20})\b'''
severity = "critical"
confidence = "medium"
references = []
examples = []
negatives = []

[[rule.part]]
name = "key-id"
pattern = '''\bid_[a-z0-9]{8}\b'''

[[rule.part]]
name = "session"
pattern = '''\bses_[a-z0-9]{30}\b'''
secret = true

[[rule]]
id = "acme-id"
name = "Acme id"
description = "Names a key."
pattern = '''\bid_[a-z0-9]{8}\b'''
severity = "low"
confidence = "high"
references = []
examples = []
negatives = []

[[rule]]
id = "acme-url"
name = "Acme URL"
description = "Opens Acme."
pattern = '''\bacme://(?P<user>[a-z0-9]{1,20}):(?P<secret>[a-z0-9]{4,20})@'''
severity = "high"
confidence = "high"
references = []
examples = []
negatives = []

[[rule.part]]
name = "user"
group = "user"

[[rule]]
id = "acme-code"
name = "Acme code"
description = "Opens Acme."
pattern = '''\bcode_(?P<secret>[0-9]{6})\b'''
severity = "high"
confidence = "high"
references = []
examples = []
negatives = []

[[rule.part]]
name = "region"
pattern = '''\bregion[ =](?P<value>[a-z]{2}-[0-9])'''
within_bytes = 20
required = true
"#;

const OPENER: &str = "sec_q8zk2lmp0vrtq8zk2lmp";

/// In parts, so that this file holds none.
const URL: &str = concat!("acme://ann:", "q8zk2lmp", "@h");

fn acme() -> Scanner {
    Scanner::new(RuleSet::parse("acme.toml", RULES).expect("valid rules"))
}

fn credentials(scanner: &Scanner, bytes: &[u8]) -> Vec<Credential> {
    let mut matches: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), bytes, &mut matches);
    scanner.credentials(bytes, &matches)
}

/// Each credential that is no part of another: its rule, and its parts as `name=value`, those not to be shown with stars.
fn told(scanner: &Scanner, bytes: &[u8]) -> Vec<String> {
    let all = credentials(scanner, bytes);
    let whole = all.iter().filter(|credential| credential.part_of.is_none());
    let part = |part: &FoundPart| {
        let value = String::from_utf8_lossy(&bytes[part.span.range()]).replace('\0', "");
        format!(" {}={}", part.name, if part.secret { "*".repeat(value.len()) } else { value })
    };
    let tell = |credential: &Credential| {
        let parts: String = credential.parts.iter().map(part).collect();
        format!("{}{parts}", scanner.info(credential.found.rule).id)
    };
    whole.map(tell).collect()
}

#[test]
fn a_secret_and_its_id_are_one_credential() {
    let scanner = acme();
    let text = format!("id = id_k3w9x5rt\nsecret = {OPENER}\nother = id_p7d2v6yj{}", " ".repeat(200));
    assert_eq!(told(&scanner, text.as_bytes()), ["acme-secret key-id=id_k3w9x5rt", "acme-id"]);
    let all = credentials(&scanner, text.as_bytes());
    assert_eq!(all.iter().map(|one| one.part_of).collect::<Vec<_>>(), [Some(1), None, None]);
    assert_eq!((all[1].found.confidence, all[1].confidence), (Confidence::Medium, Confidence::High));
}

#[test]
fn an_id_without_a_secret_is_by_itself() {
    let text = format!("id_k3w9x5rt{}{OPENER}", ".".repeat(121));
    assert_eq!(told(&acme(), text.as_bytes()), ["acme-id", "acme-secret"]);
    assert_eq!(told(&acme(), &text.as_bytes()[1..]).len(), 1, "no id");
    let nearer = text.replacen('.', "", 1);
    assert_eq!(told(&acme(), nearer.as_bytes()), ["acme-secret key-id=id_k3w9x5rt"]);
}

#[test]
fn of_several_ids_the_one_of_the_same_block_and_before_it_is_taken() {
    let (a, b) = ("id_k3w9x5rt", "id_p7d2v6yj");
    let pair = |text: String| told(&acme(), text.as_bytes()).remove(usize::from(text.starts_with(a)));
    let own = format!("acme-secret key-id={b}");
    for text in [
        format!("{a}\n\n{OPENER} {}\n{b}", "-".repeat(40)),
        format!("{a}\n{OPENER} {} {b}", "-".repeat(40)),
        format!("{a}\"}},{{\"{OPENER}\", {} \"{b}\"}}", "-".repeat(40)),
        format!("{a}\n[prod]\n{OPENER}\n{}\n{b}", "-".repeat(40)),
        format!("{a}\n  - x: {OPENER}\n    y: {}{b}", "-".repeat(40)),
        format!("{a}\n--\n{OPENER}\n{}{b}", "-".repeat(40)),
    ] {
        assert_eq!(pair(text.clone()), own, "{text}");
    }
    let before = format!("{b} {} {OPENER} {a}", "-".repeat(40));
    assert!(told(&acme(), before.as_bytes()).contains(&own));
}

#[test]
fn secret_parts_and_parts_that_tell_a_secret_are_not_to_be_shown() {
    let session = format!("ses_{}", "k3w9x5rtp7".repeat(3));
    let text = format!("{OPENER} {session}");
    assert_eq!(told(&acme(), text.as_bytes()), [format!("acme-secret session={}", "*".repeat(34))]);
    let url = |user: &str, password: &str| told(&acme(), format!("acme://{user}:{password}@h").as_bytes());
    assert_eq!(url("ann", "q8zk2lmp"), ["acme-url user=ann"]);
    assert_eq!(url("q8zk2lmp", "q8zk2lmp77"), ["acme-url user=********"]);
    assert_eq!(url("xq8zk2lmpx", "q8zk2lmp"), ["acme-url user=**********"]);
}

#[test]
fn a_match_without_its_required_part_does_not_count() {
    let rules = |text: &str| told(&acme(), text.as_bytes());
    assert_eq!(rules("code_471147 region=eu-1"), ["acme-code region=eu-1"]);
    assert_eq!(rules("region eu-1\ncode_471147"), ["acme-code region=eu-1"]);
    assert!(rules("code_471147").is_empty());
    assert!(rules(&format!("region=eu-1{}code_471147", " ".repeat(21))).is_empty());
}

#[test]
fn parts_are_found_in_utf_16() {
    let text = format!("ü id = id_k3w9x5rt\r\nsecret = {OPENER}\r\n{URL}");
    for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let wide: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        assert_eq!(told(&acme(), &wide), ["acme-secret key-id=id_k3w9x5rt", "acme-url user=ann"]);
    }
}

#[test]
fn two_secrets_that_name_each_other_are_one_credential() {
    let text = RULES.replace("severity = \"low\"", "severity = \"critical\"").replace(
        "[[rule]]\nid = \"acme-url\"",
        "[[rule.part]]\nname = \"secret\"\npattern = '''\\bsec_[a-z0-9]{20}\\b'''\nsecret = true\n\n[[rule]]\nid = \"acme-url\"",
    );
    let scanner = Scanner::new(RuleSet::parse("acme.toml", &text).expect("valid rules"));
    let text = format!("id_k3w9x5rt {OPENER}");
    assert_eq!(told(&scanner, text.as_bytes()), [format!("acme-id secret={}", "*".repeat(24))], "the surer");
}

#[test]
fn mistakes_in_parts_name_line_and_field() {
    let told = |right: &str, wrong: &str| {
        assert!(RULES.contains(right), "{right}");
        parse_rules("acme.toml", &RULES.replacen(right, wrong, 1)).err().expect("a mistake").to_string()
    };
    let many = "[[rule.part]]\nname = \"key-id\"\npattern = 'x'\n".repeat(9);
    for (right, wrong, expected) in [
        ("name = \"key-id\"", "name = \"Key\"", "16: rule acme-secret: field `name`: part 1: name is not"),
        (
            "name = \"session\"",
            "name = \"key-id\"",
            "20: rule acme-secret: field `name`: part 2: a part of this",
        ),
        ("ses_[", "ses_[[", "21: rule acme-secret: field `pattern`: part 2: "),
        (
            "ses_[a-z0-9]{30}",
            "ses_[a-z0-9]{5000}",
            "21: rule acme-secret: field `pattern`: part 2: pattern matches",
        ),
        (
            "ses_[a-z0-9]{30}",
            "ses_[a-z0-9]+",
            "21: rule acme-secret: field `pattern`: part 2: pattern matches",
        ),
        ("group = \"user\"", "group = \"secret\"", "48: rule acme-url: field `group`: part 1: the rule's"),
        ("group = \"user\"", "group = \"host\"", "48: rule acme-url: field `group`: part 1: the rule's"),
        ("group = \"user\"", "", "46: rule acme-url: field `pattern`: part 1: a part needs"),
        (
            "group = \"user\"",
            "group = \"user\"\nwithin_bytes = 4",
            "49: rule acme-url: field `within_bytes`: part 1",
        ),
        ("within_bytes = 20", "within_bytes = 201", "64: rule acme-code: field `within_bytes`: part 1"),
        (
            "[[rule.part]]\nname = \"key-id\"",
            &format!("{many}[[rule.part]]\nname = \"key-id\""),
            "rule acme-secret: field `part`: more than",
        ),
    ] {
        let error = told(right, wrong);
        assert!(error.contains(expected), "{error}");
    }
}

/// Texts in which pairs, halves of pairs and borders stand close together.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "id_k3w9x5rt",
        "id_p7d2v6yj",
        OPENER,
        URL,
        "code_471147",
        "region=eu-1",
        "\n",
        "\n\n",
        " ",
        "}",
        "{",
        "- ",
        "\n[x]\n",
        "........................................",
        "ses_k3w9x5rtp7k3w9x5rtp7k3w9x5rtp7",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" ").into_bytes())
}

proptest! {
    #[test]
    fn credentials_share_out_the_matches_whatever_their_order(text in text(), turn in 0..40usize) {
        let scanner = acme();
        let all = credentials(&scanner, &text);
        for one in &all {
            let whole = one.part_of.map(|at| &all[at]);
            let holds = |part: &FoundPart| part.span.contains(one.found.secret);
            let is_whole = |whole: &Credential| whole.part_of.is_none() && whole.parts.iter().any(holds);
            prop_assert!(whole.is_none_or(is_whole));
        }
        let mut matches: Vec<Match> = all.iter().map(|one| one.found).collect();
        matches.rotate_left(turn % all.len().max(1));
        let mut turned = scanner.credentials(&text, &matches);
        let wholes = |list: &[Credential]| -> Vec<Option<Span>> {
            list.iter().map(|one| one.part_of.map(|at| list[at].found.span)).collect()
        };
        let spans = wholes(&turned);
        let mut order: Vec<usize> = (0..turned.len()).collect();
        order.sort_by_key(|&at| matches[at]);
        prop_assert_eq!(order.iter().map(|&at| spans[at]).collect::<Vec<_>>(), wholes(&all));
        turned.sort_by_key(|one| one.found);
        let parts = |list: &[Credential]| list.iter().map(|one| one.parts.clone()).collect::<Vec<_>>();
        prop_assert_eq!(parts(&turned), parts(&all));
    }

    #[test]
    fn bytes_far_away_change_nothing(text in text(), before in 0..3usize, after in "[a-z ]{0,300}") {
        let scanner = acme();
        let found = told(&scanner, &text);
        let apart = "%".repeat(300);
        let around = [&b"id_m4h8s1fn"[..], &apart.as_bytes()[before..], &text, apart.as_bytes(), after.as_bytes()].concat();
        let more = told(&scanner, &around);
        prop_assert_eq!(&more[1..=found.len()], &found[..]);
    }
}

#[test]
fn an_aws_key_is_one_credential() {
    let scanner = Scanner::new(RuleSet::embedded());
    let text =
        expand("aws_access_key_id = AK${}IA${base32:16}\naws_secret_access_key = ${base64:40}\n", 3, None);
    let text = text.expect("well-formed");
    let id = String::from_utf8_lossy(&text[20..40]).into_owned();
    assert_eq!(told(&scanner, &text), [format!("aws-secret-access-key access-key-id={id}")]);
}
