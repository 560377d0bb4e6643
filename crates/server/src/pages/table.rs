//! Tables that stay tables for assistive technology when they are stacked on a narrow screen.

use maud::{Markup, html};

/// A table of more columns than these is stacked earlier.
const FEW: usize = 4;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Where its text stands.
    pub align: Align,
}

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the beginning: words.
    Start,
    /// At the end: numbers.
    End,
}

/// A column of words.
pub const fn words(name: &str) -> Column<'_> {
    Column { name, align: Align::Start }
}

/// A column of numbers.
pub const fn numbers(name: &str) -> Column<'_> {
    Column { name, align: Align::End }
}

/// What a table becomes where it is too wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// Each row a block, each cell with the name of its column.
    Stack,
    /// A region that scrolls sideways and takes the keyboard.
    Scroll,
}

/// One row; its first cell names it.
#[derive(Debug, Default)]
pub struct Row {
    /// An id, unique in the page; the row can be reached by `j` and `k` where it has one.
    pub id: Option<String>,
    /// A cell for each column.
    pub cells: Vec<Markup>,
}

impl From<Vec<Markup>> for Row {
    fn from(cells: Vec<Markup>) -> Self {
        Self { id: None, cells }
    }
}

/// A table.
#[derive(Debug)]
pub struct Table<'a> {
    /// What it lists, for who cannot see where it stands.
    pub label: &'a str,
    /// Its columns; one without a name holds buttons.
    pub columns: &'a [Column<'a>],
    /// What it becomes where it is too wide.
    pub narrow: Narrow,
    /// Its rows.
    pub rows: Vec<Row>,
}

impl Table<'_> {
    /// The table. Roles are written out, because styles that stack a table take them away in some browsers.
    pub fn show(&self) -> Markup {
        let is_stacked = self.narrow == Narrow::Stack;
        let class = match (is_stacked, self.columns.len() > FEW) {
            (false, _) => None,
            (true, false) => Some("stack"),
            (true, true) => Some("stack many"),
        };
        let table = html! {
            table class=[class] role="table" aria-label=(self.label) {
                thead role="rowgroup" {
                    tr role="row" { @for column in self.columns { (head(*column)) } }
                }
                tbody role="rowgroup" { @for row in &self.rows { (self.row(row)) } }
            }
        };
        if is_stacked {
            return table;
        }
        html! { div.scroll role="region" aria-label={ (self.label) ", scrolls sideways" } tabindex="0" { (table) } }
    }

    fn row(&self, row: &Row) -> Markup {
        html! {
            tr role="row" id=[row.id.as_deref()] data-row[row.id.is_some()] {
                @for (index, (column, cell)) in self.columns.iter().zip(&row.cells).enumerate() {
                    @let class = class(*column, index, cell);
                    @if index == 0 {
                        th scope="row" role="rowheader" class=[class] data-label=(column.name) { div { (cell) } }
                    } @else {
                        td role="cell" class=[class] data-label=(column.name) { div { (cell) } }
                    }
                }
            }
        }
    }
}

fn head(column: Column<'_>) -> Markup {
    let class = (column.align == Align::End).then_some("end");
    html! {
        @if column.name.is_empty() {
            td role="cell" {}
        } @else {
            th scope="col" role="columnheader" class=[class] { (column.name) }
        }
    }
}

fn class(column: Column<'_>, index: usize, cell: &Markup) -> Option<&'static str> {
    if index == 0 {
        Some("lead")
    } else if cell.0.is_empty() {
        Some("none")
    } else if column.name.is_empty() {
        Some("bare")
    } else if column.align == Align::End {
        Some("end")
    } else {
        None
    }
}
