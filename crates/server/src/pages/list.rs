//! What lists have in common: filters in the address, a way to the next page, and what to say where nothing is.

use maud::{Markup, html};

use super::{
    figure,
    icon::{Icon, icon},
    query::Query,
    view::Paging,
};

/// The form of filters: parameters of `path`.
pub fn filters(path: &str, label: &str, fields: &Markup) -> Markup {
    html! {
        form.filters method="get" action=(path) role="search" aria-label=(label) {
            (fields)
            div.row {
                button type="submit" { "Apply" }
                a.button.bare href=(path) { "Clear" }
            }
        }
    }
}

/// How many there are, and links to the first and the next page that keep the filters.
pub fn pager(path: &str, filters: &[(&str, &str)], paging: &Paging, shown: usize) -> Markup {
    let address =
        |after: &str| Query::new(path).with_all(filters.iter().copied()).with("after", after).into_string();
    html! {
        nav.pager aria-label="Pages" {
            span {
                @match paging.total {
                    Some(total) => { (figure::count(shown as u64)) " of " (figure::count(total)) " shown" }
                    None => { (figure::count(shown as u64)) " shown" }
                }
            }
            span.row {
                @if paging.after.is_some() { a href=(address("")) { "First page" } }
                @if let Some(next) = &paging.next { a href=(address(next)) rel="next" { "Next page" } }
            }
        }
    }
}

/// What to say where nothing is: what that means, and what to do.
pub fn empty(title: &str, advice: &str) -> Markup {
    html! { div.empty { (icon(Icon::Drop)) strong { (title) } p { (advice) } } }
}

/// Which empty list it is.
pub fn none_of(things: &str, filters: &[(&str, &str)], advice: &str) -> Markup {
    if filters.iter().any(|(_, value)| !value.is_empty()) {
        return empty(&format!("No {things} fit these filters"), "Widen or clear them.");
    }
    empty(&format!("No {things}"), advice)
}
