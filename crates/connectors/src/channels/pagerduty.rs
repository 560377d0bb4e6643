//! PagerDuty: events of its Events API v2,
//! <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use stanch_model::{Severity, Urgency};

use crate::{
    Address, Alert, AlertKind, Channel, ChannelKind, Clock, Context, Credential, CredentialSource,
    DeliveryError, Http, OpenError, Receipt,
    wording::{Room, Words, clip},
};

/// Raises, acknowledges and resolves alerts of one service.
///
/// The key of the alert is the `dedup_key`, so that all messages of an incident are one alert there, and a repeated one adds a
/// line to its log and wakes nobody. An alert with the urgency of a ticket is at most a `warning`, which services with dynamic
/// urgency do not page for.
pub(crate) struct PagerDuty;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    routing_key: CredentialSource,
    #[serde(default = "default_url")]
    url: Address,
}

/// <https://developer.pagerduty.com/docs/events-api-v2/overview/>; that of the EU is `https://events.eu.pagerduty.com`.
const URL: &str = "https://events.pagerduty.com";

/// The longest `dedup_key` and the longest `summary`, in characters.
const KEY_MAX: usize = 255;
const SUMMARY_MAX: usize = 1_024;

/// An event may be 512 KB; this is well below.
const ROOM: Room = Room { facts_max: 50, value_max: 1_000 };

fn default_url() -> Address {
    Address::parse(URL).expect("an address")
}

impl ChannelKind for PagerDuty {
    type Config = Config;
    const NAME: &'static str = "pagerduty";
    const DOC: &'static str = "alerts of a service of PagerDuty, by its Events API v2";
    const EXAMPLE: &'static str = "routing_key_env = \"PAGERDUTY_ROUTING_KEY\"\n";
    const CREDENTIALS: &'static [&'static str] = &["routing_key"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        Ok(Box::new(Service {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            routing_key: context.credential("routing_key", &config.routing_key)?,
            url: config.url.for_credentials()?.join("/v2/enqueue"),
        }))
    }
}

struct Service {
    http: Http,
    clock: Arc<dyn Clock>,
    routing_key: Credential,
    url: Address,
}

#[derive(Default, Deserialize)]
struct Accepted {
    dedup_key: Option<String>,
}

impl Channel for Service {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        let event = event(alert, &self.routing_key);
        let answer = self.http.post(&self.url).hide(&self.routing_key).json(&event).send(&*self.clock)?;
        Ok(Receipt { reference: answer.json_or_default::<Accepted>().dedup_key, url: None })
    }
}

fn event(alert: &Alert, routing_key: &Credential) -> Value {
    let mut event = json!({
        "routing_key": routing_key.expose(),
        "dedup_key": clip(&alert.key, KEY_MAX),
        "event_action": action(alert.kind),
    });
    if action(alert.kind) == "trigger" {
        let words = Words::of(alert, ROOM);
        event["client"] = "Stanch".into();
        event["client_url"] = words.link.clone().into();
        event["links"] = json!([{ "href": words.link, "text": alert.heading() }]);
        event["payload"] = json!({
            "summary": clip(&words.headline, SUMMARY_MAX),
            "source": "stanch",
            "severity": severity(alert),
            "timestamp": alert.at.to_string(),
            "class": "leaked secret",
            "custom_details": details(&words),
        });
    }
    event
}

fn details(words: &Words) -> Value {
    let facts = words.facts.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    let said = [("summary", &words.summary), ("status", &words.status)];
    let said = said.map(|(name, value)| (name.to_owned(), Value::from(value.clone())));
    facts.chain(said).collect::<Map<_, _>>().into()
}

fn action(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Trigger | AlertKind::Update => "trigger",
        AlertKind::Acknowledge => "acknowledge",
        AlertKind::Resolve => "resolve",
    }
}

fn severity(alert: &Alert) -> &'static str {
    match (alert.severity, alert.urgency) {
        (Severity::Critical, Urgency::Page) => "critical",
        (Severity::High, Urgency::Page) => "error",
        (Severity::Low, _) => "info",
        _ => "warning",
    }
}
