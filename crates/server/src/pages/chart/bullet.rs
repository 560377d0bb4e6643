//! How long things take against how long they may: the middle, and what nine of ten stay below.

use maud::{Markup, html};

use super::{About, Scale, Series, figure, labels_of_bullets, numbers};
use crate::pages::table;

/// Height of one bar with its label, in pixels.
const LINE: f64 = 44.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bullet<'a> {
    /// What it is, and its colour.
    pub series: Series<'a>,
    /// What half stay below.
    pub median: f64,
    /// What nine of ten stay below.
    pub p90: f64,
    /// What they should stay below.
    pub goal: Option<f64>,
    /// How many were measured.
    pub count: u64,
}

/// A chart of bars that lie: the wide one is the 90th percentile, the narrow one the median, the upright line the goal.
pub fn bullet(about: &About<'_>, bullets: &[Bullet<'_>]) -> Markup {
    let ends = bullets.iter().flat_map(|bullet| [bullet.p90, bullet.goal.unwrap_or_default()]);
    let scale = Scale::of(ends, about.unit);
    let across = |value: f64| format!("{:.2}%", (value / scale.max * 100.0).clamp(0.0, 100.0));
    let (title, desc) = (format!("{}-t", about.id), format!("{}-d", about.id));
    let height = bullets.len() as f64 * LINE;
    let plot = html! {
        svg.area height=(height + 20.0) role="img" aria-labelledby={ (title) " " (desc) } {
            title id=(title) { (about.title) }
            desc id=(desc) { (about.summary) }
            @for (index, bullet) in bullets.iter().enumerate() { (bar(about, bullet, index as f64 * LINE, &across)) }
            (labels_of_bullets(&scale, about.unit, height))
        }
    };
    let heads = [
        table::words("Severity"),
        table::numbers("Incidents"),
        table::numbers("Median"),
        table::numbers("90th percentile"),
        table::numbers("Objective"),
    ];
    let rows = bullets.iter().map(|bullet| row(about, bullet)).collect();
    figure(about, &key(), &plot, &numbers(about.title, &heads, rows))
}

fn bar(about: &About<'_>, bullet: &Bullet<'_>, y: f64, across: &dyn Fn(f64) -> String) -> Markup {
    let class = bullet.series.hue.class();
    html! {
        g {
            title { (bullet.series.name) ": median " (about.unit.value(bullet.median)) ", 90th percentile " (about.unit.value(bullet.p90)) }
            text.label x="0" y=(y + 12.0) { (bullet.series.name) }
            text x="100%" y=(y + 12.0) text-anchor="end" { (about.unit.value(bullet.median)) " · " (about.unit.value(bullet.p90)) }
            rect class="track-ground" x="0" y=(y + 18.0) width="100%" height="14" rx="2" {}
            rect class={ "range " (class) } x="0" y=(y + 18.0) width=(across(bullet.p90)) height="14" rx="2" {}
            rect class=(class) x="0" y=(y + 22.0) width=(across(bullet.median)) height="6" rx="1" {}
            @if let Some(goal) = bullet.goal {
                line class="limit" x1=(across(goal)) x2=(across(goal)) y1=(y + 15.0) y2=(y + 35.0) {}
            }
        }
    }
}

fn key() -> Markup {
    html! {
        ul.legend {
            li { svg width="18" height="10" aria-hidden="true" { rect class="s-plain" y="3" width="18" height="4" {} } "median" }
            li { svg width="18" height="10" aria-hidden="true" { rect class="range s-plain" width="18" height="10" {} } "90th percentile" }
            li { svg width="6" height="12" aria-hidden="true" { line class="limit" x1="3" x2="3" y1="0" y2="12" {} } "objective" }
        }
    }
}

fn row(about: &About<'_>, bullet: &Bullet<'_>) -> Vec<Markup> {
    let goal = bullet.goal.map_or_else(|| "none".to_owned(), |goal| about.unit.value(goal));
    let texts = [
        bullet.series.name.to_owned(),
        bullet.count.to_string(),
        about.unit.value(bullet.median),
        about.unit.value(bullet.p90),
        goal,
    ];
    texts.into_iter().map(|text| html! { (text) }).collect()
}
