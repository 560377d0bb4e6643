//! Opsgenie: its outgoing webhooks, <https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/>.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Credential,
    inbound::{
        Acknowledged, Acknowledgement, Concerning, Inbound, InboundError, Received, delivery::check_token,
    },
    wording::line,
};

/// The header that proves the sender. Opsgenie signs nothing; its webhooks can have headers that one chooses.
const HEADER: &str = "X-Stanch-Token";

#[derive(Deserialize)]
struct Action {
    action: String,
    alert: Option<AlertData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlertData {
    alias: Option<String>,
    username: Option<String>,
    /// Nanoseconds since 1970.
    updated_at: Option<i64>,
}

/// Reads a webhook that has one of `tokens` in the header `X-Stanch-Token`.
///
/// # Errors
/// See [`InboundError`].
pub fn opsgenie(
    inbound: Inbound<'_>,
    tokens: &[Credential],
) -> Result<Received<Acknowledgement>, InboundError> {
    check_token(tokens, inbound.proof(HEADER)?)?;
    let action = inbound.json::<Action>()?;
    let what = match action.action.as_str() {
        "Acknowledge" => Acknowledged::Acknowledge,
        "Close" => Acknowledged::Resolve,
        other => return Ok(Received::ignored(other)),
    };
    let Some(alert) = action.alert else { return Ok(Received::ignored(&action.action)) };
    let Some(alias) = alert.alias else { return Ok(Received::ignored(&action.action)) };
    let at = alert.updated_at.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok());
    Ok(Received::Known(Acknowledgement {
        concerning: Concerning::Key(alias),
        what,
        actor: line(&alert.username.unwrap_or_else(|| "opsgenie".to_owned()), 100),
        at: at.filter(|at| at.as_second() > 0 && *at <= inbound.now).unwrap_or(inbound.now),
        id: None,
    }))
}
