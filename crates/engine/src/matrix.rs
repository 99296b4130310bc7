//! Row-major f32 matrices and their products on `gemm`.
//! The only place that calls `gemm`; every size is checked before.

use crate::kernels;
use crate::rows::{Rows, RowsMut};
use gemm::Parallelism;
use rayon::prelude::*;

/// A matrix that owns its numbers, row by row without gaps.
pub(crate) struct Matrix {
    pub(crate) n_rows: usize,
    pub(crate) width: usize,
    pub(crate) data: Vec<f32>,
}

impl Matrix {
    /// `data` holds `n_rows × width` numbers.
    pub(crate) fn new(n_rows: usize, width: usize, data: Vec<f32>) -> Self {
        assert_eq!(n_rows * width, data.len(), "a matrix of {n_rows} × {width}");
        Self { n_rows, width, data }
    }

    pub(crate) fn zeros(n_rows: usize, width: usize) -> Self {
        Self { n_rows, width, data: vec![0.0; n_rows * width] }
    }

    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.width..][..self.width]
    }

    /// A copy of some rows, in the order given.
    pub(crate) fn gather(&self, rows: &[usize]) -> Self {
        let mut data = Vec::with_capacity(rows.len() * self.width);
        rows.iter().for_each(|&row| data.extend_from_slice(self.row(row)));
        Self::new(rows.len(), self.width, data)
    }

    pub(crate) fn view(&self) -> Rows<'_> {
        Rows::new(&self.data, self.n_rows, self.width, self.width)
    }

    /// Rows `first .. first + n`.
    pub(crate) fn rows(&self, first: usize, n: usize) -> Rows<'_> {
        Rows::new(&self.data[first * self.width..], n, self.width, self.width)
    }

    pub(crate) fn view_mut(&mut self) -> RowsMut<'_> {
        RowsMut::new(&mut self.data, self.n_rows, self.width, self.width)
    }
}

/// What happens to the numbers that are already in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// They are overwritten.
    Replace,
    /// The product is added to them.
    Add,
}

/// Who computes a product.
#[derive(Clone, Copy)]
pub(crate) enum Threads {
    /// The calling thread: for products inside a parallel loop.
    One,
    /// All threads of the current rayon pool.
    All,
}

impl Threads {
    fn parallelism(self) -> Parallelism {
        match self {
            Self::One => Parallelism::None,
            Self::All => Parallelism::Rayon(rayon::current_num_threads()),
        }
    }
}

/// `out (+)= a · bᵀ`, with `a` of m × k, `b` of n × k and `out` of m × n.
pub(crate) fn multiply_transposed(out: RowsMut<'_>, a: Rows<'_>, b: Rows<'_>, output: Output, threads: Threads) {
    assert!(a.width == b.width && out.n == a.n && out.width == b.n, "the sizes of a · bᵀ agree");
    if matches!(threads, Threads::All) && a.n <= FEW_ROWS {
        return multiply_few_rows(out, a, b, output);
    }
    product(out, a, b.data, (b.n, b.stride, 1), output, threads);
}

/// Up to this many rows (the tokens of a decoding step), [`kernels::dot_rows`] is faster than `gemm`, which first
/// copies all of `b` into another order.
const FEW_ROWS: usize = 48;

/// Rows of `b` that one task multiplies by.
const ROWS_PER_TASK: usize = 64;

fn multiply_few_rows(mut out: RowsMut<'_>, a: Rows<'_>, b: Rows<'_>, output: Output) {
    if a.n == 0 || b.n == 0 {
        return;
    }
    // A task writes the products of its rows of b, one row after the other, so that tasks write apart from each other.
    let mut transposed = vec![0.0; a.n * b.n];
    transposed.par_chunks_mut(ROWS_PER_TASK * a.n).enumerate().for_each(|(task, products)| {
        let rows = b.part(task * ROWS_PER_TASK, products.len() / a.n);
        kernels::dot_rows(a, rows, products, (1, a.n));
    });
    for row in 0..a.n {
        let products = transposed[row..].iter().step_by(a.n);
        match output {
            Output::Replace => out.row(row).iter_mut().zip(products).for_each(|(out, product)| *out = *product),
            Output::Add => out.row(row).iter_mut().zip(products).for_each(|(out, product)| *out += product),
        }
    }
}

/// `out (+)= a · b`, with `a` of m × k, `b` of k × n and `out` of m × n.
pub(crate) fn multiply(out: RowsMut<'_>, a: Rows<'_>, b: Rows<'_>, output: Output, threads: Threads) {
    assert!(a.width == b.n && out.n == a.n && out.width == b.width, "the sizes of a · b agree");
    product(out, a, b.data, (b.width, 1, b.stride), output, threads);
}

/// `right` is given as its number of columns and the strides of its columns and rows.
fn product(
    out: RowsMut<'_>,
    left: Rows<'_>,
    right: &[f32],
    (n_columns, column_stride, row_stride): (usize, usize, usize),
    output: Output,
    threads: Threads,
) {
    if out.n == 0 || n_columns == 0 {
        return;
    }
    #[expect(unsafe_code, reason = "gemm takes pointers; the views' constructors checked every size")]
    // SAFETY: `Rows::new` and `RowsMut::new` checked that each view lies inside its slice, the callers checked that the
    // sizes agree, and `out` is borrowed mutably, so it overlaps neither input.
    unsafe {
        gemm::gemm(
            out.n,
            n_columns,
            left.width,
            out.data.as_mut_ptr(),
            1,
            signed(out.stride),
            output == Output::Add,
            left.data.as_ptr(),
            1,
            signed(left.stride),
            right.as_ptr(),
            signed(column_stride),
            signed(row_stride),
            1.0_f32,
            1.0_f32,
            false,
            false,
            false,
            threads.parallelism(),
        );
    }
}

fn signed(stride: usize) -> isize {
    isize::try_from(stride).expect("a slice is never longer than isize::MAX")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(a: &Matrix, b: &Matrix) -> Vec<f32> {
        let dot = |i, j: usize| (0..a.width).map(|k| a.row(i)[k] * b.row(j)[k]).sum();
        (0..a.n_rows).flat_map(|i| (0..b.n_rows).map(move |j| (i, j))).map(|(i, j)| dot(i, j)).collect()
    }

    fn ramp(n_rows: usize, width: usize) -> Matrix {
        Matrix::new(n_rows, width, (0..n_rows * width).map(|i| (i % 7) as f32 - 3.0).collect())
    }

    #[test]
    fn products_equal_the_definition() {
        for (m, n, k) in [(1, 1, 1), (1, 5, 3), (4, 9, 16), (33, 17, 40)] {
            let (a, b) = (ramp(m, k), ramp(n, k));
            let mut out = Matrix::zeros(m, n);
            multiply_transposed(out.view_mut(), a.view(), b.view(), Output::Replace, Threads::One);
            assert_eq!(out.data, naive(&a, &b));

            let transposed = Matrix::new(k, n, (0..k * n).map(|i| b.row(i % n)[i / n]).collect());
            multiply(out.view_mut(), a.view(), transposed.view(), Output::Add, Threads::All);
            assert_eq!(out.data, naive(&a, &b).iter().map(|x| 2.0 * x).collect::<Vec<_>>());
        }
    }
}
