//! Rotary positions: the frequencies of a model and the angles of a position.
//!
//! The formulas are those of transformers' `modeling_rope_utils.py`; GGUF's equals, those of llama.cpp.

mod source;

pub(crate) use source::RopeSource;

use std::f64::consts::TAU;

/// Rotary positions as a model's settings describe them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rope {
    /// The base of the frequencies.
    pub(crate) theta: f64,
    /// Numbers of a head that are rotated: the first so many.
    pub(crate) n_rotated: usize,
    /// Change that lets them reach a longer context.
    pub(crate) scaling: Scaling,
}

/// Changes of the frequencies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scaling {
    /// None.
    Plain,
    /// All divided by a factor (position interpolation, Chen et al. 2023).
    Linear(f64),
    /// Slow ones divided by a factor, fast ones kept, smooth between (Llama 3.1, `rope_type: llama3`).
    Llama3 {
        /// Divisor of the slow ones.
        factor: f64,
        /// Waves longer than the original context divided by this are slow.
        low_frequency_factor: f64,
        /// Waves shorter than the original context divided by this are fast.
        high_frequency_factor: f64,
        /// Context length before the change.
        original_context: f64,
    },
    /// Slow ones divided by a factor, fast ones kept, a straight line between by their rank (YaRN, Peng et al. 2023).
    Yarn {
        /// Divisor of the slow ones.
        factor: f64,
        /// The rank of the last that is kept, and that of the first that is divided by the whole factor.
        ramp: (f64, f64),
        /// Factor of cosines and sines.
        attention_factor: f64,
    },
    /// Each divided by a factor of its own (LongRoPE, Ding et al. 2024); other factors beyond the original context.
    LongRope {
        /// Within the original context.
        short: Vec<f64>,
        /// Beyond it.
        long: Vec<f64>,
        /// Factor of cosines and sines.
        attention_factor: f64,
        /// Context length before the change.
        original_context: usize,
    },
    /// Each divided by a factor of its own (what `llama3` becomes in GGUF).
    Factors(Vec<f64>),
}

/// Frequencies of the pairs of one head, in radians a position, and what cosines and sines are multiplied by.
pub(crate) struct Frequencies {
    pairs: Vec<f32>,
    attention_factor: f32,
}

impl Rope {
    /// The length from which on the frequencies would be others.
    pub(crate) fn original_context(&self) -> Option<usize> {
        match self.scaling {
            Scaling::LongRope {
                original_context, ..
            } => Some(original_context),
            _ => None,
        }
    }

    /// The frequencies for sequences of up to `context_length` tokens, as f32 (transformers computes them so).
    ///
    /// transformers chooses between the short and long factors of LongRoPE by each sequence's length. Here sequences
    /// share what they have in common, so that one choice holds for all of them: long if any may be long.
    pub(crate) fn frequencies(&self, context_length: usize) -> Frequencies {
        let frequency = |i: usize| {
            let plain = self.theta.powf(-2.0 * i as f64 / self.n_rotated as f64);
            self.scaling.apply(i, plain, context_length) as f32
        };
        let attention_factor = match self.scaling {
            Scaling::Yarn {
                attention_factor, ..
            }
            | Scaling::LongRope {
                attention_factor, ..
            } => attention_factor,
            _ => 1.0,
        };
        let pairs = (0..self.n_rotated / 2).map(frequency).collect();
        Frequencies {
            pairs,
            attention_factor: attention_factor as f32,
        }
    }
}

impl Scaling {
    /// Changes the i-th frequency.
    fn apply(&self, i: usize, frequency: f64, context_length: usize) -> f64 {
        match self {
            Self::Plain => frequency,
            Self::Linear(factor) => frequency / factor,
            &Self::Llama3 {
                factor,
                low_frequency_factor,
                high_frequency_factor,
                original_context,
            } => {
                let n_waves = original_context * frequency / TAU;
                let share = (n_waves - low_frequency_factor)
                    / (high_frequency_factor - low_frequency_factor);
                blend(frequency, factor, share)
            }
            &Self::Yarn {
                factor,
                ramp: (first, last),
                ..
            } => blend(frequency, factor, 1.0 - (i as f64 - first) / (last - first)),
            Self::LongRope {
                short,
                long,
                original_context,
                ..
            } => {
                frequency
                    / if context_length > *original_context {
                        long[i]
                    } else {
                        short[i]
                    }
            }
            Self::Factors(factors) => frequency / factors[i],
        }
    }
}

/// Keeps a share of the frequency and divides the rest by the factor.
fn blend(frequency: f64, factor: f64, share: f64) -> f64 {
    let share = share.clamp(0.0, 1.0);
    frequency * (share + (1.0 - share) / factor)
}

/// Cosines and sines of some positions: one row each, half a head wide.
pub(crate) struct Rotations {
    half: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rotations {
    /// Rotations of each position in turn. Angles are products in f32, as in transformers.
    pub(crate) fn of(positions: &[usize], frequencies: &Frequencies) -> Self {
        let Frequencies {
            pairs,
            attention_factor,
        } = frequencies;
        let angles = positions
            .iter()
            .flat_map(|&p| pairs.iter().map(move |frequency| p as f32 * frequency));
        let turn = |angle: f32| {
            (
                angle.sin() * attention_factor,
                angle.cos() * attention_factor,
            )
        };
        let (sines, cosines) = angles.map(turn).unzip();
        Self {
            half: pairs.len(),
            cosines,
            sines,
        }
    }

    /// Cosines and sines of one row.
    pub(crate) fn row(&self, row: usize) -> (&[f32], &[f32]) {
        let range = row * self.half..(row + 1) * self.half;
        (&self.cosines[range.clone()], &self.sines[range])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llama_3_keeps_fast_frequencies_and_divides_slow_ones() {
        let scaling = Scaling::Llama3 {
            factor: 8.0,
            low_frequency_factor: 1.0,
            high_frequency_factor: 4.0,
            original_context: 8192.0,
        };
        assert_eq!(scaling.apply(0, 1.0, 0), 1.0);
        assert_eq!(scaling.apply(0, 1e-6, 0), 1e-6 / 8.0);
        // 2.5 waves fit into the original context: half of the way between the two rules.
        let middle = 2.5 * TAU / 8192.0;
        assert!((scaling.apply(0, middle, 0) - middle * (0.5 + 0.5 / 8.0)).abs() < 1e-12);
    }

    #[test]
    fn yarn_goes_from_kept_to_divided_by_rank() {
        let scaling = Scaling::Yarn {
            factor: 4.0,
            ramp: (2.0, 6.0),
            attention_factor: 1.0,
        };
        let shares = [0, 2, 4, 6, 9].map(|i| scaling.apply(i, 1.0, 0));
        assert_eq!(shares, [1.0, 1.0, 0.625, 0.25, 0.25]);
    }

    #[test]
    fn long_rope_takes_the_long_factors_when_sequences_may_be_long() {
        let scaling = Scaling::LongRope {
            short: vec![1.0, 2.0],
            long: vec![4.0, 8.0],
            attention_factor: 1.25,
            original_context: 32,
        };
        let rope = Rope {
            theta: 10_000.0,
            n_rotated: 4,
            scaling,
        };
        assert_eq!(rope.frequencies(32).pairs, [1.0, 0.005]);
        assert_eq!(rope.frequencies(33).pairs, [0.25, 0.00125]);
        let rotations = Rotations::of(&[0], &rope.frequencies(32));
        assert_eq!(rotations.row(0), (&[1.25, 1.25][..], &[0.0, 0.0][..]));
    }

    #[test]
    fn a_position_turns_by_its_frequency() {
        let rotations = Rotations::of(
            &[0, 3],
            &Frequencies {
                pairs: vec![0.5, 2.0],
                attention_factor: 1.0,
            },
        );
        assert_eq!(rotations.row(0), (&[1.0, 1.0][..], &[0.0, 0.0][..]));
        let (cosines, sines) = rotations.row(1);
        assert!((cosines[1] - 6_f32.cos()).abs() < 1e-6 && (sines[0] - 1.5_f32.sin()).abs() < 1e-6);
    }
}
