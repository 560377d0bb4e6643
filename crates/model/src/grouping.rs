//! One secret with all its places: what a person acts on, where findings are what a scan sees.

use std::{cmp::Reverse, collections::HashMap};

use crate::{Confidence, Finding, Fingerprint, Preview, RuleInfo, Severity};

/// The findings that share one fingerprint, in the order they came; never empty. Made by [`group`].
#[derive(Clone, Debug)]
pub struct SecretGroup<'f> {
    /// Every sighting of the secret, also those of several rules in one place.
    pub findings: Vec<&'f Finding>,
}

impl<'f> SecretGroup<'f> {
    /// The identity they share.
    pub fn fingerprint(&self) -> &'f Fingerprint {
        self.lead().fingerprint()
    }

    /// The glimpse they share.
    pub fn preview(&self) -> Preview {
        self.lead().preview()
    }

    /// The harm of the worst of them.
    pub fn severity(&self) -> Severity {
        self.lead().severity
    }

    /// How sure the surest of them is.
    pub fn confidence(&self) -> Confidence {
        self.findings.iter().map(|finding| finding.confidence).max().unwrap_or(Confidence::Low)
    }

    /// The rule that says most about the secret: that of [`SecretGroup::lead`].
    pub fn rule(&self) -> &'f RuleInfo {
        &self.lead().rule
    }

    /// The finding to show first: the worst, of these the surest, of these the first.
    pub fn lead(&self) -> &'f Finding {
        let rank = |finding: &&Finding| Reverse((finding.severity, finding.confidence));
        self.findings.iter().copied().min_by_key(rank).expect("a group is made with its first finding")
    }
}

/// Groups findings by fingerprint: the worst first, of these the surest, of these the one found first.
pub fn group(findings: &[Finding]) -> Vec<SecretGroup<'_>> {
    let mut groups: Vec<SecretGroup<'_>> = Vec::new();
    let mut places: HashMap<&Fingerprint, usize> = HashMap::new();
    for finding in findings {
        let at = *places.entry(finding.fingerprint()).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(known) => known.findings.push(finding),
            None => groups.push(SecretGroup { findings: vec![finding] }),
        }
    }
    groups.sort_by_cached_key(|group| Reverse((group.severity(), group.confidence())));
    groups
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Fingerprinter, KeyKind, Location, Provenance};

    fn finding(value: &str, severity: Severity, confidence: Confidence, path: &str) -> Finding {
        let rule = RuleInfo {
            id: format!("rule-{severity}"),
            provider: String::new(),
            name: String::new(),
            description: String::new(),
            severity,
            confidence,
            class: None,
            connector: None,
            tags: Vec::new(),
            references: Vec::new(),
        };
        Finding {
            rule: Arc::new(rule),
            severity,
            class: None,
            confidence,
            probability: None,
            secret: Fingerprinter::new(KeyKind::Once, &[0; 32]).seal(value.as_bytes()),
            facts: Vec::new(),
            encodings: Vec::new(),
            location: Location {
                path: path.to_owned(),
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 2,
                byte_start: 0,
                byte_end: 1,
            },
            provenance: Provenance::default(),
            snippet: None,
            parts: Vec::new(),
            marks: Vec::new(),
        }
    }

    #[test]
    fn one_secret_is_one_group_and_the_worst_comes_first() {
        let findings = [
            finding("one", Severity::Low, Confidence::Certain, "a"),
            finding("two", Severity::High, Confidence::Low, "a"),
            finding("three", Severity::High, Confidence::High, "b"),
            finding("two", Severity::Medium, Confidence::Medium, "c"),
            finding("four", Severity::High, Confidence::High, "d"),
        ];
        let groups = group(&findings);
        let seen: Vec<_> =
            groups.iter().map(|g| (g.lead().location.path.as_str(), g.findings.len())).collect();
        assert_eq!(seen, [("b", 1), ("d", 1), ("a", 2), ("a", 1)]);
        let two = &groups[2];
        assert_eq!((two.severity(), two.confidence()), (Severity::High, Confidence::Medium));
        assert_eq!(two.rule().id, "rule-high");
        assert!(two.findings.iter().all(|finding| finding.fingerprint() == two.fingerprint()));
    }

    #[test]
    fn nothing_found_is_no_group() {
        assert!(group(&[]).is_empty());
    }
}
