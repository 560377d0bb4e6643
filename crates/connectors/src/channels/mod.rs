//! Every kind of channel, a file each.

mod alertmanager;
mod email;
mod github;
mod gitlab;
mod jira;
mod markdown;
mod opsgenie;
mod pagerduty;
mod slack;
mod teams;
mod ticket;
mod webhook;

pub(crate) use alertmanager::Alertmanager;
pub(crate) use email::Email;
pub(crate) use github::GitHub;
pub(crate) use gitlab::GitLab;
pub(crate) use jira::Jira;
pub(crate) use opsgenie::Opsgenie;
pub(crate) use pagerduty::PagerDuty;
pub(crate) use slack::{ACKNOWLEDGE, Slack};
pub(crate) use teams::Teams;
pub(crate) use webhook::Webhook;
