//! What a form sends: fields by name, the same one as often as it was ticked.

use std::str::FromStr;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};

use crate::problem::Problem;

/// Most fields of a form.
const FIELDS_MAX: usize = 2_000;

/// The fields of a form.
#[derive(Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|_| Problem::too_large("the form is larger than forms are"))?;
        let fields: Vec<_> = url::form_urlencoded::parse(&bytes).into_owned().take(FIELDS_MAX + 1).collect();
        if fields.len() > FIELDS_MAX {
            return Err(Problem::too_large(format!("the form has more than {FIELDS_MAX} fields")));
        }
        Ok(Self(fields))
    }
}

impl Fields {
    /// What was written into a field, without spaces around it; empty where nothing was.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The same, if something was.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|text| !text.is_empty())
    }

    /// Each value of a field.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// A field read as what it must be.
    pub(super) fn read<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.text(name).parse().map_err(|_| unexpected(name))
    }

    /// The same, where it may be left out.
    pub(super) fn read_given<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        self.given(name).map(|text| text.parse().map_err(|_| unexpected(name))).transpose()
    }

    /// Each value of a field read.
    pub(super) fn read_all<T: FromStr>(&self, name: &str) -> Result<Vec<T>, Problem> {
        self.all(name).map(|text| text.parse().map_err(|_| unexpected(name))).collect()
    }
}

fn unexpected(name: &str) -> Problem {
    Problem::invalid(name, "is not what the form offers")
}
