//! One secret of the demonstration: where it leaked, when, and how it will end.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use stanch_model::{Liveness, OriginKind, Severity};

use super::{
    cast::{KINDS, Kind, PEOPLE, REPOSITORIES, SPOTS, Spot},
    dice::Dice,
};

/// How a case ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is driven to its end.
    Resolved,
    /// There is nothing to revoke.
    Dismissed,
    /// Nobody gets round to it.
    LeftLying,
}

/// One secret.
pub(super) struct Case {
    pub(super) kind: &'static Kind,
    pub(super) spot: &'static Spot,
    pub(super) fingerprint: String,
    pub(super) found: Timestamp,
    pub(super) liveness: Liveness,
    pub(super) fate: Fate,
    /// Whether a scan still finds it.
    pub(super) is_there: bool,
    places: Vec<Json>,
}

impl Case {
    /// One that leaked at about this time; `seal` gives a value its fingerprint.
    pub(super) fn roll(dice: &mut Dice, leaked: Timestamp, seal: impl Fn(&str) -> String) -> Self {
        let kind = dice.pick(KINDS);
        let spot = if dice.happens(64) {
            &SPOTS[dice.below(REPOSITORIES)]
        } else {
            dice.pick(&SPOTS[REPOSITORIES..])
        };
        let liveness = match () {
            () if dice.happens(kind.live) => Liveness::Live,
            () if dice.happens(30) => Liveness::Dead,
            () => Liveness::Unknown,
        };
        let wait =
            if dice.happens(7) { SignedDuration::from_hours(60) } else { SignedDuration::from_mins(25) };
        let fate = match dice.below(100) {
            0..=13 => Fate::Dismissed,
            14..=16 if kind.severity <= Severity::High => Fate::LeftLying,
            _ => Fate::Resolved,
        };
        let fingerprint = seal(&dice.hex(32));
        let count = if dice.happens(30) { 2 + dice.below(5) } else { 1 };
        let places = (0..count).map(|_| place(dice, kind, spot, leaked)).collect();
        let found = leaked + dice.about(wait);
        Self { kind, spot, fingerprint, found, liveness, fate, is_there: true, places }
    }

    /// The lines that tell a server of it.
    pub(super) fn lines(&self) -> impl Iterator<Item = Json> {
        self.places.iter().map(|place| {
            let mut line = place.clone();
            line["fingerprint"] = self.fingerprint.as_str().into();
            line["liveness"] = self.liveness.as_str().into();
            line
        })
    }

    /// How quickly people get to it, as a rule.
    pub(super) fn pace(&self) -> Pace {
        let minutes = SignedDuration::from_mins;
        let (acknowledge, revoke) = match self.kind.severity {
            Severity::Critical => (minutes(5), minutes(33)),
            Severity::High => (minutes(20), minutes(240)),
            Severity::Medium => (minutes(180), minutes(30 * 60)),
            Severity::Low => (minutes(600), minutes(90 * 60)),
        };
        Pace { acknowledge, revoke }
    }
}

/// How quickly people get to something.
pub(super) struct Pace {
    pub(super) acknowledge: SignedDuration,
    /// From then on.
    pub(super) revoke: SignedDuration,
}

fn place(dice: &mut Dice, kind: &Kind, spot: &Spot, leaked: Timestamp) -> Json {
    let path = *dice.pick(kind.paths);
    let (steps, path, url) = match spot.kind {
        OriginKind::CiLog => job(dice),
        OriginKind::Image => layer(dice, path),
        OriginKind::Telemetry => (vec![json!({ "kind": "stdin" })], "stdout".to_owned(), None),
        _ => commit(dice, spot, path, leaked),
    };
    let line = 3 + dice.below(180);
    // What CI systems mask is the value as it is, and nothing else.
    let encodings: &[&str] = if spot.kind == OriginKind::CiLog { &["base64"] } else { &[] };
    json!({
        "type": "finding", "rule": kind.rule, "severity": kind.severity, "confidence": "high",
        "preview": format!("{}********", kind.shown), "provenance": steps, "url": url, "encodings": encodings,
        "location": {
            "path": path, "line": line, "column": 9, "end_line": line, "end_column": 49, "byte_start": line * 40,
            "byte_end": line * 40 + 40,
        },
    })
}

/// Steps of a provenance, the path they lead to, and where a person can look at it.
type Way = (Vec<Json>, String, Option<String>);

fn commit(dice: &mut Dice, spot: &Spot, path: &str, leaked: Timestamp) -> Way {
    let (login, name, _) = dice.pick(PEOPLE);
    let id = dice.hex(40);
    let url = format!("https://{}/blob/{id}/{path}", spot.name);
    let steps = vec![
        json!({ "kind": "repository", "path": "." }),
        json!({
            "kind": "commit", "id": id, "author": format!("{name} <{login}@acme.example>"), "time": leaked.to_string(),
            "in_head": dice.happens(70),
        }),
        json!({ "kind": "path", "path": path }),
    ];
    (steps, path.to_owned(), Some(url))
}

fn job(dice: &mut Dice) -> Way {
    let id = 48_000 + dice.below(9_000);
    let (pipeline, step) = *dice.pick(&[
        ("deploy", "print environment"),
        ("integration", "run tests"),
        ("release", "docker login"),
    ]);
    let steps = vec![json!({ "kind": "job", "id": id.to_string(), "pipeline": pipeline, "step": step })];
    (steps, format!("{pipeline}.log"), Some(format!("https://ci.acme.example/jobs/{id}")))
}

fn layer(dice: &mut Dice, path: &str) -> Way {
    let of = 7 + dice.below(5);
    let number = 2 + dice.below(of - 2);
    let made_by = *dice.pick(&["COPY . /app", "RUN npm ci", "COPY .env /app/.env"]);
    let steps = vec![
        json!({
            "kind": "layer", "digest": format!("sha256:{}", dice.hex(64)), "number": number, "of": of, "made_by": made_by,
            "deleted": dice.happens(30),
        }),
        json!({ "kind": "path", "path": format!("app/{path}") }),
    ];
    (steps, format!("app/{path}"), None)
}
