//! Encoded content: what it stands for is searched by the same rules, and found where it stands.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use proptest::prelude::*;
use stanch_engine::{Isa, Match, Reach, RuleSet, Scanner, ScannerOptions, Shortfall, Value, expand};
use stanch_model::{Encoding, Span};
use zlib_rs::{Deflate, DeflateFlush};

const RULES: &str = r#"
provider = "Acme"

[[rule]]
id = "acme-token"
name = "Acme token"
description = "opens Acme"
pattern = '''\btok_[a-z0-9]{24}\b'''
severity = "high"
confidence = "high"
references = []
examples = []
negatives = []

[[rule]]
id = "acme-pin"
name = "Acme pin"
description = "opens Acme"
pattern = '''\bpin=(?P<secret>[0-9]{6})\b'''
severity = "high"
confidence = "high"
references = []
examples = []
negatives = []
"#;

fn scanner(isa: Isa) -> Scanner {
    let rules = RuleSet::parse("acme.toml", RULES).expect("valid rules");
    Scanner::with_options(rules, ScannerOptions { isa, ..ScannerOptions::default() })
}

fn token(seed: u64) -> String {
    String::from_utf8(expand("tok_${lowernum:24}", seed, None).expect("valid")).expect("ASCII")
}

fn config() -> String {
    format!("# of staging\nname: web\nkey: {}\nurl: https://acme.io/\n", token(1))
}

fn scan(bytes: &[u8]) -> (Vec<Match>, Option<Shortfall>) {
    let scanner = scanner(Isa::Auto);
    let (mut scratch, mut matches) = (scanner.scratch(), Vec::new());
    scanner.scan(&mut scratch, bytes, &mut matches);
    (matches, scratch.shortfall())
}

/// The value, the encodings and the encoded bytes of the only secret.
fn only(bytes: &[u8]) -> (String, Vec<Encoding>, Vec<u8>) {
    let (matches, _) = scan(bytes);
    assert_eq!(matches.len(), 1, "{}", bytes.escape_ascii());
    let Value { bytes: value, encodings } = scanner(Isa::Auto).values(bytes, &matches).remove(0);
    let secret = bytes[matches[0].secret.range()].to_vec();
    (String::from_utf8_lossy(&value).into_owned(), encodings, secret)
}

fn base64(text: impl AsRef<[u8]>) -> String {
    BASE64.encode(text.as_ref())
}

/// A text of which every byte is escaped.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut stream = vec![0; text.len() + 1000];
    let mut deflate = Deflate::new(6, true, 16 + 15);
    deflate.compress(text, &mut stream, DeflateFlush::Finish).expect("room enough");
    stream.truncate(deflate.total_out() as usize);
    stream
}

#[test]
fn every_encoding_is_read_and_its_secret_is_the_same() {
    let config = config();
    let percent = percent(&token(1));
    let escaped = format!("{{\"key\":\"\\u0074{}\"}}", &token(1)[1..]);
    let entities = format!("<a>&#116;{}</a>", &token(1)[1..]);
    let wide: Vec<u8> = config.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: Vec<(Vec<u8>, &[Encoding])> = vec![
        (format!("config: {}\n", base64(&config)).into_bytes(), &[Encoding::Base64]),
        (BASE64URL_NOPAD.encode(config.as_bytes()).into_bytes(), &[Encoding::Base64]),
        (format!("powershell -enc {}", base64(&wide)).into_bytes(), &[Encoding::Base64]),
        (HEXLOWER.encode(config.as_bytes()).into_bytes(), &[Encoding::Hex]),
        (format!("https://acme.io/?k={percent}&b=1").into_bytes(), &[Encoding::Percent]),
        (escaped.into_bytes(), &[Encoding::Escape]),
        (entities.into_bytes(), &[Encoding::Entity]),
        (base64(base64(&config)).into_bytes(), &[Encoding::Base64, Encoding::Base64]),
        (
            base64(HEXLOWER.encode(base64(&config).as_bytes())).into_bytes(),
            &[Encoding::Base64, Encoding::Hex, Encoding::Base64],
        ),
    ];
    for (bytes, encodings) in cases {
        let (value, found, _) = only(&bytes);
        assert_eq!((value, &*found), (token(1), encodings), "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_secret_stands_where_its_units_stand() {
    let text = format!("some text before it {} and after", token(2));
    let (_, _, secret) = only(base64(&text).as_bytes());
    let decoded = BASE64.decode(&secret).expect("whole units");
    assert!(String::from_utf8(decoded.clone()).expect("text").contains(&token(2)));
    assert!(decoded.len() <= token(2).len() + 4);
    let percent = percent(&token(2));
    assert_eq!(only(format!("k={percent};").as_bytes()).2, percent.into_bytes());
}

#[test]
fn a_compressed_release_is_read_to_the_end() {
    let manifest =
        format!("{{\"manifest\":\"data:\\n  pin: {}\\n\",\"token\":\"{}\"}}", base64("x"), token(3));
    // As Helm writes it into a Secret: compressed, and encoded twice.
    let release = base64(base64(gzip(manifest.as_bytes())));
    let text = format!("apiVersion: v1\ndata:\n  release: {release}\nkind: Secret\n");
    let (value, encodings, _) = only(text.as_bytes());
    assert_eq!((value, encodings), (token(3), vec![Encoding::Base64, Encoding::Base64, Encoding::Gzip]));
}

#[test]
fn all_secrets_of_one_stream_are_found() {
    let text = (0..500).map(|seed| format!("{seed} and {}\n", token(seed))).collect::<Vec<_>>().concat();
    for bytes in [[b"x", &gzip(text.as_bytes())[..]].concat(), base64(gzip(text.as_bytes())).into_bytes()] {
        let (matches, _) = scan(&bytes);
        let values = scanner(Isa::Auto).values(&bytes, &matches);
        assert_eq!(values.len(), 500);
        assert!(values.iter().zip(0..).all(|(value, seed)| *value.bytes == *token(seed).as_bytes()));
    }
}

#[test]
fn depth_and_size_are_bounded_and_told() {
    let mut text = config();
    for _ in 0..4 {
        text = base64(&text);
    }
    assert_eq!(only(text.as_bytes()).1, [Encoding::Base64; 4]);
    assert_eq!(scan(text.as_bytes()).1, None);
    text = base64(&text);
    assert_eq!(scan(text.as_bytes()), (Vec::new(), Some(Shortfall::Depth)));
    let bomb = gzip(&vec![b' '; 1 << 20]);
    assert_eq!(scan(&bomb), (Vec::new(), Some(Shortfall::Size)));
}

/// The values that the rules of Stanch find, each with what it was decoded from.
fn embedded(text: &str) -> Vec<(String, Vec<Encoding>)> {
    let scanner = Scanner::new(RuleSet::embedded());
    let mut matches: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut matches);
    let values = scanner.values(text.as_bytes(), &matches).into_iter();
    values.map(|value| (String::from_utf8_lossy(&value.bytes).into_owned(), value.encodings)).collect()
}

fn password() -> String {
    String::from_utf8(expand("${alnum:6}-${alnum:5}!", 3, None).expect("valid")).expect("ASCII")
}

#[test]
fn values_of_names_are_decoded_by_themselves() {
    let secret = |value: &str| {
        let value = base64(value);
        format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  DB_PASSWORD: {value}\n")
    };
    assert_eq!(embedded(&secret(&password())), [(password(), vec![Encoding::Base64])]);
    assert_eq!(embedded(&secret("changeme-please")), []);
}

#[test]
fn the_registry_logins_of_a_pull_secret_are_read() {
    let (password, encodings) = (password(), vec![Encoding::Base64]);
    let login = base64(format!("deploy:{password}"));
    let manifest = |server: &str| {
        let config = format!("{{\"auths\":{{\"registry.example.org\":{{{server}}}}}}}");
        let kind = "kubernetes.io/dockerconfigjson";
        let head = format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: pull\ntype: {kind}\n");
        format!("{head}data:\n  .dockerconfigjson: {}\n", base64(config))
    };
    let auth = format!("\"auth\":\"{login}\"");
    assert_eq!(embedded(&manifest(&auth)), [(login.clone(), encodings.clone())]);
    let user = format!("\"username\":\"deploy\",\"password\":\"{password}\"");
    assert_eq!(embedded(&manifest(&user)), [(password.clone(), encodings.clone())]);
    let both = [(password, encodings.clone()), (login, encodings)];
    assert_eq!(embedded(&manifest(&format!("{user},{auth}"))), both);
}

/// Ordinary text, and encoded text, short and long, of several kinds.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let text = || {
        prop_oneof![
            "[ -~]{0,40}",
            (0..3u64).prop_map(|seed| format!(" {} ", token(seed))),
            (0..9u32).prop_map(|digit| format!("pin={digit}47110 ")),
        ]
    };
    let long = || prop::collection::vec(text(), 1..14).prop_map(|texts| texts.concat());
    prop_oneof![
        long().prop_map(String::into_bytes),
        long().prop_map(|text| base64(text).into_bytes()),
        text().prop_map(|text| base64(text).into_bytes()),
        text().prop_map(|text| base64(base64(text)).into_bytes()),
        text().prop_map(|text| HEXLOWER.encode(text.as_bytes()).into_bytes()),
        text().prop_map(|text| percent(&text).into_bytes()),
        long().prop_map(|text| {
            let lines = base64(text);
            lines.as_bytes().chunks(64).collect::<Vec<_>>().join(&b'\n')
        }),
        prop::sample::select(vec!["\n", " ", "\"", "%", "\\u0041", "&#65;", "=", "_", "/"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn regions_add_up_to_the_whole(pieces in prop::collection::vec(pieces(), 0..8), cuts in prop::collection::vec(any::<u16>(), 0..4)) {
        let bytes = pieces.concat();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| usize::from(cut) % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let regions: Vec<Span> = cuts.windows(2).map(|pair| Span::new(pair[0], pair[1])).collect();
        let mut all = Vec::new();
        for isa in Isa::ALL {
            let scanner = scanner(*isa);
            let mut scratch = scanner.scratch();
            let mut whole = Vec::new();
            scanner.scan(&mut scratch, &bytes, &mut whole);
            let mut raw = Vec::new();
            match scanner.scan_regions(&mut scratch, &bytes, &regions, &mut raw) {
                Reach::Whole => prop_assert!(raw.is_empty()),
                Reach::Local => {
                    scanner.settle(&mut raw);
                    prop_assert_eq!(&raw, &whole);
                }
            }
            for (found, value) in whole.iter().zip(scanner.values(&bytes, &whole)) {
                let is_token = value.bytes.starts_with(b"tok_") && value.bytes.len() == 28;
                prop_assert!(is_token || value.bytes.len() == 6, "{:?} {:?}", found, value);
                prop_assert!(found.span.contains(found.secret) && found.span.end <= bytes.len());
            }
            all.push(whole);
        }
        prop_assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
