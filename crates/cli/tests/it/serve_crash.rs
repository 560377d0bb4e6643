//! Servers that are killed at any moment: what they acknowledged is there, once, and every alert arrives.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use serde_json::json;
use stanch_model::Fingerprinter;
use stanch_store::{IncidentFilter, LeakFilter, Sight, Store, Verifier};
use stanch_testbed::Postgres;

use crate::{
    killable::{Folder, Killable},
    register::organisation_key,
    sink::Sink,
};

/// How often a server is killed.
const KILLS: usize = 50;
/// Secrets of a batch; all of one commit, so that each batch is one incident.
const SECRETS: usize = 4;
/// How long something may take that waits for a lease of a killed server to end.
const PATIENCE: Duration = Duration::from_mins(4);

/// Lines of the batch with this number, always the same.
fn batch(number: usize) -> String {
    let printer = Fingerprinter::of_organisation(organisation_key().as_bytes()).expect("long enough");
    let mut text = json!({
        "type": "scan", "id": format!("scan-{number}"), "tool": "stanch 0.1.0", "scope": "history", "started": "2027-01-15T08:00:00Z",
        "origin": { "kind": "repository", "name": format!("git.example/acme/r{}", number % 7) },
    })
    .to_string();
    for secret in 0..SECRETS {
        let sealed = printer.seal(format!("secret {secret} of batch {number}").as_bytes());
        let line = json!({
            "type": "finding", "rule": "example-token", "severity": "critical", "confidence": "high",
            "fingerprint": sealed.fingerprint().to_string(), "preview": "ex********",
            "location": { "path": format!("f{secret}"), "line": 1, "column": 1, "end_line": 1, "end_column": 9, "byte_start": 0, "byte_end": 8 },
            "provenance": [
                { "kind": "repository", "path": "." },
                { "kind": "commit", "id": format!("c{number}"), "author": "Bob <bob@acme.example>", "time": "2027-01-14T08:00:00Z", "in_head": true },
            ],
        });
        let _ = write!(text, "\n{line}");
    }
    text
}

/// Where clients send to at the moment; several if there are several servers.
type Addresses = Arc<Mutex<Vec<String>>>;

/// A client that sends batch after batch, each until it is acknowledged.
struct Client {
    step: usize,
    next: usize,
    token: String,
    to: Addresses,
    is_over: Arc<AtomicBool>,
    events: mpsc::Sender<()>,
}

impl Client {
    /// Sends until it is told to stop; gives the numbers of the batches that were acknowledged.
    fn work(mut self) -> BTreeSet<usize> {
        let mut acknowledged = BTreeSet::new();
        let mut attempts = 0;
        while !self.is_over.load(Ordering::Relaxed) {
            attempts += 1;
            if self.send(attempts) {
                acknowledged.insert(self.next);
                self.next += self.step;
                let _ = self.events.send(());
            }
        }
        acknowledged
    }

    fn send(&self, attempt: usize) -> bool {
        let addresses = self.to.lock().expect("no panic").clone();
        let Some(address) = addresses.get(attempt % addresses.len().max(1)) else {
            thread::yield_now();
            return false;
        };
        let sent = ureq::post(format!("{address}/api/v1/findings"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/x-ndjson")
            .send(batch(self.next));
        sent.is_ok_and(|answer| answer.status() == 200)
    }
}

/// Two clients at work.
struct Load {
    to: Addresses,
    is_over: Arc<AtomicBool>,
    clients: Vec<thread::JoinHandle<BTreeSet<usize>>>,
}

impl Load {
    fn start(token: &str, events: &mpsc::Sender<()>) -> Self {
        let (to, is_over) = (Addresses::default(), Arc::new(AtomicBool::new(false)));
        let client = |first| Client {
            step: 2,
            next: first,
            token: token.to_owned(),
            to: Arc::clone(&to),
            is_over: Arc::clone(&is_over),
            events: events.clone(),
        };
        let clients = [0, 1].map(|first| {
            let client = client(first);
            thread::spawn(move || client.work())
        });
        Self { to, is_over, clients: clients.into() }
    }

    fn aim(&self, servers: &[&Killable]) {
        *self.to.lock().expect("no panic") = servers.iter().map(|server| server.url.clone()).collect();
    }

    /// What was acknowledged, of both.
    fn end(self) -> BTreeSet<usize> {
        self.is_over.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect()
    }
}

/// Waits until so many things happened: acknowledged batches, delivered alerts.
fn wait(happened: &mpsc::Receiver<()>, count: usize) {
    for _ in 0..count {
        happened.recv_timeout(PATIENCE).expect("something happens");
    }
}

/// Waits until every message of the outbox is delivered.
fn wait_for_delivery(store: &Store, happened: &mpsc::Receiver<()>) {
    while store.read(|tx| tx.outbox_depth()).expect("a depth").0 > 0 {
        // Nothing new may come any more when the last was delivered but not noted yet.
        let _ = happened.recv_timeout(Duration::from_millis(200));
    }
}

/// Everything that was acknowledged is there once; nothing else is, but the batches that were under way.
fn check_findings(store: &Store, acknowledged: &BTreeSet<usize>) -> usize {
    let (leaks, incidents) = store
        .read(|tx| {
            let leaks = tx.leaks(&LeakFilter::default(), &Sight::All, 1_000_000)?;
            Ok::<_, stanch_store::StoreError>((
                leaks,
                tx.incidents(&IncidentFilter::default(), &Sight::All, 1_000_000)?,
            ))
        })
        .expect("reads");
    assert!(!acknowledged.is_empty());
    assert!(leaks.iter().all(|leak| leak.exposures == 1), "each secret was found in one place");
    let fingerprints: BTreeSet<&str> = leaks.iter().map(|leak| leak.fingerprint.as_str()).collect();
    assert_eq!(fingerprints.len(), leaks.len());
    let missing = acknowledged.iter().filter(|&&number| {
        let text = batch(number);
        let lines =
            text.lines().skip(1).map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        lines.into_iter().any(|line| !fingerprints.contains(line["fingerprint"].as_str().expect("a text")))
    });
    assert_eq!(missing.count(), 0);
    assert_eq!(incidents.len() * SECRETS, leaks.len(), "a batch is there whole, as one incident");
    assert!(
        incidents.len() <= acknowledged.len() + 2,
        "only what was under way may be there without an answer"
    );
    incidents.len()
}

/// Every incident was told, always under the same key; gives how many alerts came more than once.
fn check_alerts(sink: &Sink, incidents: usize) -> usize {
    let taken = sink.taken();
    let mut keys: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &taken {
        keys.entry(one.incident).or_default().insert(&one.key);
        *ids.entry(&one.id).or_default() += 1;
    }
    assert_eq!(keys.len(), incidents, "each incident was told");
    assert!(keys.values().all(|keys| keys.len() == 1), "always under one key");
    assert_eq!(ids.len(), incidents, "one alert each");
    taken.len() - ids.len()
}

fn check_trail(store: &Store) {
    let mut verifier = Verifier::default();
    let mut next = 1;
    loop {
        let entries = store.read(|tx| tx.trail_from(next, 1000)).expect("the trail reads");
        let Some(last) = entries.last() else { break };
        next = last.seq + 1;
        for entry in &entries {
            verifier.take(entry).expect("an unbroken trail");
        }
    }
}

/// Kills the server again and again while findings come in and alerts go out.
fn is_killed_and_loses_nothing(postgres: Option<String>) {
    let (events, happened) = mpsc::channel();
    let sink = Sink::new(events.clone());
    let folder = Folder::new(postgres, &sink.url);
    let load = Load::start(&folder.token(), &events);
    for kill in 0..KILLS {
        let server = folder.start();
        load.aim(&[&server]);
        wait(&happened, 1 + kill * 7 % 5);
        server.kill();
    }
    let server = folder.start();
    load.aim(&[&server]);
    wait(&happened, 5);
    let acknowledged = load.end();
    let store = folder.store();
    wait_for_delivery(&store, &happened);
    server.kill();
    let incidents = check_findings(&store, &acknowledged);
    let again = check_alerts(&sink, incidents);
    assert!(again <= KILLS, "an alert comes again only where its delivery was not noted: {again}");
    check_trail(&store);
}

#[test]
fn a_server_on_sqlite_that_is_killed_loses_and_doubles_nothing() {
    is_killed_and_loses_nothing(None);
}

#[test]
fn a_server_on_postgres_that_is_killed_loses_and_doubles_nothing() {
    is_killed_and_loses_nothing(Some(Postgres::shared().database()));
}

#[test]
fn of_two_servers_on_one_database_one_is_killed_and_the_other_goes_on() {
    let (events, happened) = mpsc::channel();
    let sink = Sink::new(events.clone());
    let folder = Folder::new(Some(Postgres::shared().database()), &sink.url);
    let load = Load::start(&folder.token(), &events);
    let twin = folder.twin(&sink.url);
    let (first, second) = (folder.start(), twin.start());
    load.aim(&[&first, &second]);
    wait(&happened, 60);
    first.kill();
    wait(&happened, 60);
    let acknowledged = load.end();
    let store = twin.store();
    // What the killed one had taken goes out when its lease ends; nobody starts it again.
    wait_for_delivery(&store, &happened);
    drop(second);
    let incidents = check_findings(&store, &acknowledged);
    let again = check_alerts(&sink, incidents);
    assert!(again <= 1, "at most the one whose delivery the killed server did not note: {again}");
    check_trail(&store);
}
