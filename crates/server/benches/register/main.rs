//! How fast a full register takes findings in, and how fast it answers: `cargo bench -p stanch-server --bench register`.
//!
//! It fills a register with a million findings of 50,000 secrets in 5,000 incidents, over SQLite and over PostgreSQL, and then asks the served
//! pages and lists over HTTP, each a hundred times. `STANCH_BENCH_FINDINGS` is another number of findings; `STANCH_BENCH_ONLY` is `sqlite` or
//! `postgres`; `STANCH_BENCH_KEEP` a folder where the SQLite register is left, for `stanch serve --data`.

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures on standard output")]

mod client;
mod fill;

use std::{
    collections::{BTreeMap, HashMap},
    env,
    error::Error,
    path::PathBuf,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use stanch_model::{Actor, ActorKind, Fingerprinter};
use stanch_response::{
    Keys, Postman, Register, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy,
};
use stanch_server::{
    App, Listener, WebPages,
    auth::{Auth, AuthContext, AuthSettings, NewToken, Rate, ServerKey, Site},
};
use stanch_store::{Database, Scope, Store};
use stanch_testbed::Postgres;

use client::Client;
use fill::Fill;

/// Findings, if nothing else is said.
const FINDINGS: usize = 1_000_000;
/// How often each page is asked for.
const ROUNDS: usize = 100;
/// A channel and route for everything, so that every incident has a message.
const POLICY: &str = "[grouping]\nsame = [\"commit\"]\nwindow = \"1h\"\nleaks_max = 100\n";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let findings =
        env::var("STANCH_BENCH_FINDINGS").ok().and_then(|text| text.parse().ok()).unwrap_or(FINDINGS);
    let temporary = tempfile::tempdir()?;
    let folder = env::var_os("STANCH_BENCH_KEEP").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let only = env::var("STANCH_BENCH_ONLY").ok();
    let is_wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if is_wanted("sqlite") {
        let sqlite = Database::Sqlite(folder.join("register.db"));
        measure("SQLite", &sqlite, (&folder, findings))?;
    }
    if is_wanted("postgres") {
        let postgres = Postgres::durable();
        measure("PostgreSQL", &postgres.database().parse()?, (&folder, findings))?;
    }
    Ok(())
}

fn measure(name: &str, database: &Database, (folder, findings): (&std::path::Path, usize)) -> Result<()> {
    let store = Store::open(database)?;
    let printer = Fingerprinter::of_organisation(b"a key of thirty-two bytes or more")?;
    let register = register(&store, &printer)?;
    let fill = Fill::of(findings);
    println!("{name}: {findings} findings of {} secrets in {} incidents", fill.secrets(), fill.incidents());
    let rate = fill.ingest(&register, &printer)?;
    println!("  taken in {rate:.0} a second, in batches of {} from {} clients", fill::BATCH, fill::CLIENTS);
    fill.respond(&register)?;
    let server = Server::start(&register, folder)?;
    println!("  {:<58} {:>9} {:>9}", "asked for", "median ms", "p99 ms");
    let session = server.client.log_in(&server.setup)?;
    for path in client::PAGES {
        tell(path, || server.client.page(&session, path))?;
    }
    for path in client::LISTS {
        tell(path, || server.client.list(&server.token, path))?;
    }
    println!("  memory at its highest: {} MB, of this process, which made the load too", high_water_mb());
    server.stop();
    Ok(())
}

fn register(store: &Store, printer: &Fingerprinter) -> Result<Register> {
    let settings = Settings {
        policy: Policy::parse(POLICY)?,
        playbook: Playbook::default(),
        catalogue: Catalogue::default(),
        rules: HashMap::new(),
        keys: Keys { current: printer.key(), former: None },
        url: "http://127.0.0.1".to_owned(),
    };
    Ok(Register::new(store.clone(), settings))
}

/// A server under measurement.
struct Server {
    client: Client,
    setup: String,
    token: String,
    stop: tokio::sync::oneshot::Sender<()>,
    ended: mpsc::Receiver<()>,
}

impl Server {
    fn start(register: &Register, folder: &std::path::Path) -> Result<Self> {
        let listener = Listener::bind("127.0.0.1:0".parse()?, None)?;
        let url = format!("http://{}", listener.address());
        let auth = auth(register.store(), &url, folder)?;
        let setup = auth.first_setup_address()?.ok_or("somebody administers already")?;
        let new = NewToken {
            name: "bench".to_owned(),
            scopes: vec![Scope::Read],
            team: None,
            expires_at: Timestamp::now() + SignedDuration::from_hours(24),
        };
        let actor = Actor { kind: ActorKind::Console, name: "bench".to_owned() };
        let token = auth.accounts().create_token(&actor, &new)?.1.expose().to_owned();
        // What waits for channels that are not there would be noise.
        let postman = Postman::new(
            Store::open(&Database::Sqlite(folder.join("empty.db")))?,
            BTreeMap::new(),
            "bench".to_owned(),
        );
        let app = App::new(register.clone(), Timestamp::now);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, ended) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        std::thread::spawn(move || {
            let over = async {
                let _ = stopped.await;
            };
            if let Err(error) = runtime.block_on(stanch_server::serve(app, auth, postman, listener, over)) {
                println!("  the server ended: {error}");
            }
            let _ = tell.send(());
        });
        Ok(Self { client: Client::new(url), setup, token, stop, ended })
    }

    fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.ended.recv_timeout(Duration::from_secs(30));
    }
}

/// Asks again and again, and prints how long the answers took.
fn tell(path: &str, ask: impl Fn() -> Result<()>) -> Result<()> {
    ask()?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        ask()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let (median, late) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
    println!("  {path:<58} {:>9.1} {:>9.1}", millis(median), millis(late));
    Ok(())
}

fn auth(store: &Store, url: &str, folder: &std::path::Path) -> Result<Auth> {
    let free = Rate { per_second: 1e6, burst: 1e6 };
    let settings = AuthSettings { address_rate: free, identity_rate: free, ..AuthSettings::default() };
    Ok(Auth::new(AuthContext {
        store: store.clone(),
        settings,
        site: Site::new(url)?,
        key: ServerKey::load_or_make(&folder.join("server.key"))?,
        clock: Arc::new(Timestamp::now),
        pages: Arc::new(WebPages),
        provider: None,
    })?)
}

/// Source: `VmHWM` of proc(5), in kB.
fn high_water_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() / 1024
}
