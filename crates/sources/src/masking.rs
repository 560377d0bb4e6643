//! Keeps secrets out of paths: a report shows paths, and must never show a secret.

use std::{cmp::Reverse, collections::HashSet};

use stanch_engine::{Match, Scanner, plain};
use stanch_model::{Finding, Fingerprinter, Preview, Secret, Skip, Step};

/// Replaces each secret in a path, in the name of an author or of what was skipped by its preview: those that were found
/// in names, and those that no source looked for because it reads no names.
pub(crate) fn mask_names(
    findings: &mut [Finding],
    skips: &mut [Skip],
    (scanner, fingerprinter): (&Scanner, &Fingerprinter),
) {
    let mut named = shown_secrets(findings, skips, scanner, fingerprinter);
    named.extend(findings.iter().filter(|finding| is_in_name(finding)).map(|finding| finding.secret.clone()));
    // A secret within a longer one must not cut it in two.
    named.sort_by_key(|secret| (Reverse(secret.expose().len()), *secret.fingerprint()));
    named.dedup_by_key(|secret| *secret.fingerprint());
    if named.is_empty() {
        return;
    }
    for finding in findings {
        mask(&mut finding.location.path, &named);
        for part in &mut finding.parts {
            mask(&mut part.location.path, &named);
        }
        for step in &mut finding.provenance.0 {
            if let Step::Path { path: text } | Step::Commit { author: text, .. } = step {
                mask(text, &named);
            }
        }
    }
    for skip in skips {
        mask(&mut skip.item, &named);
    }
}

/// The secrets in what a report would show of the places of `findings` and `skips`. A name is scanned by itself, as the
/// sources do that read names.
fn shown_secrets(
    findings: &[Finding],
    skips: &[Skip],
    scanner: &Scanner,
    fingerprinter: &Fingerprinter,
) -> Vec<Secret> {
    let authors = findings.iter().flat_map(|finding| &finding.provenance.0).filter_map(|step| match step {
        Step::Commit { author, .. } => Some(author.as_str()),
        _ => None,
    });
    let paths =
        findings.iter().map(|finding| &finding.location.path).chain(skips.iter().map(|skip| &skip.item));
    let texts: HashSet<&str> = paths.flat_map(|path| path.split('/')).chain(authors).collect();
    let (mut scratch, mut matches) = (scanner.scratch(), Vec::<Match>::new());
    let mut secrets = Vec::new();
    for text in texts {
        matches.clear();
        scanner.scan(&mut scratch, text.as_bytes(), &mut matches);
        // What is encoded must not be shown as it stands there either.
        let shown = matches.iter().map(|found| plain(&text.as_bytes()[found.secret.range()]));
        secrets.extend(shown.map(|value| fingerprinter.seal(&value)));
    }
    secrets
}

fn is_in_name(finding: &Finding) -> bool {
    finding.provenance.0.iter().any(|step| matches!(step, Step::Text { what } if what == Step::FILE_NAME))
}

fn mask(path: &mut String, named: &[Secret]) {
    for secret in named {
        if let Ok(raw) = std::str::from_utf8(secret.expose())
            && path.contains(raw)
        {
            *path = path.replace(raw, Preview::of(secret).as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stanch_model::{
        Confidence, Fingerprinter, KeyKind, Location, Provenance, RuleInfo, Severity, SkipReason,
    };

    use super::*;
    use crate::fixture;

    fn finding(value: &str, path: &str, steps: Vec<Step>) -> Finding {
        let rule = RuleInfo {
            id: "sample".to_owned(),
            provider: String::new(),
            name: String::new(),
            description: String::new(),
            severity: Severity::High,
            confidence: Confidence::High,
            class: None,
            connector: None,
            tags: Vec::new(),
            references: Vec::new(),
        };
        let (column, end_column, byte_end) = (1, 1 + value.len(), value.len());
        let path = path.to_owned();
        let location = Location { path, line: 1, column, end_line: 1, end_column, byte_start: 0, byte_end };
        Finding {
            rule: Arc::new(rule),
            severity: Severity::High,
            class: None,
            confidence: Confidence::High,
            probability: None,
            secret: Fingerprinter::new(KeyKind::Once, &[7; 32]).seal(value.as_bytes()),
            facts: Vec::new(),
            encodings: Vec::new(),
            location,
            provenance: Provenance(steps),
            snippet: None,
            parts: Vec::new(),
            marks: Vec::new(),
        }
    }

    #[test]
    fn a_secret_in_a_name_is_masked_wherever_the_name_is_shown() {
        let (long, short) = ("sample-0123456789-abcdef", "sample-0123456789");
        let path = format!("keys/{long}.txt");
        let step = || Step::Path { path: path.clone() };
        let name = || Step::Text { what: "file-name".to_owned() };
        let mut findings = [
            finding(short, &path, vec![step(), name()]),
            finding(long, &path, vec![step(), name()]),
            finding("keys", &path, vec![step()]),
        ];
        let mut skips = [Skip { item: path.clone(), reason: SkipReason::Unreadable, detail: String::new() }];
        fixture::with_context(|context| {
            mask_names(&mut findings, &mut skips, (context.scanner, context.fingerprinter));
        });
        let shown = "keys/sample********.txt";
        for finding in &findings {
            assert_eq!(finding.location.path, shown, "what was not found in a name stays: keys");
            assert_eq!(finding.provenance.0[0], Step::Path { path: shown.to_owned() });
        }
        assert_eq!(skips[0].item, shown);
    }

    #[test]
    fn a_secret_in_a_name_that_no_source_read_is_masked_too() {
        let (path, author) = (format!("keys/{}.txt", fixture::secret(1)), fixture::secret(2));
        let commit = Step::Commit {
            id: String::new(),
            author: format!("{author} <mail>"),
            time: String::new(),
            in_head: true,
        };
        let mut findings = [finding("other", &path, vec![commit, Step::Path { path: path.clone() }])];
        let item = format!("link-{}", fixture::secret(3));
        let mut skips = [Skip { item, reason: SkipReason::Symlink, detail: String::new() }];
        fixture::with_context(|context| {
            mask_names(&mut findings, &mut skips, (context.scanner, context.fingerprinter));
        });
        let shown = format!("{findings:?} {skips:?}");
        assert!((1..4).all(|seed| !shown.contains(&fixture::secret(seed))), "{shown}");
        assert_eq!(findings[0].location.path, format!("keys/{}********.txt", &fixture::secret(1)[..7]));
    }
}
