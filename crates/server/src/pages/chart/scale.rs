//! The scale of an axis: from zero to a round number, with a few round steps.

use jiff::SignedDuration;

use super::{ABOVE, HEIGHT};
use crate::pages::{figure, time};

/// Steps on an axis, at least and about.
const STEPS: f64 = 4.0;
/// Steps on an axis at most; steps are so round that there are never so many.
const STEPS_MAX: u32 = 16;

/// What an axis counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Minutes, of values in minutes.
    Minutes,
}

impl Unit {
    /// The text at a step.
    pub fn tick(self, value: f64) -> String {
        match self {
            Self::Count => figure::decimal(value),
            Self::Minutes if value == 0.0 => "0".to_owned(),
            Self::Minutes if value % 60.0 == 0.0 => format!("{} h", figure::decimal(value / 60.0)),
            Self::Minutes => format!("{} min", figure::decimal(value)),
        }
    }

    /// The text of a value in a table.
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Count => figure::decimal(value),
            Self::Minutes => time::length(SignedDuration::from_secs((value * 60.0) as i64)),
        }
    }

    /// A round step no smaller than `least`.
    fn step(self, least: f64) -> f64 {
        match self {
            Self::Count => decimal_step(least).max(1.0),
            Self::Minutes => {
                let round = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 240.0, 360.0, 720.0, 1440.0];
                round
                    .into_iter()
                    .find(|step| *step >= least)
                    .unwrap_or_else(|| decimal_step(least / 1440.0) * 1440.0)
            }
        }
    }
}

/// From zero to a round number.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The round number.
    pub max: f64,
    /// Where lines of the grid are, from zero up.
    pub ticks: Vec<f64>,
}

impl Scale {
    /// A scale that holds all `values`; those that are no number, or below zero, are passed over.
    pub fn of(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let most = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let step = unit.step(most / STEPS);
        let steps = (1..=STEPS_MAX).map(f64::from).find(|steps| steps * step >= most).unwrap_or(STEPS);
        let ticks =
            (0..=STEPS_MAX).map(f64::from).take_while(|index| *index <= steps).map(|index| index * step);
        Self { max: steps * step, ticks: ticks.collect() }
    }

    /// Where `value` is, in pixels from the top.
    pub fn y(&self, value: f64) -> f64 {
        ((ABOVE + HEIGHT * (1.0 - (value / self.max).clamp(0.0, 1.0))) * 10.0).round() / 10.0
    }

    /// The width that the texts of the axis take, in pixels.
    pub fn axis_width(&self, unit: Unit) -> f64 {
        let longest = self.ticks.iter().map(|tick| unit.tick(*tick).chars().count()).max().unwrap_or(1);
        (longest as f64).mul_add(7.0, 12.0)
    }
}

fn decimal_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(Scale::of([17.0], Unit::Count).ticks, [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(Scale::of([3.0], Unit::Count).ticks, [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(Scale::of([200.0], Unit::Minutes).ticks, [0.0, 60.0, 120.0, 180.0, 240.0]);
        assert_eq!(Scale::of([f64::NAN], Unit::Count).ticks, [0.0, 1.0]);
    }
}
