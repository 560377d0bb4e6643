//! A secret keeps its fingerprint wherever and however it stands: found by a scan, not only by the function that computes it.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use proptest::prelude::*;
use stanch_engine::{RuleSet, Scanner, expand};
use stanch_model::{Finding, Fingerprint, Fingerprinter, KeyKind};
use stanch_sources::{Cancel, Context, Limits, Progress, scan};

use crate::{Run, folder, opened, secret};

/// The fingerprints of all findings in one file.
fn fingerprints(path: &str, text: &str) -> Vec<Fingerprint> {
    let folder = folder(&[(path, text)]);
    let (findings, _) = Run::default().scan(&opened(folder.path()));
    findings.iter().map(|finding| *finding.fingerprint()).collect()
}

/// How a secret may stand in a text.
#[derive(Clone, Copy, Debug)]
enum Form {
    Bare,
    Quoted,
    Json,
    Percent,
    Escaped,
    Base64,
    Base64Url,
    Hex,
}

const FORMS: [Form; 8] = [
    Form::Bare,
    Form::Quoted,
    Form::Json,
    Form::Percent,
    Form::Escaped,
    Form::Base64,
    Form::Base64Url,
    Form::Hex,
];

impl Form {
    fn write(self, secret: &str) -> String {
        let long = format!("token: {secret}, and what else there is to be said");
        let each = |code: fn(u8) -> String| secret.bytes().map(code).collect::<String>();
        match self {
            Self::Bare => secret.to_owned(),
            Self::Quoted => format!("'{secret}'"),
            Self::Json => format!(r#""{{\"token\": \"{secret}\"}}""#),
            Self::Percent => format!("?t={}&x=1", each(|byte| format!("%{byte:02X}"))),
            Self::Escaped => format!("\"{}\"", each(|byte| format!("\\u{byte:04x}"))),
            Self::Base64 => BASE64.encode(long.as_bytes()),
            Self::Base64Url => BASE64URL_NOPAD.encode(long.as_bytes()),
            Self::Hex => HEXLOWER.encode(long.as_bytes()),
        }
    }
}

/// Text of somebody else around it.
fn lines() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-z =]{0,30}", 0..20).prop_map(|lines| lines.join("\n") + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn moved_indented_renamed_or_encoded_a_secret_is_the_same(
        seed in 0..1000u64,
        (before, after) in (lines(), lines()),
        indent in "[ \t]{0,12}",
        path in "[a-z]{1,8}(/[a-z]{1,8}){0,3}\\.(txt|py|yaml|env)",
        form in prop::sample::select(&FORMS[..]),
    ) {
        let secret = secret(seed);
        let expected = fingerprints("first.txt", &secret);
        prop_assert_eq!(expected.len(), 1);
        let text = format!("{before}{indent}value {} \n{after}", form.write(&secret));
        prop_assert_eq!(fingerprints(&path, &text), expected, "{}", text);
    }
}

/// What a scan with the embedded rules finds.
fn embedded(path: &str, text: &str) -> Vec<Finding> {
    let folder = folder(&[(path, text)]);
    let scanner = Scanner::new(RuleSet::embedded());
    let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
    let context = Context {
        scanner: &scanner,
        fingerprinter: &fingerprinter,
        cancel: &Cancel::default(),
        progress: &Progress::default(),
        limits: Limits::default(),
        threads: 1,
    };
    let mut findings = Vec::new();
    scan(&opened(folder.path()), &context, &mut findings);
    findings
}

#[test]
fn a_password_is_the_same_in_every_file_that_may_hold_it() {
    let text = expand("${upper:2}${alnum:9}!${lowernum:6}", 7, None).expect("well-formed");
    let password = String::from_utf8(text).expect("ASCII");
    let expected = Fingerprinter::new(KeyKind::Once, &[0; 32]).seal(password.as_bytes());
    for (path, text) in [
        ("app.env", format!("DB_PASSWORD={password}\n")),
        ("src/app.py", format!("    db_password = \"{password}\"\n")),
        ("conf/app.json", format!("{{\"db\": {{\"password\": \"{password}\"}}}}\n")),
        ("deploy/app.yaml", format!("db:\n    password: '{password}'\n")),
        (
            "k8s/secret.yaml",
            format!("kind: Secret\ndata:\n  password: {}\n", BASE64.encode(password.as_bytes())),
        ),
        (
            "app.properties",
            format!("url=postgres://app:{}@db.internal:5432/app\n", password.replace('!', "%21")),
        ),
    ] {
        let found = embedded(path, &text);
        let same = found.iter().any(|finding| finding.fingerprint() == expected.fingerprint());
        assert!(same, "{path}: {:?}", found.iter().map(|finding| &finding.rule.id).collect::<Vec<_>>());
    }
}
