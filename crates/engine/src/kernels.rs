//! The element-wise arithmetic of a decoder, vectorised with run-time dispatch.
//!
//! Each public function runs its loop under the widest instruction set of the machine (`pulp`); the loops keep 16
//! independent partial results, so that the compiler can use whole registers.

use pulp::Arch;

const LANES: usize = 16;

/// `exp`, by range reduction and a polynomial of degree 5 (Cephes `expf`); relative error below 2⁻²².
/// Arguments beyond ±87 are clamped: the result is then tiny or huge but finite.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    // Adding 1.5 · 2²³ rounds to an integer and leaves it in the low bits.
    let shifted = x.mul_add(std::f32::consts::LOG2_E, 12_582_912.0);
    let n = shifted - 12_582_912.0;
    let r = n.mul_add(2.121_944_4e-4, n.mul_add(-0.693_359_4, x));
    let coefficients = [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];
    let polynomial = coefficients.iter().fold(1.987_569_1e-4_f32, |sum, &c| sum.mul_add(r, c));
    let mantissa = polynomial.mul_add(r * r, r + 1.0);
    mantissa * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Root-mean-square normalisation (Zhang and Sennrich 2019): `out = x / √(mean(x²) + epsilon) · weight`.
pub(crate) fn rms_norm(x: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    Arch::new().dispatch(|| {
        let scale = 1.0 / (sum_of_squares(x) / x.len() as f32 + epsilon).sqrt();
        for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
            *out = x * scale * weight;
        }
    });
}

#[inline(always)]
fn sum_of_squares(x: &[f32]) -> f32 {
    let chunks = x.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|x| x * x).sum();
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum = x.mul_add(*x, *sum);
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// SwiGLU (Shazeer 2020) in place: `gate = gate · sigmoid(gate) · up`.
pub(crate) fn silu_multiply(gate: &mut [f32], up: &[f32]) {
    Arch::new().dispatch(|| {
        for (gate, up) in gate.iter_mut().zip(up) {
            *gate = *gate / (1.0 + exp(-*gate)) * up;
        }
    });
}

/// Rotates pairs `(x[i], x[i + half])` of one head by the angles whose cosines and sines are given (rotary positions, Su
/// et al. 2021, in the half-split layout of transformers).
pub(crate) fn rotate(head: &mut [f32], cosines: &[f32], sines: &[f32]) {
    Arch::new().dispatch(|| {
        let (left, right) = head.split_at_mut(cosines.len());
        for (((left, right), cosine), sine) in left.iter_mut().zip(right).zip(cosines).zip(sines) {
            let (x, y) = (*left, *right);
            *left = x * cosine - y * sine;
            *right = y * cosine + x * sine;
        }
    });
}

/// `a += b`.
pub(crate) fn add(a: &mut [f32], b: &[f32]) {
    Arch::new().dispatch(|| a.iter_mut().zip(b).for_each(|(a, b)| *a += b));
}

/// `a = a · scale_a + b · scale_b`.
pub(crate) fn blend(a: &mut [f32], scale_a: f32, b: &[f32], scale_b: f32) {
    Arch::new().dispatch(|| a.iter_mut().zip(b).for_each(|(a, b)| *a = *a * scale_a + b * scale_b));
}

/// `a *= scale`.
pub(crate) fn scale(a: &mut [f32], scale: f32) {
    Arch::new().dispatch(|| a.iter_mut().for_each(|a| *a *= scale));
}

/// The largest number; −∞ of none.
pub(crate) fn max(x: &[f32]) -> f32 {
    Arch::new().dispatch(|| {
        let chunks = x.chunks_exact(LANES);
        let rest = chunks.remainder().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut largest = [f32::NEG_INFINITY; LANES];
        for chunk in chunks {
            for (largest, &x) in largest.iter_mut().zip(chunk) {
                *largest = if x > *largest { x } else { *largest };
            }
        }
        largest.iter().copied().fold(rest, f32::max)
    })
}

/// Replaces each x by `exp(x − max)` and returns their sum.
pub(crate) fn exp_in_place(x: &mut [f32], max: f32) -> f32 {
    Arch::new().dispatch(|| {
        let mut sums = [0.0_f32; LANES];
        let mut chunks = x.chunks_exact_mut(LANES);
        for chunk in &mut chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *x = exp(*x - max);
                *sum += *x;
            }
        }
        let mut sum: f32 = sums.iter().sum();
        for x in chunks.into_remainder() {
            *x = exp(*x - max);
            sum += *x;
        }
        sum
    })
}

/// `Σ exp(x − max)`.
pub(crate) fn sum_exp(x: &[f32], max: f32) -> f32 {
    Arch::new().dispatch(|| {
        let chunks = x.chunks_exact(LANES);
        let rest: f32 = chunks.remainder().iter().map(|&x| exp(x - max)).sum();
        let mut sums = [0.0_f32; LANES];
        for chunk in chunks {
            for (sum, &x) in sums.iter_mut().zip(chunk) {
                *sum += exp(x - max);
            }
        }
        sums.iter().sum::<f32>() + rest
    })
}

/// `a · b`.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_chunks.zip(b_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum = a.mul_add(*b, *sum);
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `out[j] = query · keys[j]`: for the one token of a decoding step, where packing for a matrix product costs more than
/// the product.
pub(crate) fn dot_rows(query: &[f32], keys: crate::matrix::Rows<'_>, out: &mut [f32]) {
    Arch::new().dispatch(|| out.iter_mut().enumerate().for_each(|(j, out)| *out = dot(query, keys.row(j))));
}

/// `out += Σ weights[j] · values[j]`.
pub(crate) fn add_weighted_rows(weights: &[f32], values: crate::matrix::Rows<'_>, out: &mut [f32]) {
    Arch::new().dispatch(|| {
        for (j, &weight) in weights.iter().enumerate() {
            out.iter_mut().zip(values.row(j)).for_each(|(out, value)| *out = weight.mul_add(*value, *out));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Rows;

    fn ramp(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 37) % 101) as f32 / 10.0 - 5.0).collect()
    }

    fn close(a: f32, b: f64, tolerance: f64) {
        assert!((f64::from(a) - b).abs() <= tolerance * b.abs().max(1.0), "{a} is not {b}");
    }

    #[test]
    fn exp_equals_the_library_and_never_overflows() {
        for i in -870..=870 {
            let x = i as f32 / 10.0;
            let expected = f64::from(x).exp();
            assert!(((f64::from(exp(x)) - expected) / expected).abs() < 3e-7, "{x}");
        }
        assert!(exp(1e30).is_finite() && exp(-1e30) < 1e-30);
    }

    #[test]
    fn reductions_equal_the_definitions_at_every_length() {
        for n in 1..70 {
            let x = ramp(n);
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            close(max(&x), wide.iter().copied().fold(f64::NEG_INFINITY, f64::max), 0.0);
            let sum: f64 = wide.iter().map(|x| (x - 1.0).exp()).sum();
            close(sum_exp(&x, 1.0), sum, 1e-5);
            close(exp_in_place(&mut x.clone(), 1.0), sum, 1e-5);
            close(dot(&x, &x), wide.iter().map(|x| x * x).sum(), 1e-5);
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
        let mut gate = x.clone();
        silu_multiply(&mut gate, &weight);
        for (gate, &x) in gate.iter().zip(&x) {
            close(*gate, f64::from(x) / (1.0 + f64::from(-x).exp()) * 0.5, 1e-6);
        }
    }

    #[test]
    fn small_products_equal_the_definitions() {
        let (query, keys) = (ramp(8), ramp(50));
        let rows = Rows::new(&keys, 5, 8, 10);
        let mut scores = vec![0.0; 5];
        dot_rows(&query, rows, &mut scores);
        let mut out = vec![1.0; 8];
        add_weighted_rows(&scores, rows, &mut out);
        for (j, &score) in scores.iter().enumerate() {
            close(score, (0..8).map(|k| f64::from(query[k] * keys[j * 10 + k])).sum(), 1e-5);
        }
        for (k, &out) in out.iter().enumerate() {
            close(out, 1.0 + (0..5).map(|j| f64::from(scores[j] * keys[j * 10 + k])).sum::<f64>(), 1e-5);
        }
    }
}
