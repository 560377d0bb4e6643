//! Jira: issues by its REST API, version 2, whose texts are wiki markup:
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/>,
//! <https://docs.atlassian.com/software/jira/docs/api/REST/8.20.8/>.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use serde::Deserialize;
use serde_json::json;
use stanch_model::Severity;

use crate::{
    Address, Alert, Channel, ChannelKind, Clock, Context, CredentialSource, DeliveryError, Http, OpenError,
    Receipt,
    address::encode,
    authorization::Authorization,
    channels::ticket::{self, Stand, Ticket, Tracker},
    http::{Answer, Request},
    wording::{Room, Words},
};

/// Creates, comments and moves issues of one project.
///
/// The issue of an incident has a label of its own, by which it is found again. Jira Cloud may know a new label some seconds late;
/// a message that is repeated within these makes a second issue.
pub(crate) struct Jira;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    url: Address,
    project: String,
    #[serde(default = "default_issue_type")]
    issue_type: String,
    /// With it, `token` is the API token or password of this user; without it, a personal access token.
    user: Option<String>,
    token: CredentialSource,
    deployment: Option<Deployment>,
    #[serde(default = "default_prefix")]
    label_prefix: String,
    #[serde(default)]
    labels: Vec<String>,
    /// What the priorities of the project are called.
    #[serde(default)]
    priorities: BTreeMap<Severity, String>,
    /// What to set where a transition asks for a resolution; otherwise the first that there is.
    resolution: Option<String>,
}

/// Which Jira it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deployment {
    Cloud,
    DataCenter,
}

fn default_issue_type() -> String {
    "Task".to_owned()
}

fn default_prefix() -> String {
    "stanch-incident-".to_owned()
}

/// The longest summary is 255 characters; the description may have 32,767.
const ROOM: Room = Room { facts_max: 40, value_max: 400 };

impl ChannelKind for Jira {
    type Config = Config;
    const NAME: &'static str = "jira";
    const DOC: &'static str = "issues of Jira, in the cloud or your own";
    const EXAMPLE: &'static str = "url = \"https://example.atlassian.net\"\nproject = \"SEC\"\n\
                                   user = \"stanch@example.com\"\ntoken_env = \"JIRA_TOKEN\"\n";
    const CREDENTIALS: &'static [&'static str] = &["token"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let is_key = |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
        if config.project.is_empty() || !config.project.chars().all(is_key) {
            return Err(OpenError::Config("project: not the key of a project, such as SEC".to_owned()));
        }
        let is_label =
            |label: &str| !label.contains(|char: char| char.is_whitespace() || "\"\\".contains(char));
        if !is_label(&config.label_prefix) || !config.labels.iter().all(|label| is_label(label)) {
            return Err(OpenError::Config("labels: a label has no spaces and no quotes".to_owned()));
        }
        let token = context.credential("token", &config.token)?;
        let url = config.url.for_credentials()?;
        let is_cloud = url.host().ends_with(".atlassian.net");
        let guessed = if is_cloud { Deployment::Cloud } else { Deployment::DataCenter };
        Ok(Box::new(Site {
            http: context.http.clone(),
            clock: Arc::clone(&context.clock),
            authorization: match &config.user {
                Some(user) => Authorization::basic(user, token),
                None => Authorization::scheme("Bearer", token),
            },
            deployment: config.deployment.unwrap_or(guessed),
            url,
            project: config.project,
            issue_type: config.issue_type,
            label_prefix: config.label_prefix,
            labels: config.labels,
            priorities: config.priorities,
            resolution: config.resolution,
        }))
    }
}

struct Site {
    http: Http,
    clock: Arc<dyn Clock>,
    authorization: Authorization,
    deployment: Deployment,
    url: Address,
    project: String,
    issue_type: String,
    label_prefix: String,
    labels: Vec<String>,
    priorities: BTreeMap<Severity, String>,
    resolution: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    issues: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    key: String,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    description: Option<String>,
    status: Status,
}

#[derive(Deserialize)]
struct Created {
    key: String,
}

#[derive(Deserialize)]
struct Status {
    #[serde(rename = "statusCategory")]
    category: Category,
}

#[derive(Deserialize)]
struct Category {
    key: String,
}

impl Category {
    /// The categories are the same in every Jira, whatever its statuses are called:
    /// <https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-workflow-status-categories/>.
    fn stand(&self) -> Stand {
        match self.key.as_str() {
            "done" => Stand::Closed,
            "indeterminate" => Stand::Taken,
            _ => Stand::Open,
        }
    }
}

#[derive(Deserialize)]
struct Comments {
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    body: Option<String>,
}

#[derive(Deserialize)]
struct Transitions {
    transitions: Vec<Move>,
}

#[derive(Deserialize)]
struct Move {
    id: String,
    to: Status,
    #[serde(default)]
    fields: Asked,
}

/// What the screen of a transition asks for.
#[derive(Default, Deserialize)]
struct Asked {
    resolution: Option<AskedResolution>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AskedResolution {
    #[serde(default)]
    allowed_values: Vec<Resolution>,
}

#[derive(Deserialize)]
struct Resolution {
    name: String,
}

impl Channel for Site {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        ticket::deliver(self, alert, &self.label_prefix)
    }
}

impl Site {
    fn send(&self, request: Request<'_>) -> Result<Answer, DeliveryError> {
        request.header("accept", "application/json").authorized(&self.authorization).send(&*self.clock)
    }

    fn issue(&self, key: &str, rest: &str) -> Address {
        self.url.join(&format!("/rest/api/2/issue/{}{rest}", encode(key)))
    }

    fn ticket(&self, key: String, text: String, stand: Stand) -> Ticket {
        let url = format!("{}/browse/{}", self.url.expose(), encode(&key));
        Ticket { id: key.clone(), reference: key, url, text, stand }
    }

    /// What to send with a transition that asks for a resolution.
    fn resolution(&self, asked: &Asked) -> Option<String> {
        let asked = asked.resolution.as_ref()?;
        let first = || asked.allowed_values.first().map(|resolution| resolution.name.clone());
        self.resolution.clone().or_else(first)
    }
}

impl Tracker for Site {
    fn find(&self, label: &str) -> Result<Option<Ticket>, DeliveryError> {
        let path = match self.deployment {
            // The other one is gone from the cloud:
            // https://developer.atlassian.com/changelog/#CHANGE-2046
            Deployment::Cloud => "search/jql",
            Deployment::DataCenter => "search",
        };
        let jql = format!("project = \"{}\" AND labels = \"{label}\" ORDER BY created ASC", self.project);
        let query = format!("/rest/api/2/{path}?jql={}&fields=description,status&maxResults=1", encode(&jql));
        let found: Found = self.send(self.http.get(&self.url.join(&query)))?.json()?;
        Ok(found.issues.into_iter().next().map(|issue| {
            let stand = issue.fields.status.category.stand();
            self.ticket(issue.key, issue.fields.description.unwrap_or_default(), stand)
        }))
    }

    fn create(&self, alert: &Alert, label: &str, mark: &str) -> Result<Ticket, DeliveryError> {
        let labels: Vec<_> = self.labels.iter().map(String::as_str).chain([label]).collect();
        let mut fields = json!({
            "project": { "key": self.project },
            "issuetype": { "name": self.issue_type },
            "summary": Words::of(alert, ROOM).headline,
            "description": text(alert, mark),
            "labels": labels,
        });
        if let Some(name) = self.priorities.get(&alert.severity) {
            fields["priority"] = json!({ "name": name });
        }
        let issue = json!({ "fields": fields });
        let created: Created =
            self.send(self.http.post(&self.url.join("/rest/api/2/issue")).json(&issue))?.json()?;
        Ok(self.ticket(created.key, text(alert, mark), Stand::Open))
    }

    fn has_said(&self, ticket: &Ticket, _alert: &Alert, mark: &str) -> Result<bool, DeliveryError> {
        let url = self.issue(&ticket.id, "/comment?orderBy=-created&maxResults=100");
        let comments: Comments = self.send(self.http.get(&url))?.json()?;
        Ok(comments.comments.iter().any(|each| each.body.as_deref().is_some_and(|body| body.contains(mark))))
    }

    fn say(&self, ticket: &Ticket, alert: &Alert, mark: &str) -> Result<(), DeliveryError> {
        let comment = json!({ "body": text(alert, mark) });
        self.send(self.http.post(&self.issue(&ticket.id, "/comment")).json(&comment)).map(drop)
    }

    fn bring(&self, ticket: &Ticket, stand: Stand) -> Result<(), DeliveryError> {
        let url = self.issue(&ticket.id, "/transitions?expand=transitions.fields");
        let offered: Transitions = self.send(self.http.get(&url))?.json()?;
        let chosen = offered.transitions.iter().find(|each| each.to.category.stand() == stand);
        let Some(chosen) = chosen else {
            let reason = format!("no transition of {} leads to where it should be", ticket.reference);
            return Err(DeliveryError::refused(reason));
        };
        let mut step = json!({ "transition": { "id": chosen.id } });
        if let Some(name) = self.resolution(&chosen.fields) {
            step["fields"] = json!({ "resolution": { "name": name } });
        }
        self.send(self.http.post(&self.issue(&ticket.id, "/transitions")).json(&step)).map(drop)
    }
}

fn text(alert: &Alert, mark: &str) -> String {
    let words = Words::of(alert, ROOM);
    let mut text = format!("*Stanch*: {}\n\n{}\n", words.status, escape(&words.summary));
    for (name, value) in &words.facts {
        let _ = write!(text, "\n* {}: {}", escape(name), escape(value));
    }
    if !words.link.is_empty() {
        let _ = write!(text, "\n\n[{}|{}]", alert.heading(), words.link);
    }
    if !mark.is_empty() {
        let _ = write!(text, "\n\n{mark}");
    }
    text
}

/// Escapes wiki markup: a backslash in front of what means something
/// (<https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all>). A colon is escaped as well, without which
/// nothing becomes a link by itself.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if r"\{}[]|*_-+^~?!#@&:<>()%".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    // `h1. ` and `bq. ` mean something at the start of a line only, where no value stands.
    escaped
}
