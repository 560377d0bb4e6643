//! Microsoft Teams: adaptive cards by a webhook of the Workflows app,
//! <https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook>.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Address, Alert, Channel, ChannelKind, Clock, Context, CredentialSource, DeliveryError, Http, OpenError,
    Receipt,
    wording::{Room, Words},
};

/// Posts a card into a channel or chat.
///
/// Texts that name something are runs of a `RichTextBlock`, which know no markup, unlike a `TextBlock`:
/// <https://adaptivecards.io/explorer/TextRun.html>. A webhook has no key to tell a repeated message by: one that is delivered
/// twice stands there twice.
pub(crate) struct Teams;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    webhook_url: CredentialSource,
}

/// A message may have 28 KB:
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>.
const ROOM: Room = Room { facts_max: 12, value_max: 250 };

impl ChannelKind for Teams {
    type Config = Config;
    const NAME: &'static str = "teams";
    const DOC: &'static str = "cards in Microsoft Teams, by a webhook of the Workflows app";
    const EXAMPLE: &'static str = "webhook_url_env = \"TEAMS_WEBHOOK_URL\"\n";
    const CREDENTIALS: &'static [&'static str] = &["webhook_url"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let url = context.credential("webhook_url", &config.webhook_url)?;
        Ok(Box::new(Workflow {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            url: Address::parse_secret(&url).map_err(OpenError::of_webhook)?,
        }))
    }
}

struct Workflow {
    http: Http,
    clock: Arc<dyn Clock>,
    url: Address,
}

impl Channel for Workflow {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        self.http.post(&self.url).json(&message(alert)).send(&*self.clock)?;
        Ok(Receipt::default())
    }
}

fn message(alert: &Alert) -> Value {
    let words = Words::of(alert, ROOM);
    let mut body = vec![
        text(&[json!({ "type": "TextRun", "text": words.headline, "weight": "Bolder", "size": "Medium" })]),
        text(&[json!({ "type": "TextRun", "text": words.status, "isSubtle": true })]),
        text(&[json!({ "type": "TextRun", "text": words.summary })]),
    ];
    body.extend(words.facts.iter().map(|(name, value)| {
        text(&[
            json!({ "type": "TextRun", "text": format!("{name}  "), "weight": "Bolder" }),
            json!({ "type": "TextRun", "text": value }),
        ])
    }));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    });
    if !words.link.is_empty() {
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": "Open", "url": words.link }]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

fn text(inlines: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": inlines })
}
