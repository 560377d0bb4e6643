//! No request, however it looks, makes a parser panic.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;
use stanch_connectors::{
    Credential,
    inbound::{Headers, Inbound, github, gitlab, opsgenie, pagerduty, slack},
};

use crate::sample::now;

const KEY: &str = "shared";

fn sign(message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
    mac.update(message);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// Gives `body` to every parser, signed as each wants it, or with `proof` in the place of the signatures.
fn read_by_all(body: &[u8], event: &str, proof: Option<&str>) {
    let signed = sign(body);
    let seconds = now().as_second().to_string();
    let slack_signed = sign(&[b"v0:".as_slice(), seconds.as_bytes(), b":", body].concat());
    let given = |text: String| proof.map_or(text, str::to_owned);
    let (hub, duty) = (given(format!("sha256={signed}")), given(format!("v1={signed}")));
    let (talk, token) = (given(format!("v0={slack_signed}")), given(KEY.to_owned()));
    let headers: Headers<'_> = [
        ("X-Hub-Signature-256", hub.as_bytes()),
        ("X-GitHub-Event", event.as_bytes()),
        ("X-PagerDuty-Signature", duty.as_bytes()),
        ("X-Slack-Signature", talk.as_bytes()),
        ("X-Slack-Request-Timestamp", seconds.as_bytes()),
        ("X-Stanch-Token", token.as_bytes()),
        ("X-Gitlab-Token", token.as_bytes()),
    ]
    .into_iter()
    .collect();
    let inbound = Inbound { headers: &headers, body, now: now() };
    let keys = [Credential::new(KEY).expect("a credential")];
    let outcomes = [
        github(inbound, &keys).is_ok(),
        gitlab(inbound, &keys).is_ok(),
        pagerduty(inbound, &keys).is_ok(),
        slack(inbound, &keys).is_ok(),
        opsgenie(inbound, &keys).is_ok(),
    ];
    assert!(proof.is_none() || outcomes == [false; 5], "{outcomes:?}");
}

/// Bodies that come close to real ones: their fields, with values of any kind.
fn close() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "event",
        "event_type",
        "occurred_at",
        "agent",
        "data",
        "incident_key",
        "action",
        "alert",
        "alias",
        "updatedAt",
        "ref",
        "before",
        "after",
        "repository",
        "full_name",
        "html_url",
        "commits",
        "timestamp",
        "object_kind",
        "project",
        "type",
        "actions",
        "action_id",
        "value",
        "payload",
        "number",
        "secret",
        "secret_type",
    ];
    let texts = [
        "incident.acknowledged",
        "Acknowledge",
        "created",
        "push",
        "block_actions",
        "stanch_acknowledge",
        "9",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        prop::sample::select(texts.to_vec()).prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map(prop::sample::select(names.to_vec()), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    });
    (value, any::<bool>()).prop_map(|(value, is_form)| {
        let prefix = if is_form { "payload=" } else { "" };
        format!("{prefix}{value}").into_bytes()
    })
}

proptest! {
    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..300), event in "[a-z_]{0,24}") {
        read_by_all(&body, &event, None);
    }

    #[test]
    fn close_to_real(body in close(), event in prop::sample::select(vec!["push", "secret_scanning_alert", "ping"])) {
        read_by_all(&body, event, None);
    }

    #[test]
    fn any_proof(body in close(), proof in "\\PC{0,80}") {
        prop_assume!(proof.trim() != KEY);
        read_by_all(&body, "push", Some(&proof));
    }
}
