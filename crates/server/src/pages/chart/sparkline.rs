//! A line the size of a word.

use maud::{Markup, html};

/// Height and width of the drawing, in units.
const SIZE: (f64, f64) = (24.0, 100.0);

/// A line through `values`, lowest at the bottom; `label` says what is to be seen in it.
pub fn sparkline(values: &[f64], label: &str) -> Markup {
    let (height, width) = SIZE;
    let (least, most) =
        values.iter().fold((f64::MAX, f64::MIN), |(least, most), v| (least.min(*v), most.max(*v)));
    let spread = if most > least { most - least } else { 1.0 };
    let step = width / (values.len().max(2) - 1) as f64;
    let y = |value: f64| {
        if most > least { 2.0 + (height - 4.0) * (1.0 - (value - least) / spread) } else { height / 2.0 }
    };
    let points: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(slot, v)| format!("{:.1} {:.1}", slot as f64 * step, y(*v)))
        .collect();
    let path = points.join(" L");
    html! {
        @if values.len() > 1 {
            svg.spark viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" role="img" aria-label=(label) {
                path.shade d={ "M0 " (height) " L" (path) " L" (width) " " (height) "z" } {}
                path.ink d={ "M" (path) } {}
            }
        }
    }
}
