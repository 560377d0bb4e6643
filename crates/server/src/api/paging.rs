//! Lists go page by page: a cursor names the last item seen.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Items of a page where nothing is asked for.
const LIMIT_DEFAULT: usize = 50;
/// Most items of a page.
const LIMIT_MAX: usize = 500;

/// Which page is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// How many items, at most 500.
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    pub(crate) after: Option<String>,
}

impl Page {
    /// How many items.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            Some(limit) if limit == 0 || limit > LIMIT_MAX => {
                Err(Problem::invalid("limit", format!("expected 1 to {LIMIT_MAX}")))
            }
            limit => Ok(limit.unwrap_or(LIMIT_DEFAULT)),
        }
    }

    /// The number of the last item seen.
    pub(crate) fn after_number(&self) -> Result<Option<i64>, Problem> {
        let number = |cursor: &String| {
            cursor.parse().map_err(|_| Problem::invalid("after", "expected `next` of the page before"))
        };
        self.after.as_ref().map(number).transpose()
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Where to go on; nothing on the last page.
    pub(crate) next: Option<String>,
}

impl<T> Listed<T> {
    /// A page of `limit` items, of one more that were read to see whether there is another page; `cursor` names an item.
    pub(crate) fn of<S>(
        mut read: Vec<S>,
        limit: usize,
        cursor: impl Fn(&S) -> String,
        view: impl Fn(S) -> T,
    ) -> Self {
        let more = read.len() > limit;
        read.truncate(limit);
        let next = if more { read.last().map(cursor) } else { None };
        Self { items: read.into_iter().map(view).collect(), next }
    }
}
