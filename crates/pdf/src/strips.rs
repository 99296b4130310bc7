//! Strips of a page that stay white over many rows: what stands between columns.

use crate::pieces::{Piece, Row};

/// Rows from the first on with white strips between their words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Extent {
    pub(crate) n_rows: usize,
    /// From left to right, each with words on both sides.
    pub(crate) strips: Vec<(f32, f32)>,
}

/// A strip is so wide at least, in sizes of the letters beside it.
const MIN_WIDTH: f32 = 0.75;
/// No strip is looked for over more rows.
const MAX_ROWS: usize = 400;

/// For each number of strips the longest extent from the first row on, the shortest extent first.
pub(crate) fn extents(rows: &[Row]) -> Vec<Extent> {
    let mut free = vec![(f32::MIN, f32::MAX)];
    let (mut left, mut right) = (f32::MAX, f32::MIN);
    let mut extents: Vec<Extent> = Vec::new();
    for (index, row) in rows.iter().take(MAX_ROWS).enumerate() {
        for piece in row {
            occupy(&mut free, piece);
            left = left.min(piece.x);
            right = right.max(piece.end());
        }
        let size = row[0].size.min(rows[0][0].size);
        let is_within = |&(start, end): &(f32, f32)| {
            start >= left && end <= right && end - start >= MIN_WIDTH * size
        };
        let strips: Vec<(f32, f32)> = free.iter().copied().filter(is_within).collect();
        let n_rows = index + 1;
        if strips.is_empty() && !extents.is_empty() {
            break;
        }
        match extents.last_mut() {
            Some(last) if last.strips.len() == strips.len() => *last = Extent { n_rows, strips },
            _ if strips.is_empty() => {}
            _ => extents.push(Extent { n_rows, strips }),
        }
        // Nothing can stand on both sides of what is free outside only.
        if extents.is_empty() && free.len() < 2 {
            break;
        }
    }
    extents
}

/// Takes a word's place out of what is free.
fn occupy(free: &mut Vec<(f32, f32)>, piece: &Piece) {
    let (from, to) = (piece.x, piece.end().max(piece.x));
    let mut left = Vec::with_capacity(free.len() + 1);
    for &(start, end) in free.iter() {
        if to <= start || from >= end {
            left.push((start, end));
            continue;
        }
        if start < from {
            left.push((start, from));
        }
        if to < end {
            left.push((to, end));
        }
    }
    *free = left;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::tests::piece;

    #[test]
    fn strips_end_where_something_crosses_them() {
        let row = |y: f32| {
            vec![
                piece("a", 50.0, y, 40.0),
                piece("b", 120.0, y, 40.0),
                piece("c", 200.0, y, 40.0),
            ]
        };
        let mut rows = vec![row(100.0), row(88.0)];
        rows.push(vec![
            piece("a", 50.0, 76.0, 100.0),
            piece("c", 200.0, 76.0, 40.0),
        ]);
        rows.push(vec![piece("across", 50.0, 64.0, 300.0)]);
        rows.push(row(52.0));
        assert_eq!(
            extents(&rows),
            [
                Extent {
                    n_rows: 2,
                    strips: vec![(90.0, 120.0), (160.0, 200.0)]
                },
                Extent {
                    n_rows: 3,
                    strips: vec![(160.0, 200.0)]
                },
            ]
        );
    }
}
