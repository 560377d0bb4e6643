//! Slack: somebody pressed a button of ours, <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>,
//! signed as <https://docs.slack.dev/authentication/verifying-requests-from-slack> says.

use serde::Deserialize;

use crate::{
    Credential,
    channels::ACKNOWLEDGE,
    inbound::{
        Acknowledged, Acknowledgement, Concerning, Inbound, InboundError, Received, delivery::check_hmac,
    },
    wording::line,
};

#[derive(Deserialize)]
struct Interaction {
    #[serde(rename = "type")]
    kind: String,
    user: Option<User>,
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct User {
    id: Option<String>,
    username: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "action_id")]
    id: Option<String>,
    value: Option<String>,
    #[serde(rename = "action_ts")]
    ts: Option<String>,
}

/// Reads an interactive request that one of `secrets` signed, within five minutes of now.
///
/// # Errors
/// See [`InboundError`].
pub fn slack(
    inbound: Inbound<'_>,
    secrets: &[Credential],
) -> Result<Received<Acknowledgement>, InboundError> {
    let header = inbound.proof("X-Slack-Signature")?;
    let seconds = inbound.proof("X-Slack-Request-Timestamp")?;
    let parts = [b"v0:".as_slice(), seconds.as_bytes(), b":", inbound.body];
    check_hmac(secrets, &parts, header.strip_prefix("v0=").into_iter())?;
    let at = inbound.check_age(seconds)?;
    let payload =
        form_field(inbound.body, "payload").ok_or(InboundError::Malformed("no form with a payload"))?;
    let interaction: Interaction = serde_json::from_slice(&payload)
        .map_err(|_| InboundError::Malformed("not the JSON of an interaction"))?;
    let pressed = |action: &Action| action.id.as_deref() == Some(ACKNOWLEDGE);
    let Some(action) = interaction.actions.into_iter().find(pressed) else {
        return Ok(Received::ignored(&interaction.kind));
    };
    let number = action.value.and_then(|value| value.parse().ok());
    let number = number.ok_or(InboundError::Malformed("the button has no incident"))?;
    let user = interaction.user.and_then(|user| user.username.or(user.name).or(user.id));
    Ok(Received::Known(Acknowledgement {
        concerning: Concerning::Number(number),
        what: Acknowledged::Acknowledge,
        actor: line(&user.unwrap_or_else(|| "slack".to_owned()), 100),
        at,
        id: action.ts,
    }))
}

/// The value of the field `name` of a form: <https://url.spec.whatwg.org/#urlencoded-parsing>.
fn form_field(body: &[u8], name: &str) -> Option<Vec<u8>> {
    body.split(|byte| *byte == b'&').find_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        (&pair[..at] == name.as_bytes()).then(|| decode(&pair[at + 1..]))
    })
}

fn decode(text: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => digit(high).zip(digit(low)).map(|(high, low)| (high * 16 + low) as u8),
            _ => None,
        };
        if escaped.is_some() {
            rest = &after[2..];
        }
        decoded.push(escaped.unwrap_or(if byte == b'+' { b' ' } else { byte }));
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = b"a=1&payload=%7B%22x%22%3A+1%7d%&payload=2";
        assert_eq!(form_field(form, "payload").as_deref(), Some(br#"{"x": 1}%"#.as_slice()));
        assert_eq!(form_field(form, "b"), None);
    }
}
