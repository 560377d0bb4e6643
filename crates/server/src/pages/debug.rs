//! The board for engineers: where exactly it is, with what stands around it.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    Frame, badge, figure,
    form::{self, Field},
    layout::{self, Room},
    link::link,
    list,
    table::{Narrow, Row, Table, words},
    time,
    view::{Choice, ContextLine, Holds, LeakRef, OriginRef, Paging},
};

/// What the board needs.
#[derive(Clone, Debug)]
pub struct DebugView {
    /// The filters.
    pub filter: DebugFilter,
    /// Commits that brought a secret, newest first.
    pub commits: Vec<FlaggedCommit>,
    /// Where in the list of commits they are.
    pub paging: Paging,
    /// Logs of CI jobs in which masking failed, newest first.
    pub masking: Vec<MaskingFailure>,
    /// Secrets in images, by image and tag.
    pub images: Vec<ImageFinding>,
}

/// The filters of the board; empty for all.
#[derive(Clone, Debug, Default)]
pub struct DebugFilter {
    /// Part of the name of an origin.
    pub origin: String,
    /// Part of the id or name of a rule.
    pub rule: String,
    /// `1`, `7`, `30` or `90` days.
    pub days: String,
}

/// A commit that brought a secret.
#[derive(Clone, Debug)]
pub struct FlaggedCommit {
    /// The secret.
    pub leak: LeakRef,
    /// The repository.
    pub origin: OriginRef,
    /// The id of the commit, in full.
    pub commit: String,
    /// Where a person can look at it.
    pub url: Option<String>,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// The path of the file.
    pub path: String,
    /// The line of the secret.
    pub line: u64,
    /// Whether it is still there.
    pub presence: Presence,
    /// The lines around it, masked; empty where the scan sent none.
    pub context: Vec<ContextLine>,
}

/// Whether a secret that a commit brought is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    InHead,
    /// Only the history has it.
    HistoryOnly,
    /// A complete scan did not find it any more.
    Gone,
}

/// A log of a CI job in which masking failed.
#[derive(Clone, Debug)]
pub struct MaskingFailure {
    /// When.
    pub at: Timestamp,
    /// The id of the job.
    pub job: String,
    /// Where a person can look at the log.
    pub url: Option<String>,
    /// The pipeline or workflow.
    pub pipeline: String,
    /// The step that wrote it.
    pub step: String,
    /// The line of the log.
    pub line: u64,
    /// Why it was not masked, such as `base64 of a masked value`, where that is told.
    pub cause: Option<String>,
    /// The secret.
    pub leak: LeakRef,
}

/// A secret in an image.
#[derive(Clone, Debug)]
pub struct ImageFinding {
    /// The name of the image without its tag.
    pub image: String,
    /// The tags that have it.
    pub tags: Vec<String>,
    /// The layer, where the scan told it.
    pub layer: Option<ImageLayer>,
    /// The path in it.
    pub path: String,
    /// Whether a later layer deletes the file, which leaves it in the image.
    pub state: LayerState,
    /// The secret.
    pub leak: LeakRef,
}

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageLayer {
    /// Its digest.
    pub digest: String,
    /// Its place, counted from 1, and how many there are, where that is told.
    pub place: Option<(u64, u64)>,
    /// What made it; empty where that is not told.
    pub made_by: String,
}

/// Whether a file of a layer is seen in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerState {
    /// It is.
    Visible,
    /// A later layer deletes it; whoever has the image has it all the same.
    Deleted,
}

/// The board.
pub fn page(frame: &Frame, view: &DebugView) -> Markup {
    let body = html! {
        (layout::head("Debug", "Where exactly secrets stand: commits with context, logs that were not masked, layers of images.", &html! {}))
        (filters(&view.filter))
        nav.tabs aria-label="Parts of this page" {
            a href="#commits" { "Commits" }
            a href="#masking" { "Masking failures (" (view.masking.len()) ")" }
            a href="#images" { "Images (" (view.images.len()) ")" }
        }
        (layout::live("debug", &html! {
            (layout::flush_panel("commits", "Flagged commits", "newest first", &commits(frame, view)))
            (layout::flush_panel("masking", "CI logs that were not masked", "newest first", &masking(frame, view)))
            (layout::flush_panel("images", "Secrets in images", "by tag and layer", &images(view)))
        }))
    };
    frame.page(Room::Debug, "Debug", &body)
}

impl DebugFilter {
    fn pairs(&self) -> [(&str, &str); 3] {
        [("origin", &self.origin), ("rule", &self.rule), ("days", &self.days)]
    }
}

fn filters(filter: &DebugFilter) -> Markup {
    let days = [("", "any time"), ("1", "24 hours"), ("7", "7 days"), ("30", "30 days"), ("90", "90 days")]
        .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    let fields = html! {
        (Field::new("origin", "Repository, job or image").filter().value(&filter.origin).show())
        (Field::new("rule", "Rule").filter().value(&filter.rule).show())
        (form::select("days", "Seen within", &days, &filter.days))
    };
    list::filters("/debug", "Filter findings", &fields)
}

fn commits(frame: &Frame, view: &DebugView) -> Markup {
    if view.commits.is_empty() {
        return list::none_of(
            "flagged commits",
            &view.filter.pairs(),
            "Scan a history with: stanch scan git:. --server URL",
        );
    }
    html! {
        ol.items.body {
            @for (index, commit) in view.commits.iter().enumerate() {
                li id={ "commit-" (index) } data-row { (flagged(frame, commit)) }
            }
        }
        (list::pager("/debug", &view.filter.pairs(), &view.paging, view.commits.len()))
    }
}

fn flagged(frame: &Frame, one: &FlaggedCommit) -> Markup {
    let short: String = one.commit.chars().take(10).collect();
    html! {
        div.row.ends {
            span.tags {
                (badge::severity(one.leak.severity))
                a.main href={ "/leaks/" (one.leak.id) } { (one.leak.name) }
                code { (one.leak.preview) }
                (badge::liveness(one.leak.liveness))
            }
            @match one.presence {
                Presence::InHead => (badge::badge(badge::Tone::Warn, "in a branch head")),
                Presence::HistoryOnly => (badge::badge(badge::Tone::Plain, "history only")),
                Presence::Gone => (badge::badge(badge::Tone::Good, "gone")),
            }
        }
        p.note {
            (link(one.origin.url.as_deref(), &one.origin.name)) " at " code { (link(one.url.as_deref(), &short)) }
            @if !one.author.is_empty() { " by " (one.author) } ", " (time::relative(one.at, frame.now))
        }
        p { code { (one.path) ":" (one.line) } }
        @if !one.context.is_empty() { (context(&one.context, &one.path)) }
    }
}

/// Lines of source, in a region that scrolls.
pub fn context(lines: &[ContextLine], path: &str) -> Markup {
    html! {
        @if lines.is_empty() {
            p.note { "The scan sent no lines around it." }
        } @else {
            pre.snippet role="region" tabindex="0" aria-label={ "Lines of " (path) } {
                @for line in lines {
                    span.hit[line.holds == Holds::Secret] { span.number { (line.number) } (line.text) "\n" }
                }
            }
        }
    }
}

fn masking(frame: &Frame, view: &DebugView) -> Markup {
    if view.masking.is_empty() {
        return list::none_of(
            "masking failures",
            &view.filter.pairs(),
            "Every value that should be masked was.",
        );
    }
    let columns =
        [words("Job"), words("Step"), words("Secret"), words("Why it was not masked"), words("When")];
    let row = |(index, one): (usize, &MaskingFailure)| Row {
        id: Some(format!("job-{index}")),
        cells: vec![
            html! { strong { (link(one.url.as_deref(), &one.job)) } span.sub { (one.pipeline) } },
            html! { @if one.step.is_empty() { span.soft { "not told" } } @else { (one.step) } span.sub { "line " (figure::count(one.line)) } },
            secret(&one.leak),
            html! { @match &one.cause { Some(cause) => (cause), None => span.soft { "not told" } } },
            time::relative(one.at, frame.now),
        ],
    };
    let rows = view.masking.iter().enumerate().map(row).collect();
    Table { label: "CI logs that were not masked", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn images(view: &DebugView) -> Markup {
    if view.images.is_empty() {
        return list::none_of(
            "secrets in images",
            &view.filter.pairs(),
            "Images that were scanned hold none.",
        );
    }
    let columns = [words("Image"), words("Layer"), words("Path"), words("Secret")];
    let row = |(index, one): (usize, &ImageFinding)| Row {
        id: Some(format!("image-{index}")),
        cells: vec![
            html! { strong { (one.image) } span.tags { @for tag in &one.tags { span.tag { (tag) } } } },
            layer(one.layer.as_ref()),
            html! { code { (one.path) } @if one.state == LayerState::Deleted { span.sub { "deleted by a later layer, still in the image" } } },
            secret(&one.leak),
        ],
    };
    let rows = view.images.iter().enumerate().map(row).collect();
    Table { label: "Secrets in images", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn layer(layer: Option<&ImageLayer>) -> Markup {
    let Some(layer) = layer else { return html! { span.soft { "not told" } } };
    let digest = layer.digest.strip_prefix("sha256:").unwrap_or(&layer.digest);
    let short: String = digest.chars().take(12).collect();
    html! {
        span.nowrap {
            @if let Some((place, of)) = layer.place { (place) " of " (of) " " }
            code title=(layer.digest) { (short) }
        }
        @if !layer.made_by.is_empty() { span.sub { code { (layer.made_by) } } }
    }
}

fn secret(leak: &LeakRef) -> Markup {
    html! {
        a.main href={ "/leaks/" (leak.id) } { (leak.name) }
        span.sub { (badge::severity(leak.severity)) " " code { (leak.preview) } }
    }
}
