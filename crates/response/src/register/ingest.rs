//! Findings come in: each becomes a place of a leak, once, however often it is told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use stanch_model::{Actor, Liveness, ReportedFinding};
use stanch_store::{KnownOrigin, Leak, LeakState, Owner, Scan, Sighting};

use super::{Desk, Register, RegisterError, opening::NewLeak, place};
use crate::{
    batch::{Batch, Numbered, Rejected, Section},
    owner::{Clues, rank},
    policy::{Decision, Place, Subject},
};

/// Most places of a leak that are judged at once; the worst of them decides.
pub(super) const PLACES_MAX: usize = 200;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many findings came.
    pub received: usize,
    /// How many secrets were not known before.
    pub new_leaks: usize,
    /// How many places were not known before.
    pub new_exposures: usize,
    /// How many places were known.
    pub seen_again: usize,
    /// How many places are gone by a complete scan.
    pub gone: u64,
    /// How many incidents were opened.
    pub new_incidents: usize,
    /// How many were reopened, because their secret is alive after all.
    pub regressions: usize,
    /// How many lines were left out.
    pub rejected_count: usize,
    /// The first of them.
    pub rejected: Vec<Rejected>,
}

/// What a batch says of one secret.
struct Seen<'b> {
    findings: Vec<&'b ReportedFinding>,
}

impl<'b> Seen<'b> {
    /// The finding that tells most: a live one before others, then the most severe.
    fn lead(&self) -> &'b ReportedFinding {
        let rank = |finding: &&&ReportedFinding| (finding.liveness, finding.severity, finding.confidence);
        self.findings.iter().max_by_key(rank).unwrap_or_else(|| unreachable!("a secret was found somewhere"))
    }

    fn leaked_at(&self) -> Option<Timestamp> {
        self.findings.iter().filter_map(|finding| place::commit(finding).and_then(|(.., at)| at)).min()
    }
}

impl Register {
    /// Takes in a batch. When this returns, all of it is on disk; the same batch taken in again changes nothing but the time it was seen last.
    ///
    /// # Errors
    ///
    /// If the database refuses: nothing was taken in then.
    pub fn ingest(&self, mut batch: Batch, actor: &Actor, now: Timestamp) -> Result<Tally, RegisterError> {
        self.leave_out_foreign_keys(&mut batch);
        self.work(actor, now, |desk| desk.ingest(&batch))
    }

    /// A fingerprint under another key says nothing here.
    fn leave_out_foreign_keys(&self, batch: &mut Batch) {
        let keys = self.settings.keys;
        let mut foreign = Vec::new();
        for section in &mut batch.sections {
            for list in [&mut section.findings, &mut section.allowed] {
                list.retain(|numbered| {
                    let key = numbered.finding.fingerprint.key();
                    let is_ours = key == keys.current || Some(key) == keys.former;
                    if !is_ours {
                        foreign.push((
                            numbered.line,
                            format!("fingerprint: is under key {key}, this register's is {}", keys.current),
                        ));
                    }
                    is_ours
                });
            }
        }
        for (line, error) in foreign {
            batch.reject(line, error);
        }
    }
}

impl Desk<'_, '_> {
    pub(super) fn ingest(&mut self, batch: &Batch) -> Result<Tally, RegisterError> {
        let mut tally = Tally {
            received: batch.len() + batch.rejected_count,
            rejected_count: batch.rejected_count,
            rejected: batch.rejected.clone(),
            ..Tally::default()
        };
        for section in &batch.sections {
            self.ingest_section(section, &mut tally)?;
        }
        let told = json!({
            "received": tally.received, "new_leaks": tally.new_leaks, "new_exposures": tally.new_exposures,
            "rejected": tally.rejected_count, "gone": tally.gone,
            "scans": batch.sections.iter().map(|section| &section.header.id).collect::<Vec<_>>(),
        });
        let event = self.event("findings.received").detail(told);
        self.tx.record(event);
        Ok(tally)
    }

    fn ingest_section(&mut self, section: &Section, tally: &mut Tally) -> Result<(), RegisterError> {
        let origin = self.tx.origin_told(&section.header.origin, self.now)?;
        let scan = self.tx.scan_told(&section.header, origin.id, self.now)?;
        let seen = by_secret(&section.findings);
        let known = self.known_leaks(&seen)?;
        let leaks = self.leaks_of(&seen, &known, &origin, tally)?;
        let counts = self.note_places(&seen, &leaks, (&origin, &scan), tally)?;
        self.count_places(&counts)?;
        if !counts.is_empty() {
            self.tx.count_day(origin.id, counts.values().sum(), self.now)?;
        }
        self.note_allowed(&section.allowed, (&origin, &scan))?;
        if let Some(summary) = section.summary {
            self.tx.scan_ended(scan.id, summary.findings, summary.complete, self.now)?;
            if summary.complete {
                tally.gone += self.tx.gone_unless_seen(origin.id, &scan.scope, scan.id, self.now)?;
            }
        }
        Ok(())
    }

    /// Which leaks are known, by the fingerprint of today; a leak that was known under the former key has both names from now on.
    fn known_leaks(
        &mut self,
        seen: &BTreeMap<String, Seen<'_>>,
    ) -> Result<HashMap<String, i64>, RegisterError> {
        let former = |seen: &Seen<'_>| seen.lead().former_fingerprint.map(|former| former.to_string());
        let names: Vec<String> = seen.keys().cloned().chain(seen.values().filter_map(former)).collect();
        let found = self.tx.leaks_by_fingerprint(&names)?;
        let mut known = HashMap::with_capacity(seen.len());
        for (name, seen) in seen {
            let by_former = former(seen).and_then(|former| found.get(&former).copied());
            if let Some(&leak) = found.get(name) {
                known.insert(name.clone(), leak);
            } else if let Some(leak) = by_former {
                self.tx.leak_also_called(leak, name)?;
                known.insert(name.clone(), leak);
            }
        }
        Ok(known)
    }

    /// The number of every secret's leak: those that are known are brought up to date, the others are made.
    fn leaks_of(
        &mut self,
        seen: &BTreeMap<String, Seen<'_>>,
        known: &HashMap<String, i64>,
        origin: &KnownOrigin,
        tally: &mut Tally,
    ) -> Result<HashMap<String, i64>, RegisterError> {
        let fresh: Vec<_> = seen.iter().filter(|(name, _)| !known.contains_key(*name)).collect();
        let mut new = Vec::with_capacity(fresh.len());
        for (name, seen) in fresh {
            new.push(self.judge_new(name, seen, origin));
        }
        let mut leaks = known.clone();
        leaks.extend(self.make_leaks(new, tally)?);
        let raced: Vec<String> = seen.keys().filter(|name| !leaks.contains_key(*name)).cloned().collect();
        leaks.extend(self.tx.leaks_by_fingerprint(&raced)?);
        let mut again: BTreeMap<i64, &Seen<'_>> = BTreeMap::new();
        for (name, seen) in seen {
            if known.contains_key(name) || raced.contains(name) {
                again.insert(leaks[name], seen);
            }
        }
        self.bring_up_to_date(&again, origin, tally)?;
        Ok(leaks)
    }

    fn judge_new(&mut self, fingerprint: &str, seen: &Seen<'_>, origin: &KnownOrigin) -> NewLeak {
        let lead = seen.lead();
        let owner = self.owner(lead, origin);
        let subject = self.subject(seen, origin, owner.as_ref());
        let decision = self.settings.policy.decide(&subject, self.now);
        let parts: Vec<_> = lead.parts.iter().filter(|part| !part.secret).collect();
        let leak = Leak {
            id: 0,
            fingerprint: fingerprint.to_owned(),
            rule: lead.rule.clone(),
            severity: decision.severity,
            severity_because: decision.severity_because.to_string(),
            reported_severity: lead.severity,
            confidence: lead.confidence,
            class: lead.class,
            preview: lead.preview.clone(),
            account: subject.account.clone(),
            details: json!({ "facts": lead.facts, "parts": parts }),
            liveness: lead.liveness,
            verified_at: (lead.liveness != Liveness::Unknown).then_some(self.now),
            state: LeakState::Open,
            public: decision.public.unwrap_or_default(),
            environment: decision.environment.as_deref().map(str::to_owned),
            owner,
            leaked_at: subject.leaked,
            detected_at: self.now,
            last_seen: self.now,
            exposures: 0,
            origins: 0,
            regressions: 0,
            incident: None,
        };
        let keys = self.settings.policy.group_keys(&subject);
        let first = subject.places.get(decision.place).cloned().unwrap_or_default();
        NewLeak { leak, decision, keys: keys.iter().map(ToString::to_string).collect(), place: first }
    }

    fn subject(&self, seen: &Seen<'_>, origin: &KnownOrigin, owner: Option<&Owner>) -> Subject {
        let lead = seen.lead();
        let places: BTreeSet<Place> =
            seen.findings.iter().take(PLACES_MAX).map(|finding| place::of(origin, finding)).collect();
        Subject {
            rule: lead.rule.clone(),
            connector: self.settings.connector_of(&lead.rule).map(str::to_owned),
            severity: lead.severity,
            confidence: lead.confidence,
            class: lead.class,
            liveness: lead.liveness,
            account: place::account(lead),
            owners: owner.map(|owner| owner.name.clone()).into_iter().collect(),
            leaked: seen.leaked_at(),
            places: places.into_iter().collect(),
            ..Subject::default()
        }
    }

    fn owner(&self, finding: &ReportedFinding, origin: &KnownOrigin) -> Option<Owner> {
        let commit = place::commit(finding);
        let claims = self.settings.catalogue.claims(&origin.origin.name, &finding.location.path);
        let clues = Clues {
            code_owners: &finding.code_owners,
            author: commit.map(|(_, author, _)| author),
            author_days: commit.and_then(|(.., at)| at).map(|at| self.now.duration_since(at).as_hours() / 24),
            claims: &claims,
        };
        let best = rank(&clues).into_iter().next()?;
        Some(Owner { name: best.owner, score: f64::from(best.score), because: best.because.join("; ") })
    }

    /// Leaks that are known are seen again: maybe in a worse place, maybe alive after all.
    fn bring_up_to_date(
        &mut self,
        again: &BTreeMap<i64, &Seen<'_>>,
        origin: &KnownOrigin,
        tally: &mut Tally,
    ) -> Result<(), RegisterError> {
        let ids: Vec<i64> = again.keys().copied().collect();
        let mut locked = self.tx.leaks_locked(&ids)?;
        for (id, seen) in again {
            let Some(leak) = locked.get_mut(id) else { continue };
            let lead = seen.lead();
            let owner = leak.owner.clone().or_else(|| self.owner(lead, origin));
            let subject = self.subject(seen, origin, owner.as_ref());
            let decision = self.settings.policy.decide(&subject, self.now);
            leak.last_seen = self.now;
            leak.owner = owner;
            leak.leaked_at = [leak.leaked_at, subject.leaked].into_iter().flatten().min();
            leak.public |= decision.public.unwrap_or_default();
            if lead.liveness != Liveness::Unknown {
                leak.liveness = lead.liveness;
                leak.verified_at = Some(self.now);
            }
            let is_worse = decision.severity > leak.severity;
            if is_worse {
                self.make_worse(leak, &decision);
            }
            self.seen_after_its_end(leak, lead, &decision, tally)?;
            if is_worse && leak.state == LeakState::Open {
                self.raise(leak, &decision)?;
            }
            self.tx.update_leak(leak)?;
        }
        Ok(())
    }

    pub(super) fn make_worse(&mut self, leak: &mut Leak, decision: &Decision) {
        let detail = json!({ "from": leak.severity, "to": decision.severity });
        leak.severity = decision.severity;
        leak.severity_because = decision.severity_because.to_string();
        leak.environment = decision.environment.as_deref().map(str::to_owned).or(leak.environment.take());
        let event = self.event("leak.severity").leak(leak.id).reason(&leak.severity_because).detail(detail);
        self.tx.record(event);
    }

    /// Writes the places down; gives how many were new, by leak and origin.
    fn note_places(
        &mut self,
        seen: &BTreeMap<String, Seen<'_>>,
        leaks: &HashMap<String, i64>,
        scanned: (&KnownOrigin, &Scan),
        tally: &mut Tally,
    ) -> Result<HashMap<(i64, i64), i64>, RegisterError> {
        let places = places(seen, leaks, scanned);
        let counts = self.tx.sight(&places, self.now)?;
        let new: i64 = counts.values().sum();
        let new = usize::try_from(new).unwrap_or_default();
        tally.new_exposures += new;
        tally.seen_again += places.len() - new;
        Ok(counts)
    }

    /// Writes down where an exception lets secrets stay that are known for another reason: these places are not gone.
    fn note_allowed(
        &mut self,
        allowed: &[Numbered],
        scanned: (&KnownOrigin, &Scan),
    ) -> Result<(), RegisterError> {
        if allowed.is_empty() {
            return Ok(());
        }
        let mut seen = by_secret(allowed);
        let leaks = self.known_leaks(&seen)?;
        seen.retain(|name, _| leaks.contains_key(name));
        let counts = self.tx.sight(&places(&seen, &leaks, scanned), self.now)?;
        self.count_places(&counts)
    }

    /// Brings the counts of leaks up to date.
    fn count_places(&mut self, counts: &HashMap<(i64, i64), i64>) -> Result<(), RegisterError> {
        let leaks: BTreeSet<i64> = counts.keys().map(|&(leak, _)| leak).collect();
        Ok(self.tx.recount_leaks(&leaks.into_iter().collect::<Vec<_>>())?)
    }
}

/// Each place once.
fn places(
    seen: &BTreeMap<String, Seen<'_>>,
    leaks: &HashMap<String, i64>,
    scanned: (&KnownOrigin, &Scan),
) -> Vec<Sighting> {
    let mut places: BTreeMap<String, Sighting> = BTreeMap::new();
    for (name, seen) in seen {
        for finding in &seen.findings {
            let sighting = sighting(leaks[name], scanned, finding);
            places.insert(sighting.place.clone(), sighting);
        }
    }
    places.into_values().collect()
}

/// Findings by their secret; in a fixed order, so that two servers lock leaks in the same one.
fn by_secret(findings: &[Numbered]) -> BTreeMap<String, Seen<'_>> {
    let mut seen: BTreeMap<String, Seen<'_>> = BTreeMap::new();
    for numbered in findings {
        let name = numbered.finding.fingerprint.to_string();
        seen.entry(name).or_insert_with(|| Seen { findings: Vec::new() }).findings.push(&numbered.finding);
    }
    seen
}

fn sighting(leak: i64, (origin, scan): (&KnownOrigin, &Scan), finding: &ReportedFinding) -> Sighting {
    let commit = place::commit(finding);
    Sighting {
        place: place::key(leak, scan.origin, finding),
        leak,
        origin: scan.origin,
        kind: origin.origin.kind,
        scan: scan.id,
        scope: scan.scope.clone(),
        path: finding.location.path.clone(),
        line: i64::try_from(finding.location.line).unwrap_or(i64::MAX),
        commit: commit.map(|(id, ..)| id.to_owned()),
        author: commit.map(|(_, author, _)| author.to_owned()),
        exposed_at: commit.and_then(|(.., at)| at),
        provenance: steps(finding),
        url: finding.url.clone(),
    }
}

/// The steps to the bytes, and from those to the secret.
fn steps(finding: &ReportedFinding) -> String {
    let read = |list: serde_json::Result<String>| list.unwrap_or_else(|_| "[]".to_owned());
    if finding.encodings.is_empty() {
        return read(serde_json::to_string(&finding.provenance));
    }
    let decoded = finding.encodings.iter().map(|encoding| json!({ "kind": "decoded", "encoding": encoding }));
    let steps = finding.provenance.0.iter().map(|step| json!(step)).chain(decoded);
    read(serde_json::to_string(&steps.collect::<Vec<_>>()))
}
