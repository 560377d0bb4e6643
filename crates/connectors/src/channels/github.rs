//! GitHub: issues, <https://docs.github.com/en/rest/issues/issues> and
//! <https://docs.github.com/en/rest/issues/comments>.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Address, Alert, Channel, ChannelKind, Clock, Context, CredentialSource, DeliveryError, Http, OpenError,
    Receipt,
    address::encode,
    authorization::Authorization,
    channels::{
        markdown,
        ticket::{self, Stand, Ticket, Tracker},
    },
    http::{Answer, Request},
};

/// Opens, comments and closes issues of one repository.
///
/// The issue of an incident has a label of its own, by which it is found again: lists of issues know it at once, while the search
/// of GitHub may not. Whoever can read the repository can read the issues.
pub(crate) struct GitHub;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// `owner/name`.
    repository: String,
    token: CredentialSource,
    #[serde(default = "default_url")]
    url: Address,
    #[serde(default = "default_prefix")]
    label_prefix: String,
    #[serde(default)]
    labels: Vec<String>,
}

/// That of a GitHub Enterprise Server is `https://HOST/api/v3`.
const URL: &str = "https://api.github.com";

fn default_url() -> Address {
    Address::parse(URL).expect("an address")
}

fn default_prefix() -> String {
    "stanch-incident-".to_owned()
}

impl ChannelKind for GitHub {
    type Config = Config;
    const NAME: &'static str = "github";
    const DOC: &'static str = "issues of a repository on GitHub";
    const EXAMPLE: &'static str = "repository = \"example/incidents\"\ntoken_env = \"GITHUB_TOKEN\"\n";
    const CREDENTIALS: &'static [&'static str] = &["token"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let path = config.repository.split_once('/').filter(|(owner, name)| {
            !owner.is_empty() && !name.is_empty() && !name.contains('/') && ![".", ".."].contains(name)
        });
        let Some((owner, name)) = path else {
            return Err(OpenError::Config("repository: not of the form owner/name".to_owned()));
        };
        let path = format!("/repos/{}/{}/issues", encode(owner), encode(name));
        Ok(Box::new(Repository {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            authorization: Authorization::scheme("Bearer", context.credential("token", &config.token)?),
            issues: config.url.for_credentials()?.join(&path),
            label_prefix: config.label_prefix,
            labels: config.labels,
        }))
    }
}

struct Repository {
    http: Http,
    clock: Arc<dyn Clock>,
    authorization: Authorization,
    issues: Address,
    label_prefix: String,
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    html_url: String,
    body: Option<String>,
    state: String,
    #[serde(default)]
    labels: Vec<Label>,
    /// Set where the issue is a pull request.
    pull_request: Option<Value>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[derive(Deserialize)]
struct Comment {
    body: Option<String>,
}

impl From<Issue> for Ticket {
    fn from(issue: Issue) -> Self {
        Self {
            id: issue.number.to_string(),
            reference: format!("#{}", issue.number),
            url: issue.html_url,
            text: issue.body.unwrap_or_default(),
            stand: if issue.state == "closed" { Stand::Closed } else { Stand::Open },
        }
    }
}

impl Channel for Repository {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        ticket::deliver(self, alert, &self.label_prefix)
    }
}

impl Repository {
    fn send(&self, request: Request<'_>) -> Result<Answer, DeliveryError> {
        request
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .authorized(&self.authorization)
            .send(&*self.clock)
    }
}

impl Tracker for Repository {
    fn find(&self, label: &str) -> Result<Option<Ticket>, DeliveryError> {
        let query = format!("?labels={}&state=all&sort=created&direction=asc&per_page=10", encode(label));
        let issues: Vec<Issue> = self.send(self.http.get(&self.issues.join(&query)))?.json()?;
        Ok(issues.into_iter().find(|issue| issue.pull_request.is_none()).map(Ticket::from))
    }

    fn create(&self, alert: &Alert, label: &str, mark: &str) -> Result<Ticket, DeliveryError> {
        let labels: Vec<_> = self.labels.iter().map(String::as_str).chain([label]).collect();
        let issue = json!({
            "title": markdown::title(alert), "body": markdown::text(alert, mark), "labels": labels,
        });
        let issue: Issue = self.send(self.http.post(&self.issues).json(&issue))?.json()?;
        // Labels of somebody who may not set them are dropped silently.
        if !issue.labels.iter().any(|there| there.name.eq_ignore_ascii_case(label)) {
            let reason = format!(
                "issue #{} was made without its label, and will not be found again: the token may not set labels",
                issue.number
            );
            return Err(DeliveryError::refused(reason));
        }
        Ok(issue.into())
    }

    fn has_said(&self, ticket: &Ticket, alert: &Alert, mark: &str) -> Result<bool, DeliveryError> {
        let query = format!("/{}/comments?per_page=100&since={}", ticket.id, encode(&since(alert.at)));
        let comments: Vec<Comment> = self.send(self.http.get(&self.issues.join(&query)))?.json()?;
        Ok(comments.iter().any(|comment| comment.body.as_deref().is_some_and(|body| body.contains(mark))))
    }

    fn say(&self, ticket: &Ticket, alert: &Alert, mark: &str) -> Result<(), DeliveryError> {
        let url = self.issues.join(&format!("/{}/comments", ticket.id));
        let comment = json!({ "body": markdown::text(alert, mark) });
        self.send(self.http.post(&url).json(&comment)).map(drop)
    }

    fn bring(&self, ticket: &Ticket, stand: Stand) -> Result<(), DeliveryError> {
        let change = match stand {
            Stand::Closed => json!({ "state": "closed", "state_reason": "completed" }),
            Stand::Open => json!({ "state": "open" }),
            // Issues know no such state; the comment says it.
            Stand::Taken => return Ok(()),
        };
        self.send(self.http.patch(&self.issues.join(&format!("/{}", ticket.id))).json(&change)).map(drop)
    }
}

/// A comment on what happened at `at` is younger than this, even if the clocks differ.
fn since(at: Timestamp) -> String {
    let day = at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(at);
    day.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
