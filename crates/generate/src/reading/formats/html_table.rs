//! Tables of HTML as Markdown: each cell stands in every row and column that it spans, so that each row can be read alone.

use super::html::{attribute, tag};
use htmd::{
    Element, Node,
    element_handler::{HandlerResult, Handlers},
};
use std::rc::Rc;

/// No cell spans more rows or columns: a page may ask for any number.
const MAX_SPAN: usize = 200;
/// No table has more cells.
const MAX_CELLS: usize = 100_000;

/// A table; one without rows is what stands in it.
pub(super) fn table(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let mut rows = Vec::new();
    let mut captions = Vec::new();
    collect(element.node, &mut rows, &mut captions);
    let caption: Vec<String> = captions
        .iter()
        .map(|node| content(handlers, node))
        .collect();
    let grid = grid(handlers, &rows);
    let n_columns = grid.iter().map(Vec::len).max().unwrap_or_default();
    if n_columns == 0 {
        return Some(handlers.walk_children(element.node));
    }
    let line = |row: &Vec<String>| {
        let cells = (0..n_columns).map(|column| row.get(column).map_or("", String::as_str));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut lines: Vec<String> = grid.iter().map(line).collect();
    lines.insert(1, format!("|{}\n", " --- |".repeat(n_columns)));
    let captions: String = caption
        .iter()
        .map(|caption| format!("{caption}\n\n"))
        .collect();
    Some(format!("\n\n{captions}{}\n", lines.concat()).into())
}

/// The rows and captions of a table, those of a table within a cell left out.
fn collect(node: &Rc<Node>, rows: &mut Vec<Rc<Node>>, captions: &mut Vec<Rc<Node>>) {
    for child in node.children.borrow().iter() {
        match tag(child) {
            Some("tr") => rows.push(Rc::clone(child)),
            Some("caption") => captions.push(Rc::clone(child)),
            Some("thead" | "tbody" | "tfoot") => collect(child, rows, captions),
            _ => {}
        }
    }
}

/// The text of each cell, in all places that it spans.
fn grid(handlers: &dyn Handlers, rows: &[Rc<Node>]) -> Vec<Vec<String>> {
    let mut grid: Vec<Vec<Option<String>>> = vec![Vec::new(); rows.len()];
    let mut n_cells = 0;
    for (index, row) in rows.iter().enumerate() {
        let mut column = 0;
        for cell in row
            .children
            .borrow()
            .iter()
            .filter(|cell| matches!(tag(cell), Some("td" | "th")))
        {
            while grid[index].get(column).is_some_and(Option::is_some) {
                column += 1;
            }
            let (width, height) = (span(cell, "colspan", 1), span(cell, "rowspan", rows.len()));
            let text = content(handlers, cell);
            for line in grid.iter_mut().skip(index).take(height) {
                n_cells += width;
                if n_cells > MAX_CELLS {
                    break;
                }
                line.resize(line.len().max(column + width), None);
                line[column..column + width].fill(Some(text.clone()));
            }
            column += width;
        }
    }
    let filled =
        |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default).collect();
    grid.into_iter()
        .filter(|row| !row.is_empty())
        .map(filled)
        .collect()
}

/// The rows or columns that a cell spans; 0 is all that follow.
fn span(cell: &Node, name: &str, all: usize) -> usize {
    let span = attribute(cell, name).and_then(|value| value.trim().parse::<usize>().ok());
    match span {
        Some(0) => all.clamp(1, MAX_SPAN),
        Some(span) => span.min(MAX_SPAN),
        None => 1,
    }
}

/// What a cell says, on one line.
fn content(handlers: &dyn Handlers, node: &Rc<Node>) -> String {
    let content = handlers.walk_children(node).content;
    let words: Vec<&str> = content.split_whitespace().collect();
    words.join(" ").replace("\\|", "|").replace('|', "\\|")
}
