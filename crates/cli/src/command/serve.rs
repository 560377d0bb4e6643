//! `stanch serve`: the register as a service.

mod folder;
mod open;
pub(crate) mod place;
mod standing;

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::Context as _;
use stanch_server::{Listener, ServerSettings, telemetry};
use tempfile::TempDir;
use tracing_subscriber::EnvFilter;

use crate::{config::Config, identity::IdentitySettings, policy::Status, printer::Printer};
use place::{PlaceArgs, RegisterPlace};

pub(crate) use standing::StandingArgs;

/// Where it listens if nothing else is said.
const ADDRESS: &str = "127.0.0.1:8787";

/// Keep a register of leaks and drive incidents until they are over
///
/// Takes in findings, opens one incident for each leaked secret, tells whoever must know, and serves the web pages and the API. Without
/// settings it keeps everything in one folder, in SQLite, and listens at 127.0.0.1:8787 only.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  stanch serve\n  stanch serve --demo\n  stanch serve --data /var/lib/stanch --listen 0.0.0.0:8787\n  stanch serve --database postgres://stanch@db.example/stanch --check"
)]
pub(crate) struct Args {
    /// Listen at ADDRESS; port 0 takes a free one [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Only check settings, policy, channels and database, and bring its schema up to date
    #[arg(long)]
    check: bool,
    /// Show half a year of a made-up company, in a folder that is gone at the end
    #[arg(long, conflicts_with_all = ["data", "check"])]
    demo: bool,
    #[command(flatten)]
    identity: IdentitySettings,
}

/// What is served, and where.
pub(crate) struct Options {
    place: RegisterPlace,
    address: SocketAddr,
    identity: IdentitySettings,
    check: bool,
    /// The folder of a demonstration, which goes with it.
    demo: Option<TempDir>,
}

impl Args {
    /// Makes the data folder and reads the settings.
    ///
    /// # Errors
    /// A folder that cannot be made, settings that cannot be read, a database that is none.
    pub(crate) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        let demo = if self.demo {
            Some(tempfile::tempdir().context("a folder for the demonstration")?)
        } else {
            None
        };
        let place = match &demo {
            Some(folder) => self.place.within(folder.path()).resolve()?,
            None => self.place.resolve()?,
        };
        let default = ADDRESS.parse().context("the address of old")?;
        Ok(Options {
            address: self.listen.or(place.settings.server.listen).unwrap_or(default),
            identity: self.identity.over(config.identity),
            check: self.check,
            demo,
            place,
        })
    }
}

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let server = &options.place.settings.server;
    let dropped = log(&options.place.settings)?;
    let tls = server.tls_cert.clone().zip(server.tls_key.clone());
    let listener = Listener::bind(options.address, tls)?;
    let open = open::open(options, &listener, dropped)?;
    if options.check {
        printer.note(format!("ready to serve: {}", open.summary));
        return Ok(Status::Clean);
    }
    if options.demo.is_some() {
        printer.note("making up half a year of a company; this takes some seconds");
        let login = open.demonstrate(options)?;
        printer.note(format!("log in as {} with the password {}", login.login, login.password.expose()));
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
