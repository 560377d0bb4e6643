//! Opsgenie: alerts of its Alert API, <https://docs.opsgenie.com/docs/alert-api>.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use stanch_model::{Severity, Urgency};

use crate::{
    Address, Alert, AlertKind, Channel, ChannelKind, Clock, Context, CredentialSource, DeliveryError, Http,
    OpenError, Receipt,
    address::encode,
    authorization::Authorization,
    wording::{Room, Words, clip},
};

/// Creates, acknowledges and closes alerts.
///
/// The key of the alert is the `alias`, by which Opsgenie counts a repeated alert instead of making another one.
pub(crate) struct Opsgenie;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    api_key: CredentialSource,
    #[serde(default)]
    region: Region,
    url: Option<Address>,
    /// The team that answers, by its name.
    team: Option<String>,
}

/// Where an account of Opsgenie is kept.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Region {
    #[default]
    Us,
    Eu,
}

impl Region {
    /// <https://docs.opsgenie.com/docs/api-overview>, domains.
    fn url(self) -> &'static str {
        match self {
            Self::Us => "https://api.opsgenie.com",
            Self::Eu => "https://api.eu.opsgenie.com",
        }
    }
}

/// The longest of each field, in characters, as the description of the request to create an alert gives them.
const MESSAGE_MAX: usize = 130;
const ALIAS_MAX: usize = 512;

/// `details` may have 8,000 characters.
const ROOM: Room = Room { facts_max: 20, value_max: 300 };

impl ChannelKind for Opsgenie {
    type Config = Config;
    const NAME: &'static str = "opsgenie";
    const DOC: &'static str = "alerts of Opsgenie";
    const EXAMPLE: &'static str =
        "api_key_env = \"OPSGENIE_API_KEY\"\nregion = \"eu\"\nteam = \"security\"\n";
    const CREDENTIALS: &'static [&'static str] = &["api_key"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let url = config.url.map_or_else(|| Address::parse(config.region.url()), Ok)?;
        Ok(Box::new(Account {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            authorization: Authorization::scheme("GenieKey", context.credential("api_key", &config.api_key)?),
            url: url.for_credentials()?.join("/v2/alerts"),
            team: config.team,
        }))
    }
}

struct Account {
    http: Http,
    clock: Arc<dyn Clock>,
    authorization: Authorization,
    url: Address,
    team: Option<String>,
}

#[derive(Default, Deserialize)]
struct Accepted {
    #[serde(rename = "requestId")]
    request_id: Option<String>,
}

impl Channel for Account {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        let url = match action(alert.kind) {
            None => self.url.clone(),
            Some(action) => {
                let alias = encode(&clip(&alert.key, ALIAS_MAX));
                self.url.join(&format!("/{alias}/{action}?identifierType=alias"))
            }
        };
        let request = self.http.post(&url).json(&self.body(alert));
        let answer = request.authorized(&self.authorization).send(&*self.clock)?;
        Ok(Receipt { reference: answer.json_or_default::<Accepted>().request_id, url: None })
    }
}

impl Account {
    fn body(&self, alert: &Alert) -> Value {
        let words = Words::of(alert, ROOM);
        if alert.kind != AlertKind::Trigger {
            let note = format!("{}: {} {}", words.status, words.summary, words.link);
            return json!({ "source": "Stanch", "note": without_tags(&note) });
        }
        let facts = words.facts.iter().map(|(name, value)| (without_tags(name), without_tags(value)));
        let link = ("incident".to_owned(), words.link.clone());
        let mut body = json!({
            "message": clip(&words.headline, MESSAGE_MAX),
            "alias": clip(&alert.key, ALIAS_MAX),
            "description": without_tags(&format!("{}: {}", words.status, words.summary)),
            "details": facts.chain([link]).collect::<std::collections::BTreeMap<_, _>>(),
            "tags": ["stanch"],
            "source": "Stanch",
            "priority": priority(alert),
        });
        if let Some(team) = &self.team {
            body["responders"] = json!([{ "type": "team", "name": team }]);
        }
        body
    }
}

/// What is done with an alert that is there; nothing of this to create it.
fn action(kind: AlertKind) -> Option<&'static str> {
    match kind {
        AlertKind::Trigger => None,
        AlertKind::Update => Some("notes"),
        AlertKind::Acknowledge => Some("acknowledge"),
        AlertKind::Resolve => Some("close"),
    }
}

fn priority(alert: &Alert) -> &'static str {
    match (alert.severity, alert.urgency) {
        (Severity::Critical, Urgency::Page) => "P1",
        (Severity::High, Urgency::Page) => "P2",
        (Severity::Low, _) => "P4",
        _ => "P3",
    }
}

/// Opsgenie shows some HTML in descriptions, and elsewhere text as it is: no way to escape suits both, so what could begin a
/// tag is written otherwise.
fn without_tags(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}
