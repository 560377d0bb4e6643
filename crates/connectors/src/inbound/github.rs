//! GitHub: pushes and alerts of its secret scanning, <https://docs.github.com/en/webhooks/webhook-events-and-payloads>, signed
//! as <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries> says.

use std::fmt;

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use stanch_model::{Fingerprinter, Secret};
use zeroize::Zeroizing;

use crate::{
    Credential,
    inbound::{
        Inbound, InboundError, Push, PushedCommit, PushedRepository, Received, delivery::check_hmac,
        push::commit_time,
    },
};

/// What GitHub told.
#[derive(Debug, PartialEq, Eq)]
pub enum GitHubEvent {
    /// Something was pushed.
    Push(Box<Push>),
    /// Its secret scanning found something, or somebody judged what it had found.
    SecretAlert(Box<SecretAlert>),
    /// A repository that was private was made public.
    MadePublic(Box<PushedRepository>),
}

/// An alert of GitHub's secret scanning.
#[derive(Debug, PartialEq, Eq)]
pub struct SecretAlert {
    /// What happened to it.
    pub action: SecretAlertAction,
    /// Its number in the repository.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// The kind of secret, in GitHub's words, such as `github_personal_access_token`.
    pub secret_type: String,
    /// The same for people.
    pub secret_type_name: Option<String>,
    /// The secret, where GitHub sends it.
    pub secret: Option<AlertedSecret>,
    /// `active`, `inactive` or `unknown`, where GitHub asked.
    pub validity: Option<String>,
    /// Whether it was seen in public as well.
    pub publicly_leaked: Option<bool>,
    /// How it was judged, such as `false_positive`, `revoked`, `used_in_tests`.
    pub resolution: Option<String>,
    /// Who judged it.
    pub resolved_by: Option<String>,
    /// When it was found.
    pub created_at: Option<Timestamp>,
    /// Where it was found.
    pub repository: PushedRepository,
    /// Who or what made GitHub send this.
    pub sender: Option<String>,
}

/// What happened to an alert of GitHub's secret scanning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretAlertAction {
    /// It is new.
    Created,
    /// It was closed.
    Resolved,
    /// It was opened again.
    Reopened,
    /// The secret was seen in public too.
    PubliclyLeaked,
    /// GitHub asked whether the secret is valid.
    Validated,
}

/// A secret as GitHub sent it. It is wiped when it is dropped, and cannot be printed; [`AlertedSecret::seal`] gives it its
/// identity.
#[derive(PartialEq, Eq)]
pub struct AlertedSecret(Zeroizing<Box<[u8]>>);

impl AlertedSecret {
    /// The secret with its identity.
    pub fn seal(self, fingerprinter: &Fingerprinter) -> Secret {
        fingerprinter.seal(&self.0)
    }
}

impl fmt::Debug for AlertedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertedSecret")
    }
}

impl<'de> Deserialize<'de> for AlertedSecret {
    /// Copies the text straight into what is wiped.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = AlertedSecret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<AlertedSecret, E> {
                Ok(AlertedSecret(Zeroizing::new(text.as_bytes().into())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[derive(Deserialize)]
struct PushPayload {
    #[serde(rename = "ref")]
    reference: String,
    before: String,
    after: String,
    repository: Repository,
    pusher: Option<Pusher>,
    #[serde(default)]
    commits: Vec<Commit>,
}

#[derive(Deserialize)]
struct PublicPayload {
    repository: Repository,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
    html_url: String,
    clone_url: Option<String>,
    private: Option<bool>,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Pusher {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    url: Option<String>,
    #[serde(default, deserialize_with = "commit_time")]
    timestamp: Option<Timestamp>,
    author: Option<Pusher>,
}

#[derive(Deserialize)]
struct AlertPayload {
    action: String,
    alert: AlertBody,
    repository: Repository,
    sender: Option<User>,
}

#[derive(Deserialize)]
struct AlertBody {
    number: u64,
    html_url: String,
    secret_type: String,
    secret_type_display_name: Option<String>,
    secret: Option<AlertedSecret>,
    validity: Option<String>,
    publicly_leaked: Option<bool>,
    resolution: Option<String>,
    resolved_by: Option<User>,
    created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

impl From<Repository> for PushedRepository {
    fn from(repository: Repository) -> Self {
        Self {
            name: repository.full_name,
            url: repository.html_url,
            clone_url: repository.clone_url,
            public: repository.private.map(|private| !private),
            default_branch: repository.default_branch,
        }
    }
}

/// Reads a webhook that one of `secrets` signed. It is to be sent as `application/json`, not as a form.
///
/// # Errors
/// See [`InboundError`].
pub fn github(inbound: Inbound<'_>, secrets: &[Credential]) -> Result<Received<GitHubEvent>, InboundError> {
    let header = inbound.proof("X-Hub-Signature-256")?;
    check_hmac(secrets, &[inbound.body], header.strip_prefix("sha256=").into_iter())?;
    match inbound.headers.one("X-GitHub-Event").unwrap_or_default() {
        "push" => Ok(Received::Known(GitHubEvent::Push(Box::new(push(inbound.json()?))))),
        "secret_scanning_alert" => {
            Ok(secret_alert(inbound.json()?).map(|alert| GitHubEvent::SecretAlert(Box::new(alert))))
        }
        "public" => {
            let repository = PushedRepository::from(inbound.json::<PublicPayload>()?.repository);
            let repository = PushedRepository { public: Some(true), ..repository };
            Ok(Received::Known(GitHubEvent::MadePublic(Box::new(repository))))
        }
        other => Ok(Received::ignored(other)),
    }
}

fn push(payload: PushPayload) -> Push {
    let commit = |commit: Commit| PushedCommit {
        id: commit.id,
        url: commit.url,
        author: commit.author.and_then(|author| author.name),
        at: commit.timestamp,
    };
    Push {
        repository: payload.repository.into(),
        reference: payload.reference,
        before: payload.before,
        after: payload.after,
        pusher: payload.pusher.and_then(|pusher| pusher.name),
        commits: payload.commits.into_iter().map(commit).collect(),
    }
}

fn secret_alert(payload: AlertPayload) -> Received<SecretAlert> {
    let action = match payload.action.as_str() {
        "created" => SecretAlertAction::Created,
        "resolved" => SecretAlertAction::Resolved,
        "reopened" => SecretAlertAction::Reopened,
        "publicly_leaked" => SecretAlertAction::PubliclyLeaked,
        "validated" => SecretAlertAction::Validated,
        other => return Received::ignored(&format!("secret_scanning_alert.{other}")),
    };
    let alert = payload.alert;
    Received::Known(SecretAlert {
        action,
        number: alert.number,
        url: alert.html_url,
        secret_type: alert.secret_type,
        secret_type_name: alert.secret_type_display_name,
        secret: alert.secret,
        validity: alert.validity,
        publicly_leaked: alert.publicly_leaked,
        resolution: alert.resolution,
        resolved_by: alert.resolved_by.map(|user| user.login),
        created_at: alert.created_at,
        repository: payload.repository.into(),
        sender: payload.sender.map(|user| user.login),
    })
}
