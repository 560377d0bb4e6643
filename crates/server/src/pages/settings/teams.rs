//! Teams, and what each of them sees.

use maud::{Markup, html};

use crate::pages::{
    Frame, figure,
    form::{self, Field, Need},
    layout, list,
    table::{Narrow, Row, Table, numbers, words},
    view::Paging,
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct TeamsView {
    /// The teams of this page.
    pub teams: Vec<TeamLine>,
    /// Where in the list they are.
    pub paging: Paging,
}

/// A team in a line.
#[derive(Clone, Debug)]
pub struct TeamLine {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// Patterns of the names of origins whose leaks it sees.
    pub origins: Vec<String>,
    /// How many people are in it.
    pub members: u64,
    /// How many active incidents it sees.
    pub active: u64,
}

/// The teams, with forms: posts to `/settings/teams` (`name`, `origins`, one pattern a line), `/settings/teams/N` (the
/// same) and `/settings/teams/N/remove`.
pub(super) fn body(frame: &Frame, view: &TeamsView) -> Markup {
    let fields = html! {
        div.fields.wide {
            (Field::new("name", "Name").show())
            div.all { (form::area("origins", "Sees these origins", Need::Required, "One pattern a line, such as github.com/acme/shop*; ** also crosses slashes.")) }
            (form::submit("Add"))
        }
    };
    html! {
        (layout::flush_panel("teams", "Teams", "", &table(frame, view)))
        (layout::panel("new-team", "Add a team", "", &form::post(frame, "/settings/teams", "", &fields)))
    }
}

fn table(frame: &Frame, view: &TeamsView) -> Markup {
    if view.teams.is_empty() {
        return list::empty(
            "No teams",
            "Without a team people see nothing, unless they may see all origins.",
        );
    }
    let columns = [words("Team"), words("Sees"), numbers("People"), numbers("Active incidents"), words("")];
    let row = |team: &TeamLine| Row {
        id: Some(format!("team-{}", team.id)),
        cells: vec![
            html! { strong { (team.name) } },
            html! { ul { @for origin in &team.origins { li { code { (origin) } } } } },
            html! { (figure::count(team.members)) },
            html! { (figure::count(team.active)) },
            change(frame, team),
        ],
    };
    let rows = view.teams.iter().map(row).collect();
    let table = Table { label: "Teams", columns: &columns, narrow: Narrow::Stack, rows };
    html! {
        (table.show())
        (list::pager("/settings/teams", &[], &view.paging, view.teams.len()))
    }
}

fn change(frame: &Frame, team: &TeamLine) -> Markup {
    let fields = html! {
        div.fields {
            (Field::new("name", "Name").value(&team.name).show())
            label.field { span { "Sees these origins" } textarea name="origins" rows="4" { (team.origins.join("\n")) } }
            button.small type="submit" { "Save" }
        }
    };
    let path = format!("/settings/teams/{}", team.id);
    let remove =
        html! { button.grave.small type="submit" { "Remove" span.quiet { " the team " (team.name) } } };
    html! {
        details id={ "change-team-" (team.id) } {
            summary { "Change" span.quiet { " " (team.name) } }
            (form::post(frame, &path, "", &fields))
            (form::post(frame, &format!("{path}/remove"), "", &remove))
        }
    }
}
