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
use stanch_model::Fingerprinter;
use stanch_response::{
    Keys, Postman, Register, RuleFacts, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy,
};
use stanch_server::{
    App, DemoLogin, Listener, Operations, PolicyText, Shown, WebPages,
    auth::{Auth, AuthContext, ServerKey, Site},
    demo_channels, demonstrate,
    pages::layout::Data,
};
use stanch_store::Store;

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

impl Open {
    /// Fills the register with what a demonstration shows; gives with what somebody can log in.
    ///
    /// # Errors
    /// The register is not empty.
    pub(super) fn demonstrate(&self, options: &Options) -> anyhow::Result<DemoLogin> {
        let printer = printer(options)?;
        Ok(demonstrate((&self.app.register, &self.auth), &printer, Timestamp::now())?)
    }
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
    let database = &options.place.database;
    let printer = printer(options)?;
    let keys = Keys { current: printer.key(), former: printer.previous_key() };
    let settings = settings(options, &url, keys)?;
    let context = Context {
        http: Http::new(HttpSettings::default())?,
        clock: Arc::new(Timestamp::now),
        credentials: Arc::new(ProcessCredentials),
    };
    let channels = Arc::new(match &options.demo {
        Some(_) => demo_channels(settings.policy.channels()),
        None => options.place.settings.open_channels(&context)?,
    });
    let unknown: Vec<&str> =
        settings.policy.channels().into_iter().filter(|name| !channels.contains_key(*name)).collect();
    let silent = if unknown.is_empty() {
        String::new()
    } else {
        format!("; the policy names channels that are not set up: {}", unknown.join(", "))
    };
    let summary = format!("register {database}, {} channels{silent}", channels.len());
    let store = Store::open(database)?;
    let auth = auth(options, &store, &url)?;
    let kinds = options.place.settings.channel_kinds();
    let hooks = options.place.settings.hooks.open(&kinds, &ProcessCredentials, printer)?;
    let shown = Shown {
        data: if options.demo.is_some() { Data::Demo } else { Data::Real },
        kinds,
        channels: Arc::clone(&channels),
        policy: policy_text(options)?,
    };
    let operations = options.place.settings.operations(&options.place.settings_folder);
    let operations = Operations { spans_dropped, ..operations };
    let postman = Postman::new(store.clone(), channels, options.place.folder.server_name()?);
    let app = App::new(Register::new(store, settings), Timestamp::now);
    let app = app.with_hooks(hooks).showing(shown).operated(operations);
    Ok(Open { app, auth, postman, url, summary })
}

fn url(options: &Options, listener: &Listener) -> String {
    let scheme = if listener.is_tls() { "https" } else { "http" };
    let own = || format!("{scheme}://{}", listener.address());
    options.place.settings.server.url.clone().map_or_else(own, |url| url.trim_end_matches('/').to_owned())
}

fn auth(options: &Options, store: &Store, url: &str) -> anyhow::Result<Auth> {
    let provider = match &options.place.settings.oidc {
        Some(oidc) => Some((oidc.clone(), oidc.client_secret()?)),
        None => None,
    };
    let context = AuthContext {
        store: store.clone(),
        settings: options.place.settings.auth(),
        site: Site::new(url)?,
        key: ServerKey::load_or_make(&options.place.folder.path("server.key"))?,
        clock: Arc::new(Timestamp::now),
        pages: Arc::new(WebPages),
        provider,
    };
    Ok(Auth::new(context)?)
}

fn settings(options: &Options, url: &str, keys: Keys) -> anyhow::Result<Settings> {
    let files = &options.place.settings.policy;
    let read = |file: &Path| {
        let path = options.place.settings_folder.join(file);
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
    Ok(Settings { policy, playbook, catalogue, rules: rules(), keys, url: url.to_owned() })
}

/// Computes fingerprints under the key of the server.
fn printer(options: &Options) -> anyhow::Result<Fingerprinter> {
    options.identity.of_server(&options.place.folder.key_file("fingerprint.key")?)
}

/// The policy as pages show it: read again, because what was parsed keeps no text.
fn policy_text(options: &Options) -> anyhow::Result<PolicyText> {
    let Some(file) = &options.place.settings.policy.file else { return Ok(PolicyText::default()) };
    let path = options.place.settings_folder.join(file);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(PolicyText { path: Some(path.display().to_string()), text })
}

fn rules() -> HashMap<String, RuleFacts> {
    let facts = |rule: &stanch_engine::Rule| {
        let info = &rule.info;
        (info.id.clone(), RuleFacts { title: info.name.clone(), connector: info.connector.clone() })
    };
    RuleSet::embedded().rules().iter().map(facts).collect()
}
