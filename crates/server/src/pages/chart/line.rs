//! Lines over time; the first has its area shaded.

use maud::{Markup, html};

use super::{
    ABOVE, About, HEIGHT, Hue, Level, Scale, Series, figure, labels, legend, middle, numbers, percent, plot,
};
use crate::pages::table;

/// Units across a drawing that is stretched to its place.
const ACROSS: f64 = 1000.0;

/// One line.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// What it is.
    pub series: Series<'a>,
    /// A value for each slot; none is a gap.
    pub values: Vec<Option<f64>>,
}

/// A chart of lines over the slots `names`.
pub fn line(about: &About<'_>, names: &[String], lines: &[Line<'_>], levels: &[Level]) -> Markup {
    let values = lines.iter().flat_map(|line| line.values.iter().flatten().copied());
    let scale = Scale::of(values.chain(levels.iter().map(|level| level.at)), about.unit);
    let inside = html! {
        svg x="0" y="0" width="100%" height=(HEIGHT + ABOVE) viewBox={ "0 0 " (ACROSS) " " (HEIGHT + ABOVE) } preserveAspectRatio="none" aria-hidden="true" {
            @for (index, line) in lines.iter().enumerate() { (strokes(line, &scale, index == 0)) }
        }
        @for line in lines { (dots(about, names, line, &scale)) }
        (labels(names))
    };
    let series: Vec<_> = lines.iter().map(|line| line.series).collect();
    let heads: Vec<_> =
        [table::words("From")].into_iter().chain(series.iter().map(|one| table::numbers(one.name))).collect();
    let rows = names.iter().enumerate().map(|(slot, name)| row(about, name, lines, slot)).collect();
    figure(
        about,
        &legend(&series, levels),
        &plot(about, &scale, levels, &inside),
        &numbers(about.title, &heads, rows),
    )
}

/// The runs of a line between gaps, each as points in units of the drawing.
fn runs(line: &Line<'_>, scale: &Scale) -> Vec<Vec<(f64, f64)>> {
    let count = line.values.len();
    let points: Vec<_> = line.values.iter().enumerate().collect();
    let runs = points.split(|(_, value)| value.is_none()).filter(|run| !run.is_empty());
    let place = |(slot, value): &(usize, &Option<f64>)| {
        (middle(*slot, count) / 100.0 * ACROSS, scale.y(value.unwrap_or_default()))
    };
    runs.map(|run| run.iter().map(place).collect()).collect()
}

fn strokes(line: &Line<'_>, scale: &Scale, is_shaded: bool) -> Markup {
    let class = line.series.hue.class();
    html! {
        @for run in runs(line, scale) {
            @let path = run.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect::<Vec<_>>().join(" L");
            @if is_shaded {
                @let (first, last) = (run[0].0, run[run.len() - 1].0);
                path class={ "shade " (class) } d={ "M" (format!("{first:.1} {:.1}", HEIGHT + ABOVE)) " L" (path) " L" (format!("{last:.1} {:.1}", HEIGHT + ABOVE)) "z" } {}
            }
            path class={ "ink " (class) } d={ "M" (path) } {}
        }
    }
}

fn dots(about: &About<'_>, names: &[String], line: &Line<'_>, scale: &Scale) -> Markup {
    let radius = if line.series.hue == Hue::First { "3.5" } else { "3" };
    html! {
        @for (slot, (name, value)) in names.iter().zip(&line.values).enumerate() {
            @if let Some(value) = value {
                circle class={ "dot " (line.series.hue.class()) } cx=(percent(middle(slot, names.len()))) cy=(scale.y(*value)) r=(radius) {
                    title { (name) ": " (line.series.name) " " (about.unit.value(*value)) }
                }
            }
        }
    }
}

fn row(about: &About<'_>, name: &str, lines: &[Line<'_>], slot: usize) -> Vec<Markup> {
    let value = |line: &Line<'_>| {
        line.values.get(slot).copied().flatten().map_or_else(|| "none".to_owned(), |v| about.unit.value(v))
    };
    [name.to_owned()].into_iter().chain(lines.iter().map(value)).map(|text| html! { (text) }).collect()
}
