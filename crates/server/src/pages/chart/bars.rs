//! Upright bars, each of one or several parts.

use maud::{Markup, html};

use super::{About, Level, Scale, Series, figure, labels, legend, middle, numbers, percent, pixels, plot};
use crate::pages::table;

/// The share of its slot that a bar fills.
const FILL: f64 = 0.66;

/// One bar.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands below it.
    pub name: String,
    /// Its parts, from the bottom up: one for each series.
    pub parts: Vec<f64>,
}

/// A chart of bars, stacked where there are several series.
pub fn bars(about: &About<'_>, series: &[Series<'_>], columns: &[Column], levels: &[Level]) -> Markup {
    let sums = columns.iter().map(|column| column.parts.iter().sum());
    let scale = Scale::of(sums.chain(levels.iter().map(|level| level.at)), about.unit);
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let inside = html! {
        @for (index, column) in columns.iter().enumerate() { (bar(about, series, column, &slot(index, columns.len(), &scale))) }
        (labels(&names))
    };
    let has_legend = series.len() > 1 || !levels.is_empty();
    let legend = html! { @if has_legend { (legend(series, levels)) } };
    let first = [table::words("From"), table::numbers("All")];
    let heads: Vec<_> = first.into_iter().chain(series.iter().map(|one| table::numbers(one.name))).collect();
    let rows = columns.iter().map(|column| row(about, column)).collect();
    figure(about, &legend, &plot(about, &scale, levels, &inside), &numbers(about.title, &heads, rows))
}

/// Where a bar stands.
struct Slot<'a> {
    x: f64,
    width: f64,
    scale: &'a Scale,
}

fn slot(index: usize, count: usize, scale: &Scale) -> Slot<'_> {
    let width = 100.0 / count.max(1) as f64 * FILL;
    Slot { x: middle(index, count) - width / 2.0, width, scale }
}

fn bar(about: &About<'_>, series: &[Series<'_>], column: &Column, slot: &Slot<'_>) -> Markup {
    let mut below = 0.0;
    let parts: Vec<_> = series
        .iter()
        .zip(&column.parts)
        .filter(|(_, part)| **part > 0.0)
        .map(|(one, part)| {
            let (bottom, top) = (slot.scale.y(below), slot.scale.y(below + part));
            below += part;
            (one.hue.class(), top, (bottom - top - 1.0).max(1.0))
        })
        .collect();
    html! {
        g {
            title { (column.name) ": " (spelled(about, series, column)) }
            @for (class, y, height) in parts {
                rect class=(class) x=(percent(slot.x)) width=(percent(slot.width)) y=(pixels(y)) height=(pixels(height)) {}
            }
        }
    }
}

/// The parts in words: `7 (critical 2, high 5)`.
fn spelled(about: &About<'_>, series: &[Series<'_>], column: &Column) -> String {
    let sum = about.unit.value(column.parts.iter().sum());
    if series.len() < 2 {
        return sum;
    }
    let named = series.iter().zip(&column.parts).filter(|(_, part)| **part > 0.0);
    let parts: Vec<_> =
        named.map(|(one, part)| format!("{} {}", one.name, about.unit.value(*part))).collect();
    if parts.is_empty() { sum } else { format!("{sum} ({})", parts.join(", ")) }
}

fn row(about: &About<'_>, column: &Column) -> Vec<Markup> {
    let sum = column.parts.iter().sum();
    let numbers = [sum].into_iter().chain(column.parts.iter().copied());
    let texts = numbers.map(|number| about.unit.value(number));
    [column.name.clone()].into_iter().chain(texts).map(|text| html! { (text) }).collect()
}
