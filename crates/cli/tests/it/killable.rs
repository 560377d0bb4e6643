//! `stanch serve` as a process, to be talked to and killed.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};
use stanch_model::{Actor, ActorKind};
use stanch_server::{
    WebPages,
    auth::{Auth, AuthContext, AuthSettings, NewToken, ServerKey, Site},
};
use stanch_store::{Database, Scope, Store};
use tempfile::TempDir;

use crate::register::organisation_key;

/// A policy that tells the channel `sink` of everything.
const POLICY: &str = r#"
[[route]]
name = "everything"
urgency = "page"
channels = ["sink"]

[grouping]
same = ["commit"]
window = "1h"
leaks_max = 100
"#;

/// The folder of a server, and its database.
pub(crate) struct Folder {
    root: TempDir,
    /// None for the SQLite file of the folder.
    postgres: Option<String>,
}

impl Folder {
    /// One whose server tells the service at `sink`.
    pub(crate) fn new(postgres: Option<String>, sink: &str) -> Self {
        let root = TempDir::new().expect("a folder");
        let settings = format!(
            "[policy]\nfile = \"policy.toml\"\n[[channel]]\nname = \"sink\"\nkind = \"webhook\"\nurl = \"{sink}\"\nsecret_env = \"SINK_SECRET\"\n"
        );
        fs::write(root.path().join("server.toml"), settings).expect("written");
        fs::write(root.path().join("policy.toml"), POLICY).expect("written");
        Self { root, postgres }
    }

    /// Another server over the same database, with the same keys.
    pub(crate) fn twin(&self, sink: &str) -> Self {
        let twin = Self::new(self.postgres.clone(), sink);
        fs::copy(self.path("server.key"), twin.path("server.key")).expect("the key is made");
        twin
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The database, opened beside the server.
    pub(crate) fn store(&self) -> Store {
        let database = match &self.postgres {
            Some(url) => url.parse().expect("a url"),
            None => Database::Sqlite(self.path("register.db")),
        };
        Store::open(&database).expect("the database opens")
    }

    /// A token for ingestion.
    pub(crate) fn token(&self) -> String {
        let context = AuthContext {
            store: self.store(),
            settings: AuthSettings::default(),
            site: Site::new("http://127.0.0.1").expect("an address"),
            key: ServerKey::load_or_make(&self.path("server.key")).expect("a key"),
            clock: std::sync::Arc::new(Timestamp::now),
            pages: std::sync::Arc::new(WebPages),
            provider: None,
        };
        let auth = Auth::new(context).expect("puts itself together");
        let new = NewToken {
            name: "tests".to_owned(),
            scopes: vec![Scope::Ingest],
            team: None,
            expires_at: Timestamp::now() + SignedDuration::from_hours(1),
        };
        let actor = Actor { kind: ActorKind::Console, name: "tests".to_owned() };
        let (_, text) = auth.accounts().create_token(&actor, &new).expect("a token");
        text.expose().to_owned()
    }

    /// Starts the server.
    pub(crate) fn start(&self) -> Killable {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(self.root.path());
        if let Some(url) = &self.postgres {
            command.args(["--database", url]);
        }
        Killable::spawn(command, self.root.path())
    }
}

/// A running server; killed when dropped.
pub(crate) struct Killable {
    child: Child,
    pub(crate) url: String,
}

impl Killable {
    fn spawn(mut command: Command, home: &Path) -> Self {
        let secret = format!("whsec_{}", BASE64.encode(&[7; 32]));
        let mut child = command
            .env_clear()
            .env("HOME", home)
            .env("STANCH_FINGERPRINT_KEY", organisation_key())
            .env("STANCH_LOG", "error")
            .env("SINK_SECRET", secret)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let url = lines.by_ref().find_map(|line| {
            let url = line.split_once(" at http://").map(|(_, rest)| format!("http://{}", rest.trim()));
            said.push(line);
            url
        });
        let url = url.unwrap_or_else(|| panic!("the server did not start: {said:?}"));
        // A pipe that nobody reads would stop it.
        thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
