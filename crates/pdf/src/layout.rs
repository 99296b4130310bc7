//! Pieces of text with their places on a page become lines, in the order in which they are read.

/// A piece of text as the file draws it. Lengths are in points; y grows upwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) size: f32,
    pub(crate) is_bold: bool,
    pub(crate) is_monospaced: bool,
    /// Drawn at an angle.
    pub(crate) is_turned: bool,
}

/// A line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
    /// Of its largest letters.
    pub(crate) size: f32,
    /// True if all of it is.
    pub(crate) is_bold: bool,
    /// True if any of it is.
    pub(crate) is_monospaced: bool,
    /// True if it begins a paragraph or a column.
    pub(crate) is_apart: bool,
}

/// A gap of so many parts of the letters' size is a space between words.
const SPACE: f32 = 0.15;
/// Lines are of one paragraph up to so many sizes from one baseline to the next, or the page's usual distance and a bit.
const PARAGRAPH: f32 = 1.5;
/// A column has so many lines at least, and is so wide, in sizes of its letters and in parts of what it is cut from.
const MIN_COLUMN_LINES: usize = 6;
const MIN_COLUMN_SIZES: f32 = 13.0;
const MIN_COLUMN_WIDTH: f32 = 0.25;
/// In running text, so many lines of a column reach across so much of it.
const FULL_LINES: f32 = 0.5;
const FULL_LINE: f32 = 0.7;

/// The lines of a page: of one column after the other, each from top to bottom, then what is turned.
pub(crate) fn lines(pieces: Vec<Piece>, page: usize) -> Vec<Line> {
    let pieces = pieces
        .into_iter()
        .filter(|piece| !piece.text.trim().is_empty() && is_placed(piece));
    let (turned, upright): (Vec<Piece>, Vec<Piece>) = pieces.partition(|piece| piece.is_turned);
    let mut lines = Vec::new();
    for block in blocks(rows(upright)) {
        lines.extend(block_lines(&block, page));
    }
    lines.extend(turned.into_iter().map(|piece| Line {
        is_apart: true,
        ..line(&[piece], page)
    }));
    lines
}

fn is_placed(piece: &Piece) -> bool {
    [piece.x, piece.y, piece.width, piece.size]
        .iter()
        .all(|number| number.is_finite())
}

/// Rows of a page: pieces that share half of their height, from left to right; from top to bottom.
fn rows(mut pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    pieces.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
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

/// Rows as blocks in reading order: where a page has columns, each column is one.
fn blocks(rows: Vec<Vec<Piece>>) -> Vec<Vec<Vec<Piece>>> {
    let (mut blocks, mut single, mut start) = (Vec::new(), Vec::new(), 0);
    while start < rows.len() {
        match columns(&rows[start..]) {
            Some((gutter, n_rows)) => {
                blocks.push(std::mem::take(&mut single));
                let (left, right) = cut(&rows[start..start + n_rows], gutter);
                blocks.extend(self::blocks(left));
                blocks.extend(self::blocks(right));
                start += n_rows;
            }
            None => {
                single.push(rows[start].clone());
                start += 1;
            }
        }
    }
    blocks.push(single);
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// Finds two columns of running text from the first row on: the gap between them and the number of rows.
fn columns(rows: &[Vec<Piece>]) -> Option<(f32, usize)> {
    let first = rows.first()?;
    // Only a row with a gap can be the first of two columns.
    let gaps = first
        .windows(2)
        .map(|pair| (end(&pair[0]), pair[1].x, pair[0].size));
    gaps.filter(|&(left, right, size)| right - left > size)
        .find_map(|(left, right, _)| {
            let gutter = f32::midpoint(left, right);
            let crosses = |row: &Vec<Piece>| {
                row.iter()
                    .any(|piece| piece.x < gutter - 1.0 && end(piece) > gutter + 1.0)
            };
            let n_rows = rows.iter().position(crosses).unwrap_or(rows.len());
            let (left, right) = cut(&rows[..n_rows], gutter);
            (is_column(&left, &right) && is_column(&right, &left)).then_some((gutter, n_rows))
        })
}

fn cut(rows: &[Vec<Piece>], gutter: f32) -> (Vec<Vec<Piece>>, Vec<Vec<Piece>>) {
    let side = |is_left: bool| {
        let rows = rows.iter().map(|row| {
            row.iter()
                .filter(|piece| (piece.x < gutter) == is_left)
                .cloned()
                .collect()
        });
        rows.filter(|row: &Vec<Piece>| !row.is_empty()).collect()
    };
    (side(true), side(false))
}

/// True if these rows are a column of running text beside the others, rather than one of a table or of labels.
fn is_column(rows: &[Vec<Piece>], others: &[Vec<Piece>]) -> bool {
    let width =
        |row: &Vec<Piece>| row.last().map_or(0.0, end) - row.first().map_or(0.0, |piece| piece.x);
    let extent = |rows: &[Vec<Piece>]| rows.iter().map(width).fold(0.0, f32::max);
    let (own, other) = (extent(rows), extent(others));
    let n_full = rows
        .iter()
        .filter(|row| width(row) >= own * FULL_LINE)
        .count();
    rows.len() >= MIN_COLUMN_LINES
        && own >= MIN_COLUMN_SIZES * rows[0][0].size
        && own >= MIN_COLUMN_WIDTH * (own + other)
        && n_full as f32 >= FULL_LINES * rows.len() as f32
}

fn end(piece: &Piece) -> f32 {
    piece.x + piece.width
}

fn block_lines(rows: &[Vec<Piece>], page: usize) -> Vec<Line> {
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

fn line(pieces: &[Piece], page: usize) -> Line {
    let mut text = String::new();
    let mut before: Option<&Piece> = None;
    for piece in pieces {
        let is_gap = before
            .is_some_and(|before| piece.x - end(before) > SPACE * piece.size.min(before.size));
        if is_gap && !text.ends_with(' ') && !piece.text.starts_with(' ') {
            text.push(' ');
        }
        text.push_str(&piece.text);
        before = Some(piece);
    }
    let size = pieces.iter().map(|piece| piece.size).fold(0.0, f32::max);
    let largest = pieces.iter().find(|piece| piece.size >= size);
    Line {
        text,
        page,
        y: largest.map_or(0.0, |piece| piece.y),
        size,
        is_bold: pieces.iter().all(|piece| piece.is_bold),
        is_monospaced: pieces.iter().any(|piece| piece.is_monospaced),
        is_apart: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(text: &str, x: f32, y: f32, width: f32) -> Piece {
        Piece {
            text: text.to_owned(),
            x,
            y,
            width,
            size: 10.0,
            ..Piece::default()
        }
    }

    fn texts(pieces: Vec<Piece>) -> Vec<String> {
        lines(pieces, 0).into_iter().map(|line| line.text).collect()
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
        assert_eq!(texts(pieces), ["A line2s", "second"]);
    }

    #[test]
    fn columns_are_read_one_after_the_other_and_tables_by_row() {
        let row = |index: usize, left: f32| {
            let y = 600.0 - 12.0 * index as f32;
            [
                piece(&format!("left {index}"), 50.0, y, left),
                piece(&format!("right {index}"), 320.0, y, left),
            ]
        };
        let mut page = vec![piece("A title across", 50.0, 650.0, 500.0)];
        page.extend((0..8).flat_map(|index| row(index, 240.0)));
        let read = texts(page);
        assert_eq!(read[..3], ["A title across", "left 0", "left 1"]);
        assert_eq!(read[8..10], ["left 7", "right 0"]);
        let table = (0..8)
            .flat_map(|index| row(index, if index == 0 { 240.0 } else { 30.0 }))
            .collect();
        assert_eq!(texts(table)[1], "left 1 right 1");
    }

    #[test]
    fn a_larger_distance_begins_a_paragraph() {
        let pieces = [100.0, 88.0, 60.0]
            .map(|y| piece("text", 50.0, y, 100.0))
            .to_vec();
        assert_eq!(
            lines(pieces, 0)
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
