//! Prometheus Alertmanager: alerts of its API, version 2,
//! <https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use stanch_model::{Severity, Urgency};

use crate::{
    Address, Alert, AlertKind, Channel, ChannelKind, Clock, Context, CredentialSource, DeliveryError, Http,
    OpenError, Receipt,
    authorization::Authorization,
    wording::{Room, Words},
};

/// Raises and resolves alerts.
///
/// Alertmanager knows an alert by its labels. Severity and urgency are among them, because routes ask for them; as both can change,
/// each message ends what an earlier one may have raised under others. Alertmanager says nothing of what ends without having been
/// there.
pub(crate) struct Alertmanager;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    url: Address,
    user: Option<String>,
    password: Option<CredentialSource>,
    token: Option<CredentialSource>,
    /// Labels of every alert, beside ours.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default = "default_open_days")]
    open_days: u16,
}

/// An alert ends by itself unless it is repeated: <https://prometheus.io/docs/alerting/latest/clients/>. Ours are not.
fn default_open_days() -> u16 {
    365
}

const ROOM: Room = Room { facts_max: 30, value_max: 500 };

impl ChannelKind for Alertmanager {
    type Config = Config;
    const NAME: &'static str = "alertmanager";
    const DOC: &'static str = "alerts of Prometheus Alertmanager";
    const EXAMPLE: &'static str = "url = \"http://alertmanager:9093\"\nlabels = { team = \"security\" }\n";
    const CREDENTIALS: &'static [&'static str] = &["password", "token"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let password = context.optional("password", config.password.as_ref())?;
        let token = context.optional("token", config.token.as_ref())?;
        let authorization = match (config.user, password, token) {
            (None, None, None) => None,
            (Some(user), Some(password), None) => Some(Authorization::basic(&user, password)),
            (None, None, Some(token)) => Some(Authorization::scheme("Bearer", token)),
            _ => {
                return Err(OpenError::Config(
                    "user with a password, or a token, or none of them".to_owned(),
                ));
            }
        };
        let url = if authorization.is_some() { config.url.for_credentials()? } else { config.url };
        Ok(Box::new(Manager {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            url: url.join("/api/v2/alerts"),
            authorization,
            labels: config.labels,
            open: SignedDuration::from_hours(24 * i64::from(config.open_days)),
        }))
    }
}

struct Manager {
    http: Http,
    clock: Arc<dyn Clock>,
    url: Address,
    authorization: Option<Authorization>,
    labels: BTreeMap<String, String>,
    open: SignedDuration,
}

impl Channel for Manager {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        let mut request = self.http.post(&self.url).json(&self.alerts(alert));
        if let Some(authorization) = &self.authorization {
            request = request.authorized(authorization);
        }
        request.send(&*self.clock)?;
        Ok(Receipt::default())
    }
}

impl Manager {
    /// One alert for each severity and urgency; at most one of them is on.
    fn alerts(&self, alert: &Alert) -> Vec<Value> {
        let words = Words::of(alert, ROOM);
        let now = self.clock.now();
        let is_open = alert.kind != AlertKind::Resolve;
        let all = Severity::ALL.iter().flat_map(|severity| Urgency::ALL.map(|urgency| (*severity, urgency)));
        let raised = |rated| is_open && rated == (alert.severity, alert.urgency);
        all.map(|rated| {
            let ends = if raised(rated) { now.checked_add(self.open).unwrap_or(Timestamp::MAX) } else { now };
            json!({
                "labels": self.labels(alert, rated),
                "annotations": annotations(alert, &words),
                "startsAt": alert.at.min(now),
                "endsAt": ends,
                "generatorURL": words.link,
            })
        })
        .collect()
    }

    fn labels(&self, alert: &Alert, (severity, urgency): (Severity, Urgency)) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        let ours = [
            ("alertname", "StanchIncident".to_owned()),
            ("incident", alert.subject()),
            ("severity", severity.to_string()),
            ("urgency", urgency.to_string()),
        ];
        labels.extend(ours.map(|(name, value)| (name.to_owned(), value)));
        labels
    }
}

fn annotations(alert: &Alert, words: &Words) -> BTreeMap<String, String> {
    let facts: Vec<_> = words.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let mut annotations = BTreeMap::from([
        ("summary".to_owned(), words.headline.clone()),
        ("description".to_owned(), words.summary.clone()),
        ("status".to_owned(), crate::wording::happened(alert.kind).to_owned()),
    ]);
    if !facts.is_empty() {
        annotations.insert("facts".to_owned(), facts.join("\n"));
    }
    annotations
}
