//! Days of a calendar as TOML has them.

use jiff::civil::Date;
use serde::{Deserialize as _, Deserializer, de::Error};
use toml::value::Datetime;

/// Reads a local date of TOML.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let expected = || D::Error::custom("expected a day, as 2026-11-26");
    Datetime::deserialize(deserializer)?.to_string().parse().map_err(|_| expected())
}
