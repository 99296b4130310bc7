//! Words with their places on a page become lines, in the order in which they are read: one column after the other, tables
//! row by row.

use crate::{
    pieces::{Piece, Row, text},
    rules::Drawn,
    strips::{self, Extent},
    tables,
};

/// A line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
    /// Of its largest letters.
    pub(crate) size: f32,
    /// True if it begins a paragraph or a column.
    pub(crate) is_apart: bool,
    /// True for a row of a table, in Markdown.
    pub(crate) is_of_table: bool,
}

/// Words of running text are no farther from each other, in sizes.
const MAX_SPACE: f32 = 0.8;
/// Lines are of one paragraph up to so many sizes from one baseline to the next, or the page's usual distance and a bit.
const PARAGRAPH: f32 = 1.5;
/// A column has so many lines at least, and is so wide, in sizes of its letters and in parts of what it is cut from.
const MIN_COLUMN_LINES: usize = 4;
const MIN_COLUMN_SIZES: f32 = 11.0;
const MIN_COLUMN_WIDTH: f32 = 0.2;
/// In running text, so many lines of a column reach across so much of it.
const FULL_LINES: f32 = 0.5;
const FULL_LINE: f32 = 0.7;
/// Of two columns of running text that were set one by one, so many lines at most stand on common baselines.
const ALIGNED_LINES: f32 = 0.5;

/// A part of a page.
enum Block {
    Text(Vec<Row>),
    Table {
        y: f32,
        size: f32,
        rows: Vec<Vec<String>>,
    },
}

/// The lines of rows in one direction: of one column after the other, each from top to bottom.
pub(crate) fn lines(rows: Vec<Row>, drawn: &Drawn<'_>, page: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for block in blocks(rows, drawn) {
        match block {
            Block::Text(rows) => lines.extend(block_lines(&rows, page)),
            Block::Table { y, size, rows } => lines.extend(table_lines(&rows, y, size, page)),
        }
    }
    lines
}

fn is_placed(piece: &Piece) -> bool {
    [piece.x, piece.y, piece.width, piece.size]
        .iter()
        .all(|number| number.is_finite())
}

/// Rows of a page: words that share half of their height, from left to right; from top to bottom.
pub(crate) fn rows(mut pieces: Vec<Piece>) -> Vec<Row> {
    pieces.retain(|piece| !piece.text.trim().is_empty() && is_placed(piece));
    pieces.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<Row> = Vec::new();
    for piece in pieces {
        match rows.last_mut() {
            Some(row) if row.iter().any(|other| is_beside(other, &piece)) => row.push(piece),
            _ => rows.push(vec![piece]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    rows
}

fn is_beside(a: &Piece, b: &Piece) -> bool {
    let shared = (a.y + a.size).min(b.y + b.size) - a.y.max(b.y);
    // Letters rise above their baseline; what hangs below it belongs to the next line.
    shared >= 0.55 * a.size.min(b.size)
}

/// Rows as blocks in reading order: where a page has columns, each column is one or more.
fn blocks(rows: Vec<Row>, drawn: &Drawn<'_>) -> Vec<Block> {
    let (mut blocks, mut single, mut start) = (Vec::new(), Vec::new(), 0);
    while start < rows.len() {
        let extents = strips::extents(&rows[start..]);
        if let Some((gutter, n_rows)) = columns(&rows[start..], &extents, drawn) {
            blocks.push(Block::Text(std::mem::take(&mut single)));
            for part in between_headings(
                &rows[start..start + n_rows],
                gutter,
                rows.len() > start + n_rows,
            ) {
                match part {
                    Part::Heading(row) => blocks.push(Block::Text(vec![row])),
                    Part::Columns(left, right) => {
                        blocks.extend(self::blocks(left, drawn));
                        blocks.extend(self::blocks(right, drawn));
                    }
                }
            }
            start += n_rows;
        } else if let Some(table) = tables::find(&rows[start..], &extents, drawn) {
            blocks.push(Block::Text(std::mem::take(&mut single)));
            blocks.push(Block::Table {
                y: rows[start][0].y,
                size: rows[start][0].size,
                rows: table.rows,
            });
            start += table.n_lines;
        } else {
            single.push(rows[start].clone());
            start += 1;
        }
    }
    blocks.push(Block::Text(single));
    blocks.retain(|block| !matches!(block, Block::Text(rows) if rows.is_empty()));
    blocks
}

/// Finds two columns of running text from the first row on: the gap between them and the number of rows.
fn columns(rows: &[Row], extents: &[Extent], drawn: &Drawn<'_>) -> Option<(f32, usize)> {
    extents.iter().rev().find_map(|extent| {
        let rows = &rows[..extent.n_rows];
        let are_columns = |&gutter: &f32| {
            let (left, right) = cut(rows, gutter);
            are_columns(&left, &right)
                && is_running(&left, drawn)
                && is_running(&right, drawn)
                && !tables::is_ruled(rows, drawn)
                && !tables::has_bands(rows, &left, &right)
        };
        let middles = extent
            .strips
            .iter()
            .map(|&(start, end)| f32::midpoint(start, end));
        let gutter = middles.into_iter().find(are_columns)?;
        Some((gutter, extent.n_rows))
    })
}

fn cut(rows: &[Row], gutter: f32) -> (Vec<Row>, Vec<Row>) {
    let side = |is_left: bool| {
        let rows = rows.iter().map(|row| {
            row.iter()
                .filter(|piece| (piece.x < gutter) == is_left)
                .cloned()
                .collect()
        });
        rows.filter(|row: &Row| !row.is_empty()).collect()
    };
    (side(true), side(false))
}

/// True if a side is running text, or columns of it: in most of its lines words follow each other closely.
fn is_running(side: &[Row], drawn: &Drawn<'_>) -> bool {
    let has_gap = |row: &&Row| {
        row.windows(2)
            .any(|pair| pair[1].x - pair[0].end() > MAX_SPACE * pair[0].size)
    };
    side.iter().filter(has_gap).count() * 2 < side.len()
        || columns(side, &strips::extents(side), drawn).is_some()
}

/// True if both sides are columns of running text, rather than columns of a table or labels.
fn are_columns(left: &[Row], right: &[Row]) -> bool {
    let is_wide = |own: f32, other: f32, rows: &[Row]| {
        rows.len() >= MIN_COLUMN_LINES
            && own >= MIN_COLUMN_SIZES * rows[0][0].size.min(usual_size(rows))
            && own >= MIN_COLUMN_WIDTH * (own + other)
    };
    let (own, other) = (extent(left), extent(right));
    if !is_wide(own, other, left) || !is_wide(other, own, right) {
        return false;
    }
    is_full(left, own) && is_full(right, other) || !are_aligned(left, right)
}

fn usual_size(rows: &[Row]) -> f32 {
    let mut sizes: Vec<f32> = rows.iter().map(|row| row[0].size).collect();
    sizes.sort_by(f32::total_cmp);
    sizes[sizes.len() / 2]
}

fn width(row: &Row) -> f32 {
    let end = row.iter().map(Piece::end).fold(f32::MIN, f32::max);
    row.first().map_or(0.0, |first| end - first.x)
}

fn extent(rows: &[Row]) -> f32 {
    rows.iter().map(width).fold(0.0, f32::max)
}

fn is_full(rows: &[Row], extent: f32) -> bool {
    let n_full = rows
        .iter()
        .filter(|row| width(row) >= extent * FULL_LINE)
        .count();
    n_full as f32 >= FULL_LINES * rows.len() as f32
}

/// True if most lines of the side with fewer stand on baselines of the other's.
fn are_aligned(left: &[Row], right: &[Row]) -> bool {
    let (few, many) = if left.len() < right.len() {
        (left, right)
    } else {
        (right, left)
    };
    let is_aligned = |row: &&Row| {
        many.iter()
            .any(|other| (other[0].y - row[0].y).abs() < 0.1 * row[0].size)
    };
    few.iter().filter(is_aligned).count() as f32 > ALIGNED_LINES * few.len() as f32
}

/// A part of two columns.
enum Part {
    /// A heading over both.
    Heading(Row),
    Columns(Vec<Row>, Vec<Row>),
}

/// Columns between headings that stand over both without reaching across the gap: beside them the other column has a
/// hole, and they are in larger letters. Where something across follows, what stands alone at the end is one, too.
fn between_headings(rows: &[Row], gutter: f32, is_followed: bool) -> Vec<Part> {
    let usual = usual_size(rows);
    let is_alone = |index: usize| {
        let row = &rows[index];
        let is_left = row.iter().all(|piece| piece.x < gutter);
        let is_large = row.iter().all(|piece| piece.size > usual * 1.1);
        let room = row[0].size * 1.9;
        let has_room =
            |other: Option<&Row>| other.is_none_or(|other| (other[0].y - row[0].y).abs() > room);
        let on_right = |rows: &[Row], is_nearest: bool| {
            let mut right = rows
                .iter()
                .filter(|row| row.iter().any(|piece| piece.x >= gutter));
            if is_nearest {
                right.next_back().cloned()
            } else {
                right.next().cloned()
            }
        };
        let (above, below) = (
            on_right(&rows[..index], true),
            on_right(&rows[index + 1..], false),
        );
        is_left
            && is_large
            && index > 0
            && above.is_some()
            && has_room(above.as_ref())
            && match below {
                Some(below) => has_room(Some(&below)),
                None => is_followed && index + 1 == rows.len(),
            }
    };
    let (mut parts, mut start) = (Vec::new(), 0);
    for index in (0..rows.len())
        .filter(|&index| is_alone(index))
        .chain([rows.len()])
    {
        if start < index {
            let (left, right) = cut(&rows[start..index], gutter);
            parts.push(Part::Columns(left, right));
        }
        if let Some(row) = rows.get(index) {
            parts.push(Part::Heading(row.clone()));
        }
        start = index + 1;
    }
    parts
}

fn block_lines(rows: &[Row], page: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = rows.iter().map(|row| line(row, page)).collect();
    let mut distances: Vec<f32> = lines.windows(2).map(|pair| pair[0].y - pair[1].y).collect();
    distances.sort_by(f32::total_cmp);
    let usual = distances
        .get(distances.len() / 4)
        .copied()
        .unwrap_or_default();
    for index in 0..lines.len() {
        lines[index].is_apart = match index.checked_sub(1).map(|before| &lines[before]) {
            None => true,
            Some(before) => {
                let most = (lines[index].size.max(before.size) * PARAGRAPH).max(usual * 1.2);
                before.y - lines[index].y > most
                    || (before.size - lines[index].size).abs() > 0.15 * before.size
            }
        };
    }
    lines
}

pub(crate) fn line(row: &Row, page: usize) -> Line {
    let size = row.iter().map(|piece| piece.size).fold(0.0, f32::max);
    let largest = row.iter().find(|piece| piece.size >= size);
    Line {
        text: text(row),
        page,
        y: largest.map_or(0.0, |piece| piece.y),
        size,
        ..Line::default()
    }
}

/// A table's rows in Markdown, the first as its header.
pub(crate) fn table_lines(rows: &[Vec<String>], y: f32, size: f32, page: usize) -> Vec<Line> {
    let line = |text: String| Line {
        text,
        page,
        y,
        size,
        is_apart: false,
        is_of_table: true,
    };
    let row = |cells: &Vec<String>| {
        let cells = cells.iter().map(|cell| cell.replace('|', "\\|"));
        line(format!("| {} |", cells.collect::<Vec<_>>().join(" | ")))
    };
    let rule = rows
        .first()
        .map(|header| line(format!("|{}", " --- |".repeat(header.len()))));
    let mut lines: Vec<Line> = rows.iter().map(row).collect();
    if let Some(rule) = rule {
        lines.insert(1, rule);
        lines[0].is_apart = true;
    }
    lines
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{pieces::tests::piece, rules::Rules};
    use proptest::prelude::*;

    pub(crate) fn texts(pieces: Vec<Piece>) -> Vec<String> {
        let drawn = Drawn::new(&Rules::default);
        lines(rows(pieces), &drawn, 0)
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    /// Two columns of running text, of which the right one begins a bit lower.
    fn columns_from(top: f32, n: usize) -> Vec<Piece> {
        let row = |index: usize| {
            let y = top - 12.0 * index as f32;
            [
                piece(&format!("left {top} {index}"), 50.0, y, 240.0),
                piece(&format!("right {top} {index}"), 320.0, y - 3.0, 240.0),
            ]
        };
        (0..n).flat_map(row).collect()
    }

    #[test]
    fn pieces_of_a_line_are_joined_and_gaps_are_spaces() {
        let pieces = vec![
            piece("second", 50.0, 88.0, 30.0),
            Piece {
                size: 7.0,
                ..piece("2", 80.0, 103.5, 3.0)
            },
            piece("line", 60.0, 100.0, 20.0),
            piece("A", 50.0, 100.0, 7.0),
            piece("s", 83.0, 100.0, 4.0),
        ];
        assert_eq!(texts(pieces), ["A line²s", "second"]);
    }

    #[test]
    fn columns_are_read_one_after_the_other() {
        let mut page = vec![piece("A title across", 50.0, 650.0, 500.0)];
        page.extend(columns_from(600.0, 8));
        let read = texts(page);
        assert_eq!(read[..3], ["A title across", "left 600 0", "left 600 1"]);
        assert_eq!(read[8..10], ["left 600 7", "right 600 0"]);
    }

    #[test]
    fn a_heading_over_two_columns_is_read_between_them_though_it_is_short() {
        let mut page = columns_from(700.0, 6);
        page.push(Piece {
            size: 14.0,
            ..piece("Methods", 50.0, 600.0, 60.0)
        });
        page.extend(columns_from(570.0, 6));
        let read = texts(page);
        assert_eq!(read[5..8], ["left 700 5", "right 700 0", "right 700 1"]);
        assert_eq!(read[12..14], ["Methods", "left 570 0"]);
    }

    #[test]
    fn a_heading_of_one_column_stays_there() {
        let mut page = columns_from(700.0, 12);
        page.remove(8);
        page.push(Piece {
            size: 12.0,
            ..piece("2. Pumps", 50.0, 651.0, 60.0)
        });
        let read = texts(page);
        assert_eq!(read[3..6], ["left 700 3", "2. Pumps", "left 700 5"]);
    }

    #[test]
    fn three_columns_are_read_one_after_the_other() {
        let row = |n: usize| {
            [("a", 50.0), ("b", 220.0), ("c", 390.0)]
                .map(|(name, x)| piece(&format!("{name}{n}"), x, 700.0 - 12.0 * n as f32, 150.0))
        };
        let read = texts((0..5).flat_map(row).collect());
        assert_eq!(
            read.join(" "),
            "a0 a1 a2 a3 a4 b0 b1 b2 b3 b4 c0 c1 c2 c3 c4"
        );
    }

    #[test]
    fn a_larger_distance_begins_a_paragraph() {
        let pieces = [100.0, 88.0, 60.0]
            .map(|y| piece("text", 50.0, y, 100.0))
            .to_vec();
        let drawn = Drawn::new(&Rules::default);
        assert_eq!(
            lines(rows(pieces), &drawn, 0)
                .iter()
                .map(|line| line.is_apart)
                .collect::<Vec<_>>(),
            [true, false, true]
        );
    }

    proptest! {
        #[test]
        fn no_piece_is_lost(places in prop::collection::vec((0_f32..600.0, 0_f32..800.0, 0_f32..300.0, 1_f32..30.0), 0..60)) {
            let pieces: Vec<Piece> = places
                .iter()
                .enumerate()
                .map(|(n, &(x, y, width, size))| Piece { size, ..piece(&format!("<{n}>"), x, y, width) })
                .collect();
            let text = texts(pieces).join("\n");
            for n in 0..places.len() {
                prop_assert_eq!(text.matches(&format!("<{n}>")).count(), 1);
            }
        }
    }
}
