//! Work on every row of a matrix by itself, on all threads.

use crate::math::matrix::Matrix;
use rayon::prelude::*;

/// Rows of one parallel task.
const ROWS_PER_TASK: usize = 16;

/// Changes every row; `change` is also given its number.
pub(super) fn change_rows(matrix: &mut Matrix, change: impl Fn(usize, &mut [f32]) + Sync) {
    let _span = tracing::trace_span!("elementwise").entered();
    let width = matrix.width;
    matrix
        .data
        .par_chunks_mut(ROWS_PER_TASK * width)
        .enumerate()
        .for_each(|(task, rows)| {
            for (offset, row) in rows.chunks_exact_mut(width).enumerate() {
                change(task * ROWS_PER_TASK + offset, row);
            }
        });
}

/// Writes every row of `out` from the same row of `x`, which is as wide.
pub(super) fn write_rows(x: &Matrix, out: &mut Matrix, write: impl Fn(&[f32], &mut [f32]) + Sync) {
    change_rows(out, |index, row| write(x.row(index), row));
}
