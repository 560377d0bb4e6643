//! What whoever has a secret can reach, as far as scans told it.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use stanch_model::{Fact, ReportedPart};
use stanch_store::{Leak, LeakFilter, StoreError, Tx};

use super::words::{incident_ref, leak_ref};
use crate::{app::App, auth::Identity, pages::incident::BlastRadius};

/// Most accounts that are looked at.
const ACCOUNTS_MAX: usize = 5;
/// Most secrets of an account, and most facts.
const ITEMS_MAX: usize = 20;

/// What scans told of these leaks, and what else there is of their accounts.
pub(super) fn of(
    tx: &mut Tx<'_>,
    app: &App,
    who: &Identity,
    leaks: &[Leak],
) -> Result<BlastRadius, StoreError> {
    let ours: BTreeSet<i64> = leaks.iter().map(|leak| leak.id).collect();
    let accounts: BTreeSet<&str> = leaks.iter().filter_map(|leak| leak.account.as_deref()).collect();
    let mut same_account = Vec::new();
    for account in accounts.iter().take(ACCOUNTS_MAX) {
        let filter = LeakFilter { account: Some((*account).to_owned()), ..LeakFilter::default() };
        let others = tx.leaks(&filter, &who.sight, ITEMS_MAX + ours.len().min(ITEMS_MAX))?;
        let others = others.iter().filter(|leak| !ours.contains(&leak.id)).take(ITEMS_MAX);
        same_account.extend(others.map(|leak| leak_ref(leak, app.register.settings(), who)));
    }
    let facts: BTreeSet<(String, String)> = leaks.iter().flat_map(told).collect();
    let named: Vec<&str> = accounts.into_iter().take(ACCOUNTS_MAX).collect();
    Ok(BlastRadius {
        identity: (!named.is_empty()).then(|| named.join(", ")),
        expires: leaks.iter().filter_map(expiry).min(),
        told: facts
            .into_iter()
            .filter(|(name, _)| name != "account" && name != "expires")
            .take(ITEMS_MAX)
            .collect(),
        same_account,
        ..BlastRadius::default()
    })
}

/// The same of an incident, with the incidents that have an account or a commit in common with it.
pub(super) fn of_incident(
    tx: &mut Tx<'_>,
    app: &App,
    who: &Identity,
    (id, leaks): (i64, &[Leak]),
) -> Result<BlastRadius, StoreError> {
    let in_common = tx.incidents_in_common(id, &who.sight, ITEMS_MAX)?;
    let what = |key: &str| key.split(' ').next().unwrap_or_default().to_owned();
    let in_common = in_common.iter().map(|(key, incident)| (what(key), incident_ref(incident))).collect();
    Ok(BlastRadius { in_common, ..of(tx, app, who, leaks)? })
}

/// What the form of a secret says of itself, and what stands beside it: name and value.
pub(super) fn told(leak: &Leak) -> Vec<(String, String)> {
    let account = leak.account.iter().map(|account| ("account".to_owned(), account.clone()));
    let facts = facts(leak).into_iter().map(|fact| match fact {
        Fact::Expires(day) => ("expires".to_owned(), day),
        Fact::Issuer(name) => ("issuer".to_owned(), name),
        Fact::Account(name) => ("account".to_owned(), name),
        Fact::Encrypted => ("encrypted".to_owned(), "with a passphrase".to_owned()),
    });
    let parts: Vec<ReportedPart> = serde_json::from_value(leak.details["parts"].clone()).unwrap_or_default();
    let parts = parts.into_iter().map(|part| (part.name.replace('-', " "), part.value));
    let mut all: Vec<_> = account.chain(facts).chain(parts).collect();
    all.dedup();
    all
}

fn facts(leak: &Leak) -> Vec<Fact> {
    serde_json::from_value(leak.details["facts"].clone()).unwrap_or_default()
}

fn expiry(leak: &Leak) -> Option<Timestamp> {
    let day = |fact| match fact {
        Fact::Expires(day) => day.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok(),
        _ => None,
    };
    facts(leak).into_iter().find_map(day).map(|zoned| zoned.timestamp())
}
