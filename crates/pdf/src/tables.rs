//! Tables: rows of words that white strips divide into columns. Where rules divide the rows, they say which lines are one
//! row; else the distances of lines and the cells that are filled do.

use crate::{
    pieces::{Piece, Row, text},
    rules::Drawn,
    strips::Extent,
};

/// A table.
pub(crate) struct Table {
    /// Number of lines on the page that it takes.
    pub(crate) n_lines: usize,
    /// Cells of each row; an empty one where nothing stands.
    pub(crate) rows: Vec<Vec<String>>,
}

/// The lines of a table lie so near to each other, in their usual distance.
const FAR: f32 = 2.6;
/// A distance is larger than another by so much.
const LARGER: f32 = 1.2;
/// Edges of cells that are one below the other, in points.
const SAME_EDGE: f32 = 2.0;
/// Of all cells, so many are filled at least.
const FILLED: f32 = 0.35;

/// Finds a table that begins with the first row.
pub(crate) fn find(rows: &[Row], extents: &[Extent], drawn: &Drawn<'_>) -> Option<Table> {
    let mut candidates: Vec<(&Extent, usize)> = extents
        .iter()
        .map(|extent| (extent, near(rows, extent)))
        .collect();
    candidates.sort_by_key(|&(extent, n_lines)| std::cmp::Reverse(n_lines * extent.strips.len()));
    candidates.into_iter().find_map(|(extent, n_lines)| {
        let lines: Vec<Vec<Row>> = rows[..n_lines]
            .iter()
            .map(|row| cells(row, &extent.strips))
            .collect();
        let is_ruled = is_ruled(&rows[..n_lines], drawn);
        if !is_table(&lines, is_ruled) {
            return None;
        }
        Some(Table {
            n_lines,
            rows: joined(&lines, &rows[..n_lines], drawn),
        })
    })
}

/// Number of rows that are near to each other, without one at the end that stands alone.
fn near(rows: &[Row], extent: &Extent) -> usize {
    let rows = &rows[..extent.n_rows];
    let distances = distances(rows);
    let usual = quantile(&distances, 2);
    let size = rows[0][0].size;
    let n_near = distances
        .iter()
        .take_while(|&&distance| distance <= (usual * FAR).max(size * 2.4))
        .count()
        + 1;
    let n_cells = |index: usize| {
        cells(&rows[index], &extent.strips)
            .iter()
            .filter(|cell| !cell.is_empty())
            .count()
    };
    let is_alone = |index: &usize| n_cells(*index) < 2 && distances[index - 1] > usual * LARGER;
    (1..n_near)
        .find(|index| is_alone(index) && (*index..n_near).all(|index| n_cells(index) < 2))
        .unwrap_or(n_near)
}

fn distances(rows: &[Row]) -> Vec<f32> {
    rows.windows(2)
        .map(|pair| pair[0][0].y - pair[1][0].y)
        .collect()
}

/// The value below which one of so many parts of the values lies; zero where there is none.
fn quantile(values: &[f32], parts: usize) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted
        .get(sorted.len() / parts)
        .copied()
        .unwrap_or_default()
}

/// The words of a row by their column.
fn cells(row: &Row, strips: &[(f32, f32)]) -> Vec<Row> {
    let mut cells = vec![Row::new(); strips.len() + 1];
    for piece in row {
        let middle = piece.x + piece.width / 2.0;
        let column = strips
            .iter()
            .filter(|&&(start, end)| f32::midpoint(start, end) < middle)
            .count();
        cells[column].push(piece.clone());
    }
    cells
}

fn n_filled(line: &[Row]) -> usize {
    line.iter().filter(|cell| !cell.is_empty()).count()
}

fn is_table(lines: &[Vec<Row>], is_ruled: bool) -> bool {
    let (n_columns, n_full) = (
        lines[0].len(),
        lines.iter().filter(|line| n_filled(line) > 1).count(),
    );
    let is_small = n_full < 2 || (n_full < 3 && n_columns < 3 && !is_ruled);
    let n_cells: usize = lines.iter().map(|line| n_filled(line)).sum();
    let is_empty = (n_cells as f32) < FILLED * (lines.len() * n_columns) as f32;
    if is_small || is_empty || n_filled(&lines[0]) < 2 {
        return false;
    }
    !are_labels(lines) && !is_code(lines) && !have_leaders(lines) && (is_ruled || has_edges(lines))
}

/// True if dots lead from an entry to its page, as in a table of contents.
fn have_leaders(lines: &[Vec<Row>]) -> bool {
    let has_leader = |line: &Vec<Row>| {
        let text: String = line.iter().map(|cell| text(cell)).collect();
        let dots: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        dots.contains("....") || dots.contains("·····")
    };
    lines.iter().any(has_leader)
}

/// True if the first of two columns holds nothing but the marks or numbers of a list.
fn are_labels(lines: &[Vec<Row>]) -> bool {
    let is_label = |cell: &Row| {
        let label = text(cell);
        let n_chars = label.chars().count();
        n_chars == 0
            || (n_chars <= 6 && label.ends_with(['.', ')', ']', ':']))
            || (n_chars == 1 && !label.chars().all(char::is_alphanumeric))
            || label.chars().all(|c| c.is_ascii_digit())
    };
    lines[0].len() == 2 && lines.iter().all(|line| is_label(&line[0]))
}

/// True for letters that are all equally wide: their spaces are their own.
fn is_code(lines: &[Vec<Row>]) -> bool {
    let pieces = || lines.iter().flatten().flatten();
    pieces().filter(|piece| piece.is_monospaced).count() * 10 > pieces().count() * 7
}

/// True if the cells of most columns begin, end or are centred one below the other: white that words of running text
/// happen to leave is not.
fn has_edges(lines: &[Vec<Row>]) -> bool {
    let n_columns = lines[0].len();
    let has_edge = |column: usize| {
        let ends: Vec<(f32, f32)> = lines
            .iter()
            .filter_map(|line| {
                let (first, last) = (line[column].first()?, line[column].last()?);
                Some((first.x, last.end()))
            })
            .collect();
        let left = ends.iter().map(|ends| ends.0).collect();
        let right = ends.iter().map(|ends| ends.1).collect();
        let middle = ends
            .iter()
            .map(|ends| f32::midpoint(ends.0, ends.1))
            .collect();
        [left, right, middle].iter().any(|edges: &Vec<f32>| {
            let usual = quantile(edges, 2);
            edges
                .iter()
                .filter(|edge| (*edge - usual).abs() <= SAME_EDGE)
                .count()
                * 10
                >= edges.len() * 6
        })
    };
    let n_with_edges = (0..n_columns).filter(|&column| has_edge(column)).count();
    n_with_edges * 4 >= n_columns * 3
}

/// True if rules divide these rows more than once.
pub(crate) fn is_ruled(rows: &[Row], drawn: &Drawn<'_>) -> bool {
    inner_rules(rows, drawn).len() >= 2
}

/// Heights of rules between the first and the last of these rows.
fn inner_rules(rows: &[Row], drawn: &Drawn<'_>) -> Vec<f32> {
    let left = rows
        .iter()
        .flatten()
        .map(|piece| piece.x)
        .fold(f32::MAX, f32::min);
    let right = rows
        .iter()
        .flatten()
        .map(Piece::end)
        .fold(f32::MIN, f32::max);
    let (top, bottom) = (rows[0][0].y, rows[rows.len() - 1][0].y);
    drawn.rules().across(left, right, bottom, top)
}

/// True if white lines across both sides divide them into rows of a few lines each, as in a table of two wide columns.
pub(crate) fn has_bands(rows: &[Row], left: &[Row], right: &[Row]) -> bool {
    let distances = distances(rows);
    let usual = quantile(&distances, 4);
    let is_first = |index: usize| index == 0 || distances[index - 1] > usual * 1.35;
    let starts = |side: &[Row], y: f32| side.iter().any(|row| (row[0].y - y).abs() < 1.0);
    let first: Vec<f32> = (0..rows.len())
        .filter(|&index| is_first(index))
        .map(|index| rows[index][0].y)
        .collect();
    let n_both = first
        .iter()
        .filter(|&&y| starts(left, y) && starts(right, y))
        .count();
    first.len() >= 3 && first.len() * 4 >= rows.len() && n_both == first.len()
}

/// The rows of a table, each of one line or several.
fn joined(lines: &[Vec<Row>], rows: &[Row], drawn: &Drawn<'_>) -> Vec<Vec<String>> {
    let rules = inner_rules(rows, drawn);
    let n_above = |row: &Row| rules.iter().filter(|&&height| height > row[0].y).count();
    let is_ruled_off = |index: usize| n_above(&rows[index]) != n_above(&rows[index - 1]);
    let is_full = |index: usize| n_filled(&lines[index]) == lines[index].len();
    // Rules between groups of rows divide no single ones.
    let divide_all = rules.len() >= 2
        && (1..lines.len())
            .all(|index| is_ruled_off(index) || !(is_full(index) && is_full(index - 1)));
    let distances = distances(rows);
    let tight = quantile(&distances, 10);
    let n_larger = distances
        .iter()
        .filter(|&&distance| distance > tight * LARGER)
        .count();
    // Where most rows begin in lower case, that is no sign of a word within a sentence.
    let n_lower = lines
        .iter()
        .filter(|line| begins_within(&line[..1]) && !line[0].is_empty())
        .count();
    let is_lower_usual = n_lower * 2 > lines.len();
    let mut joined: Vec<Vec<String>> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let goes_on = index > 0
            && !is_ruled_off(index)
            && (divide_all || {
                let is_tight = n_larger >= 2 && distances[index - 1] <= tight * LARGER;
                let is_within = !is_lower_usual && begins_within(line);
                goes_on(line, &lines[index - 1], is_tight, is_within)
            });
        match joined.last_mut().filter(|_| goes_on) {
            Some(row) => row
                .iter_mut()
                .zip(line)
                .for_each(|(cell, more)| append(cell, &text(more))),
            None => joined.push(line.iter().map(|cell| text(cell)).collect()),
        }
    }
    joined
}

/// True if all cells of a line begin in lower case.
fn begins_within(line: &[Row]) -> bool {
    let is_within = |cell: &Row| text(cell).chars().next().is_some_and(char::is_lowercase);
    line.iter().filter(|cell| !cell.is_empty()).all(is_within)
}

/// True if a line holds the rest of cells of the line before.
fn goes_on(line: &[Row], before: &[Row], is_tight: bool, is_within: bool) -> bool {
    let n_filled = n_filled(line);
    let is_half = n_filled * 2 <= line.len();
    let is_rest = line[0].is_empty() && is_half;
    let mut cells = line.iter().zip(before);
    let have_beginnings = cells.all(|(cell, before)| cell.is_empty() || !before.is_empty());
    let is_full = n_filled == line.len();
    (is_rest || (is_within && is_half) || (is_tight && !is_full)) && (have_beginnings || is_tight)
}

/// Adds the rest of a cell, whose last word may be broken.
pub(crate) fn append(cell: &mut String, more: &str) {
    let is_broken = cell.ends_with('-') && more.starts_with(char::is_lowercase);
    match (is_broken, cell.is_empty() || more.is_empty()) {
        (true, _) => {
            cell.pop();
        }
        (false, false) => cell.push(' '),
        (false, true) => {}
    }
    cell.push_str(more);
}

#[cfg(test)]
mod tests {
    use crate::{layout::tests::texts, pieces::tests::piece};

    /// Cells of columns at 50, 150, 250 … points, `-` for none.
    fn line(y: f32, cells: &[&str]) -> Vec<crate::pieces::Piece> {
        let filled = cells.iter().enumerate().filter(|(_, cell)| **cell != "-");
        filled
            .map(|(n, cell)| piece(cell, 50.0 + 100.0 * n as f32, y, 5.0 * cell.len() as f32))
            .collect()
    }

    #[test]
    fn rows_keep_their_cells_also_blank_ones() {
        let page = [
            line(700.0, &["Drug", "Adult", "Child", "Interval"]),
            line(685.0, &["Amoxicillin", "500 mg", "25 mg/kg", "8 h"]),
            line(670.0, &["Ondansetron", "4 mg", "-", "8 h"]),
            line(655.0, &["Cefazolin", "-", "50 mg/kg", "12 h"]),
            vec![piece(
                "After the table, a line of running text that reaches across.",
                50.0,
                620.0,
                420.0,
            )],
        ];
        assert_eq!(
            texts(page.concat()),
            [
                "| Drug | Adult | Child | Interval |",
                "| --- | --- | --- | --- |",
                "| Amoxicillin | 500 mg | 25 mg/kg | 8 h |",
                "| Ondansetron | 4 mg |  | 8 h |",
                "| Cefazolin |  | 50 mg/kg | 12 h |",
                "After the table, a line of running text that reaches across.",
            ]
        );
    }

    #[test]
    fn wrapped_cells_are_one() {
        let page = [
            line(700.0, &["Article", "Text"]),
            line(680.0, &["1", "The supplier"]),
            line(668.0, &["-", "delivers."]),
            line(648.0, &["2", "The buyer"]),
            line(636.0, &["-", "pays."]),
        ];
        let rows = [
            "| Article | Text |",
            "| --- | --- |",
            "| 1 | The supplier delivers. |",
            "| 2 | The buyer pays. |",
        ];
        assert_eq!(texts(page.concat()), rows);
    }

    #[test]
    fn rows_that_begin_in_lower_case_are_rows() {
        let page = [
            line(700.0, &["Shell", "Size"]),
            line(685.0, &["bash", "7163"]),
            line(670.0, &["dash", "-"]),
            line(655.0, &["zsh", "2436"]),
        ];
        let rows = [
            "| Shell | Size |",
            "| --- | --- |",
            "| bash | 7163 |",
            "| dash |  |",
            "| zsh | 2436 |",
        ];
        assert_eq!(texts(page.concat()), rows);
    }

    #[test]
    fn a_wide_table_with_narrow_gaps_is_no_text_in_columns() {
        let row = |n: usize| {
            let y = 700.0 - 15.0 * n as f32;
            let cell = |column: usize| {
                piece(
                    &format!("R{n}C{column}"),
                    50.0 + 62.0 * column as f32,
                    y,
                    50.0,
                )
            };
            (0..6).map(cell).collect::<Vec<_>>()
        };
        let read = texts((0..6).flat_map(row).collect());
        assert_eq!(read[0], "| R0C0 | R0C1 | R0C2 | R0C3 | R0C4 | R0C5 |");
        assert_eq!(read.len(), 7);
    }

    #[test]
    fn a_list_is_no_table() {
        let row = |n: usize| {
            [
                piece(&format!("{n}."), 50.0, 700.0 - 14.0 * n as f32, 8.0),
                piece("An item", 70.0, 700.0 - 14.0 * n as f32, 90.0),
            ]
        };
        assert_eq!(texts((1..5).flat_map(row).collect())[0], "1. An item");
    }
}
