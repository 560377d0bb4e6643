//! Alerts, and channels of every kind that deliver to a service of ours.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use stanch_connectors::{
    Alert, AlertFact, AlertKind, Channel, Context, Credential, CredentialError, CredentialReader,
    CredentialSource, Http, HttpSettings, IncidentRef, open_channel,
};
use stanch_model::{Severity, Urgency};

/// What stands in every text that an attacker may choose: markup of everything that is delivered to, and a marker to search for.
pub(crate) const HOSTILE: &str = "MARKERINALERT <b>&amp;\"'</b> <!here> [l](http://evil.test) *b* `c` {color:red}r{color} |t| h1. \
                                  @team /close";

/// The marker in [`HOSTILE`].
pub(crate) const MARKER: &str = "MARKERINALERT";

pub(crate) fn now() -> Timestamp {
    "2026-03-01T12:00:30Z".parse().expect("a time")
}

/// An alert as it comes, all of whose texts are `text`.
pub(crate) fn alert_saying(kind: AlertKind, text: &str) -> Alert {
    Alert {
        key: "stanch-incident-7".to_owned(),
        id: format!("stanch-7-{kind}"),
        kind,
        urgency: Urgency::Page,
        severity: Severity::Critical,
        incident: IncidentRef {
            number: 7,
            title: format!("Live key {text}"),
            url: "https://stanch.example/incidents/7".to_owned(),
        },
        summary: format!("A live key is public. {text}"),
        facts: vec![
            AlertFact { name: "repository".to_owned(), value: format!("shop/api {text}") },
            AlertFact { name: format!("author {text}"), value: "somebody".to_owned() },
        ],
        at: "2026-03-01T12:00:00Z".parse().expect("a time"),
    }
}

pub(crate) fn hostile(kind: AlertKind) -> Alert {
    alert_saying(kind, HOSTILE)
}

pub(crate) fn alert(kind: AlertKind) -> Alert {
    alert_saying(kind, "")
}

/// Gives every credential that is asked for by its name.
struct Given;

impl CredentialReader for Given {
    fn read(&self, source: &CredentialSource) -> Result<Credential, CredentialError> {
        let CredentialSource::Env(name) = source else { return Err(CredentialError::Empty) };
        Credential::new(name)
    }
}

/// A context in which the credential of a variable is the variable's name.
pub(crate) fn context() -> Context {
    let settings = HttpSettings { timeout: Duration::from_secs(10), ..HttpSettings::default() };
    context_with(settings)
}

pub(crate) fn context_with(settings: HttpSettings) -> Context {
    Context {
        http: Http::new(settings).expect("a client"),
        clock: Arc::new(now),
        credentials: Arc::new(Given),
    }
}

/// What stands in the place of every credential.
pub(crate) const CREDENTIAL: &str = "CREDENTIALMARKER";

/// A secret for webhooks of ours, which nobody would take for one.
pub(crate) fn webhook_secret() -> String {
    ["whsec_", &"QUJD".repeat(11)].concat()
}

/// Settings of each kind of channel that delivers over HTTP, to `url`.
pub(crate) fn settings(url: &str) -> Vec<(&'static str, String)> {
    let credential = CREDENTIAL;
    let secret = webhook_secret();
    vec![
        ("pagerduty", format!("routing_key_env = '{credential}'\nurl = '{url}'")),
        ("opsgenie", format!("api_key_env = '{credential}'\nurl = '{url}'\nteam = 'security'")),
        ("slack", format!("token_env = '{credential}'\nchannel = 'C0'\nurl = '{url}'")),
        ("slack", format!("webhook_url_env = '{url}/services/{credential}'")),
        ("teams", format!("webhook_url_env = '{url}/workflows/{credential}?sig={credential}'")),
        ("jira", format!("url = '{url}'\nproject = 'SEC'\nuser = 'me@x.test'\ntoken_env = '{credential}'")),
        ("github", format!("url = '{url}'\nrepository = 'shop/incidents'\ntoken_env = '{credential}'")),
        ("gitlab", format!("url = '{url}'\nproject = 'shop/incidents'\ntoken_env = '{credential}'")),
        ("webhook", format!("url = '{url}/hook'\nsecret_env = '{secret}'")),
        (
            "alertmanager",
            format!("url = '{url}'\ntoken_env = '{credential}'\nlabels = {{ team = 'security' }}"),
        ),
    ]
}

pub(crate) fn open(kind: &str, settings: &str, context: &Context) -> Box<dyn Channel> {
    let table = toml::from_str(settings).expect("settings");
    open_channel(kind, table, context).unwrap_or_else(|error| panic!("{kind}: {error}"))
}
