//! Views of rows in a slice of numbers. Every size is checked where a view is made.

/// `n` rows of `width` numbers that start `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) n: usize,
    pub(crate) width: usize,
    pub(crate) stride: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(data: &'a [f32], n: usize, width: usize, stride: usize) -> Self {
        assert!(
            fits(data.len(), n, width, stride),
            "{n} rows of {width}, {stride} apart, in {}",
            data.len()
        );
        Self {
            data,
            n,
            width,
            stride,
        }
    }

    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> &'a [f32] {
        &self.data[row * self.stride..][..self.width]
    }
}

/// [`Rows`] to write into.
pub(crate) struct RowsMut<'a> {
    pub(crate) data: &'a mut [f32],
    pub(crate) n: usize,
    pub(crate) width: usize,
    pub(crate) stride: usize,
}

impl<'a> RowsMut<'a> {
    pub(crate) fn new(data: &'a mut [f32], n: usize, width: usize, stride: usize) -> Self {
        assert!(
            fits(data.len(), n, width, stride),
            "{n} rows of {width}, {stride} apart, in {}",
            data.len()
        );
        Self {
            data,
            n,
            width,
            stride,
        }
    }

    #[inline(always)]
    pub(crate) fn row(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.stride..][..self.width]
    }
}

/// Treatment of the numbers that are already in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Overwrites them.
    Replace,
    /// The product is added to them.
    Add,
}

fn fits(len: usize, n: usize, width: usize, stride: usize) -> bool {
    n == 0 || (width <= stride && (n - 1) * stride + width <= len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "3 rows of 4, 5 apart, in 13")]
    fn a_view_never_reaches_past_its_slice() {
        Rows::new(&[0.0; 13], 3, 4, 5);
    }
}
