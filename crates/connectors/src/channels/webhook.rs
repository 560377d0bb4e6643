//! Any service that takes signed webhooks, as Standard Webhooks describes them:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    Address, Alert, AlertFact, Channel, ChannelKind, Clock, Context, Credential, CredentialError,
    CredentialSource, DeliveryError, Http, OpenError, Receipt,
    wording::{clip, left_out},
};

/// Posts the alert as JSON, signed.
///
/// `webhook-id` is the same at each attempt to deliver an alert, so that its receiver can tell a repeated one.
pub(crate) struct Webhook;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    url: Address,
    secret: CredentialSource,
    /// The secret before this one, while receivers change theirs.
    previous_secret: Option<CredentialSource>,
}

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// How many facts are sent, and how long a text may be, in characters.
const FACTS_MAX: usize = 100;
const TEXT_MAX: usize = 1_000;

/// How long a secret may be, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

impl ChannelKind for Webhook {
    type Config = Config;
    const NAME: &'static str = "webhook";
    const DOC: &'static str = "any service that takes webhooks, signed as Standard Webhooks describes";
    const EXAMPLE: &'static str =
        "url = \"https://automation.example.com/stanch\"\nsecret_env = \"STANCH_WEBHOOK_SECRET\"\n";
    const CREDENTIALS: &'static [&'static str] = &["secret", "previous_secret"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let mut keys = vec![key("secret", &context.credential("secret", &config.secret)?)?];
        if let Some(previous) = context.optional("previous_secret", config.previous_secret.as_ref())? {
            keys.push(key("previous_secret", &previous)?);
        }
        Ok(Box::new(Receiver {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            url: config.url,
            keys,
        }))
    }
}

type Key = Zeroizing<Vec<u8>>;

/// The key that `secret`, the field `field`, spells.
fn key(field: &'static str, secret: &Credential) -> Result<Key, OpenError> {
    let error = CredentialError::Form("whsec_ and 24 to 64 bytes in base64");
    let form = OpenError::Credential { field, error };
    let encoded = secret.expose().strip_prefix(PREFIX);
    let decoded = encoded.and_then(|encoded| BASE64.decode(encoded.as_bytes()).ok()).map(Zeroizing::new);
    decoded.filter(|key| SECRET_BYTES.contains(&key.len())).ok_or(form)
}

struct Receiver {
    http: Http,
    clock: Arc<dyn Clock>,
    url: Address,
    keys: Vec<Key>,
}

impl Channel for Receiver {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        let event = json!({
            "type": format!("incident.{}", alert.kind), "timestamp": alert.at, "data": limited(alert),
        });
        let body = serde_json::to_vec(&event).map_err(|_| DeliveryError::refused("not an alert in JSON"))?;
        let (id, seconds) = (message_id(alert), self.clock.now().as_second());
        let signatures: Vec<_> = self.keys.iter().map(|key| sign(key, &id, seconds, &body)).collect();
        self.http
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", id.as_str())
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signatures.join(" "))
            .body(body)
            .send(&*self.clock)?;
        Ok(Receipt { reference: Some(id), url: None })
    }
}

/// The alert as it is, up to limits that none of ours comes near.
fn limited(alert: &Alert) -> Alert {
    let mut limited = Alert { facts: Vec::new(), ..alert.clone() };
    limited.incident.title = clip(&alert.incident.title, TEXT_MAX);
    limited.summary = clip(&alert.summary, TEXT_MAX);
    let facts = alert.facts.iter().take(FACTS_MAX);
    let facts = facts.map(|fact| (clip(&fact.name, TEXT_MAX), clip(&fact.value, TEXT_MAX)));
    let facts = facts.chain(left_out(alert, FACTS_MAX));
    limited.facts = facts.map(|(name, value)| AlertFact { name, value }).collect();
    limited
}

/// A name for the message that is a header in any case, and has no dot, which parts what is signed.
fn message_id(alert: &Alert) -> String {
    let hash = HEXLOWER.encode(&Sha256::digest(&alert.id));
    format!("msg_{}", &hash[..32])
}

/// The signature of a message.
fn sign(key: &Key, id: &str, seconds: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks test themselves with.
    #[test]
    fn a_message_is_signed_as_others_sign_it() {
        let secret = Credential::new(&["whsec_", "MfKQ9r8GKYqr", "TwjUPD8ILPZI", "o2LaLaSw"].concat())
            .expect("a secret");
        let signature = sign(
            &key("secret", &secret).expect("a key"),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, ["v1,", "g0hM9SsE+OTPJTGt/", "tmIKtSyZlE3uFJELVlNIOLJ1OE="].concat());
    }

    #[test]
    fn a_secret_has_its_form() {
        for text in ["whsec_AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_????"] {
            let secret = Credential::new(text).expect("a credential");
            let told = key("secret", &secret).expect_err("no key").to_string();
            assert_eq!(told, "secret: the credential is not whsec_ and 24 to 64 bytes in base64");
        }
    }
}
