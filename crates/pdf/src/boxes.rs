//! Tables whose cells are boxes of drawn lines: what stands in each is known, however its words are wrapped and however
//! narrow the gaps between columns are. A box over several columns or rows stands in each of them.
//!
//! The words of such a table are taken out of the page, and one word as wide as the table is put in their place; so it keeps
//! its place in columns and between paragraphs. [`put_back`] replaces it.

use crate::{
    layout::{Line, rows, table_lines},
    pieces::{Piece, Row, text},
    rules::{Rules, Segment},
    tables::append,
};
use std::collections::{BTreeMap, BTreeSet};

/// Ends of lines that meet, and lines that are one, are so near to each other, in points. Boxes may stand apart by as much.
const NEAR: f32 = 3.0;
/// No more lines of a page are looked at: a map has any number.
const MAX_SEGMENTS: usize = 2_000;
/// No larger table is made of boxes.
const MAX_COLUMNS: usize = 40;
const MAX_PLACES: usize = 4_000;
/// Of all boxes, so many are filled at least: the grid behind a chart is empty.
const FILLED: f32 = 0.35;
/// A line divides two boxes if it reaches over so much of their border.
const DIVIDES: f32 = 0.5;
/// Characters of no text, which stand for a table each.
const MARKS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';

/// A table that was taken out of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Boxed {
    rows: Vec<Vec<String>>,
    y: f32,
    size: f32,
}

/// Borders of a grid's columns, from left to right, and of its rows, from top to bottom.
struct Grid {
    columns: Vec<f32>,
    rows: Vec<f32>,
}

/// True if boxes may be worth a look: words stand far apart on more than one line.
pub(crate) fn may_be(page: &[Row]) -> bool {
    let is_apart = |pair: &[Piece]| pair[1].x - pair[0].end() > 0.6 * pair[1].size;
    let has_gap = |row: &&Row| row.windows(2).any(is_apart);
    page.iter().filter(has_gap).count() > 1
}

/// Takes the tables out of a page's rows.
pub(crate) fn take(page: Vec<Row>, rules: &Rules) -> (Vec<Row>, Vec<Boxed>) {
    let (mut pieces, mut tables) = (page.concat(), Vec::new());
    for grid in grids(rules) {
        let Some(mark) = MARKS.clone().nth(tables.len()) else {
            break;
        };
        let inside: Vec<Piece> = pieces
            .iter()
            .filter(|piece| grid.place(piece).is_some())
            .cloned()
            .collect();
        let Some(table) = table(&grid, &inside, rules) else {
            continue;
        };
        pieces.retain(|piece| grid.place(piece).is_none());
        pieces.push(Piece {
            text: mark.to_string(),
            x: grid.columns[0],
            y: table.y,
            width: grid.columns[grid.columns.len() - 1] - grid.columns[0],
            size: table.size,
            ..Piece::default()
        });
        tables.push(table);
    }
    match tables.is_empty() {
        true => (page, tables),
        false => (rows(pieces), tables),
    }
}

/// True if a line stands for a table.
pub(crate) fn is_table(line: &str) -> bool {
    line.contains(|c| MARKS.contains(&c))
}

/// Puts the tables into the lines where their words were.
pub(crate) fn put_back(lines: Vec<Line>, tables: &[Boxed], page: usize) -> Vec<Line> {
    let mut all = Vec::with_capacity(lines.len());
    for mut line in lines {
        let marks: Vec<char> = line.text.chars().filter(|c| MARKS.contains(c)).collect();
        if marks.is_empty() || tables.is_empty() {
            all.push(line);
            continue;
        }
        line.text.retain(|c| !MARKS.contains(&c));
        let words = line.text.trim().to_owned();
        if !words.is_empty() {
            all.push(Line {
                text: words,
                ..line
            });
        }
        for mark in marks {
            let index = mark as usize - *MARKS.start() as usize;
            if let Some(Boxed { rows, y, size }) = tables.get(index) {
                all.extend(table_lines(rows, *y, *size, page));
            }
        }
    }
    all
}

impl Grid {
    /// Row and column of the box that a word stands in.
    fn place(&self, piece: &Piece) -> Option<(usize, usize)> {
        let (x, y) = (piece.x + piece.width / 2.0, piece.y + 0.3 * piece.size);
        let column = self.columns.iter().filter(|&&border| border <= x).count();
        let row = self.rows.iter().filter(|&&border| border >= y).count();
        let is_inside =
            (1..self.columns.len()).contains(&column) && (1..self.rows.len()).contains(&row);
        is_inside.then(|| (row - 1, column - 1))
    }

    fn n_rows(&self) -> usize {
        self.rows.len() - 1
    }

    fn n_columns(&self) -> usize {
        self.columns.len() - 1
    }
}

/// The table of a grid, if there is one.
fn table(grid: &Grid, inside: &[Piece], rules: &Rules) -> Option<Boxed> {
    let boxes = joined(grid, rules);
    let mut words: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
    for piece in inside {
        let (row, column) = grid.place(piece)?;
        let cell = boxes[row * grid.n_columns() + column];
        words.entry(cell).or_default().push(piece.clone());
    }
    let mut names: Vec<usize> = boxes.clone();
    names.sort_unstable();
    names.dedup();
    let n_filled = names.iter().filter(|name| words.contains_key(name)).count();
    if names.len() < 4 || (n_filled as f32) < FILLED * names.len() as f32 {
        return None;
    }
    let texts: BTreeMap<usize, String> = words
        .into_iter()
        .map(|(name, pieces)| (name, wrapped(pieces)))
        .collect();
    let cell = |name: &usize| texts.get(name).cloned().unwrap_or_default();
    let all: Vec<Vec<String>> = boxes
        .chunks(grid.n_columns())
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let rows = without_empty(all);
    // One column of boxes is a list of them, and one row a line.
    let is_table = rows.len() > 1 && rows[0].len() > 1;
    let sizes: Vec<f32> = inside.iter().map(|piece| piece.size).collect();
    is_table.then(|| Boxed {
        rows,
        y: inside.iter().map(|piece| piece.y).fold(f32::MIN, f32::max),
        size: median(sizes),
    })
}

/// The words of a box, line by line.
fn wrapped(pieces: Vec<Piece>) -> String {
    let mut cell = String::new();
    for row in rows(pieces) {
        append(&mut cell, &text(&row));
    }
    cell
}

/// For each place of a grid the box that it belongs to, by its first place: where no line divides two, they are one, if all of
/// them together are a rectangle.
fn joined(grid: &Grid, rules: &Rules) -> Vec<usize> {
    let (n_rows, n_columns) = (grid.n_rows(), grid.n_columns());
    let mut names: Vec<usize> = (0..n_rows * n_columns).collect();
    let mut join = |a: usize, b: usize| {
        let (keep, drop) = (names[a].min(names[b]), names[a].max(names[b]));
        if keep != drop {
            rename(&mut names, drop, keep);
        }
    };
    for row in 0..n_rows {
        let (top, bottom) = (grid.rows[row], grid.rows[row + 1]);
        for column in 0..n_columns {
            let (left, right) = (grid.columns[column], grid.columns[column + 1]);
            let place = row * n_columns + column;
            if column + 1 < n_columns && !rules.has_vertical(right, bottom, top, NEAR, DIVIDES) {
                join(place, place + 1);
            }
            if row + 1 < n_rows && !rules.has_horizontal(bottom, left, right, NEAR, DIVIDES) {
                join(place, place + n_columns);
            }
        }
    }
    let mut extents: BTreeMap<usize, Extent> = BTreeMap::new();
    for (place, name) in names.iter().enumerate() {
        let extent = extents.entry(*name).or_default();
        extent.add(place / n_columns, place % n_columns);
    }
    let places = names.iter().enumerate();
    places
        .map(|(place, name)| match extents[name].is_full() {
            true => *name,
            false => place,
        })
        .collect()
}

fn rename(names: &mut [usize], from: usize, to: usize) {
    let old = names.iter_mut().filter(|name| **name == from);
    old.for_each(|name| *name = to);
}

/// The rows and columns that places are in.
#[derive(Default)]
struct Extent {
    n_places: usize,
    rows: BTreeSet<usize>,
    columns: BTreeSet<usize>,
}

impl Extent {
    fn add(&mut self, row: usize, column: usize) {
        self.n_places += 1;
        self.rows.insert(row);
        self.columns.insert(column);
    }

    /// True if the places are all of a rectangle. They hang together, so no row or column of it is missing.
    fn is_full(&self) -> bool {
        self.rows.len() * self.columns.len() == self.n_places
    }
}

/// Without the rows and columns in which nothing stands, which are the room between boxes.
fn without_empty(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let is_filled = |column: &usize| rows.iter().any(|row| !row[*column].is_empty());
    let columns: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .filter(is_filled)
        .collect();
    rows.iter()
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
        .map(|row| columns.iter().map(|&column| row[column].clone()).collect())
        .collect()
}

/// The grids of a page: lines that meet, of at least two columns and two rows.
fn grids(rules: &Rules) -> Vec<Grid> {
    let (horizontal, vertical) = rules.segments();
    if horizontal.len() + vertical.len() > MAX_SEGMENTS {
        return Vec::new();
    }
    let n_horizontal = horizontal.len();
    let mut names: Vec<usize> = (0..n_horizontal + vertical.len()).collect();
    for (n, across) in horizontal.iter().enumerate() {
        for (m, up) in vertical.iter().enumerate() {
            let (one, other) = (names[n], names[n_horizontal + m]);
            if one != other && meet(across, up) {
                rename(&mut names, one.max(other), one.min(other));
            }
        }
    }
    let mut found: BTreeMap<usize, (Vec<f32>, Vec<f32>)> = BTreeMap::new();
    for (index, name) in names.into_iter().enumerate() {
        let (columns, rows) = found.entry(name).or_default();
        match index.checked_sub(n_horizontal) {
            Some(index) => columns.push(vertical[index].at),
            None => rows.push(horizontal[index].at),
        }
    }
    let grid = |(columns, rows): (Vec<f32>, Vec<f32>)| {
        let (columns, mut rows) = (borders(columns), borders(rows));
        rows.reverse();
        let is_grid = columns.len().min(rows.len()) >= 3
            && columns.len() <= MAX_COLUMNS
            && columns.len() * rows.len() <= MAX_PLACES;
        is_grid.then_some(Grid { columns, rows })
    };
    found.into_values().filter_map(grid).collect()
}

fn meet(across: &Segment, up: &Segment) -> bool {
    let is_within =
        |at: f32, segment: &Segment| at >= segment.from - NEAR && at <= segment.to + NEAR;
    is_within(up.at, across) && is_within(across.at, up)
}

/// Places of lines, in order; lines that are one count once.
fn borders(mut places: Vec<f32>) -> Vec<f32> {
    places.sort_by(f32::total_cmp);
    let same = places.chunk_by(|a, b| b - a <= NEAR);
    same.map(|places| f32::midpoint(places[0], places[places.len() - 1]))
        .collect()
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{layout::lines, pieces::tests::piece, rules::Drawn};

    /// The lines of a page with these words and boxes.
    fn read(words: &[(&str, f32, f32)], boxes: &[[f32; 4]]) -> Vec<String> {
        let words = words.iter();
        let pieces = words.map(|&(text, x, y)| piece(text, x, y, 5.0 * text.len() as f32));
        let rules = Rules::of_boxes(boxes);
        let (left, tables) = take(rows(pieces.collect()), &rules);
        let drawn = Drawn::new(&Rules::default);
        let lines = put_back(lines(left, &drawn, 0), &tables, 0);
        lines.into_iter().map(|line| line.text).collect()
    }

    /// Boxes of a grid.
    fn grid(columns: &[f32], rows: &[f32]) -> Vec<[f32; 4]> {
        let pairs = |borders: &[f32]| {
            borders
                .windows(2)
                .map(|pair| [pair[0], pair[1]])
                .collect::<Vec<_>>()
        };
        let columns = pairs(columns);
        let rows = pairs(rows);
        rows.iter()
            .flat_map(|row| {
                columns
                    .iter()
                    .map(|column| [column[0], row[1], column[1], row[0]])
            })
            .collect()
    }

    #[test]
    fn words_that_are_wrapped_stay_in_their_box() {
        let words = [
            ("Above", 50.0, 740.0),
            ("Symptom", 52.0, 700.0),
            ("Do", 104.0, 700.0),
            ("Fever", 52.0, 680.0),
            ("see", 104.0, 680.0),
            ("over", 52.0, 668.0),
            ("a", 104.0, 668.0),
            ("doc-", 114.0, 668.0),
            ("39", 52.0, 656.0),
            ("tor", 104.0, 656.0),
            ("Rash", 52.0, 636.0),
            ("Below", 50.0, 600.0),
        ];
        // Boxes that stand apart, as browsers draw them.
        let boxes: Vec<[f32; 4]> = grid(&[50.0, 102.0, 150.0], &[712.0, 692.0, 650.0, 630.0])
            .into_iter()
            .map(|[left, bottom, right, top]| [left + 0.7, bottom + 0.7, right - 0.7, top - 0.7])
            .collect();
        assert_eq!(
            read(&words, &boxes),
            [
                "Above",
                "| Symptom | Do |",
                "| --- | --- |",
                "| Fever over 39 | see a doctor |",
                "| Rash |  |",
                "Below",
            ]
        );
    }

    #[test]
    fn a_box_over_several_stands_in_each() {
        let words = [
            ("Dose", 52.0, 700.0),
            ("Adult", 52.0, 680.0),
            ("Child", 104.0, 680.0),
            ("1", 52.0, 660.0),
            ("2", 104.0, 660.0),
            ("3", 104.0, 640.0),
        ];
        let boxes = [
            [50.0, 692.0, 150.0, 712.0],
            [50.0, 672.0, 100.0, 692.0],
            [100.0, 672.0, 150.0, 692.0],
            [50.0, 632.0, 100.0, 672.0],
            [100.0, 652.0, 150.0, 672.0],
            [100.0, 632.0, 150.0, 652.0],
        ];
        assert_eq!(
            read(&words, &boxes),
            [
                "| Dose | Dose |",
                "| --- | --- |",
                "| Adult | Child |",
                "| 1 | 2 |",
                "| 1 | 3 |",
            ]
        );
    }

    #[test]
    fn a_frame_a_chart_and_a_map_are_no_tables() {
        let words = [
            ("A", 52.0, 700.0),
            ("note", 104.0, 700.0),
            ("B", 52.0, 680.0),
            ("more", 104.0, 680.0),
        ];
        let plain = read(&words, &[]);
        assert_eq!(read(&words, &[[40.0, 600.0, 200.0, 720.0]]), plain);
        let borders: Vec<f32> = (0..11).map(|n| 300.0 + 20.0 * n as f32).collect();
        let heights: Vec<f32> = borders.iter().rev().copied().collect();
        assert_eq!(read(&words, &grid(&borders, &heights)), plain);
        let many: Vec<f32> = (0..60).map(|n| 10.0 * n as f32).collect();
        let heights: Vec<f32> = many.iter().rev().map(|height| height + 200.0).collect();
        assert_eq!(read(&words, &grid(&many, &heights)), plain);
    }
}
