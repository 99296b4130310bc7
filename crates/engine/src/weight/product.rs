//! Products of vectors with packed panels.
//!
//! A panel is [`PANEL`] rows of a weight, transposed: the first numbers of all its rows, then the second numbers, ….
//! The kernel keeps a tile of rows × panel in registers and walks along the shared dimension: two vectors of the
//! panel, one number of each row. Panels are packed once, so unlike in a general matrix product nothing is reordered
//! at every call, and few rows run as fast as many. (Goto and van de Geijn 2008 for the blocking.)

use crate::math::kernels;
use crate::math::rows::{Output, Rows};
use pulp::{Arch, Simd, WithSimd};

/// Rows of the weight in a panel: two registers of the widest instruction set.
pub(super) const PANEL: usize = 32;

/// Steps along the shared dimension before the next tile: a tile's rows then stay in the smallest cache.
const MOST_STEPS: usize = 384;

/// Rows of a tile, at most.
const TILE: usize = 12;

/// Numbers between the rows of a copied tile: rows a power of two apart would fall on each other in the cache.
const STRIDE: usize = MOST_STEPS + 16;

/// `out (+)= input · panelsᵀ`, on the calling thread. `out` has a slice for each row of `input`; a slice is as long as
/// the panels have rows, or shorter where the last panel is not full.
pub(super) fn multiply(input: Rows<'_>, panels: &[f32], out: &mut [&mut [f32]], output: Output) {
    Arch::new().dispatch(Product {
        input,
        panels,
        out,
        output,
    });
}

struct Product<'a, 'b> {
    input: Rows<'a>,
    panels: &'a [f32],
    out: &'a mut [&'b mut [f32]],
    output: Output,
}

impl WithSimd for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let n_blocks = self.input.width.div_ceil(MOST_STEPS);
        for block in 0..n_blocks {
            // Blocks of nearly equal length.
            let steps =
                block * self.input.width / n_blocks..(block + 1) * self.input.width / n_blocks;
            let output = if block == 0 { self.output } else { Output::Add };
            self.run_block(simd, steps, output);
        }
    }
}

impl Product<'_, '_> {
    #[inline(always)]
    fn run_block<S: Simd>(&mut self, simd: S, steps: std::ops::Range<usize>, output: Output) {
        let mut copied = [0.0; TILE * STRIDE];
        let mut row = 0;
        while row < self.input.n {
            let run = match self.input.n - row {
                12.. if S::REGISTER_COUNT >= 32 => Self::run_tile::<S, 12>,
                6.. => Self::run_tile::<S, 6>,
                4.. => Self::run_tile::<S, 4>,
                2.. => Self::run_tile::<S, 2>,
                _ => Self::run_tile::<S, 1>,
            };
            row += run(self, simd, row, steps.clone(), output, &mut copied);
        }
    }

    /// N rows from `row` against all panels. Returns N.
    fn run_tile<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        row: usize,
        steps: std::ops::Range<usize>,
        output: Output,
        copied: &mut [f32],
    ) -> usize
    where
        for<'t> Tile<'t, N>: WithSimd<Output = ()>,
    {
        for (offset, copy) in copied.chunks_exact_mut(STRIDE).take(N).enumerate() {
            copy[..steps.len()].copy_from_slice(&self.input.row(row + offset)[steps.clone()]);
        }
        let mut tile = [0.0; TILE * PANEL];
        for (index, panel) in self
            .panels
            .chunks_exact(PANEL * self.input.width)
            .enumerate()
        {
            let panel = &panel[steps.start * PANEL..steps.end * PANEL];
            multiply_tile::<S, N>(simd, copied, panel, &mut tile);
            for (out, products) in self.out[row..row + N]
                .iter_mut()
                .zip(tile.chunks_exact(PANEL))
            {
                let end = out.len().min((index + 1) * PANEL);
                write(&mut out[index * PANEL..end], products, output);
            }
        }
        N
    }
}

fn write(out: &mut [f32], products: &[f32], output: Output) {
    match output {
        Output::Replace => out.copy_from_slice(&products[..out.len()]),
        Output::Add => kernels::add(out, products),
    }
}

/// Never inlined: among other code the compiler would not keep all sums in registers.
#[inline(never)]
fn multiply_tile<'a, S: Simd, const N: usize>(
    simd: S,
    rows: &'a [f32],
    panel: &'a [f32],
    products: &'a mut [f32],
) where
    Tile<'a, N>: WithSimd<Output = ()>,
{
    simd.vectorize(Tile::<N> {
        rows,
        panel,
        products,
    });
}

struct Tile<'a, const N: usize> {
    /// N rows, [`STRIDE`] apart.
    rows: &'a [f32],
    panel: &'a [f32],
    /// N rows of [`PANEL`].
    products: &'a mut [f32],
}

/// Written out for each number of rows, without loops over them: left to itself, the compiler unrolls such loops too
/// late to keep the sums in registers, and the product takes twice the time.
macro_rules! tile {
    ($n:literal: $($row:literal)*) => {
        impl WithSimd for Tile<'_, $n> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let panel = S::as_simd_f32s(self.panel).0;
                let products = S::as_mut_simd_f32s(self.products).0;
                let n_registers = PANEL / S::F32_LANES;
                let n_steps = panel.len() / n_registers;
                let rows: [&[f32]; $n] = [$(&self.rows[$row * STRIDE..][..n_steps]),*];
                for pair in (0..n_registers).step_by(2) {
                    let mut sums = [[simd.splat_f32s(0.0); 2]; $n];
                    for step in 0..n_steps {
                        let panel = &panel[step * n_registers + pair..][..2];
                        let (left, right) = (panel[0], panel[1]);
                        $(
                            let number = simd.splat_f32s(rows[$row][step]);
                            sums[$row][0] = simd.mul_add_e_f32s(number, left, sums[$row][0]);
                            sums[$row][1] = simd.mul_add_e_f32s(number, right, sums[$row][1]);
                        )*
                    }
                    $(
                        products[$row * n_registers + pair] = sums[$row][0];
                        products[$row * n_registers + pair + 1] = sums[$row][1];
                    )*
                }
            }
        }
    };
}

tile!(1: 0);
tile!(2: 0 1);
tile!(4: 0 1 2 3);
tile!(6: 0 1 2 3 4 5);
tile!(12: 0 1 2 3 4 5 6 7 8 9 10 11);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    /// `n_rows` rows of a weight, packed.
    fn pack(weight: &[f32], n_rows: usize, width: usize) -> Vec<f32> {
        let number = |panel: usize, step: usize, row: usize| {
            let row = panel * PANEL + row;
            if row < n_rows {
                weight[row * width + step]
            } else {
                f32::NAN
            }
        };
        (0..n_rows.div_ceil(PANEL))
            .flat_map(|panel| {
                (0..width).flat_map(move |step| (0..PANEL).map(move |row| (panel, step, row)))
            })
            .map(|(panel, step, row)| number(panel, step, row))
            .collect()
    }

    fn check(run: impl Fn(Product<'_, '_>)) {
        for (n, n_rows, width) in [
            (1, 1, 1),
            (2, 33, 5),
            (3, 32, 384),
            (13, 70, 385),
            (31, 64, 1000),
            (25, 5, 64),
        ] {
            let (input, weight) = (numbers(n * (width + 3)), numbers(n_rows * width));
            let input = Rows::new(&input, n, width, width + 3);
            let panels = pack(&weight, n_rows, width);
            let mut data = vec![1.0; n * n_rows];
            for output in [Output::Replace, Output::Add] {
                let mut out: Vec<&mut [f32]> = data.chunks_exact_mut(n_rows).collect();
                run(Product {
                    input,
                    panels: &panels,
                    out: &mut out,
                    output,
                });
            }
            for (i, j) in (0..n).flat_map(|i| (0..n_rows).map(move |j| (i, j))) {
                let products = input
                    .row(i)
                    .iter()
                    .zip(&weight[j * width..])
                    .map(|(a, b)| f64::from(*a) * f64::from(*b));
                let expected = 2.0 * products.sum::<f64>();
                assert!(
                    (f64::from(data[i * n_rows + j]) - expected).abs() < 1e-3,
                    "{n} × {n_rows} × {width}"
                );
            }
        }
    }

    #[test]
    fn products_equal_the_definition_under_every_instruction_set() {
        check(|product| Arch::new().dispatch(product));
        check(|product| Simd::vectorize(pulp::Scalar, product));
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            check(|product| Simd::vectorize(simd, product));
        }
    }
}
