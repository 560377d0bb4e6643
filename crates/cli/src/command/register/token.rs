//! `stanch register token`: a token for a program.

use std::env;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};
use stanch_model::{Actor, ActorKind};
use stanch_server::auth::{Accounts, NewToken, Site};
use stanch_store::{Scope, Store};

use crate::{
    advice::{advise, listed},
    command::serve::place::PlaceArgs,
    policy::Status,
    printer::Printer,
};

/// Where people reach a server that does not say so. Tokens do not depend on it.
const URL: &str = "http://127.0.0.1:8787";
/// Longest name of who works at the command line, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

/// Make a token for a program
///
/// Prints the token, this once: the register keeps a hash of it only. It counts at once, also for a server that runs.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  stanch register token --name ci --scope ingest > token\n  stanch register token --name shop-bot --scope read,respond --team shop --days 30 --data /var/lib/stanch"
)]
pub(super) struct Args {
    /// What the token is for
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What it may be used for; several with commas
    #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',', value_parser = scope())]
    scope: Vec<Scope>,
    /// Limit it to the origins of this team
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// How many days it counts
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    #[command(flatten)]
    place: PlaceArgs,
}

fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|name| name.parse::<Scope>())
}

/// Makes it.
///
/// # Errors
/// A register that cannot be opened, a team that is not there, or a token that makes no sense.
pub(super) fn run(args: Args, printer: &Printer) -> anyhow::Result<Status> {
    let place = args.place.resolve()?;
    let store = Store::open(&place.database)?;
    let now = Timestamp::now();
    let new = NewToken {
        name: args.name,
        scopes: args.scope,
        team: args.team.map(|name| team(&store, &name)).transpose()?,
        expires_at: now + SignedDuration::from_hours(24 * i64::from(args.days)),
    };
    let site = Site::new(place.settings.server.url.as_deref().unwrap_or(URL))?;
    let (token, text) = Accounts::new(&store, &site, now).create_token(&operator(), &new)?;
    printer.note(format_args!(
        "token {} for {}: {}, until {}; it is shown this once",
        token.id,
        token.name,
        listed(&token.scopes),
        token.expires_at.strftime("%Y-%m-%d"),
    ));
    printer.print(|out| writeln!(out, "{}", text.expose())).context("standard output")?;
    Ok(Status::Clean)
}

/// The number of the team of this name.
fn team(store: &Store, name: &str) -> anyhow::Result<i64> {
    let teams = store.read(|tx| tx.teams())?;
    let found = teams.iter().find(|team| team.name == name).map(|team| team.id);
    found.ok_or_else(|| {
        let names = listed(teams.iter().map(|team| &team.name));
        let remedy =
            if names.is_empty() { "make a team first, or leave --team out".to_owned() } else { names };
        advise("--team: there is no team of this name", remedy)
    })
}

/// Who works at the command line, by the name of the account.
fn operator() -> Actor {
    let named = ["LOGNAME", "USER"].into_iter().filter_map(|name| env::var(name).ok());
    let name = named.into_iter().find(|name| !name.trim().is_empty());
    let name = name.map(|name| name.chars().take(NAME_CHARACTERS_MAX).collect());
    Actor { kind: ActorKind::Console, name: name.unwrap_or_else(|| "console".to_owned()) }
}
