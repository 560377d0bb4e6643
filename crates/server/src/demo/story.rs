//! What happens in the demonstration, in the order of time.

use std::{cmp::Reverse, collections::BinaryHeap};

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use serde_json::{Value as Json, json};
use stanch_model::{Actor, ActorKind, Change, Duty, Evidence, EvidenceKind, Fingerprinter, Liveness, Reason};
use stanch_response::{Batch, Dismissal, Postman, Register, RegisterError, Request};
use stanch_store::{GateEvent, InventoryItem, Sight, StoreError};

use super::{
    DemoError,
    case::{Case, Fate},
    cast::{BYPASSES, NOTES, PEOPLE, REPOSITORIES, SPOTS},
    dice::Dice,
    postman,
};

/// The same company each time.
const SEED: u64 = 20_261_127;
/// How much is told, in days: this quarter, the one before to compare it with, and not a day too many.
const DAYS: i64 = 182;
/// Secrets that were there before anybody looked.
const BACKLOG: usize = 14;
/// How long ago the newest leaks were, in minutes: somebody on call has something to look at.
const FRESH: [i64; 5] = [9, 95, 310, 700, 1500];
/// How long an exception is granted for, in days.
const EXCEPTION_DAYS: i64 = 180;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scene {
    /// A scan finds a secret.
    Found(usize),
    /// Somebody takes its incident on.
    Acknowledge(usize),
    Note(usize),
    Contain(usize),
    Revoke(usize),
    Rotate(usize),
    Prove(usize),
    Close(usize),
    Dismiss(usize),
    /// A secret that was ended is alive after all.
    Regress(usize),
    /// A gate stops somebody, or is gone by.
    Gate,
    /// Something is scanned again from end to end.
    Scan(usize),
}

/// Half a year, told scene by scene.
pub(super) struct Story<'s> {
    register: &'s Register,
    printer: &'s Fingerprinter,
    postman: Postman,
    now: Timestamp,
    dice: Dice,
    cases: Vec<Case>,
    scenes: BinaryHeap<Reverse<(Timestamp, Scene)>>,
}

impl<'s> Story<'s> {
    pub(super) fn new(register: &'s Register, printer: &'s Fingerprinter, now: Timestamp) -> Self {
        let postman = postman(register);
        Self {
            register,
            printer,
            postman,
            now,
            dice: Dice::new(SEED),
            cases: Vec::new(),
            scenes: BinaryHeap::new(),
        }
    }

    /// When it begins.
    pub(super) fn start(&self) -> Timestamp {
        self.now - SignedDuration::from_hours(24 * DAYS)
    }

    /// Tells all of it.
    pub(super) fn tell(&mut self) -> Result<(), DemoError> {
        self.leak_before_the_start();
        for day in 0..DAYS {
            self.plan_day(self.start() + SignedDuration::from_hours(24 * day), day);
        }
        for minutes in FRESH {
            self.leak(
                self.now - SignedDuration::from_mins(minutes),
                Some(SignedDuration::from_mins(minutes * 3 / 4)),
            );
        }
        while let Some(Reverse((at, scene))) = self.scenes.pop() {
            if at > self.now {
                break;
            }
            self.register.tick(at)?;
            self.play(scene, at)?;
            self.postman.deliver_due(|| at)?;
        }
        Ok(self.take_inventory()?)
    }

    fn at(&mut self, at: Timestamp, scene: Scene) {
        self.scenes.push(Reverse((at, scene)));
    }

    fn leak_before_the_start(&mut self) {
        for _ in 0..BACKLOG {
            let leaked = self.start() - SignedDuration::from_hours(24 * (30 + self.dice.count(700)));
            let found = self.start() + SignedDuration::from_mins(self.dice.count(2000));
            self.leak(leaked, Some(found.duration_since(leaked)));
        }
    }

    /// A secret leaks, and is found when its case says or after `wait`.
    fn leak(&mut self, leaked: Timestamp, wait: Option<SignedDuration>) {
        let printer = self.printer;
        let seal = |text: &str| printer.seal(text.as_bytes()).fingerprint().to_string();
        let mut case = Case::roll(&mut self.dice, leaked, seal);
        if let Some(wait) = wait {
            case.found = leaked + wait;
        }
        self.at(case.found, Scene::Found(self.cases.len()));
        self.cases.push(case);
    }

    fn plan_day(&mut self, midnight: Timestamp, day: i64) {
        let weekday = midnight.to_zoned(TimeZone::UTC).weekday();
        let is_rest = matches!(weekday, Weekday::Saturday | Weekday::Sunday);
        // Less leaks as the gates are put up everywhere.
        let leaks = if is_rest { 12 } else { 165 - 90 * usize::try_from(day).unwrap_or_default() / 182 };
        for _ in 0..leaks / 100 + usize::from(self.dice.happens(leaks % 100)) {
            let at = self.working_hour(midnight);
            self.leak(at, None);
        }
        let stops = if is_rest { 0 } else { 2 + self.dice.below(4) };
        for _ in 0..stops {
            let at = self.working_hour(midnight);
            self.at(at, Scene::Gate);
        }
        let spot = usize::try_from(day).unwrap_or_default() % SPOTS.len();
        self.at(midnight + SignedDuration::from_hours(3), Scene::Scan(spot));
    }

    fn working_hour(&mut self, midnight: Timestamp) -> Timestamp {
        midnight + SignedDuration::from_secs(7 * 3600 + self.dice.count(11 * 3600))
    }

    fn play(&mut self, scene: Scene, at: Timestamp) -> Result<(), DemoError> {
        match scene {
            Scene::Found(case) | Scene::Regress(case) => self.find(case, scene, at),
            Scene::Gate => self.stop_somebody(at),
            Scene::Scan(spot) => self.scan(spot, at),
            _ => self.respond(scene, at),
        }
    }

    /// Takes in what a scan of one place says.
    fn take_in(&mut self, spot: usize, lines: Vec<Json>, at: Timestamp) -> Result<(), DemoError> {
        let spot = &SPOTS[spot];
        let header = json!({
            "type": "scan", "id": self.dice.hex(16), "tool": "stanch 0.1.0", "scope": "history", "started": at.to_string(),
            "origin": {
                "kind": spot.kind, "name": spot.name, "public": spot.public, "environment": spot.environment,
                "url": format!("https://{}", spot.name),
            },
        });
        let mut text = header.to_string();
        for line in lines {
            text.push('\n');
            text.push_str(&line.to_string());
        }
        let batch = Batch::parse(text.as_bytes())
            .unwrap_or_else(|error| unreachable!("the lines of a story: {error}"));
        self.register.ingest(batch, &Actor { kind: ActorKind::Token, name: "ci".to_owned() }, at)?;
        Ok(())
    }

    fn find(&mut self, number: usize, scene: Scene, at: Timestamp) -> Result<(), DemoError> {
        let case = &mut self.cases[number];
        if scene == Scene::Regress(number) {
            (case.liveness, case.is_there) = (Liveness::Live, true);
        }
        let spot = SPOTS.iter().position(|spot| spot.name == case.spot.name).unwrap_or_default();
        let (lines, fate, pace) = (case.lines().collect(), case.fate, case.pace());
        self.take_in(spot, lines, at)?;
        if fate != Fate::LeftLying || self.dice.happens(50) {
            let wait = self.dice.about(pace.acknowledge);
            self.at(at + wait, Scene::Acknowledge(number));
        }
        Ok(())
    }

    /// Everything of one place that is still there, and that this is all.
    fn scan(&mut self, spot: usize, at: Timestamp) -> Result<(), DemoError> {
        let name = SPOTS[spot].name;
        let there =
            self.cases.iter().filter(|case| case.spot.name == name && case.is_there && case.found < at);
        let mut lines: Vec<Json> = there.flat_map(Case::lines).collect();
        lines.push(json!({ "type": "summary", "findings": lines.len(), "complete": true }));
        self.take_in(spot, lines, at)
    }

    fn stop_somebody(&mut self, at: Timestamp) -> Result<(), DemoError> {
        let case = Case::roll(&mut self.dice, at, |_| String::new());
        let by_passed = self.dice.happens(12);
        let event = GateEvent {
            client_id: self.dice.hex(16),
            at,
            gate: (*self.dice.pick(&["pre-commit", "pre-commit", "pre-push", "ci"])).to_owned(),
            outcome: if by_passed { "bypassed" } else { "blocked" }.to_owned(),
            origin: SPOTS[self.dice.below(REPOSITORIES)].name.to_owned(),
            actor: self.dice.pick(PEOPLE).0.to_owned(),
            reason: if by_passed { (*self.dice.pick(BYPASSES)).to_owned() } else { String::new() },
            findings: json!([{ "rule": case.kind.rule }]),
        };
        self.register.note_gates(
            &[event],
            &Actor { kind: ActorKind::Token, name: "gates".to_owned() },
            at,
        )?;
        Ok(())
    }

    /// Somebody does the next thing about a case, and plans the one after it.
    fn respond(&mut self, scene: Scene, at: Timestamp) -> Result<(), DemoError> {
        let (Scene::Acknowledge(number)
        | Scene::Note(number)
        | Scene::Contain(number)
        | Scene::Revoke(number)
        | Scene::Rotate(number)
        | Scene::Prove(number)
        | Scene::Close(number)
        | Scene::Dismiss(number)) = scene
        else {
            return Ok(());
        };
        let Some(incident) = self.incident_of(number)? else { return Ok(()) };
        let person = PEOPLE[number % PEOPLE.len()];
        let actor = Actor { kind: ActorKind::User, name: person.0.to_owned() };
        let request = Request { incident, actor: &actor, sight: &Sight::All, version: None, now: at };
        // Two secrets of one incident: what was done about one is done about both.
        match self.act(scene, &request) {
            Ok(()) | Err(RegisterError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.plan(scene, number, at);
        Ok(())
    }

    fn incident_of(&self, number: usize) -> Result<Option<i64>, StoreError> {
        let fingerprint = self.cases[number].fingerprint.clone();
        self.register.store().read(|tx| {
            let known = tx.leaks_by_fingerprint(std::slice::from_ref(&fingerprint))?;
            let Some(&leak) = known.get(&fingerprint) else { return Ok(None) };
            Ok(tx.leak(leak, &Sight::All)?.and_then(|leak| leak.incident))
        })
    }

    fn act(&mut self, scene: Scene, request: &Request<'_>) -> Result<(), RegisterError> {
        let register = self.register;
        let step = |change, reason, evidence: &[Evidence]| {
            register.step(request, change, reason, evidence).map(drop)
        };
        let ticket = format!("https://tickets.acme.example/SEC-{}", 400 + request.incident);
        let link = |text: &str| Evidence {
            kind: EvidenceKind::Link,
            text: text.to_owned(),
            url: Some(ticket.clone()),
        };
        let shown = |kind, text: &str| Evidence { kind, text: text.to_owned(), url: None };
        match scene {
            Scene::Acknowledge(_) => {
                step(Change::Acknowledge, "", &[])?;
                register.assign(request, Duty::Commander, Some(&request.actor.name)).map(drop)
            }
            Scene::Note(_) => {
                let note = self.dice.pick(NOTES);
                register.note(request, note, None)
            }
            Scene::Contain(_) => step(Change::Contain, "the egress rule for its address is in place", &[]),
            Scene::Revoke(_) => step(Change::Revoke, "", &[link("deleted in the provider's console")]),
            Scene::Rotate(_) => {
                step(Change::Rotate, "", &[link("all consumers read the new one from the vault")])
            }
            Scene::Prove(_) => {
                let probe = shown(
                    EvidenceKind::Probe,
                    "refused with 401 at 3 addresses, the new one accepted at each",
                );
                let log = shown(EvidenceKind::AuditLog, "no use in the provider's log since it was deleted");
                step(Change::Prove, "", &[probe, log])
            }
            Scene::Close(_) => {
                self.tick_off(request)?;
                step(Change::Close, "a gate was added where it came in", &[])
            }
            Scene::Dismiss(number) => {
                let why = if self.cases[number].kind.rule.contains("test") {
                    Reason::TestCredential
                } else {
                    *self.dice.pick(&[Reason::FalsePositive, Reason::TestCredential, Reason::Revoked])
                };
                let dismissal = Dismissal {
                    why,
                    words: "looked at with the owner: it opens nothing of ours".to_owned(),
                    owner: request.actor.name.clone(),
                    expires: Some(request.now + SignedDuration::from_hours(24 * EXCEPTION_DAYS)),
                };
                register.dismiss(request, &dismissal).map(drop)
            }
            Scene::Found(_) | Scene::Regress(_) | Scene::Gate | Scene::Scan(_) => Ok(()),
        }
    }

    /// Everything on the checklist is done.
    fn tick_off(&self, request: &Request<'_>) -> Result<(), RegisterError> {
        let tasks = self.register.store().read(|tx| tx.tasks(request.incident))?;
        for task in tasks.iter().filter(|task| task.done_at.is_none()) {
            self.register.tick_task(request, task.id, true)?;
        }
        Ok(())
    }

    fn plan(&mut self, scene: Scene, number: usize, at: Timestamp) {
        let (fate, pace) = (self.cases[number].fate, self.cases[number].pace());
        let hours = SignedDuration::from_hours;
        match scene {
            Scene::Acknowledge(_) if fate == Fate::Dismissed => {
                self.after(hours(2), Scene::Dismiss(number), at);
            }
            Scene::Acknowledge(_) if fate == Fate::Resolved => {
                if self.dice.happens(60) {
                    self.after(pace.acknowledge, Scene::Note(number), at);
                }
                if self.dice.happens(55) {
                    self.after(pace.revoke / 4, Scene::Contain(number), at);
                }
                self.after(pace.revoke, Scene::Revoke(number), at);
            }
            Scene::Revoke(_) => {
                let case = &mut self.cases[number];
                if case.liveness == Liveness::Live {
                    case.liveness = Liveness::Dead;
                }
                self.after(hours(3), Scene::Rotate(number), at);
            }
            Scene::Rotate(_) => {
                self.cases[number].is_there = self.dice.happens(40);
                self.after(hours(20), Scene::Prove(number), at);
            }
            Scene::Prove(_) => self.after(hours(3), Scene::Close(number), at),
            Scene::Close(_) if number % 41 == 7 => self.after(hours(24 * 8), Scene::Regress(number), at),
            _ => {}
        }
    }

    fn after(&mut self, usual: SignedDuration, scene: Scene, at: Timestamp) {
        let wait = self.dice.about(usual);
        self.at(at + wait, scene);
    }

    /// What other systems tell: how many credentials are short-lived, how many secret stores keep an audit log.
    fn take_inventory(&self) -> Result<(), StoreError> {
        let item = |kind: &str, number: usize, good: bool| InventoryItem {
            kind: kind.to_owned(),
            name: format!("{kind}-{number}"),
            good,
            detail: "from the inventory of the platform team".to_owned(),
        };
        let credentials = (0..240).map(|number| item("credential", number, number % 5 < 3));
        let stores = (0..14).map(|number| item("secret-store", number, number % 6 != 0));
        let items: Vec<_> = credentials.chain(stores).collect();
        self.register.store().write(|tx| tx.inventory_told(&items, self.now))
    }
}
