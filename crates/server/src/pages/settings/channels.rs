//! Where alerts go, and whether they arrive.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame,
    badge::{Tone, badge},
    figure, form, layout, list, query,
    table::{Narrow, Row, Table, numbers, words},
    time,
    view::Role,
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct ChannelsView {
    /// The channels.
    pub channels: Vec<ChannelLine>,
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

/// The channels, with a form: a post to `/settings/channels/NAME/test`.
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
        (layout::flush_panel("channels", "Channels", "as set in server.toml", &table))
    }
}

fn row(frame: &Frame, one: &ChannelLine) -> Row {
    let last = html! {
        @match one.last_delivery { Some(at) => (time::relative(at, frame.now)), None => span.soft { "never" } }
        @if let Some(error) = &one.error { span.sub { (badge(Tone::Warn, "failing")) " " (error) } }
    };
    let dead = html! { @if one.dead > 0 { span.badge.alarm { (figure::count(one.dead)) } } @else { "0" } };
    let test = html! { button.small type="submit" { "Send a test" span.quiet { " to " (one.name) } } };
    Row {
        id: Some(format!("channel-{}", one.name)),
        cells: vec![
            html! { strong { (one.name) } span.sub { (one.kind) } },
            html! { (one.takes) },
            last,
            html! { (figure::count(one.waiting)) },
            dead,
            html! { @if frame.may(Role::Admin) { (form::post(frame, &format!("/settings/channels/{}/test", query::segment(&one.name)), "inline", &test)) } },
        ],
    }
}
