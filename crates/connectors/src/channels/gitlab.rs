//! GitLab: issues, <https://docs.gitlab.com/api/issues/> and <https://docs.gitlab.com/api/notes/>.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::{
    Address, Alert, Channel, ChannelKind, Clock, Context, Credential, CredentialSource, DeliveryError, Http,
    OpenError, Receipt,
    address::encode,
    channels::{
        markdown,
        ticket::{self, Stand, Ticket, Tracker},
    },
    http::{Answer, Request},
};

/// Opens, comments and closes issues of one project.
///
/// The issue of an incident has a label of its own, by which it is found again. It is confidential unless the settings say
/// otherwise.
pub(crate) struct GitLab;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// `group/name`, or its number.
    project: String,
    token: CredentialSource,
    #[serde(default = "default_url")]
    url: Address,
    #[serde(default = "default_prefix")]
    label_prefix: String,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default = "default_confidential")]
    confidential: bool,
}

const URL: &str = "https://gitlab.com";

fn default_url() -> Address {
    Address::parse(URL).expect("an address")
}

fn default_prefix() -> String {
    "stanch-incident-".to_owned()
}

fn default_confidential() -> bool {
    true
}

impl ChannelKind for GitLab {
    type Config = Config;
    const NAME: &'static str = "gitlab";
    const DOC: &'static str = "issues of a project on GitLab";
    const EXAMPLE: &'static str =
        "project = \"example/incidents\"\ntoken_file = \"/run/secrets/gitlab-token\"\n";
    const CREDENTIALS: &'static [&'static str] = &["token"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        if config.label_prefix.contains(',') || config.labels.iter().any(|label| label.contains(',')) {
            return Err(OpenError::Config("labels: a label has no comma".to_owned()));
        }
        let path = format!("/api/v4/projects/{}/issues", encode(&config.project));
        Ok(Box::new(Project {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            token: context.credential("token", &config.token)?,
            issues: config.url.for_credentials()?.join(&path),
            label_prefix: config.label_prefix,
            labels: config.labels,
            confidential: config.confidential,
        }))
    }
}

struct Project {
    http: Http,
    clock: Arc<dyn Clock>,
    token: Credential,
    issues: Address,
    label_prefix: String,
    labels: Vec<String>,
    confidential: bool,
}

#[derive(Deserialize)]
struct Issue {
    iid: u64,
    web_url: String,
    description: Option<String>,
    state: String,
}

#[derive(Deserialize)]
struct Note {
    body: Option<String>,
}

impl From<Issue> for Ticket {
    fn from(issue: Issue) -> Self {
        Self {
            id: issue.iid.to_string(),
            reference: format!("#{}", issue.iid),
            url: issue.web_url,
            text: issue.description.unwrap_or_default(),
            stand: if issue.state == "closed" { Stand::Closed } else { Stand::Open },
        }
    }
}

impl Channel for Project {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        ticket::deliver(self, alert, &self.label_prefix)
    }
}

impl Project {
    fn send(&self, request: Request<'_>) -> Result<Answer, DeliveryError> {
        request.header("private-token", self.token.expose()).hide(&self.token).send(&*self.clock)
    }
}

impl Tracker for Project {
    fn find(&self, label: &str) -> Result<Option<Ticket>, DeliveryError> {
        let query =
            format!("?labels={}&state=all&scope=all&order_by=created_at&sort=asc&per_page=1", encode(label));
        let issues: Vec<Issue> = self.send(self.http.get(&self.issues.join(&query)))?.json()?;
        Ok(issues.into_iter().next().map(Ticket::from))
    }

    fn create(&self, alert: &Alert, label: &str, mark: &str) -> Result<Ticket, DeliveryError> {
        let labels: Vec<_> = self.labels.iter().map(String::as_str).chain([label]).collect();
        let issue = json!({
            "title": markdown::title(alert), "description": markdown::text(alert, mark),
            "labels": labels.join(","), "confidential": self.confidential,
        });
        let issue: Issue = self.send(self.http.post(&self.issues).json(&issue))?.json()?;
        Ok(issue.into())
    }

    fn has_said(&self, ticket: &Ticket, _alert: &Alert, mark: &str) -> Result<bool, DeliveryError> {
        let query = format!("/{}/notes?order_by=created_at&sort=desc&per_page=100", ticket.id);
        let notes: Vec<Note> = self.send(self.http.get(&self.issues.join(&query)))?.json()?;
        Ok(notes.iter().any(|note| note.body.as_deref().is_some_and(|body| body.contains(mark))))
    }

    fn say(&self, ticket: &Ticket, alert: &Alert, mark: &str) -> Result<(), DeliveryError> {
        let url = self.issues.join(&format!("/{}/notes", ticket.id));
        let note = json!({ "body": markdown::text(alert, mark) });
        self.send(self.http.post(&url).json(&note)).map(drop)
    }

    fn bring(&self, ticket: &Ticket, stand: Stand) -> Result<(), DeliveryError> {
        let event = match stand {
            Stand::Closed => "close",
            Stand::Open => "reopen",
            // Issues know no such state; the comment says it.
            Stand::Taken => return Ok(()),
        };
        let url = self.issues.join(&format!("/{}", ticket.id));
        self.send(self.http.put(&url).json(&json!({ "state_event": event }))).map(drop)
    }
}
