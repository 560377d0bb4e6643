//! PostgreSQL.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{Leash, free_port};

/// Where Debian keeps the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A cluster of PostgreSQL of this test's own.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    data: PathBuf,
    databases: AtomicU32,
    _leash: Leash,
}

impl Postgres {
    /// Makes and starts a cluster that is quick and need not outlive a loss of power.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not there (`cargo xtask test` installs it) or does not start.
    pub fn start() -> Self {
        Self::start_with("fsync = off\n")
    }

    /// The same as somebody would run it who wants to keep what is in it: for benchmarks.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn durable() -> Self {
        Self::start_with("shared_buffers = 256MB\nmax_wal_size = 4GB\n")
    }

    fn start_with(more: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("stanch-pg-").tempdir().expect("a folder").keep();
        let (data, port) = (folder.join("data"), free_port());
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        run(program("initdb")
            .args([
                "--auth=trust",
                "--username=stanch",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
            ])
            .arg(&data));
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nmax_connections = 100\n{more}"
        );
        let file = data.join("postgresql.auto.conf");
        fs::write(&file, settings).expect("settings");
        let stop = command_text("pg_ctl", &format!("stop -m immediate -D {}", data.display()));
        let leash = Leash::run_at_end(&format!("{stop}; rm -rf {}", folder.display()));
        run(program("pg_ctl")
            .args(["start", "-w", "-t", "60", "-l"])
            .arg(folder.join("log"))
            .arg("-D")
            .arg(&data));
        Self { port, data, databases: AtomicU32::new(0), _leash: leash }
    }

    /// One cluster for all tests of a binary: it ends with the process.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Makes an empty database; gives its URL.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        run(Command::new(bin("createdb")).args([
            "-h",
            "127.0.0.1",
            "-U",
            "stanch",
            "-p",
            &self.port.to_string(),
            &name,
        ]));
        format!("postgres://stanch@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }

    /// The folder with all its files, where a test may look for what must not be there.
    pub fn data(&self) -> &Path {
        &self.data
    }
}

fn is_root() -> bool {
    env::var_os("USER").is_some_and(|user| user == "root")
        || env::var_os("HOME").is_some_and(|home| home == "/root")
}

/// The newest version of a program.
fn bin(name: &str) -> PathBuf {
    let mut versions: Vec<_> = fs::read_dir(VERSIONS)
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin").join(name)).collect())
        .unwrap_or_default();
    versions.retain(|path: &PathBuf| path.exists());
    versions.sort();
    versions.pop().unwrap_or_else(|| panic!("{name} is not there: install Debian's package postgresql"))
}

/// The program as a user it agrees to run as: PostgreSQL refuses root.
fn program(name: &str) -> Command {
    if !is_root() {
        return Command::new(bin(name));
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(bin(name)).current_dir("/");
    command
}

fn command_text(name: &str, arguments: &str) -> String {
    let prefix = if is_root() { "runuser -u postgres -- " } else { "" };
    format!("{prefix}{} {arguments}", bin(name).display())
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
