//! Times as people read them. The server writes them for the moment of the page; the script keeps clocks and ages going.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::view::Clock;

/// A clock is shown as near its limit from this share of it, in percent.
const NEAR_PERCENT: i128 = 75;

/// `2026-11-22 14:02:11 UTC`.
pub fn exact(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `2026-11-22`.
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `22 Nov`.
pub fn short_day(at: Timestamp) -> String {
    at.strftime("%-d %b").to_string()
}

/// How long ago `at` was at `now`: `5 min ago`, `3 d ago`; `in 2 h` where it is to come.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs();
    if seconds.abs() < 45 {
        return if seconds < 0 { "in a moment" } else { "just now" }.to_owned();
    }
    let (size, unit) = [(86_400, "d"), (3_600, "h")]
        .into_iter()
        .find(|(size, _)| seconds.abs() >= *size)
        .unwrap_or((60, "min"));
    let text = format!("{} {unit}", (seconds.abs() / size).max(1));
    if seconds < 0 { format!("in {text}") } else { format!("{text} ago") }
}

/// A length of time in words, two units at most: `38 s`, `42 min`, `1 h 05 min`, `2 d 3 h`.
pub fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A length of time as a clock shows it: `42:10`, `3:42:10`, `2 d 03:42`.
pub fn ticking(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{:02}", seconds % 60),
        (0, hours) => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        (days, hours) => format!("{days} d {hours:02}:{minutes:02}"),
    }
}

/// An age that the script keeps up to date; the exact time is its title.
pub fn relative(at: Timestamp, now: Timestamp) -> Markup {
    html! { time.nowrap datetime=(at) title=(exact(at)) data-relative { (ago(at, now)) } }
}

/// An exact time.
pub fn absolute(at: Timestamp) -> Markup {
    html! { time datetime=(at) title=(exact(at)) { (exact(at)) } }
}

/// A day.
pub fn date(at: Timestamp) -> Markup {
    html! { time.nowrap datetime=(at) title=(exact(at)) { (day(at)) } }
}

/// A clock with its limit and how much of it is used; one that is stopped says how long it took.
pub fn timer(clock: &Clock, now: Timestamp) -> Markup {
    let taken = clock.stopped.unwrap_or(now).duration_since(clock.since);
    let mood = clock.limit.map_or("", |limit| mood(taken, limit));
    let limit_seconds = clock.limit.map(|limit| limit.as_secs());
    html! {
        span.timer {
            @if clock.stopped.is_some() {
                span class={ "clock is-still " (mood) } { (length(taken)) }
            } @else {
                time class={ "clock " (mood) } datetime=(clock.since) title=(exact(clock.since)) data-clock data-limit=[limit_seconds] { (ticking(taken)) }
            }
            @if let Some(limit) = clock.limit {
                span.of { " of " (length(limit)) }
                @if mood == "is-over" { span.quiet { ", over its limit" } }
                (gauge(share(taken, limit), mood))
            }
        }
    }
}

/// A thin bar that is full at 100 percent.
pub fn gauge(percent: f64, class: &str) -> Markup {
    let width = format!("{:.1}", percent.clamp(0.0, 100.0));
    html! {
        svg class={ "gauge " (class) } viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" { rect width=(width) height="4" {} }
    }
}

fn share(taken: SignedDuration, limit: SignedDuration) -> f64 {
    taken.as_secs_f64() / limit.as_secs_f64().max(1.0) * 100.0
}

/// The class of a clock that took so long of its limit.
fn mood(taken: SignedDuration, limit: SignedDuration) -> &'static str {
    if taken > limit {
        "is-over"
    } else if taken.as_millis() * 100 > limit.as_millis() * NEAR_PERCENT {
        "is-near"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    #[test]
    fn lengths_and_clocks_have_two_units_at_most() {
        let cases = [
            (38, "38 s", "00:38"),
            (2_530, "42 min", "42:10"),
            (3_900, "1 h 05 min", "1:05:00"),
            (183_720, "2 d 3 h", "2 d 03:02"),
        ];
        for (taken, words, clock) in cases {
            assert_eq!((length(seconds(taken)).as_str(), ticking(seconds(taken)).as_str()), (words, clock));
        }
    }

    #[test]
    fn ages_look_both_ways() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let cases = [
            (10, "just now"),
            (300, "5 min ago"),
            (7_300, "2 h ago"),
            (200_000, "2 d ago"),
            (-7_300, "in 2 h"),
        ];
        for (before, words) in cases {
            assert_eq!(ago(now - seconds(before), now), words);
        }
    }
}
