//! Webhooks as services send them, signed by us in their place.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;
use stanch_connectors::{
    Credential,
    inbound::{
        Acknowledged, Acknowledgement, BODY_BYTES_MAX, Concerning, GitHubEvent, Headers, Inbound,
        InboundError, Received, SecretAlertAction, github, gitlab, opsgenie, pagerduty, slack,
    },
};
use stanch_model::{Fingerprinter, KeyKind};

use crate::sample::now;

/// What is shared with the service, and something else.
const SHARED: &str = "shared";
const OTHER: &str = "other";

fn keys(keys: &[&str]) -> Vec<Credential> {
    keys.iter().map(|key| Credential::new(key).expect("a credential")).collect()
}

fn hmac(key: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(message);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// A request with `headers` and `body`, given to `read`.
fn send<T>(headers: &[(&str, &str)], body: &[u8], read: impl FnOnce(Inbound<'_>) -> T) -> T {
    let headers: Headers<'_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    read(Inbound { headers: &headers, body, now: now() })
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// As in <https://developer.pagerduty.com/docs/webhooks/v3-overview/>, shortened.
fn pagerduty_event(kind: &str) -> Vec<u8> {
    json!({ "event": {
        "id": "5ac64822-4adc-4fda", "event_type": kind, "resource_type": "incident",
        "occurred_at": "2026-03-01T12:00:10.123Z",
        "agent": { "id": "PGR0VU2", "summary": "Ada\u{202e} L", "type": "user_reference" },
        "client": { "name": "PagerDuty" },
        "data": { "id": "PGR0VU2", "type": "incident", "number": 2, "status": "acknowledged",
                  "incident_key": "stanch-incident-7", "title": "A little bump in the road" },
    } })
    .to_string()
    .into_bytes()
}

#[test]
fn pagerduty_acknowledges_and_resolves() {
    for (kind, what) in
        [("incident.acknowledged", Acknowledged::Acknowledge), ("incident.resolved", Acknowledged::Resolve)]
    {
        let body = pagerduty_event(kind);
        let signature = format!("v1={},v1={}", hmac(OTHER, &body), hmac(SHARED, &body));
        let read = |inbound: Inbound<'_>| pagerduty(inbound, &keys(&[SHARED]));
        let received = send(&[("x-pagerduty-signature", &signature)], &body, read).expect("signed");
        let expected = Acknowledgement {
            concerning: Concerning::Key("stanch-incident-7".to_owned()),
            what,
            actor: "Ada L".to_owned(),
            at: time("2026-03-01T12:00:10.123Z"),
            id: Some("5ac64822-4adc-4fda".to_owned()),
        };
        assert_eq!(received, Received::Known(expected));
    }
}

#[test]
fn pagerduty_tells_more_than_we_need() {
    for kind in ["incident.triggered", "incident.annotated", "pagey.ping", "incident.priority_updated"] {
        let body = pagerduty_event(kind);
        let signature = format!("v1={}", hmac(SHARED, &body));
        let read = |inbound: Inbound<'_>| pagerduty(inbound, &keys(&[SHARED]));
        let received = send(&[("X-PagerDuty-Signature", &signature)], &body, read);
        assert_eq!(received, Ok(Received::Ignored { event: kind.to_owned() }));
    }
}

#[test]
fn what_is_not_signed_by_pagerduty_does_not_count() {
    let body = pagerduty_event("incident.acknowledged");
    let good = format!("v1={}", hmac(SHARED, &body));
    let read = |inbound: Inbound<'_>| pagerduty(inbound, &keys(&[SHARED])).err();
    let unsigned = Some(InboundError::Unsigned("X-PagerDuty-Signature"));
    assert_eq!(send(&[], &body, read), unsigned);
    let twice = [("X-PagerDuty-Signature", good.as_str()), ("x-pagerduty-signature", &good)];
    assert_eq!(send(&twice, &body, read), unsigned);
    let wrong = format!("v1={}", hmac(OTHER, &body));
    let version = good.replace("v1=", "v2=");
    for bad in [wrong.as_str(), &version, &good[..40], "v1=", "", "v1=zz", ",,,", &good[3..]] {
        assert_eq!(send(&[("X-PagerDuty-Signature", bad)], &body, read), Some(InboundError::Forged), "{bad}");
    }
    assert_eq!(send(&[("X-PagerDuty-Signature", &good)], &body[1..], read), Some(InboundError::Forged));
    let nobody = |inbound: Inbound<'_>| pagerduty(inbound, &[]).err();
    assert_eq!(send(&[("X-PagerDuty-Signature", &good)], &body, nobody), Some(InboundError::Forged));
}

#[test]
fn a_body_beyond_the_limit_is_not_looked_at() {
    let body = vec![b' '; BODY_BYTES_MAX + 1];
    let signature = format!("v1={}", hmac(SHARED, &body));
    let read = |inbound: Inbound<'_>| pagerduty(inbound, &keys(&[SHARED])).err();
    assert_eq!(send(&[("X-PagerDuty-Signature", &signature)], &body, read), Some(InboundError::TooLong));
}

/// As in <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>, shortened, and encoded as a form.
fn slack_body(action_id: &str, value: &str) -> Vec<u8> {
    let payload = json!({
        "type": "block_actions", "user": { "id": "U1", "username": "ada l", "name": "ada" },
        "actions": [{ "action_id": action_id, "block_id": "b", "value": value, "type": "button", "action_ts": "1.5" }],
    });
    let encode = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = payload.to_string().bytes().map(encode).collect();
    format!("payload={encoded}").into_bytes()
}

fn slack_signed(key: &str, seconds: &str, body: &[u8]) -> String {
    let message = [b"v0:".as_slice(), seconds.as_bytes(), b":", body].concat();
    format!("v0={}", hmac(key, &message))
}

fn from_slack(key: &str, age: i64, body: &[u8]) -> Result<Received<Acknowledgement>, InboundError> {
    let seconds = (now().as_second() - age).to_string();
    let signature = slack_signed(key, &seconds, body);
    let headers = [("X-Slack-Signature", signature.as_str()), ("X-Slack-Request-Timestamp", &seconds)];
    send(&headers, body, |inbound| slack(inbound, &keys(&[OTHER, SHARED])))
}

#[test]
fn a_button_in_slack_acknowledges() {
    let expected = Acknowledgement {
        concerning: Concerning::Number(7),
        what: Acknowledged::Acknowledge,
        actor: "ada l".to_owned(),
        at: time("2026-03-01T12:00:25Z"),
        id: Some("1.5".to_owned()),
    };
    assert_eq!(from_slack(SHARED, 5, &slack_body("stanch_acknowledge", "7")), Ok(Received::Known(expected)));
    let ignored = Received::Ignored { event: "block_actions".to_owned() };
    assert_eq!(from_slack(SHARED, 5, &slack_body("stanch_open", "7")), Ok(ignored));
}

#[test]
fn what_slack_did_not_send_now_does_not_count() {
    let body = slack_body("stanch_acknowledge", "7");
    assert_eq!(from_slack("third", 5, &body), Err(InboundError::Forged));
    assert!(from_slack(SHARED, 299, &body).is_ok() && from_slack(SHARED, -299, &body).is_ok());
    assert_eq!(from_slack(SHARED, 301, &body), Err(InboundError::Stale));
    assert_eq!(from_slack(SHARED, -301, &body), Err(InboundError::Stale));
    assert_eq!(from_slack(SHARED, i64::MIN / 4, &body), Err(InboundError::Stale));
    for bad in [&b"payload=%7B"[..], b"pay=1", b"", b"payload=%FF%FE"] {
        assert!(matches!(from_slack(SHARED, 0, bad), Err(InboundError::Malformed(_))), "{bad:?}");
    }
    let no_number = slack_body("stanch_acknowledge", "seven");
    assert!(matches!(from_slack(SHARED, 0, &no_number), Err(InboundError::Malformed(_))));
}

#[test]
fn opsgenie_acknowledges_and_closes() {
    let action = |name: &str| {
        json!({
            "action": name, "integrationName": "Stanch", "source": { "name": "", "type": "web" },
            "alert": { "updatedAt": 1_772_366_420_002_246_000_i64, "message": "m", "username": "ada@x.test",
                       "alertId": "0526", "alias": "stanch-incident-7", "tinyId": "23" },
        })
        .to_string()
        .into_bytes()
    };
    let from = |token: &str, name: &str| {
        send(&[("x-stanch-token", token)], &action(name), |inbound| opsgenie(inbound, &keys(&[SHARED])))
    };
    for (name, what) in [("Acknowledge", Acknowledged::Acknowledge), ("Close", Acknowledged::Resolve)] {
        let expected = Acknowledgement {
            concerning: Concerning::Key("stanch-incident-7".to_owned()),
            what,
            actor: "ada@x.test".to_owned(),
            at: time("2026-03-01T12:00:20.002246Z"),
            id: None,
        };
        assert_eq!(from(SHARED, name), Ok(Received::Known(expected)));
    }
    assert_eq!(from(SHARED, "AddNote"), Ok(Received::Ignored { event: "AddNote".to_owned() }));
    for bad in [OTHER, "share", "shared2", ""] {
        assert_eq!(from(bad, "Acknowledge"), Err(InboundError::Forged));
    }
}

fn from_github(event: &str, body: &[u8]) -> Result<Received<GitHubEvent>, InboundError> {
    let signature = format!("sha256={}", hmac(SHARED, body));
    let headers = [("X-Hub-Signature-256", signature.as_str()), ("X-GitHub-Event", event)];
    send(&headers, body, |inbound| github(inbound, &keys(&[SHARED])))
}

/// The signature that <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries> gives as an example.
#[test]
fn github_signs_as_its_documentation_says() {
    let key = ["It's a Secret ", "to Everybody"].concat();
    let signature =
        ["sha256=757107ea0eb2509f", "c211221cce984b8a", "37570b6d7586c22c", "46f4379c8b043e17"].concat();
    let headers = [("X-Hub-Signature-256", signature.as_str()), ("X-GitHub-Event", "ping")];
    let received = send(&headers, b"Hello, World!", |inbound| github(inbound, &keys(&[&key])));
    assert_eq!(received, Ok(Received::Ignored { event: "ping".to_owned() }));
}

#[test]
fn github_tells_of_a_push() {
    let body = json!({
        "ref": "refs/heads/main", "before": "0".repeat(40), "after": "a".repeat(40), "forced": false,
        "repository": { "full_name": "shop/api", "html_url": "https://github.com/shop/api", "private": false,
                        "clone_url": "https://github.com/shop/api.git", "default_branch": "main" },
        "pusher": { "name": "ada", "email": "ada@x.test" },
        "commits": [{ "id": "a".repeat(40), "timestamp": "2026-03-01T13:00:00+01:00", "author": { "name": "Ada" } },
                    { "id": "b".repeat(40), "timestamp": "+292278994-08-17T07:12:55Z", "author": {} }],
    });
    let Ok(Received::Known(GitHubEvent::Push(push))) = from_github("push", body.to_string().as_bytes())
    else {
        panic!("no push")
    };
    insta::assert_debug_snapshot!(push);
}

#[test]
fn github_tells_of_a_secret_and_the_secret_is_not_shown() {
    let value = ["MARKER", "OFASECRET"].concat();
    let body = |action: &str| {
        json!({
            "action": action,
            "alert": { "number": 42, "html_url": "https://github.com/shop/api/security/secret-scanning/42",
                       "secret_type": "github_personal_access_token", "secret": value, "validity": "active",
                       "secret_type_display_name": "GitHub Personal Access Token", "resolution": "revoked",
                       "resolved_by": { "login": "ada" }, "created_at": "2026-03-01T11:00:00Z",
                       "publicly_leaked": true },
            "repository": { "full_name": "shop/api", "html_url": "https://github.com/shop/api", "private": true },
            "sender": { "login": "github" },
        })
        .to_string()
    };
    for (name, action) in [
        ("created", SecretAlertAction::Created),
        ("resolved", SecretAlertAction::Resolved),
        ("reopened", SecretAlertAction::Reopened),
    ] {
        let received = from_github("secret_scanning_alert", body(name).as_bytes()).expect("signed");
        assert!(!format!("{received:?}").contains("MARKER"));
        let Received::Known(GitHubEvent::SecretAlert(alert)) = received else { panic!("no alert") };
        assert_eq!((alert.action, alert.number), (action, 42));
        let printer = Fingerprinter::new(KeyKind::Once, &[0; 32]);
        let secret = alert.secret.expect("a secret").seal(&printer);
        assert_eq!(secret.fingerprint(), printer.seal(value.as_bytes()).fingerprint());
    }
    let ignored = Received::Ignored { event: "secret_scanning_alert.assigned".to_owned() };
    assert_eq!(from_github("secret_scanning_alert", body("assigned").as_bytes()), Ok(ignored));
    let shown = from_github("secret_scanning_alert", body("created").as_bytes()).expect("signed");
    insta::assert_debug_snapshot!(shown);
}

#[test]
fn github_tells_that_a_repository_was_made_public() {
    let body = json!({
        "repository": { "full_name": "shop/api", "html_url": "https://github.test/shop/api", "default_branch": "main" },
        "sender": { "login": "ada" },
    });
    let received = from_github("public", body.to_string().as_bytes()).expect("signed");
    let Received::Known(GitHubEvent::MadePublic(repository)) = received else { panic!("not known") };
    assert_eq!((repository.name.as_str(), repository.public), ("shop/api", Some(true)));
}

#[test]
fn what_is_not_signed_by_github_does_not_count() {
    let signature = format!("sha256={}", hmac(OTHER, b"{}"));
    let headers = [("X-Hub-Signature-256", signature.as_str()), ("X-GitHub-Event", "push")];
    let read = |inbound: Inbound<'_>| github(inbound, &keys(&[SHARED])).err();
    assert_eq!(send(&headers, b"{}", read), Some(InboundError::Forged));
    // That of SHA-1 alone is none.
    let old = [("X-Hub-Signature", "sha1=00"), ("X-GitHub-Event", "push")];
    assert_eq!(send(&old, b"{}", read), Some(InboundError::Unsigned("X-Hub-Signature-256")));
    assert!(matches!(from_github("push", b"{}"), Err(InboundError::Malformed(_))));
}

#[test]
fn gitlab_tells_of_a_push() {
    let body = |kind: &str| {
        json!({
            "object_kind": kind, "event_name": kind, "ref": "refs/heads/main", "before": "c".repeat(40),
            "after": "0".repeat(40), "user_name": "Ada L", "user_username": "ada",
            "project": { "path_with_namespace": "shop/api", "web_url": "https://gitlab.test/shop/api",
                         "git_http_url": "https://gitlab.test/shop/api.git", "visibility_level": 20,
                         "default_branch": "main" },
            "commits": [{ "id": "d".repeat(40), "timestamp": "2026-03-01T11:00:00+02:00", "author": { "name": "Ada" } }],
        })
        .to_string()
    };
    let from = |token: &str, kind: &str| {
        let headers = [("X-Gitlab-Token", token), ("X-Gitlab-Event", "Push Hook")];
        send(&headers, body(kind).as_bytes(), |inbound| gitlab(inbound, &keys(&[SHARED])))
    };
    let Ok(Received::Known(push)) = from(SHARED, "push") else { panic!("no push") };
    assert!(push.is_deletion());
    insta::assert_debug_snapshot!(push);
    assert_eq!(from(SHARED, "issue"), Ok(Received::Ignored { event: "issue".to_owned() }));
    assert_eq!(from(OTHER, "push"), Err(InboundError::Forged));
}
