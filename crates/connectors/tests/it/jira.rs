//! A server that does what Jira Data Center 8.20 does: jira820.

use std::{process::Command, time::Duration};

use serde_json::Value;
use stanch_connectors::{AlertKind, Channel, HttpSettings};
use tempfile::TempDir;

use crate::{
    sample::{CREDENTIAL, MARKER, alert, context_with, hostile, open},
    sidecar::{Sidecar, python},
};

struct Jira {
    server: Sidecar,
    _folder: TempDir,
}

impl Jira {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = Command::new(python());
        command.args(["-m", "uvicorn", "--fd", "0", "--factory", "jira820.server:make_app"]);
        command.env("JIRA820_PROJECT_KEY", "SEC").current_dir(folder.path());
        Self { server: Sidecar::with_socket(&mut command), _folder: folder }
    }

    fn channel(&self) -> Box<dyn Channel> {
        let context =
            context_with(HttpSettings { timeout: Duration::from_mins(2), ..HttpSettings::default() });
        let settings = format!(
            "url = 'http://127.0.0.1:{}'\nproject = 'SEC'\ntoken_env = '{CREDENTIAL}'\nlabels = ['leak']",
            self.server.port
        );
        open("jira", &settings, &context)
    }

    fn get(&self, path: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/rest/api/2/{path}", self.server.port);
        let mut answer = ureq::get(url).call().expect("an answer");
        serde_json::from_str(&answer.body_mut().read_to_string().expect("a body")).expect("JSON")
    }

    fn issues(&self) -> Vec<Value> {
        let found = self.get("search?jql=labels%20%3D%20%22leak%22");
        found["issues"].as_array().expect("issues").clone()
    }

    fn category(&self, key: &str) -> String {
        let issue = self.get(&format!("issue/{key}"));
        issue["fields"]["status"]["statusCategory"]["key"].as_str().expect("a category").to_owned()
    }
}

#[test]
fn an_incident_is_one_issue_from_its_start_to_its_end() {
    let jira = Jira::new();
    let channel = jira.channel();
    let mut key = String::new();
    let after = |kind: AlertKind, key: &mut String| {
        // Each is delivered twice, as after an answer that was lost.
        for _ in 0..2 {
            let receipt = channel.deliver(&hostile(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
            *key = receipt.reference.expect("a key");
            assert!(receipt.url.expect("an address").ends_with(&format!("/browse/{key}")));
        }
        assert_eq!(jira.issues().len(), 1);
        let comments = jira.get(&format!("issue/{key}/comment"));
        (jira.category(key), comments["comments"].as_array().expect("comments").len())
    };
    assert_eq!(after(AlertKind::Trigger, &mut key), ("new".to_owned(), 0));
    let issue = &jira.issues()[0]["fields"];
    assert_eq!(issue["labels"], serde_json::json!(["leak", "stanch-incident-7"]));
    assert!(issue["summary"].as_str().expect("a summary").starts_with("Incident 7: Live key"));
    assert_eq!(after(AlertKind::Acknowledge, &mut key), ("indeterminate".to_owned(), 1));
    assert_eq!(after(AlertKind::Update, &mut key), ("indeterminate".to_owned(), 2));
    assert_eq!(after(AlertKind::Resolve, &mut key), ("done".to_owned(), 3));
    // It comes back: the same issue, open again.
    let mut again = alert(AlertKind::Trigger);
    again.id = "stanch-7-again".to_owned();
    channel.deliver(&again).expect("delivered");
    assert_eq!((jira.issues().len(), jira.category(&key)), (1, "new".to_owned()));
}

#[test]
fn what_was_over_before_it_was_told_makes_no_issue() {
    let jira = Jira::new();
    let receipt = jira.channel().deliver(&hostile(AlertKind::Resolve)).expect("delivered");
    assert_eq!((receipt.reference, jira.issues().len()), (None, 0));
}

#[test]
fn wiki_markup_is_escaped() {
    let jira = Jira::new();
    jira.channel().deliver(&hostile(AlertKind::Trigger)).expect("delivered");
    let found = jira.get("search?jql=labels%20%3D%20%22leak%22&fields=description");
    let text = found["issues"][0]["fields"]["description"].as_str().expect("a description").to_owned();
    assert!(text.contains(MARKER));
    for markup in ["{color", "[l", "*b", "|t", ":/", "@team"] {
        let escaped = format!("\\{markup}");
        let links = usize::from(markup == ":/");
        assert_eq!(
            text.matches(markup).count(),
            text.matches(&escaped).count() + links,
            "{markup} in {text}"
        );
    }
}
