//! Row-major f32 matrices of intermediate results, and products of two of them on `gemm`, on the calling thread.
//! The only file that calls `gemm`; every size is checked before. Products with weights are in `weight`.

use crate::math::rows::{Output, Rows, RowsMut};
use gemm::Parallelism;

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
        Self {
            n_rows,
            width,
            data,
        }
    }

    pub(crate) fn zeros(n_rows: usize, width: usize) -> Self {
        Self {
            n_rows,
            width,
            data: vec![0.0; n_rows * width],
        }
    }

    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.width..][..self.width]
    }

    /// A copy of some rows, in the order given.
    pub(crate) fn gather(&self, rows: &[usize]) -> Self {
        let mut data = Vec::with_capacity(rows.len() * self.width);
        rows.iter()
            .for_each(|&row| data.extend_from_slice(self.row(row)));
        Self::new(rows.len(), self.width, data)
    }

    pub(crate) fn view(&self) -> Rows<'_> {
        Rows::new(&self.data, self.n_rows, self.width, self.width)
    }

    pub(crate) fn view_mut(&mut self) -> RowsMut<'_> {
        RowsMut::new(&mut self.data, self.n_rows, self.width, self.width)
    }
}

/// `out (+)= a · bᵀ`, with `a` of m × k, `b` of n × k and `out` of m × n.
pub(crate) fn multiply_transposed(out: RowsMut<'_>, a: Rows<'_>, b: Rows<'_>, output: Output) {
    assert!(
        a.width == b.width && out.n == a.n && out.width == b.n,
        "the sizes of a · bᵀ agree"
    );
    product(out, a, b.data, (b.n, b.stride, 1), output);
}

/// `out (+)= a · b`, with `a` of m × k, `b` of k × n and `out` of m × n.
pub(crate) fn multiply(out: RowsMut<'_>, a: Rows<'_>, b: Rows<'_>, output: Output) {
    assert!(
        a.width == b.n && out.n == a.n && out.width == b.width,
        "the sizes of a · b agree"
    );
    product(out, a, b.data, (b.width, 1, b.stride), output);
}

/// `right` is given as its number of columns and the strides of its columns and rows.
fn product(
    out: RowsMut<'_>,
    left: Rows<'_>,
    right: &[f32],
    (n_columns, column_stride, row_stride): (usize, usize, usize),
    output: Output,
) {
    if out.n == 0 || n_columns == 0 {
        return;
    }
    #[expect(
        unsafe_code,
        reason = "gemm takes pointers; the views' constructors checked every size"
    )]
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
            Parallelism::None,
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
        (0..a.n_rows)
            .flat_map(|i| (0..b.n_rows).map(move |j| (i, j)))
            .map(|(i, j)| dot(i, j))
            .collect()
    }

    fn ramp(n_rows: usize, width: usize) -> Matrix {
        Matrix::new(
            n_rows,
            width,
            (0..n_rows * width).map(|i| (i % 7) as f32 - 3.0).collect(),
        )
    }

    #[test]
    fn products_equal_the_definition() {
        for (m, n, k) in [(1, 1, 1), (1, 5, 3), (4, 9, 16), (33, 17, 40)] {
            let (a, b) = (ramp(m, k), ramp(n, k));
            let mut out = Matrix::zeros(m, n);
            multiply_transposed(out.view_mut(), a.view(), b.view(), Output::Replace);
            assert_eq!(out.data, naive(&a, &b));

            let transposed = Matrix::new(k, n, (0..k * n).map(|i| b.row(i % n)[i / n]).collect());
            multiply(out.view_mut(), a.view(), transposed.view(), Output::Add);
            assert_eq!(
                out.data,
                naive(&a, &b).iter().map(|x| 2.0 * x).collect::<Vec<_>>()
            );
        }
    }
}
