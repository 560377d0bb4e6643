//! GitLab: pushes, <https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events>. Its sender is proven by the
//! secret token of the webhook, <https://docs.gitlab.com/user/project/integrations/webhooks/#create-a-webhook>.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Credential,
    inbound::{
        Inbound, InboundError, Push, PushedCommit, PushedRepository, Received, delivery::check_token,
        push::commit_time,
    },
};

/// `visibility_level` of a project that everybody can read:
/// <https://docs.gitlab.com/administration/system_hooks/>.
const PUBLIC: u8 = 20;

#[derive(Deserialize)]
struct Payload {
    object_kind: Option<String>,
    event_name: Option<String>,
}

#[derive(Deserialize)]
struct PushPayload {
    #[serde(rename = "ref")]
    reference: String,
    before: String,
    after: String,
    user_username: Option<String>,
    user_name: Option<String>,
    project: Project,
    #[serde(default)]
    commits: Vec<Commit>,
}

#[derive(Deserialize)]
struct Project {
    path_with_namespace: String,
    web_url: String,
    git_http_url: Option<String>,
    visibility_level: Option<u8>,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    url: Option<String>,
    #[serde(default, deserialize_with = "commit_time")]
    timestamp: Option<Timestamp>,
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    name: Option<String>,
}

/// Reads a webhook that has one of `tokens` in the header `X-Gitlab-Token`: one of a project, a group or a whole server.
///
/// # Errors
/// See [`InboundError`].
pub fn gitlab(inbound: Inbound<'_>, tokens: &[Credential]) -> Result<Received<Push>, InboundError> {
    check_token(tokens, inbound.proof("X-Gitlab-Token")?)?;
    let payload = inbound.json::<Payload>()?;
    let event = payload.object_kind.or(payload.event_name).unwrap_or_default();
    match event.as_str() {
        "push" | "tag_push" => Ok(Received::Known(push(inbound.json()?))),
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
    let project = payload.project;
    Push {
        repository: PushedRepository {
            name: project.path_with_namespace,
            url: project.web_url,
            clone_url: project.git_http_url,
            public: project.visibility_level.map(|level| level == PUBLIC),
            default_branch: project.default_branch,
        },
        reference: payload.reference,
        before: payload.before,
        after: payload.after,
        pusher: payload.user_username.or(payload.user_name),
        commits: payload.commits.into_iter().map(commit).collect(),
    }
}
