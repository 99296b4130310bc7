//! The arithmetic of a decoder besides large matrix products, vectorised with run-time dispatch.
//!
//! Each function runs under the widest instruction set of the machine (`pulp`). Loops keep 16 independent partial
//! results, so that the compiler can use whole registers.

use crate::math::rows::Rows;
use pulp::{Arch, Simd, WithSimd};

const LANES: usize = 16;

/// A function whose body is compiled once for each instruction set. (A closure would do, were it always inlined.)
macro_rules! vectorised {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty $body:block) => {
        $(#[$doc])*
        pub(crate) fn $name($($argument: $type),*) -> $output {
            struct Operation<T>(T);
            impl WithSimd for Operation<($($type,)*)> {
                type Output = $output;

                #[inline(always)]
                fn with_simd<S: Simd>(self, _: S) -> $output {
                    let ($($argument,)*) = self.0;
                    $body
                }
            }
            Arch::new().dispatch(Operation(($($argument,)*)))
        }
    };
}

/// `exp`, by range reduction and a polynomial of degree 5 (Cephes `expf`); relative error below 2⁻²².
/// Arguments beyond ±87 are clamped: the result is then tiny or huge but finite.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    // Adding 1.5 · 2²³ rounds to an integer and leaves it in the low bits.
    let shifted = x.mul_add(std::f32::consts::LOG2_E, 12_582_912.0);
    let n = shifted - 12_582_912.0;
    let r = n.mul_add(2.121_944_4e-4, n.mul_add(-0.693_359_4, x));
    let coefficients = [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        5e-1,
    ];
    let polynomial = coefficients
        .iter()
        .fold(1.987_569_1e-4_f32, |sum, &c| sum.mul_add(r, c));
    let mantissa = polynomial.mul_add(r * r, r + 1.0);
    mantissa * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// `tanh`, by its series below 0.25 (where the quotient would lose digits), else by [`exp`]; relative error below 2⁻²⁰.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let square = x * x;
    let coefficients = [
        2.186_949e-2,
        -5.396_825_4e-2,
        1.333_333_3e-1,
        -3.333_333_4e-1,
    ];
    let series = x + x
        * square
        * coefficients
            .iter()
            .fold(-8.863_236e-3_f32, |sum, &c| sum.mul_add(square, c));
    let quotient = 1.0 - 2.0 / (1.0 + exp(2.0 * x));
    if x.abs() < 0.25 { series } else { quotient }
}

vectorised! {
    /// Root-mean-square normalisation (Zhang and Sennrich 2019): `out = x / √(mean(x²) + epsilon) · weight`.
    fn rms_norm(x: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) -> () {
        let scale = inverse_root_mean_square(x, epsilon);
        for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
            *out = x * scale * weight;
        }
    }
}

vectorised! {
    /// [`rms_norm`] in place.
    fn rms_norm_in_place(x: &mut [f32], weight: &[f32], epsilon: f32) -> () {
        let scale = inverse_root_mean_square(x, epsilon);
        for (x, weight) in x.iter_mut().zip(weight) {
            *x = *x * scale * weight;
        }
    }
}

vectorised! {
    /// `out += x / √(mean(x²) + epsilon) · weight`.
    fn add_rms_norm(x: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) -> () {
        let scale = inverse_root_mean_square(x, epsilon);
        for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
            *out += x * scale * weight;
        }
    }
}

/// `1 / √(mean(x²) + epsilon)`.
#[inline(always)]
fn inverse_root_mean_square(x: &[f32], epsilon: f32) -> f32 {
    1.0 / (sum_of_squares(x) / x.len() as f32 + epsilon).sqrt()
}

#[inline(always)]
fn sum_of_squares(x: &[f32]) -> f32 {
    let chunks = x.chunks_exact(LANES);
    let mut rest = 0.0;
    for x in chunks.remainder() {
        rest += x * x;
    }
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum = x.mul_add(*x, *sum);
        }
    }
    total(&sums) + rest
}

#[inline(always)]
fn total(sums: &[f32; LANES]) -> f32 {
    let mut total = 0.0;
    for sum in sums {
        total += sum;
    }
    total
}

vectorised! {
    /// SwiGLU (Shazeer 2020) in place: `gate = gate · sigmoid(gate) · up`.
    fn silu_multiply(gate: &mut [f32], up: &[f32]) -> () {
        for (gate, up) in gate.iter_mut().zip(up) {
            *gate = *gate / (1.0 + exp(-*gate)) * up;
        }
    }
}

vectorised! {
    /// GeGLU (Shazeer 2020) in place, with the tanh form of GELU (Hendrycks and Gimpel 2016), as transformers'
    /// `gelu_pytorch_tanh`: `gate = gate · sigmoid(2·√(2/π)·(gate + 0.044715·gate³)) · up`.
    fn gelu_multiply(gate: &mut [f32], up: &[f32]) -> () {
        for (gate, up) in gate.iter_mut().zip(up) {
            let x = *gate;
            let twice = 1.595_769 * (x + 0.044_715 * x * x * x);
            *gate = x / (1.0 + exp(-twice)) * up;
        }
    }
}

vectorised! {
    /// Bends numbers into (−cap, cap): `x = cap · tanh(x / cap)` (the soft caps of Gemma 2).
    fn soft_cap(x: &mut [f32], cap: f32) -> () {
        for x in x.iter_mut() {
            *x = cap * tanh(*x / cap);
        }
    }
}

vectorised! {
    /// Rotates pairs `(x[i], x[i + half])` of one head by the angles whose cosines and sines are given (rotary
    /// positions, Su et al. 2021, in the half-split layout of transformers).
    fn rotate(head: &mut [f32], cosines: &[f32], sines: &[f32]) -> () {
        let (left, right) = head.split_at_mut(cosines.len());
        for (((left, right), cosine), sine) in left.iter_mut().zip(right).zip(cosines).zip(sines) {
            let (x, y) = (*left, *right);
            *left = x * cosine - y * sine;
            *right = y * cosine + x * sine;
        }
    }
}

vectorised! {
    /// `a += b`.
    fn add(a: &mut [f32], b: &[f32]) -> () {
        for (a, b) in a.iter_mut().zip(b) {
            *a += b;
        }
    }
}

vectorised! {
    /// `a = a · scale_a + b · scale_b`.
    fn blend(a: &mut [f32], scale_a: f32, b: &[f32], scale_b: f32) -> () {
        for (a, b) in a.iter_mut().zip(b) {
            *a = *a * scale_a + b * scale_b;
        }
    }
}

vectorised! {
    /// `a *= scale`.
    fn scale(a: &mut [f32], scale: f32) -> () {
        for a in a.iter_mut() {
            *a *= scale;
        }
    }
}

vectorised! {
    /// The largest number; −∞ of none.
    fn max(x: &[f32]) -> f32 {
        let chunks = x.chunks_exact(LANES);
        let mut all = f32::NEG_INFINITY;
        for &x in chunks.remainder() {
            all = if x > all { x } else { all };
        }
        let mut largest = [f32::NEG_INFINITY; LANES];
        for chunk in chunks {
            for (largest, &x) in largest.iter_mut().zip(chunk) {
                *largest = if x > *largest { x } else { *largest };
            }
        }
        for x in largest {
            all = if x > all { x } else { all };
        }
        all
    }
}

vectorised! {
    /// Replaces each x by `exp(x − max)` and returns their sum.
    fn exp_in_place(x: &mut [f32], max: f32) -> f32 {
        let mut sums = [0.0_f32; LANES];
        let mut chunks = x.chunks_exact_mut(LANES);
        for chunk in &mut chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *x = exp(*x - max);
                *sum += *x;
            }
        }
        let mut sum = total(&sums);
        for x in chunks.into_remainder() {
            *x = exp(*x - max);
            sum += *x;
        }
        sum
    }
}

vectorised! {
    /// `Σ exp(x − max)`.
    fn sum_exp(x: &[f32], max: f32) -> f32 {
        let chunks = x.chunks_exact(LANES);
        let mut rest = 0.0;
        for x in chunks.remainder() {
            rest += exp(x - max);
        }
        let mut sums = [0.0_f32; LANES];
        for chunk in chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum += exp(x - max);
            }
        }
        total(&sums) + rest
    }
}

vectorised! {
    /// `out += Σ weights[j] · values[j]`.
    fn add_weighted_rows(weights: &[f32], values: Rows<'_>, out: &mut [f32]) -> () {
        for (j, &weight) in weights.iter().enumerate() {
            for (out, value) in out.iter_mut().zip(values.row(j)) {
                *out = weight.mul_add(*value, *out);
            }
        }
    }
}

/// `out[i · stride + j] = a[i] · b[j]` for all rows i of `a` and j of `b`. For few rows of `a`: a large
/// matrix product would first copy `b` into another order, which costs more than the product itself.
pub(crate) fn dot_rows(a: Rows<'_>, b: Rows<'_>, out: &mut [f32], stride: usize) {
    Arch::new().dispatch(DotRows { a, b, out, stride });
}

/// Rows of `a`, and of `b`, whose products are kept in registers at once.
const TILE: usize = 4;

struct DotRows<'a> {
    a: Rows<'a>,
    b: Rows<'a>,
    out: &'a mut [f32],
    stride: usize,
}

impl WithSimd for DotRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for j in (0..self.b.n).step_by(TILE) {
            let mut i = 0;
            while i + TILE <= self.a.n {
                self.tile::<S, TILE>(simd, i, j);
                i += TILE;
            }
            match self.a.n - i {
                1 => self.tile::<S, 1>(simd, i, j),
                2 => self.tile::<S, 2>(simd, i, j),
                3 => self.tile::<S, 3>(simd, i, j),
                _ => {}
            }
        }
    }
}

impl DotRows<'_> {
    /// The products of N rows of `a` from i with up to [`TILE`] rows of `b` from j.
    #[inline(always)]
    fn tile<S: Simd, const N: usize>(&mut self, simd: S, i: usize, j: usize) {
        // Past the last row of `b` the last is used again, and the result dropped.
        let last = self.b.n - 1;
        let b_rows: [&[f32]; TILE] =
            std::array::from_fn(|offset| self.b.row((j + offset).min(last)));
        let a_rows: [&[f32]; N] = std::array::from_fn(|offset| self.a.row(i + offset));
        let products = dot_tile::<S, N>(simd, a_rows, b_rows);
        for (row, products) in products.iter().enumerate() {
            for (column, &product) in products.iter().enumerate().take(self.b.n - j) {
                self.out[(i + row) * self.stride + j + column] = product;
            }
        }
    }
}

#[inline(always)]
fn dot_tile<S: Simd, const N: usize>(
    simd: S,
    a: [&[f32]; N],
    b: [&[f32]; TILE],
) -> [[f32; TILE]; N] {
    let split_a: [(&[S::f32s], &[f32]); N] = std::array::from_fn(|i| S::as_simd_f32s(a[i]));
    let split_b: [(&[S::f32s], &[f32]); TILE] = std::array::from_fn(|j| S::as_simd_f32s(b[j]));
    let n = split_a[0].0.len();
    let (wide_a, wide_b) = (
        split_a.map(|(wide, _)| &wide[..n]),
        split_b.map(|(wide, _)| &wide[..n]),
    );
    let mut sums = [[simd.splat_f32s(0.0); TILE]; N];
    for k in 0..n {
        for j in 0..TILE {
            let b = wide_b[j][k];
            for i in 0..N {
                sums[i][j] = simd.mul_add_e_f32s(wide_a[i][k], b, sums[i][j]);
            }
        }
    }
    let mut products = [[0.0; TILE]; N];
    for i in 0..N {
        for j in 0..TILE {
            let mut product = simd.reduce_sum_f32s(sums[i][j]);
            for (a, b) in split_a[i].1.iter().zip(split_b[j].1) {
                product += a * b;
            }
            products[i][j] = product;
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37) % 101) as f32 / 10.0 - 5.0)
            .collect()
    }

    fn close(a: f32, b: f64, tolerance: f64) {
        assert!(
            (f64::from(a) - b).abs() <= tolerance * b.abs().max(1.0),
            "{a} is not {b}"
        );
    }

    #[test]
    fn exp_equals_the_library_and_never_overflows() {
        for i in -870..=870 {
            let x = i as f32 / 10.0;
            let expected = f64::from(x).exp();
            assert!(
                ((f64::from(exp(x)) - expected) / expected).abs() < 3e-7,
                "{x}"
            );
        }
        assert!(exp(1e30).is_finite() && exp(-1e30) < 1e-30);
    }

    #[test]
    fn reductions_equal_the_definitions_at_every_length() {
        for n in 1..70 {
            let x = ramp(n);
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            close(
                max(&x),
                wide.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                0.0,
            );
            let sum: f64 = wide.iter().map(|x| (x - 1.0).exp()).sum();
            close(sum_exp(&x, 1.0), sum, 1e-5);
            close(exp_in_place(&mut x.clone(), 1.0), sum, 1e-5);
        }
    }

    #[test]
    fn norm_and_activation_equal_the_definitions() {
        let x = ramp(67);
        let weight = vec![0.5; 67];
        let mut out = vec![0.0; 67];
        rms_norm(&x, &weight, 1e-5, &mut out);
        let mean = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / 67.0;
        for (out, &x) in out.iter().zip(&x) {
            close(*out, f64::from(x) / (mean + 1e-5).sqrt() * 0.5, 1e-6);
        }
        let mut in_place = x.clone();
        rms_norm_in_place(&mut in_place, &weight, 1e-5);
        let mut added = weight.clone();
        add_rms_norm(&x, &weight, 1e-5, &mut added);
        for ((&out, in_place), &added) in out.iter().zip(in_place).zip(&added) {
            assert_eq!(in_place, out);
            close(added, f64::from(out) + 0.5, 1e-6);
        }
        let mut gate = x.clone();
        gelu_multiply(&mut gate, &weight);
        for (gate, &x) in gate.iter().zip(&x) {
            let x = f64::from(x);
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            close(*gate, 0.5 * x * (1.0 + inner.tanh()) * 0.5, 1e-6);
        }
        let mut gate = x.clone();
        silu_multiply(&mut gate, &weight);
        for (gate, &x) in gate.iter().zip(&x) {
            close(
                *gate,
                f64::from(x) / (1.0 + f64::from(-x).exp()) * 0.5,
                1e-6,
            );
        }
    }

    #[test]
    fn a_soft_cap_equals_the_definition_and_never_overflows() {
        for cap in [0.5, 30.0, 50.0] {
            for x in (-2000..=2000)
                .map(|i| i as f32 / 10.0)
                .chain([1e-6, -1e-6, 1e30, -1e30])
            {
                let mut capped = [x];
                soft_cap(&mut capped, cap);
                let expected = f64::from(cap) * (f64::from(x) / f64::from(cap)).tanh();
                assert!(
                    ((f64::from(capped[0]) - expected) / expected.abs().max(1e-9)).abs() < 2e-6,
                    "{x}"
                );
            }
        }
        let (mut zero, mut huge) = ([0.0], [1e30, -1e30]);
        soft_cap(&mut zero, 50.0);
        gelu_multiply(&mut huge, &[1.0, 1.0]);
        assert_eq!((zero[0], huge[0]), (0.0, 1e30));
        assert!(huge[1].abs() < 1e-6);
    }

    #[test]
    fn small_products_equal_the_definitions() {
        for (n_a, n_b, width) in [(1, 1, 8), (3, 5, 33), (4, 4, 16), (9, 7, 70)] {
            let (a, b) = (ramp(n_a * width), ramp(n_b * (width + 2)));
            let (a, b) = (
                Rows::new(&a, n_a, width, width),
                Rows::new(&b, n_b, width, width + 2),
            );
            let mut scores = vec![0.0; n_a * n_b];
            dot_rows(a, b, &mut scores, n_b);
            let mut transposed = vec![0.0; n_a * n_b];
            dot_rows(b, a, &mut transposed, n_a);
            for (i, j) in (0..n_a).flat_map(|i| (0..n_b).map(move |j| (i, j))) {
                let expected = (0..width)
                    .map(|k| f64::from(a.row(i)[k]) * f64::from(b.row(j)[k]))
                    .sum();
                close(scores[i * n_b + j], expected, 1e-5);
                assert_eq!(transposed[j * n_a + i], scores[i * n_b + j]);
            }
            let mut out = vec![1.0; width];
            add_weighted_rows(&scores[..n_b], b, &mut out);
            for (k, &out) in out.iter().enumerate() {
                close(
                    out,
                    1.0 + (0..n_b)
                        .map(|j| f64::from(scores[j]) * f64::from(b.row(j)[k]))
                        .sum::<f64>(),
                    1e-5,
                );
            }
        }
    }
}
