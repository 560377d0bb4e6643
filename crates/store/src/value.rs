//! What goes into a statement and comes out of a row, for either database.

use std::error::Error;

use jiff::Timestamp;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::StoreError;

/// A parameter or a field: the four kinds that both databases have.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a time in milliseconds since 1970 UTC, or a truth as 0 or 1.
    Int(i64),
    /// A fraction.
    Real(f64),
    /// A text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Int(i64::from(truth))
    }
}

impl From<f64> for Value {
    fn from(fraction: f64) -> Self {
        Self::Real(fraction)
    }
}

/// PostgreSQL keeps no zero byte in a text: it becomes the replacement character.
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(time.as_millisecond())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(fraction) => ValueRef::Real(*fraction),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Int(number), &Type::FLOAT8) => (*number as f64).to_sql(kind, out),
            (Self::Int(number), _) => number.to_sql(&Type::INT8, out),
            (Self::Real(fraction), _) => fraction.to_sql(&Type::FLOAT8, out),
            (Self::Text(text), _) => text.to_sql(&Type::TEXT, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT4 | Type::INT8 | Type::FLOAT8 | Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN
        )
    }

    to_sql_checked!();
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The field at this position, from 0.
    ///
    /// # Errors
    ///
    /// If the field is not of that kind: a defect of the statement or of the stored data.
    pub fn get<T: FromValue>(&self, position: usize) -> Result<T, StoreError> {
        let value = self.0.get(position).cloned().unwrap_or(Value::Null);
        T::from_value(value).ok_or(StoreError::Field { position, expected: T::KIND })
    }

    /// The field at this position, read from its text form.
    ///
    /// # Errors
    ///
    /// If it is no text or not of that form.
    pub fn parse<T: std::str::FromStr>(&self, position: usize) -> Result<T, StoreError> {
        let text: String = self.get(position)?;
        text.parse().map_err(|_| StoreError::Field { position, expected: std::any::type_name::<T>() })
    }

    /// The field at this position, read from its JSON.
    ///
    /// # Errors
    ///
    /// If it is no text or not such JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, position: usize) -> Result<T, StoreError> {
        let text: String = self.get(position)?;
        serde_json::from_str(&text)
            .map_err(|_| StoreError::Field { position, expected: std::any::type_name::<T>() })
    }
}

/// What a field can be read as.
pub trait FromValue: Sized {
    /// How the kind is called in an error.
    const KIND: &'static str;

    /// The value as this kind; none if it is not.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for i64 {
    const KIND: &'static str = "a number";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }
}

impl FromValue for bool {
    const KIND: &'static str = "a truth";

    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for f64 {
    const KIND: &'static str = "a fraction";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Real(fraction) => Some(fraction),
            Value::Int(number) => Some(number as Self),
            _ => None,
        }
    }
}

impl FromValue for String {
    const KIND: &'static str = "a text";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl FromValue for Timestamp {
    const KIND: &'static str = "a time";

    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).and_then(|number| Self::from_millisecond(number).ok())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const KIND: &'static str = T::KIND;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}
