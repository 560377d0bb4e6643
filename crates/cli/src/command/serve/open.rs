//! Puts a server together from its settings.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::Context as _;
use jiff::Timestamp;
use stanch_connectors::{Context, Http, HttpSettings, ProcessCredentials};
use stanch_engine::RuleSet;
use stanch_response::{
    Keys, Postman, Register, RuleFacts, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy,
};
use stanch_server::{
    App, Listener, Operations, WebPages,
    auth::{Auth, AuthContext, ServerKey, Site},
};
use stanch_store::{Database, Store};

use super::Options;

/// A server, ready to serve.
pub(super) struct Open {
    pub(super) app: App,
    pub(super) auth: Auth,
    pub(super) postman: Postman,
    pub(super) url: String,
    /// What it serves, in a few words.
    pub(super) summary: String,
}

/// Opens database, keys, policy and channels.
///
/// # Errors
/// The first that cannot be used, by file, line and field.
pub(super) fn open(
    options: &Options,
    listener: &Listener,
    spans_dropped: Arc<AtomicU64>,
) -> anyhow::Result<Open> {
    let url = url(options, listener);
    let database = match &options.database {
        Some(text) => text.parse().context("database")?,
        None => Database::Sqlite(options.folder.path("register.db")),
    };
    let settings = settings(options, &url)?;
    let context = Context {
        http: Http::new(HttpSettings::default())?,
        clock: Arc::new(Timestamp::now),
        credentials: Arc::new(ProcessCredentials),
    };
    let channels = options.settings.open_channels(&context)?;
    let unknown: Vec<&str> =
        settings.policy.channels().into_iter().filter(|name| !channels.contains_key(*name)).collect();
    let silent = if unknown.is_empty() {
        String::new()
    } else {
        format!("; the policy names channels that are not set up: {}", unknown.join(", "))
    };
    let summary = format!("register {database}, {} channels{silent}", channels.len());
    let store = Store::open(&database)?;
    let auth = auth(options, &store, &url)?;
    let name = format!("{}-{}", std::process::id(), listener.address().port());
    let postman = Postman::new(store.clone(), channels, name);
    let app = App::new(Register::new(store, settings), Timestamp::now);
    let operations = Operations { spans_dropped, ..options.settings.operations(&options.settings_folder) };
    let app = app.operated(operations);
    Ok(Open { app, auth, postman, url, summary })
}

fn url(options: &Options, listener: &Listener) -> String {
    let scheme = if listener.is_tls() { "https" } else { "http" };
    let own = || format!("{scheme}://{}", listener.address());
    options.settings.server.url.clone().map_or_else(own, |url| url.trim_end_matches('/').to_owned())
}

fn auth(options: &Options, store: &Store, url: &str) -> anyhow::Result<Auth> {
    let provider = match &options.settings.oidc {
        Some(oidc) => Some((oidc.clone(), oidc.client_secret()?)),
        None => None,
    };
    let context = AuthContext {
        store: store.clone(),
        settings: options.settings.auth(),
        site: Site::new(url)?,
        key: ServerKey::load_or_make(&options.folder.path("server.key"))?,
        clock: Arc::new(Timestamp::now),
        pages: Arc::new(WebPages),
        provider,
    };
    Ok(Auth::new(context)?)
}

fn settings(options: &Options, url: &str) -> anyhow::Result<Settings> {
    let files = &options.settings.policy;
    let read = |file: &Path| {
        let path = options.settings_folder.join(file);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let policy = match &files.file {
        Some(file) => Policy::parse(&read(file)?).with_context(|| file.display().to_string())?,
        None => Policy::default(),
    };
    let playbook = match &files.playbook {
        Some(file) => Playbook::parse(&read(file)?).with_context(|| file.display().to_string())?,
        None => Playbook::default(),
    };
    let catalogue = match &files.catalogue {
        Some(file) => Catalogue::parse(&read(file)?).with_context(|| file.display().to_string())?,
        None => Catalogue::default(),
    };
    let printer = options.identity.of_server(&options.folder.key_file("fingerprint.key")?)?;
    let keys = Keys { current: printer.key(), former: printer.previous_key() };
    Ok(Settings { policy, playbook, catalogue, rules: rules(), keys, url: url.to_owned() })
}

fn rules() -> HashMap<String, RuleFacts> {
    let facts = |rule: &stanch_engine::Rule| {
        let info = &rule.info;
        (info.id.clone(), RuleFacts { title: info.name.clone(), connector: info.connector.clone() })
    };
    RuleSet::embedded().rules().iter().map(facts).collect()
}
