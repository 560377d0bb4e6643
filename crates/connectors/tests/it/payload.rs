//! What every channel sends, with markup of everything in each text that an attacker may choose.

use serde_json::{Value, json};
use stanch_connectors::AlertKind;

use crate::{
    sample::{CREDENTIAL, HOSTILE, MARKER, context, hostile, open, settings, webhook_secret},
    service::{Asked, Reply, Service},
};

/// Answers as a service would that already has a ticket for the incident, unless the incident is new.
fn answer(kind: &str, alert: AlertKind, asked: &Asked) -> Reply {
    let is_new = alert == AlertKind::Trigger;
    let listed = |there: Value| if is_new { json!([]) } else { json!([there]) };
    let github = json!({
        "number": 12, "html_url": "https://github.test/12", "body": "", "state": "open",
        "labels": [{ "name": "stanch-incident-7" }],
    });
    let gitlab =
        json!({ "iid": 12, "web_url": "https://gitlab.test/12", "description": "", "state": "opened" });
    let status = json!({ "statusCategory": { "key": "new" } });
    let jira = json!({ "key": "SEC-12", "fields": { "description": "", "status": status } });
    let moves = ["indeterminate", "done"].map(|key| {
        json!({ "id": key, "to": { "statusCategory": { "key": key } }, "fields": {
            "resolution": { "required": true, "allowedValues": [{ "name": "Fixed" }] },
        } })
    });
    let is_list = asked.target.contains('?');
    let body = match (kind, asked.method.as_str()) {
        ("github", "GET") if asked.target.contains("/comments") => json!([]),
        ("github", "GET") => listed(github),
        ("github", _) => github,
        ("gitlab", "GET") if asked.target.contains("/notes") => json!([]),
        ("gitlab", "GET") => listed(gitlab),
        ("gitlab", _) => gitlab,
        ("jira", "GET") if asked.target.contains("/comment") => json!({ "comments": [] }),
        ("jira", "GET") if asked.target.contains("/transitions") => json!({ "transitions": moves }),
        ("jira", "GET") if is_list => json!({ "issues": listed(jira) }),
        ("jira", _) => json!({ "key": "SEC-12" }),
        _ => json!({ "ok": true, "channel": "C0", "ts": "1.2", "requestId": "r", "dedup_key": "d" }),
    };
    Reply::json(200, &body)
}

/// What a channel with `settings` sends of an alert, and its receipt.
fn sent(kind: &'static str, index: usize, alert: AlertKind) -> (Vec<Asked>, String) {
    let service = Service::new(move |asked| answer(kind, alert, asked));
    let settings = &settings(&service.url())[index].1;
    let receipt = open(kind, settings, &context()).deliver(&hostile(alert));
    let receipt = receipt.unwrap_or_else(|error| panic!("{kind}, {alert}: {error}"));
    let told = format!("{receipt:?}").replace(&service.url(), "http://SERVICE");
    (service.asked(), told)
}

/// Requests as a person reads them, without what differs each time.
fn shown(asked: &[Asked]) -> String {
    let mut shown = String::new();
    for request in asked {
        shown.push_str(&[&request.line(), "\n"].concat());
        for (name, value) in &request.headers {
            if !["host", "content-length", "accept-encoding", "user-agent"].contains(&name.as_str()) {
                let value = if name == "webhook-signature" { "[signature]" } else { value };
                shown.push_str(&[name, ": ", value, "\n"].concat());
            }
        }
        if !request.body.is_empty() {
            shown.push_str(&serde_json::to_string_pretty(&request.json()).expect("JSON"));
            shown.push('\n');
        }
        shown.push('\n');
    }
    shown
}

/// Everything that a test below holds of all of them.
fn every_payload(check: impl Fn(&str, AlertKind, &[Asked])) {
    for (index, (kind, _)) in settings("").into_iter().enumerate() {
        for alert in AlertKind::ALL {
            check(kind, alert, &sent(kind, index, alert).0);
        }
    }
}

#[test]
fn payloads() {
    for (index, (kind, _)) in settings("").into_iter().enumerate() {
        let way = if index == 3 { "slack_webhook" } else { kind };
        let mut all = String::new();
        for alert in AlertKind::ALL {
            let (asked, receipt) = sent(kind, index, alert);
            all.push_str(&["==== ", alert.as_str(), ": ", &receipt, "\n\n", &shown(&asked)].concat());
        }
        // The authorization of Jira is the credential in base64.
        let all = all.replace(&["bWVAeC50ZXN0OkNS", "RURFTlRJQUxNQVJLRVI="].concat(), "[base64]");
        insta::with_settings!({ snapshot_suffix => way }, { insta::assert_snapshot!(all) });
    }
}

#[test]
fn credentials_are_where_they_belong_and_nowhere_else() {
    every_payload(|kind, _, asked| {
        for request in asked {
            let body = String::from_utf8(request.body.clone()).expect("text");
            let in_body = body.matches(CREDENTIAL).count();
            assert_eq!(in_body, usize::from(kind == "pagerduty"), "{kind}: {body}");
            assert!(!body.contains(&webhook_secret()), "{kind}");
            let is_webhook =
                request.target.starts_with("/services/") || request.target.starts_with("/workflows/");
            assert!(is_webhook || !request.target.contains(CREDENTIAL), "{kind}");
        }
    });
}

#[test]
fn what_an_attacker_chose_is_in_bodies_only() {
    every_payload(|kind, alert, asked| {
        let mut told = false;
        for request in asked {
            assert!(!request.target.contains(MARKER), "{kind}: {}", request.target);
            assert!(request.headers.values().all(|value| !value.contains(MARKER)), "{kind}");
            told |= String::from_utf8_lossy(&request.body).contains(MARKER);
        }
        // PagerDuty is told nothing but the key of what is over.
        let silent = kind == "pagerduty" && [AlertKind::Acknowledge, AlertKind::Resolve].contains(&alert);
        assert_eq!(told, !silent, "{kind}, {alert}");
    });
}

/// Every text in `value`, with the object it is in.
fn texts<'v>(value: &'v Value, found: &mut Vec<(&'v Value, &'v str)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => {
            for field in fields.values() {
                match field {
                    Value::String(text) => found.push((value, text)),
                    other => texts(other, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn slack_sees_plain_text() {
    every_payload(|kind, _, asked| {
        for request in asked.iter().filter(|_| kind == "slack") {
            let body = request.json();
            let mut found = Vec::new();
            texts(&body, &mut found);
            for (object, text) in found.into_iter().filter(|(_, text)| text.contains(MARKER)) {
                let is_plain = object["type"] == "plain_text";
                assert!(is_plain || (*object == body && !text.contains('<')), "{text}");
            }
        }
    });
}

#[test]
fn teams_sees_runs_of_text() {
    every_payload(|kind, _, asked| {
        for request in asked.iter().filter(|_| kind == "teams") {
            let body = request.json();
            let mut found = Vec::new();
            texts(&body, &mut found);
            for (object, text) in found.into_iter().filter(|(_, text)| text.contains(MARKER)) {
                assert_eq!(object["type"], "TextRun", "{text}");
            }
            assert!(request.body.len() < 28 * 1024);
        }
    });
}

/// `markdown` without its code spans.
fn without_code(markdown: &str) -> String {
    let mut left = String::new();
    let mut rest = markdown;
    while let Some(at) = rest.find('`') {
        left.push_str(&rest[..at]);
        let fence = rest[at..].chars().take_while(|char| *char == '`').count();
        let inner = &rest[at + fence..];
        let end = closing(inner, fence).expect("a closed code span");
        rest = &inner[end + fence..];
    }
    left + rest
}

/// Where a run of exactly `fence` backticks begins in `text`.
fn closing(text: &str, fence: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(next) = text[at..].find('`') {
        let run = text[at + next..].chars().take_while(|char| *char == '`').count();
        if run == fence {
            return Some(at + next);
        }
        at += next + run;
    }
    None
}

#[test]
fn markdown_holds_it_in_code_spans() {
    every_payload(|kind, _, asked| {
        let is_markdown = kind == "github" || kind == "gitlab";
        for request in asked.iter().filter(|request| is_markdown && request.method == "POST") {
            let body = request.json();
            let text = ["body", "description"].iter().find_map(|name| body[name].as_str()).expect("a text");
            assert!(text.contains(MARKER) && !without_code(text).contains(MARKER), "{text}");
            assert!(text.lines().all(|line| !line.starts_with('/')), "{text}");
        }
    });
}

#[test]
fn wiki_markup_of_jira_is_escaped() {
    every_payload(|kind, _, asked| {
        for request in asked.iter().filter(|request| kind == "jira" && request.method == "POST") {
            let body = request.json();
            let text = [&body["body"], &body["fields"]["description"]].into_iter().find_map(Value::as_str);
            let Some(text) = text else { continue };
            for line in text.lines().filter(|line| line.contains(MARKER)) {
                let after: Vec<char> = line.trim_start_matches("* ").chars().collect();
                for pair in after.windows(2).filter(|pair| "{}[]|*@".contains(pair[1])) {
                    assert_eq!(pair[0], '\\', "{line}");
                }
            }
        }
    });
}

#[test]
fn opsgenie_sees_no_tags() {
    every_payload(|kind, _, asked| {
        for request in asked.iter().filter(|_| kind == "opsgenie") {
            let body = request.json();
            for shown in [&body["description"], &body["note"], &body["details"]] {
                assert!(!shown.to_string().contains('<'), "{shown}");
            }
        }
    });
}

#[test]
fn a_text_of_any_length_fits() {
    for (index, (kind, _)) in settings("").into_iter().enumerate() {
        let service = Service::new(move |asked| answer(kind, AlertKind::Trigger, asked));
        let settings = &settings(&service.url())[index].1;
        let mut alert = crate::sample::alert_saying(AlertKind::Trigger, &HOSTILE.repeat(200));
        alert.facts = alert.facts.iter().cycle().take(200).cloned().collect();
        open(kind, settings, &context()).deliver(&alert).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let longest = service.asked().iter().map(|asked| asked.body.len()).max().expect("a request");
        let limit = match kind {
            "teams" => 28 * 1024,
            "webhook" => 256 * 1024,
            "alertmanager" => 512 * 1024,
            _ => 100 * 1024,
        };
        assert!(longest < limit, "{kind}: {longest}");
    }
}
