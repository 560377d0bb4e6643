//! Charts as SVG, made by hand: crisp at every width, read by assistive technology, and each with its numbers as a table.
//!
//! Sideways everything is in percent and upwards in pixels, so that a chart fills its place while its text keeps its size. The
//! axis stands in an SVG of its own. Colours come from classes, because a style attribute is forbidden here.

mod bars;
mod bullet;
mod line;
mod scale;
mod sparkline;

use maud::{Markup, html};

pub use bars::{Column, bars};
pub use bullet::{Bullet, bullet};
pub use line::{Line, line};
pub use scale::{Scale, Unit};
pub use sparkline::sparkline;

use super::table::{Narrow, Row, Table};

/// Height of the plot, in pixels.
const HEIGHT: f64 = 150.0;
/// Room above the plot for the topmost label, in pixels.
const ABOVE: f64 = 10.0;
/// Room below the plot for labels, in pixels.
const BELOW: f64 = 22.0;

/// So many labels fit below a plot of a usual width.
const LABELS_MAX: usize = 8;

/// A colour of the style sheet by what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hue {
    /// Of critical severity.
    Critical,
    /// Of high severity.
    High,
    /// Of medium severity.
    Medium,
    /// Of low severity.
    Low,
    /// What a chart is about.
    First,
    /// What it is compared with.
    Second,
}

impl Hue {
    /// Those of the severities, the worst first.
    pub const SEVERITIES: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Critical => "s-critical",
            Self::High => "s-high",
            Self::Medium => "s-medium",
            Self::Low => "s-low",
            Self::First => "s-first",
            Self::Second => "s-second",
        }
    }
}

/// What is drawn in one colour.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// What it is.
    pub name: &'a str,
    /// Its colour.
    pub hue: Hue,
}

/// A level to compare with, drawn across the chart.
#[derive(Clone, Debug)]
pub struct Level {
    /// What it is, with its number.
    pub name: String,
    /// How high it is.
    pub at: f64,
    /// What it says.
    pub kind: LevelKind,
}

/// What a level says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelKind {
    /// Stay below it.
    Goal,
    /// So it was before.
    Former,
}

impl LevelKind {
    fn class(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Former => "former",
        }
    }
}

/// What every chart says of itself.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// Unique in the page.
    pub id: &'a str,
    /// What it shows.
    pub title: &'a str,
    /// What is to be seen in it, in a sentence or two.
    pub summary: String,
    /// What it counts in.
    pub unit: Unit,
}

/// A chart with its legend and its numbers.
fn figure(about: &About<'_>, legend: &Markup, plot: &Markup, numbers: &Table<'_>) -> Markup {
    html! {
        figure.chart id=(about.id) {
            (legend)
            (plot)
            details id={ (about.id) "-numbers" } { summary { "Numbers" } (numbers.show()) }
        }
    }
}

/// The drawing area with the axis beside it; `inside` is drawn over the lines of the grid.
fn plot(about: &About<'_>, scale: &Scale, levels: &[Level], inside: &Markup) -> Markup {
    let (title, desc) = (format!("{}-t", about.id), format!("{}-d", about.id));
    let names = format!("{title} {desc}");
    let axis = scale.axis_width(about.unit);
    html! {
        div.plot {
            svg width=(axis) height=(HEIGHT + ABOVE + BELOW) aria-hidden="true" {
                @for tick in &scale.ticks {
                    text x=(axis - 8.0) y=(scale.y(*tick) + 4.0) text-anchor="end" { (about.unit.tick(*tick)) }
                }
            }
            svg.area height=(HEIGHT + ABOVE + BELOW) role="img" aria-labelledby=(names) {
                title id=(title) { (about.title) }
                desc id=(desc) { (about.summary) }
                @for tick in &scale.ticks {
                    line class=(if *tick == 0.0 { "base" } else { "grid" }) x1="0" x2="100%" y1=(scale.y(*tick)) y2=(scale.y(*tick)) {}
                }
                (inside)
                @for level in levels {
                    line class=(level.kind.class()) x1="0" x2="100%" y1=(scale.y(level.at)) y2=(scale.y(level.at)) {}
                }
            }
        }
    }
}

/// The labels below a plot: eight at most, and where it is narrow fewer, by classes of the style sheet.
fn labels(names: &[String]) -> Markup {
    let step = names.len().div_ceil(LABELS_MAX).max(1);
    html! {
        @for (index, name) in names.iter().enumerate().step_by(step) {
            text class=[thinned(index / step)] x=(percent(middle(index, names.len()))) y=(HEIGHT + ABOVE + 16.0) text-anchor="middle" { (name) }
        }
    }
}

/// The labels below bars that lie; those at the ends stay within the drawing.
fn labels_of_bullets(scale: &Scale, unit: Unit, y: f64) -> Markup {
    html! {
        @for (index, tick) in scale.ticks.iter().enumerate() {
            @let anchor = if index == 0 { "start" } else if index + 1 == scale.ticks.len() { "end" } else { "middle" };
            text x=(percent(tick / scale.max * 100.0)) y=(y + 10.0) text-anchor=(anchor) { (unit.tick(*tick)) }
        }
    }
}

fn thinned(index: usize) -> Option<&'static str> {
    match index % 4 {
        0 => None,
        2 => Some("mid minor"),
        _ => Some("minor"),
    }
}

fn legend(series: &[Series<'_>], levels: &[Level]) -> Markup {
    html! {
        ul.legend {
            @for one in series {
                li { svg width="10" height="10" aria-hidden="true" { rect class=(one.hue.class()) width="10" height="10" rx="2" {} } (one.name) }
            }
            @for level in levels {
                li { svg width="18" height="10" aria-hidden="true" { line class=(level.kind.class()) x1="0" x2="18" y1="5" y2="5" {} } (level.name) }
            }
        }
    }
}

/// The middle of slot `index` of `count`, in percent.
fn middle(index: usize, count: usize) -> f64 {
    (index as f64 + 0.5) * 100.0 / count.max(1) as f64
}

fn percent(x: f64) -> String {
    format!("{x:.3}%")
}

fn pixels(y: f64) -> String {
    format!("{y:.1}")
}

/// The table of numbers: a row for each slot, a column for each series.
fn numbers<'a>(label: &'a str, columns: &'a [super::table::Column<'a>], rows: Vec<Vec<Markup>>) -> Table<'a> {
    Table { label, columns, narrow: Narrow::Scroll, rows: rows.into_iter().map(Row::from).collect() }
}
