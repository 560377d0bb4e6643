//! Where alerts go, and whether they arrive.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame,
    badge::{Tone, badge},
    figure, form, layout, list, query,
    table::{Narrow, Row, Table, numbers, words},
    time,
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct ChannelsView {
    /// The channels.
    pub channels: Vec<ChannelLine>,
    /// Channels that the policy names and that are not set up.
    pub missing: Vec<String>,
    /// The messages that were given up, newest first.
    pub dead: Vec<DeadMessage>,
}

/// A channel in a line.
#[derive(Clone, Debug)]
pub struct ChannelLine {
    /// Its name in the configuration.
    pub name: String,
    /// What it is, such as `pagerduty`.
    pub kind: String,
    /// What goes there, in words.
    pub takes: String,
    /// When something arrived last.
    pub last_delivery: Option<Timestamp>,
    /// What waits to be delivered.
    pub waiting: u64,
    /// What was given up.
    pub dead: u64,
    /// What went wrong last; none where the last delivery arrived.
    pub error: Option<String>,
}

/// A message that was given up.
#[derive(Clone, Debug)]
pub struct DeadMessage {
    /// Its number.
    pub id: i64,
    /// To which channel.
    pub channel: String,
    /// About which incident; none where it tells of what is promised.
    pub incident: Option<i64>,
    /// What it was to say, such as `trigger`.
    pub kind: String,
    /// When it was written.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u64,
    /// Why it was given up.
    pub error: String,
}

/// The channels, with forms: posts to `/settings/channels/NAME/test` and `/settings/messages/N/retry`.
pub(super) fn body(frame: &Frame, view: &ChannelsView) -> Markup {
    let table = if view.channels.is_empty() {
        list::empty(
            "No channels",
            "Without one nobody is told of an incident. Add a [[channel]] to server.toml.",
        )
    } else {
        let columns = [
            words("Channel"),
            words("Takes"),
            words("Last delivery"),
            numbers("Waiting"),
            numbers("Given up"),
            words(""),
        ];
        let rows = view.channels.iter().map(|one| row(frame, one)).collect();
        Table { label: "Channels", columns: &columns, narrow: Narrow::Stack, rows }.show()
    };
    html! {
        @if !view.missing.is_empty() {
            (layout::notice(Tone::Warn, &html! { "The policy names channels that are not set up: " strong { (view.missing.join(", ")) } ". What goes there is given up." }))
        }
        (layout::flush_panel("channels", "Channels", "as set in server.toml; a test sends a message of low severity and takes it back at once", &table))
        (layout::flush_panel("dead", "Messages that were given up", "newest first", &dead(frame, view)))
    }
}

fn row(frame: &Frame, one: &ChannelLine) -> Row {
    let last = html! {
        @match one.last_delivery { Some(at) => (time::relative(at, frame.now)), None => span.soft { "never" } }
        @if let Some(error) = &one.error { span.sub { (badge(Tone::Warn, "failing")) " " (error) } }
    };
    let dead = html! { @if one.dead > 0 { span.badge.alarm { (figure::count(one.dead)) } } @else { "0" } };
    let test = html! { button.small type="submit" { "Send a test" span.quiet { " to " (one.name) } } };
    let path = format!("/settings/channels/{}/test", query::segment(&one.name));
    Row {
        id: Some(format!("channel-{}", one.name)),
        cells: vec![
            html! { strong { (one.name) } span.sub { (one.kind) } },
            html! { @if one.takes.is_empty() { span.soft { "nothing: no rule names it" } } @else { (one.takes) } },
            last,
            html! { (figure::count(one.waiting)) },
            dead,
            form::post(frame, &path, "inline", &test),
        ],
    }
}

fn dead(frame: &Frame, view: &ChannelsView) -> Markup {
    if view.dead.is_empty() {
        return list::empty("None", "A message is given up when its channel refuses it, or after two days.");
    }
    let columns = [words("Channel"), words("About"), words("Why"), words("Since"), words("")];
    let row = |one: &DeadMessage| {
        let retry = html! { button.small type="submit" { "Try again" span.quiet { ": message " (one.id) } } };
        Row {
            id: Some(format!("message-{}", one.id)),
            cells: vec![
                html! { strong { (one.channel) } },
                html! {
                    @match one.incident {
                        Some(incident) => a href={ "/incidents/" (incident) } { "#" (incident) },
                        None => "an objective",
                    }
                    span.sub { (one.kind) }
                },
                html! { (one.error) span.sub { (figure::counted(one.tries, "attempt")) } },
                time::relative(one.since, frame.now),
                form::post(frame, &format!("/settings/messages/{}/retry", one.id), "inline", &retry),
            ],
        }
    };
    let rows = view.dead.iter().map(row).collect();
    Table { label: "Messages that were given up", columns: &columns, narrow: Narrow::Stack, rows }.show()
}
