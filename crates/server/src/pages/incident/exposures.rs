//! The secrets of an incident, and the places where they are.

use maud::{Markup, html};

use super::IncidentView;
use crate::pages::{
    Frame, badge, figure, layout,
    link::link,
    list,
    table::{Narrow, Row, Table, words},
    time,
    view::{ExposureView, LeakRef},
};

/// The secrets.
pub(super) fn leaks(view: &IncidentView) -> Markup {
    let columns = [words("Secret"), words("Severity"), words("Liveness")];
    let row = |leak: &LeakRef| Row {
        id: Some(format!("leak-{}", leak.id)),
        cells: vec![
            html! { a.main href={ "/leaks/" (leak.id) } { (leak.name) } span.sub { code { (leak.preview) } } },
            badge::severity(leak.severity),
            badge::liveness(leak.liveness),
        ],
    };
    let rows = view.leaks.iter().map(row).collect();
    let table = Table { label: "Secrets", columns: &columns, narrow: Narrow::Stack, rows }.show();
    layout::flush_panel("leaks", "Secrets", &figure::counted(view.leaks.len() as u64, "secret"), &table)
}

/// The places.
pub(super) fn panel(frame: &Frame, view: &IncidentView) -> Markup {
    let rest = view.exposure_count.saturating_sub(view.exposures.len() as u64);
    html! {
        (table(frame, &view.exposures))
        @if rest > 0 {
            p.pager { span { (figure::count(rest)) " more: open a secret to see all its places" } }
        }
    }
}

/// Places as a table.
pub(in crate::pages) fn table(frame: &Frame, exposures: &[ExposureView]) -> Markup {
    if exposures.is_empty() {
        return list::empty("No place is known", "The scan that found it told none.");
    }
    let columns = [words("Place"), words("In"), words("Seen"), words("Still there")];
    let rows = exposures.iter().map(|one| row(frame, one)).collect();
    Table { label: "Exposures", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn row(frame: &Frame, one: &ExposureView) -> Row {
    let place = html! {
        code { (link(one.url.as_deref(), &one.place)) }
        @if !one.provenance.is_empty() { span.sub { (one.provenance.join(" › ")) } }
    };
    let seen = html! {
        (time::relative(one.last_seen, frame.now))
        span.sub { "first " (time::relative(one.first_seen, frame.now)) }
    };
    let presence = html! {
        @match one.gone {
            Some(gone) => { (badge::badge(badge::Tone::Good, "gone")) span.sub { (time::relative(gone, frame.now)) } },
            None => (badge::badge(badge::Tone::Warn, "there")),
        }
    };
    Row {
        id: Some(format!("exposure-{}", one.id)),
        cells: vec![place, badge::origin(&one.origin), seen, presence],
    }
}
