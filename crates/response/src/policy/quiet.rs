//! Quiet hours: what does not page waits until they end.

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    civil::{Date, Time, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::Deserialize;

use super::{mistake::Mistake, name::Name};

/// Days that are looked at for an end: a week, and one for a day without an hour because clocks change.
const DAYS_MAX: usize = 9;

/// Quiet hours as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    time_zone: Name,
    hours: Option<Hours>,
    days: Option<BTreeSet<Day>>,
    #[serde(default)]
    whole_days: BTreeSet<Day>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    fn of(weekday: Weekday) -> Self {
        Self::ALL[usize::from(weekday.to_monday_zero_offset().unsigned_abs())]
    }
}

/// From when until when; an end that is not after the start is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Hours {
    start: Time,
    end: Time,
}

impl TryFrom<String> for Hours {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected two times of day that differ, as \"20:00-08:00\"";
        let (start, end) = text.split_once('-').ok_or(EXPECTED)?;
        let hours = Self { start: time(start).ok_or(EXPECTED)?, end: time(end).ok_or(EXPECTED)? };
        if hours.start == hours.end { Err(EXPECTED) } else { Ok(hours) }
    }
}

/// A time of day as `HH:MM`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str| -> Option<i8> {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse().ok())?
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// When nobody is told what can wait.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    zone: TimeZone,
    hours: Option<Hours>,
    days: BTreeSet<Day>,
    whole_days: BTreeSet<Day>,
}

impl Quiet {
    /// Looks the time zone up in the database that comes with Stanch, so that a machine without one decides the same.
    ///
    /// # Errors
    /// A time zone that is not known; hours that never end.
    pub(super) fn new(written: Written) -> Result<Self, Mistake> {
        let zone = TimeZoneDatabase::bundled().get(&written.time_zone.0);
        let zone = zone.map_err(|_| {
            Mistake::of("time_zone", "not a time zone of the IANA database, as Europe/Berlin")
        })?;
        if written.hours.is_none() && written.days.is_some() {
            return Err(Mistake::of("days", "are the days on which the hours begin, but there are no hours"));
        }
        if written.hours.is_none() && written.whole_days.is_empty() {
            return Err(Mistake::of("hours", "is missing, and so is whole_days"));
        }
        let days = written.days.unwrap_or_else(|| Day::ALL.into());
        let quiet = Self { zone, hours: written.hours, days, whole_days: written.whole_days };
        if quiet.is_endless() {
            return Err(Mistake::of("whole_days", "the quiet hours never end"));
        }
        Ok(quiet)
    }

    /// The end of the quiet hours that `now` lies in; none where it lies in none.
    pub(super) fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(now).date();
        let mut end = now;
        let mut date = today.yesterday().ok()?;
        for _ in 0..=DAYS_MAX {
            // Whole days first: they are not ended by hours that lie in them, but hours may begin in them and end later.
            for (from, until) in self.of(date) {
                if from <= end && end < until {
                    end = until;
                }
            }
            date = date.tomorrow().ok()?;
        }
        (end > now).then_some(end)
    }

    /// What is quiet because of one day, from when until when.
    fn of(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let day = Day::of(date.weekday());
        let whole = self.whole_days.contains(&day).then_some((Time::midnight(), Time::midnight()));
        let hours = self.hours.filter(|_| self.days.contains(&day)).map(|hours| (hours.start, hours.end));
        [whole, hours].into_iter().flatten().filter_map(move |(start, end)| {
            let last = if start < end { date } else { date.tomorrow().ok()? };
            Some((self.instant(date, start)?, self.instant(last, end)?))
        })
    }

    /// When a clock on the wall shows this: the first time where it does so twice, the time after the gap where it never does.
    fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
    }

    /// Whether every minute of a week is quiet.
    fn is_endless(&self) -> bool {
        const MINUTES: usize = 24 * 60;
        let mut quiet = vec![false; 7 * MINUTES];
        for (at, day) in Day::ALL.iter().enumerate() {
            let begin = at * MINUTES;
            let minute = |time: Time| {
                usize::from(time.hour().unsigned_abs()) * 60 + usize::from(time.minute().unsigned_abs())
            };
            if self.whole_days.contains(day) {
                quiet[begin..begin + MINUTES].fill(true);
            }
            if let Some(hours) = self.hours.filter(|_| self.days.contains(day)) {
                let (start, end) = (minute(hours.start), minute(hours.end));
                let length = if start < end { end - start } else { MINUTES - start + end };
                (0..length).for_each(|more| quiet[(begin + start + more) % (7 * MINUTES)] = true);
            }
        }
        quiet.into_iter().all(|quiet| quiet)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use proptest::prelude::*;

    use super::*;

    fn quiet(text: &str) -> Quiet {
        Quiet::new(toml::from_str(text).expect("well-formed")).expect("sensible")
    }

    fn berlin(hours: &str) -> Quiet {
        quiet(&format!("time_zone = 'Europe/Berlin'\n{hours}"))
    }

    #[track_caller]
    fn ends(quiet: &Quiet, now: &str, end: &str) {
        let now: Timestamp = now.parse().expect("a time");
        let end: Option<Timestamp> = (!end.is_empty()).then(|| end.parse().expect("a time"));
        assert_eq!(quiet.end(now), end);
    }

    #[test]
    fn hours_within_a_day_and_over_midnight() {
        let noon = berlin("hours = '12:00-14:00'");
        ends(&noon, "2026-11-26T12:30:00+01:00", "2026-11-26T14:00:00+01:00");
        ends(&noon, "2026-11-26T14:00:00+01:00", "");
        let night = berlin("hours = '20:00-08:00'");
        ends(&night, "2026-11-26T19:59:59+01:00", "");
        ends(&night, "2026-11-26T20:00:00+01:00", "2026-11-27T08:00:00+01:00");
        ends(&night, "2026-11-27T07:59:59+01:00", "2026-11-27T08:00:00+01:00");
        ends(&night, "2026-11-27T08:00:00+01:00", "");
        ends(&berlin("hours = '18:00-00:00'"), "2026-11-26T18:00:00+01:00", "2026-11-27T00:00:00+01:00");
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        let night = berlin("hours = '20:00-08:00'\ndays = ['fri']");
        ends(&night, "2026-11-28T03:00:00+01:00", "2026-11-28T08:00:00+01:00");
        ends(&night, "2026-11-27T03:00:00+01:00", "");
    }

    #[test]
    fn nights_and_the_weekend_are_one_silence() {
        let text = "hours = '20:00-08:00'\ndays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sun']\nwhole_days = ['sat', 'sun']";
        let monday = "2026-11-30T08:00:00+01:00";
        ends(&berlin(text), "2026-11-27T22:00:00+01:00", monday);
        ends(&berlin(text), "2026-11-28T12:00:00+01:00", monday);
        ends(&berlin(text), "2026-11-29T21:00:00+01:00", monday);
        ends(&berlin(text), "2026-11-27T12:00:00+01:00", "");
    }

    #[test]
    fn clocks_that_change_are_followed() {
        let night = berlin("hours = '20:00-08:00'");
        // From 02:00 to 03:00 in the night of 2026-03-29, and back in that of 2026-10-25.
        ends(&night, "2026-03-28T20:00:00+01:00", "2026-03-29T08:00:00+02:00");
        ends(&night, "2026-10-24T20:00:00+02:00", "2026-10-25T08:00:00+01:00");
        let in_gap = berlin("hours = '20:00-02:30'");
        ends(&in_gap, "2026-03-28T23:00:00+01:00", "2026-03-29T03:30:00+02:00");
        let twice = berlin("hours = '20:00-02:30'");
        ends(&twice, "2026-10-24T23:00:00+02:00", "2026-10-25T02:30:00+02:00");
        ends(&twice, "2026-10-25T02:15:00+01:00", "");
    }

    #[test]
    fn mistakes_are_named() {
        let wrong =
            |text: &str| Quiet::new(toml::from_str(text).expect("well-formed")).expect_err("a mistake");
        assert_eq!(wrong("time_zone = 'Berlin'\nhours = '20:00-08:00'").field, "time_zone");
        assert_eq!(wrong("time_zone = 'UTC'").field, "hours");
        assert_eq!(wrong("time_zone = 'UTC'\ndays = ['mon']\nwhole_days = ['sun']").field, "days");
        let endless = "time_zone = 'UTC'\nhours = '08:00-07:59'\nwhole_days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']";
        assert_eq!(wrong(endless).field, "whole_days");
        for hours in
            ["20:00", "20-08", "20:00-20:00", "24:00-08:00", "8:00-09:00", "20:60-08:00", "+1:00-02:00"]
        {
            assert!(
                toml::from_str::<Written>(&format!("time_zone = 'UTC'\nhours = '{hours}'")).is_err(),
                "{hours}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_end_is_later_and_not_quiet(
            second in 1_700_000_000_i64..1_900_000_000,
            start in 0..24_u8,
            end in 0..24_u8,
            days in prop::collection::btree_set(0..7_usize, 1..7),
            whole in prop::collection::btree_set(0..7_usize, 0..6),
        ) {
            prop_assume!(start != end);
            let names = ["'mon'", "'tue'", "'wed'", "'thu'", "'fri'", "'sat'", "'sun'"];
            let listed = |days: &BTreeSet<usize>| days.iter().map(|day| names[*day]).collect::<Vec<_>>().join(",");
            let text = format!(
                "time_zone = 'America/New_York'\nhours = '{start:02}:00-{end:02}:00'\ndays = [{}]\nwhole_days = [{}]",
                listed(&days), listed(&whole),
            );
            let Ok(quiet) = Quiet::new(toml::from_str(&text).expect("well-formed")) else { return Ok(()) };
            let now = Timestamp::from_second(second).expect("a time");
            if let Some(end) = quiet.end(now) {
                prop_assert!(end > now && end.duration_since(now).as_hours() <= 24 * 8);
                prop_assert_eq!(quiet.end(end), None);
                let before = end.checked_sub(1.second()).expect("a time");
                prop_assert_eq!(quiet.end(before), Some(end));
            }
        }
    }
}
