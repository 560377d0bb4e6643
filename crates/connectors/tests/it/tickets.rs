//! Issues of GitHub and GitLab, kept by a service of ours that remembers them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use stanch_connectors::{AlertKind, DeliveryError};

use crate::{
    sample::{CREDENTIAL, alert, context, hostile, open},
    service::{Asked, Reply, Service},
};

/// One issue, or none yet, and its comments.
#[derive(Default)]
struct Kept {
    made: usize,
    issue: Option<Value>,
    comments: Vec<Value>,
}

/// What both services do with a request; they differ in what they call things.
fn keep(kept: &mut Kept, asked: &Asked) -> Reply {
    let body = asked.json();
    let path = asked.target.split('?').next().unwrap_or_default();
    let is_comment = path.ends_with("/comments") || path.ends_with("/notes");
    match asked.method.as_str() {
        "GET" if is_comment => Reply::json(200, &json!(kept.comments)),
        "GET" => Reply::json(200, &kept.issue.iter().cloned().collect()),
        "POST" if is_comment => {
            kept.comments.push(body.clone());
            Reply::json(201, &body)
        }
        "POST" => {
            kept.made += 1;
            kept.issue = Some(json!({
                "number": 12, "iid": 12, "html_url": "https://x.test/12", "web_url": "https://x.test/12",
                "state": "open", "body": body["body"], "description": body["description"],
                "labels": body["labels"].as_array().into_iter().flatten()
                    .map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            }));
            Reply::json(201, kept.issue.as_ref().expect("an issue"))
        }
        _ => {
            let issue = kept.issue.as_mut().expect("an issue");
            let is_closed = body["state"] == "closed" || body["state_event"] == "close";
            issue["state"] = if is_closed { "closed" } else { "open" }.into();
            Reply::json(200, issue)
        }
    }
}

fn service() -> (Service, Arc<Mutex<Kept>>) {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let inner = Arc::clone(&kept);
    (Service::new(move |asked| keep(&mut inner.lock().expect("issues"), asked)), kept)
}

fn settings(kind: &str, url: &str) -> String {
    let what = if kind == "github" { "repository" } else { "project" };
    format!("url = '{url}'\n{what} = 'shop/incidents'\ntoken_env = '{CREDENTIAL}'")
}

#[test]
fn an_incident_is_one_issue_however_often_it_is_told() {
    for kind in ["github", "gitlab"] {
        let (service, kept) = service();
        let channel = open(kind, &settings(kind, &service.url()), &context());
        let after = |alert: AlertKind| {
            for _ in 0..2 {
                let receipt =
                    channel.deliver(&hostile(alert)).unwrap_or_else(|error| panic!("{kind}: {error}"));
                assert_eq!(receipt.reference.as_deref(), Some("#12"));
            }
            let kept = kept.lock().expect("issues");
            let state = kept.issue.as_ref().map(|issue| issue["state"].to_string());
            (kept.made, kept.comments.len(), state.unwrap_or_default())
        };
        assert_eq!(after(AlertKind::Trigger), (1, 0, "\"open\"".to_owned()), "{kind}");
        assert_eq!(after(AlertKind::Acknowledge), (1, 1, "\"open\"".to_owned()), "{kind}");
        assert_eq!(after(AlertKind::Resolve), (1, 2, "\"closed\"".to_owned()), "{kind}");
        let mut again = alert(AlertKind::Trigger);
        again.id = "stanch-7-again".to_owned();
        channel.deliver(&again).expect("delivered");
        let kept = kept.lock().expect("issues");
        assert_eq!((kept.made, kept.comments.len()), (1, 3));
        assert_eq!(kept.issue.as_ref().expect("an issue")["state"], "open");
    }
}

#[test]
fn a_step_whose_answer_is_lost_is_not_done_twice() {
    for kind in ["github", "gitlab"] {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let asked_once = Arc::new(Mutex::new(BTreeSet::new()));
        let (inner, seen) = (Arc::clone(&kept), Arc::clone(&asked_once));
        // What is asked for the first time is done, but not answered.
        let service = Service::new(move |asked| {
            let reply = keep(&mut inner.lock().expect("issues"), asked);
            if seen.lock().expect("lines").insert(asked.line()) { Reply::Close } else { reply }
        });
        let channel = open(kind, &settings(kind, &service.url()), &context());
        for alert in AlertKind::ALL {
            asked_once.lock().expect("lines").clear();
            let attempts = (1..=6).find(|_| channel.deliver(&hostile(alert)).is_ok());
            assert!(attempts.is_some_and(|attempts| attempts > 1), "{kind}, {alert}: {attempts:?}");
        }
        let kept = kept.lock().expect("issues");
        let state = &kept.issue.as_ref().expect("an issue")["state"];
        assert_eq!((kept.made, kept.comments.len(), state.as_str()), (1, 3, Some("closed")), "{kind}");
    }
}

#[test]
fn an_issue_without_its_label_is_told() {
    let made =
        json!({ "number": 12, "html_url": "https://x.test/12", "body": "", "state": "open", "labels": [] });
    let service = Service::replying([Reply::json(200, &json!([])), Reply::json(201, &made)]);
    let channel = open("github", &settings("github", &service.url()), &context());
    let error = channel.deliver(&hostile(AlertKind::Trigger)).expect_err("no label");
    let DeliveryError::Refused { reason } = error else { panic!("{error}") };
    insta::assert_snapshot!(reason);
}

#[test]
fn a_pull_request_with_the_label_is_none_of_ours() {
    let pull = json!([{
        "number": 3, "html_url": "https://x.test/3", "body": "", "state": "open", "pull_request": {},
    }]);
    let service = Service::replying([Reply::json(200, &pull)]);
    let channel = open("github", &settings("github", &service.url()), &context());
    let receipt = channel.deliver(&hostile(AlertKind::Resolve)).expect("delivered");
    assert_eq!((receipt.reference, service.asked().len()), (None, 1));
}
