//! Slack: messages by an incoming webhook, <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>, or of
//! a bot, <https://docs.slack.dev/reference/methods/chat.postMessage>.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Address, Alert, AlertKind, Channel, ChannelKind, Clock, Context, CredentialSource, DeliveryError, Http,
    OpenError, Receipt,
    authorization::Authorization,
    mistake::is_name,
    wording::{Room, Words, clip},
};

/// Writes into a conversation.
///
/// All texts that name something are `plain_text`, where Slack knows no markup; the text for notifications is escaped as
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping> says. Slack has no key to tell a repeated message by: one
/// that is delivered twice stands there twice.
pub(crate) struct Slack;

/// The `action_id` of the button that acknowledges; its value is the number of the incident.
pub(crate) const ACKNOWLEDGE: &str = "stanch_acknowledge";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    webhook_url: Option<CredentialSource>,
    token: Option<CredentialSource>,
    channel: Option<String>,
    #[serde(default = "default_url")]
    url: Address,
}

const URL: &str = "https://slack.com/api";

/// <https://docs.slack.dev/reference/block-kit/blocks/header-block>, in characters.
const HEADER_MAX: usize = 150;

/// A section may have ten fields of 2,000 characters:
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>.
const ROOM: Room = Room { facts_max: 9, value_max: 500 };

/// Errors of methods that pass: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>.
const PASSING: [&str; 6] = [
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
];

fn default_url() -> Address {
    Address::parse(URL).expect("an address")
}

impl ChannelKind for Slack {
    type Config = Config;
    const NAME: &'static str = "slack";
    const DOC: &'static str = "messages in Slack, of a bot or by an incoming webhook";
    const EXAMPLE: &'static str = "token_env = \"SLACK_BOT_TOKEN\"\nchannel = \"C0123456789\"\n";
    const CREDENTIALS: &'static [&'static str] = &["webhook_url", "token"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let way = match (config.webhook_url, config.token, config.channel) {
            (Some(webhook), None, None) => {
                let url = context.credential("webhook_url", &webhook)?;
                Way::Webhook(Address::parse_secret(&url).map_err(OpenError::of_webhook)?)
            }
            (None, Some(token), Some(channel)) => Way::Bot {
                url: config.url.for_credentials()?.join("/chat.postMessage"),
                authorization: Authorization::scheme("Bearer", context.credential("token", &token)?),
                channel,
            },
            _ => {
                let either =
                    "either webhook_url_env or webhook_url_file, or token_env or token_file with channel";
                return Err(OpenError::Config(either.to_owned()));
            }
        };
        Ok(Box::new(Conversation { http: context.http.clone(), clock: Arc::clone(&context.clock), way }))
    }
}

struct Conversation {
    http: Http,
    clock: Arc<dyn Clock>,
    way: Way,
}

enum Way {
    Webhook(Address),
    Bot { url: Address, authorization: Authorization, channel: String },
}

/// What a method answers, with status 200 even where it failed.
#[derive(Deserialize)]
struct Answered {
    ok: bool,
    error: Option<String>,
    channel: Option<String>,
    ts: Option<String>,
}

impl Channel for Conversation {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        match &self.way {
            Way::Webhook(url) => {
                self.http.post(url).json(&message(alert, Buttons::Links)).send(&*self.clock)?;
                Ok(Receipt::default())
            }
            Way::Bot { url, authorization, channel } => {
                let mut message = message(alert, Buttons::All);
                message["channel"] = channel.clone().into();
                message["parse"] = "none".into();
                message["mrkdwn"] = false.into();
                let answer =
                    self.http.post(url).json(&message).authorized(authorization).send(&*self.clock)?;
                receipt(answer.json()?)
            }
        }
    }
}

fn receipt(answered: Answered) -> Result<Receipt, DeliveryError> {
    if answered.ok {
        let reference = answered.channel.zip(answered.ts).map(|(channel, ts)| format!("{channel}:{ts}"));
        return Ok(Receipt { reference, url: None });
    }
    let error = answered.error.filter(|error| is_name(error)).unwrap_or_else(|| "unknown".to_owned());
    let reason = format!("slack answered with the error {error}");
    Err(if PASSING.contains(&error.as_str()) {
        DeliveryError::retry(reason)
    } else {
        DeliveryError::refused(reason)
    })
}

/// Which buttons a message has: only what an app sends can be answered.
#[derive(Clone, Copy, PartialEq)]
enum Buttons {
    Links,
    All,
}

fn message(alert: &Alert, buttons: Buttons) -> Value {
    let words = Words::of(alert, ROOM);
    let mut blocks = vec![
        json!({ "type": "header", "text": plain(&clip(&words.headline, HEADER_MAX)) }),
        json!({ "type": "section", "text": plain(&format!("{}\n{}", words.status, words.summary)) }),
    ];
    if !words.facts.is_empty() {
        let fields: Vec<_> =
            words.facts.iter().map(|(name, value)| plain(&format!("{name}\n{value}"))).collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    let elements = elements(alert, &words, buttons);
    if !elements.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": elements }));
    }
    json!({
        "text": escape(&format!("{} ({})", words.headline, words.status)),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn elements(alert: &Alert, words: &Words, buttons: Buttons) -> Vec<Value> {
    let mut elements = Vec::new();
    let is_open = matches!(alert.kind, AlertKind::Trigger | AlertKind::Update);
    if buttons == Buttons::All && is_open && alert.is_of_incident() {
        elements.push(json!({
            "type": "button", "style": "primary", "text": plain("Acknowledge"),
            "action_id": ACKNOWLEDGE, "value": alert.incident.number.to_string(),
        }));
    }
    if !words.link.is_empty() {
        elements.push(json!({
            "type": "button", "text": plain("Open"), "action_id": "stanch_open", "url": words.link,
        }));
    }
    elements
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
