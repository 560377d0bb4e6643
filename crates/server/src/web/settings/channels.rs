//! Where alerts go, and whether they arrive.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde_json::json;
use stanch_connectors::{Alert, AlertKind, Channel, DeliveryError, IncidentRef};
use stanch_model::{Severity, Urgency};
use stanch_store::{Deliveries, Event, Outgoing, StoreError, Tx};

use super::{ListQuery, Tab, good, policy, show};
use crate::{
    app::App,
    auth::need::Administer,
    pages::settings::{ChannelLine, ChannelsView, DeadMessage},
    problem::Problem,
    web::{
        Web,
        visitor::{Visitor, count, refusal},
    },
};

/// Most messages that were given up.
const DEAD_MAX: usize = 50;

/// The channels, and what was given up.
pub(super) fn view(tx: &mut Tx<'_>, app: &App) -> Result<ChannelsView, StoreError> {
    let fared = tx.deliveries()?;
    let fared: BTreeMap<&str, &Deliveries> = fared.iter().map(|one| (one.channel.as_str(), one)).collect();
    let takes = policy::taken(&app.shown.policy.text);
    let line = |(name, kind): (&String, &String)| {
        let deliveries = fared.get(name.as_str());
        ChannelLine {
            name: name.clone(),
            kind: kind.clone(),
            takes: takes.get(name).map(|rules| rules.join(", ")).unwrap_or_default(),
            last_delivery: deliveries.and_then(|one| one.last),
            waiting: deliveries.map_or(0, |one| count(one.waiting)),
            dead: deliveries.map_or(0, |one| count(one.dead)),
            error: deliveries.and_then(|one| one.error.clone()),
        }
    };
    let named = app.register.settings().policy.channels();
    let missing = named.into_iter().filter(|name| !app.shown.kinds.contains_key(*name));
    Ok(ChannelsView {
        channels: app.shown.kinds.iter().map(line).collect(),
        missing: missing.map(str::to_owned).collect(),
        dead: tx.dead_messages(DEAD_MAX)?.into_iter().map(dead).collect(),
    })
}

fn dead(message: Outgoing) -> DeadMessage {
    DeadMessage {
        id: message.id,
        channel: message.channel,
        incident: message.incident,
        kind: message.kind,
        since: message.created_at,
        tries: count(message.attempts),
        error: message.error.unwrap_or_default(),
    }
}

/// Sends a message to a channel that asks nothing of anybody, and takes it back.
pub(super) async fn post_test(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    let tested = name.clone();
    let tried = web
        .app
        .blocking(move |app| {
            let channel = app.shown.channels.get(&tested);
            let channel = channel.ok_or_else(|| Problem::not_found("there is no such channel"))?;
            let tried = try_out(channel.as_ref(), &app.register.settings().url, app.now());
            let error = tried.as_ref().err().map(ToString::to_string);
            let event = Event::new(app.now(), &who.actor, "channel.tested");
            let event = event.detail(json!({ "channel": tested, "error": error }));
            app.register.store().write(|tx| {
                tx.record(event.clone());
                Ok::<_, StoreError>(())
            })?;
            Ok::<_, Problem>(error)
        })
        .await?;
    let notice = match tried {
        None => good(format!("{name} took the test.")),
        Some(error) => refusal(format!("{name} did not take the test: {error}.")),
    };
    show(&web, &visitor, Tab::Channels.view(&web, &ListQuery::default()).await?, Some(notice)).await
}

fn try_out(channel: &dyn Channel, url: &str, now: Timestamp) -> Result<(), DeliveryError> {
    let key = format!("stanch-test-{}", now.as_millisecond());
    for (kind, summary) in [
        (AlertKind::Trigger, "a test of this channel: nothing leaked"),
        (AlertKind::Resolve, "the test of this channel is over"),
    ] {
        channel.deliver(&Alert {
            key: key.clone(),
            id: format!("{key}/{kind}"),
            kind,
            urgency: Urgency::Ticket,
            severity: Severity::Low,
            incident: IncidentRef {
                number: 0,
                title: "Test of a channel".to_owned(),
                url: format!("{url}{}", Tab::Channels.path()),
            },
            summary: summary.to_owned(),
            facts: Vec::new(),
            at: now,
        })?;
    }
    Ok(())
}

/// Tries a message again that was given up.
pub(super) async fn post_retry(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    web.app
        .blocking(move |app| {
            app.register.store().write(|tx| {
                if tx.revive_message(id, app.now())? {
                    let event = Event::new(app.now(), &who.actor, "alert.retried");
                    tx.record(event.detail(json!({ "message": id })));
                }
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    Ok(Redirect::to(Tab::Channels.path()).into_response())
}
