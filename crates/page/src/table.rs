//! A table. With the page's script its rows can be sorted and filtered; without it, it can be read.

use crate::{Part, number};
use maud::{Markup, html};

/// From so many rows on, a table scrolls by itself and can be filtered.
const LONG: usize = 12;

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Caption.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with as many cells as there are columns; the first one names the row.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    is_number: bool,
    is_sortable: bool,
}

/// A cell.
#[derive(Debug, Clone)]
pub struct Cell {
    content: Markup,
    /// Sort key, where that is not its text.
    sort: Option<f64>,
}

impl Column {
    /// One of words.
    pub fn text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_number: false,
            is_sortable: true,
        }
    }

    /// One of numbers.
    pub fn number(name: &str) -> Self {
        Self {
            is_number: true,
            ..Self::text(name)
        }
    }

    /// The same, by which rows are not sorted.
    pub fn unsorted(self) -> Self {
        Self {
            is_sortable: false,
            ..self
        }
    }
}

impl Cell {
    /// Words.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self {
            content: html! { (text.as_ref()) },
            sort: None,
        }
    }

    /// A number that is shown in another form than it is sorted by.
    pub fn number(value: f64, shown: impl AsRef<str>) -> Self {
        Self {
            sort: value.is_finite().then_some(value),
            ..Self::text(shown)
        }
    }

    /// A count.
    pub fn count(n: u64) -> Self {
        Self::number(n as f64, number::count(n))
    }

    /// A share from 0 to 1, in percent; where there is none, sorted before all others.
    pub fn share(share: Option<f64>) -> Self {
        Self::number(share.unwrap_or(-1.0), number::percent(share))
    }

    /// Another part.
    pub fn part(part: &impl Part) -> Self {
        Self {
            content: part.markup(),
            sort: None,
        }
    }
}

impl Part for Table {
    fn markup(&self) -> Markup {
        let is_long = self.rows.len() >= LONG;
        html! {
            div.table.long[is_long] role="group" aria-label=(self.caption) tabindex="0" {
                table data-filter[is_long] {
                    caption { (self.caption) }
                    thead { tr { @for column in &self.columns { (column.markup()) } } }
                    tbody { @for row in &self.rows { tr { (self.row(row)) } } }
                }
            }
        }
    }
}

impl Table {
    fn row(&self, row: &[Cell]) -> Markup {
        html! {
            @for (index, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                @if index == 0 {
                    th scope="row" data-sort=[cell.sort] { (cell.content) }
                } @else {
                    td.number[column.is_number] data-sort=[cell.sort] { (cell.content) }
                }
            }
        }
    }
}

impl Part for Column {
    fn markup(&self) -> Markup {
        html! { th scope="col" class=[self.is_number.then_some("number")] data-sortable[self.is_sortable] { (self.name) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(n: usize) -> String {
        let row = |i: usize| {
            vec![
                Cell::text(format!("<b>{i}</b>")),
                Cell::count(1000 * i as u64),
                Cell::share(None),
            ]
        };
        let columns = vec![
            Column::text("document"),
            Column::number("n"),
            Column::number("share"),
        ];
        Table {
            caption: "<i>".to_owned(),
            columns,
            rows: (0..n).map(row).collect(),
        }
        .markup()
        .into_string()
    }

    #[test]
    fn cells_are_escaped_and_sorted_by_numbers() {
        let html = table(2);
        assert!(
            html.contains("&lt;b&gt;1&lt;/b&gt;") && html.contains("<caption>&lt;i&gt;</caption>"),
            "{html}"
        );
        assert!(
            html.contains(r#"<td class="number" data-sort="1000">1,000</td>"#),
            "{html}"
        );
        assert!(
            html.contains(r#"<td class="number" data-sort="-1">–</td>"#),
            "{html}"
        );
    }

    #[test]
    fn only_long_tables_are_filtered() {
        assert!(table(LONG).contains("data-filter") && !table(LONG - 1).contains("data-filter"));
    }
}
