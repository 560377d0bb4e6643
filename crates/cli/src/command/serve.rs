//! `stanch serve`: the register as a service.

mod folder;
mod open;
mod standing;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::Context as _;
use stanch_server::{Listener, ServerSettings, telemetry};
use tracing_subscriber::EnvFilter;

use crate::{config::Config, identity::IdentitySettings, policy::Status, printer::Printer};
use folder::DataFolder;

pub(crate) use standing::StandingArgs;

/// Where it listens if nothing else is said.
const ADDRESS: &str = "127.0.0.1:8787";

/// Keep a register of leaks and drive incidents until they are over
///
/// Takes in findings, opens one incident for each leaked secret, tells whoever must know, and serves the web pages and the API. Without
/// settings it keeps everything in one folder, in SQLite, and listens at 127.0.0.1:8787 only.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  stanch serve\n  stanch serve --data /var/lib/stanch --listen 0.0.0.0:8787\n  stanch serve --database postgres://stanch@db.example/stanch --check"
)]
pub(crate) struct Args {
    /// Listen at ADDRESS; port 0 takes a free one [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Keep database, keys and settings in DIR [default: ~/.local/share/stanch]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the register in this database: postgres://…, or the path of a file [default: register.db in the data folder]
    ///
    /// A password belongs into PGPASSWORD or a service file, not into this flag, which others can read from the list of processes.
    #[arg(long, value_name = "DATABASE")]
    database: Option<String>,
    /// Read settings of the server from FILE [default: server.toml in the data folder, if it is there]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Only check settings, policy, channels and database, and bring its schema up to date
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    identity: IdentitySettings,
}

/// What is served, and where.
pub(crate) struct Options {
    folder: DataFolder,
    settings: ServerSettings,
    settings_folder: PathBuf,
    address: SocketAddr,
    database: Option<String>,
    identity: IdentitySettings,
    check: bool,
}

impl Args {
    /// Makes the data folder and reads the settings.
    ///
    /// # Errors
    /// A folder that cannot be made, settings that cannot be read.
    pub(crate) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        let folder = DataFolder::make(self.data)?;
        let file = self.settings.clone().unwrap_or_else(|| folder.path("server.toml"));
        let settings = if self.settings.is_some() || file.exists() {
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            ServerSettings::parse(&text, &file.display().to_string())?
        } else {
            ServerSettings::default()
        };
        let default = ADDRESS.parse().context("the address of old")?;
        Ok(Options {
            address: self.listen.or(settings.server.listen).unwrap_or(default),
            database: self.database.or_else(|| settings.server.database.clone()),
            settings_folder: file.parent().map(Path::to_owned).unwrap_or_default(),
            identity: self.identity.over(config.identity),
            check: self.check,
            folder,
            settings,
        })
    }
}

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let dropped = log(&options.settings)?;
    let tls = options.settings.server.tls_cert.clone().zip(options.settings.server.tls_key.clone());
    let listener = Listener::bind(options.address, tls)?;
    let open = open::open(options, &listener, dropped)?;
    if options.check {
        printer.note(format!("ready to serve: {}", open.summary));
        return Ok(Status::Clean);
    }
    printer.note(format!("{} at {}", open.summary, open.url));
    if let Some(address) = open.auth.first_setup_address()? {
        printer.note(format!("set up the first administrator, once, within a day: {address}"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads")?;
    runtime.block_on(stanch_server::serve(open.app, open.auth, open.postman, listener, stopped()))?;
    Ok(Status::Clean)
}

/// Over when somebody asks the server to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}

/// Structured logs on standard error; `STANCH_LOG` says how much. Gives the counter of spans that were not sent.
fn log(settings: &ServerSettings) -> anyhow::Result<Arc<AtomicU64>> {
    let filter = EnvFilter::try_from_env("STANCH_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    telemetry::start(&settings.telemetry, filter).context("telemetry")
}
