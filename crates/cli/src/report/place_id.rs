//! What a forge tells one place of a secret from another by.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use stanch_model::Finding;

use super::place::Place;

/// What stands for the commit of a place that is in none; GitLab's own analyser says so as well.
pub(super) const NO_COMMIT: &str = "0000000";

/// Gives each place of one report its id: unique in the report, and the same in every run that has the same salt.
#[derive(Default)]
pub(super) struct PlaceIds {
    /// How many places had this id before.
    seen: HashMap<[u8; 16], u64>,
}

impl PlaceIds {
    /// A UUID (RFC 9562, version 8) of the secret and where it stands. Places that differ in neither rule, commit, path
    /// nor offset, as in a file and in the index or in two clones, are told apart by their number in the report.
    pub(super) fn next(&mut self, finding: &Finding, place: &Place<'_>) -> String {
        let commit = place.commit.map_or(NO_COMMIT, |commit| commit.id);
        let (rule, at) = (&finding.rule.id, finding.location.byte_start);
        let text = format!("{}\n{rule}\n{commit}\n{at}\n{}", finding.fingerprint(), place.path);
        let id = uuid(&text);
        let seen = self.seen.entry(id).or_default();
        *seen += 1;
        hyphenated(if *seen == 1 { id } else { uuid(&format!("{seen}\n{text}")) })
    }
}

fn uuid(text: &str) -> [u8; 16] {
    let hash = Sha256::digest(text.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    id
}

fn hyphenated(id: [u8; 16]) -> String {
    let hex = HEXLOWER.encode(&id);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::report::sample;

    #[test]
    fn places_that_look_alike_have_ids_of_their_own_in_every_run() {
        let mut findings = sample::findings().findings;
        findings.extend(sample::findings().findings);
        let run = || {
            let mut ids = PlaceIds::default();
            findings.iter().map(|finding| ids.next(finding, &Place::of(finding))).collect::<Vec<_>>()
        };
        let ids = run();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), findings.len());
        assert_eq!(ids, run());
    }
}
