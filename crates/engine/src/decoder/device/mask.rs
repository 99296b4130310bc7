//! A pack as one sequence: where the keys and values of its history stand, and which of all keys each row sees.

use crate::decoder::pack::{KvBlock, Pack};
use std::collections::HashMap;
use std::rc::Rc;

/// The columns of a pack's attention: its distinct kept blocks one after the other, then its own tokens.
pub(super) struct Layout<'a> {
    pub(super) blocks: Vec<&'a KvBlock>,
    /// Columns in all.
    pub(super) width: usize,
    rows: Vec<Row>,
}

/// Columns that one row of the pack may see: everything before it in its own sequence.
struct Row {
    position: usize,
    /// The column of each position of its sequence, in runs.
    runs: Rc<Vec<Run>>,
}

/// Consecutive positions of a sequence in consecutive columns.
#[derive(Clone, Copy)]
struct Run {
    position: usize,
    column: usize,
    length: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn new(pack: &Pack<'a>) -> Self {
        let mut blocks = Vec::new();
        let mut columns = HashMap::new();
        let mut n_kept = 0;
        for &block in pack.segments().iter().flat_map(|segment| &segment.history) {
            columns.entry(block.identity()).or_insert_with(|| {
                blocks.push(block);
                n_kept += block.length();
                n_kept - block.length()
            });
        }
        let mut rows = Vec::with_capacity(pack.tokens().len());
        for (index, segment) in pack.segments().iter().enumerate() {
            let history = segment
                .history
                .iter()
                .map(|&block| (columns[&block.identity()], block.length()));
            let own = pack
                .ancestors(index)
                .into_iter()
                .chain([index])
                .map(|index| &pack.segments()[index]);
            let pieces = history.chain(own.map(|segment| (n_kept + segment.start, segment.length)));
            let runs = Rc::new(runs(pieces));
            let positions = segment.position..segment.position + segment.length;
            rows.extend(positions.map(|position| Row {
                position,
                runs: Rc::clone(&runs),
            }));
        }
        Self {
            blocks,
            width: n_kept + pack.tokens().len(),
            rows,
        }
    }

    /// Numbers that are added to the scores: 0 where a row sees a column, −∞ elsewhere. `window` positions are seen back from
    /// each row, itself included.
    pub(super) fn mask(&self, window: Option<usize>) -> Vec<f32> {
        let mut mask = vec![f32::NEG_INFINITY; self.rows.len() * self.width];
        for (row, seen) in self.rows.iter().zip(mask.chunks_exact_mut(self.width)) {
            let end = row.position + 1;
            let start = window.map_or(0, |window| end.saturating_sub(window));
            for run in row.runs.iter() {
                let first = start.max(run.position);
                let last = end.min(run.position + run.length);
                if first < last {
                    let column = run.column + first - run.position;
                    seen[column..column + last - first].fill(0.0);
                }
            }
        }
        mask
    }
}

/// Columns and lengths in the order of the sequence, with their positions.
fn runs(pieces: impl Iterator<Item = (usize, usize)>) -> Vec<Run> {
    let piece = |position: &mut usize, (column, length)| {
        let run = Run {
            position: *position,
            column,
            length,
        };
        *position += length;
        Some(run)
    };
    pieces.scan(0, piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_sees_its_ancestors_and_itself_within_the_window() {
        let mut pack = Pack::default();
        let root = pack.push(&[1, 2], Vec::new());
        pack.push_after(root, &[3]);
        pack.push_after(root, &[4, 5]);
        let seen = |window| {
            let layout = Layout::new(&pack);
            let mask = layout.mask(window);
            let row = |row: &[f32]| {
                row.iter()
                    .map(|&number| if number == 0.0 { 'x' } else { '.' })
                    .collect::<String>()
            };
            mask.chunks(layout.width).map(row).collect::<Vec<_>>()
        };
        assert_eq!(seen(None), ["x....", "xx...", "xxx..", "xx.x.", "xx.xx"]);
        assert_eq!(seen(Some(2)), ["x....", "xx...", ".xx..", ".x.x.", "...xx"]);
    }
}
