//! What is encoded in files: told as what it is, at the place where it stands.

use data_encoding::BASE64;
use stanch_model::{Encoding, Finding, Fingerprinter, KeyKind};

use crate::{Run, folder, gzip, opened, secret, write};

/// The only finding in a file.
#[track_caller]
fn only(name: &str, bytes: &[u8]) -> Finding {
    let folder = folder(&[]);
    write(folder.path(), name, bytes);
    let (mut findings, coverage) = Run::default().scan(&opened(folder.path()));
    assert!(coverage.is_complete());
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn assert_is(finding: &Finding, value: &str, encodings: &[Encoding]) {
    let expected = Fingerprinter::new(KeyKind::Once, &[0; 32]).seal(value.as_bytes());
    assert_eq!(finding.fingerprint(), expected.fingerprint());
    assert_eq!(finding.encodings, encodings);
}

#[test]
fn a_compressed_and_encoded_file_holds_its_secret() {
    let text = format!("# of staging\nkey: {}\nurl: https://example.org\n", secret(1));
    let encoded = BASE64.encode(&gzip(&text));
    let finding = only("values.yaml", format!("a: 1\nrelease: {encoded}\nb: 2\n").as_bytes());
    assert_is(&finding, &secret(1), &[Encoding::Base64, Encoding::Gzip]);
    assert_eq!((finding.location.line, finding.location.column), (2, 10));
    // Nothing of the encoded bytes is shown either.
    let snippet = finding.snippet.expect("a line of text").text;
    assert!(snippet.starts_with("release: *") && !snippet.contains(&encoded[..4]), "{snippet}");
}

#[test]
fn the_data_of_a_kubernetes_secret_is_read() {
    let config = format!("[server]\nhost = \"db\"\nkey = \"{}\"\n", secret(2));
    let (before, encoded) =
        ("apiVersion: v1\nkind: Secret\ndata:\n  config.toml: ", BASE64.encode(config.as_bytes()));
    let finding = only("secret.yaml", format!("{before}{encoded}\n  user: YWRh\n").as_bytes());
    assert_is(&finding, &secret(2), &[Encoding::Base64]);
    assert_eq!(finding.location.line, 4);
    let start = before.len() + config.find("tok_").expect("the secret") / 3 * 4;
    assert_eq!(finding.location.byte_start, start);
}

#[test]
fn a_stream_by_itself_is_read_and_not_shown() {
    let text = format!("{}key: {}\n", "plain text\n".repeat(200), secret(3));
    let finding = only("log.gz", &gzip(&text));
    assert_is(&finding, &secret(3), &[Encoding::Gzip]);
    assert_eq!(finding.snippet.expect("a line").text, "********");
}
