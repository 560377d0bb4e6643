//! What a finding says of its place.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use stanch_model::{Fact, ReportedFinding, Step};
use stanch_store::KnownOrigin;

use crate::policy::Place;

/// Bytes of the hash that names a place: 128 bits.
const PLACE_BYTES: usize = 16;
/// Parts that name an account by themselves.
const ACCOUNT_PARTS: [&str; 6] =
    ["access-key-id", "account", "account-id", "client-id", "project-id", "application-id"];

/// The commit that brought a finding, its author and its time.
pub(super) fn commit(finding: &ReportedFinding) -> Option<(&str, &str, Option<Timestamp>)> {
    finding.provenance.0.iter().find_map(|step| match step {
        Step::Commit { id, author, time, .. } => Some((&**id, &**author, time.parse().ok())),
        _ => None,
    })
}

/// What names a place whatever the line: the leak, the origin, and the steps from it to the bytes. What the teller calls the origin on its
/// own machine does not count.
pub(super) fn key(leak: i64, origin: i64, finding: &ReportedFinding) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{leak}\n{origin}\n"));
    for step in &finding.provenance.0 {
        let (kind, text) = match step {
            Step::Directory { .. } | Step::Stdin | Step::Repository { .. } => continue,
            Step::Commit { id, .. } => ("commit", id.as_str()),
            Step::Unreachable => ("unreachable", ""),
            Step::Index => ("index", ""),
            Step::Object { id, .. } => ("object", id.as_str()),
            Step::Layer { digest, .. } => ("layer", digest.as_str()),
            Step::Job { id, .. } => ("job", id.as_str()),
            Step::Path { path } => ("path", path.as_str()),
            Step::Text { what } => ("text", what.as_str()),
        };
        digest.update(format!("{kind} {}:{text}\n", text.len()));
    }
    digest.update(&finding.location.path);
    let hash = BASE32_NOPAD.encode(&digest.finalize()[..PLACE_BYTES]).to_lowercase();
    // Places of one leak stand together in the index: those of a new one at its end, not anywhere in it.
    format!("{leak:012}{hash}")
}

/// The place as the policy sees it.
pub(super) fn of(origin: &KnownOrigin, finding: &ReportedFinding) -> Place {
    Place {
        kind: origin.origin.kind,
        origin: origin.origin.name.clone(),
        path: finding.location.path.clone(),
        public: origin.origin.public,
        environment: origin.origin.environment.clone(),
        commit: commit(finding).map(|(id, ..)| id.to_owned()),
    }
}

/// The account a secret belongs to, where its form or what stands beside it tells.
pub(super) fn account(finding: &ReportedFinding) -> Option<String> {
    let told = finding.facts.iter().find_map(|fact| match fact {
        Fact::Account(account) => Some(account.clone()),
        _ => None,
    });
    let part = |name: &str| finding.parts.iter().find(|part| part.name == name && !part.secret);
    let named = || ACCOUNT_PARTS.iter().find_map(|name| part(name)).map(|part| part.value.clone());
    let login = || match (part("username"), part("host")) {
        (Some(user), Some(host)) => Some(format!("{}@{}", user.value, host.value)),
        _ => None,
    };
    told.or_else(named).or_else(login)
}
