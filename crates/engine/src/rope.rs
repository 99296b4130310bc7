//! Rotary positions: the frequencies of a model and the angles of a position.
//!
//! The formulas are those of transformers' `modeling_rope_utils.py`; GGUF's equals, those of llama.cpp.

use crate::checkpoint::{Key, Settings, TensorName, TensorSource, key};
use crate::error::EngineError;
use std::f64::consts::TAU;

/// What a model's settings say about its rotary positions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rope {
    /// The base of the frequencies.
    pub(crate) theta: f64,
    /// Numbers of a head that are rotated: the first so many.
    pub(crate) n_rotated: usize,
    /// How they were changed to reach a longer context.
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
        /// What the slow ones are divided by.
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
        /// What the slow ones are divided by.
        factor: f64,
        /// The rank of the last that is kept, and that of the first that is divided by the whole factor.
        ramp: (f64, f64),
        /// What cosines and sines are multiplied by.
        attention_factor: f64,
    },
    /// Each divided by a factor of its own (LongRoPE, Ding et al. 2024); other factors beyond the original context.
    LongRope {
        /// Within the original context.
        short: Vec<f64>,
        /// Beyond it.
        long: Vec<f64>,
        /// What cosines and sines are multiplied by.
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
            Scaling::LongRope { original_context, .. } => Some(original_context),
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
            Scaling::Yarn { attention_factor, .. } | Scaling::LongRope { attention_factor, .. } => attention_factor,
            _ => 1.0,
        };
        let pairs = (0..self.n_rotated / 2).map(frequency).collect();
        Frequencies { pairs, attention_factor: attention_factor as f32 }
    }
}

impl Scaling {
    /// Changes the i-th frequency.
    fn apply(&self, i: usize, frequency: f64, context_length: usize) -> f64 {
        match self {
            Self::Plain => frequency,
            Self::Linear(factor) => frequency / factor,
            &Self::Llama3 { factor, low_frequency_factor, high_frequency_factor, original_context } => {
                let n_waves = original_context * frequency / TAU;
                let share = (n_waves - low_frequency_factor) / (high_frequency_factor - low_frequency_factor);
                blend(frequency, factor, share)
            }
            &Self::Yarn { factor, ramp: (first, last), .. } => {
                blend(frequency, factor, 1.0 - (i as f64 - first) / (last - first))
            }
            Self::LongRope { short, long, original_context, .. } => {
                frequency / if context_length > *original_context { long[i] } else { short[i] }
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

/// Where rotary positions are read from.
pub(crate) struct RopeSource<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) tensors: &'a dyn TensorSource,
    /// Numbers of a head that are rotated.
    pub(crate) n_rotated: usize,
    /// Positions that the model was trained for.
    pub(crate) context_length: usize,
}

/// The keys of one object of `config.json`, and their equals in GGUF.
struct ScalingKeys {
    theta: Key,
    kind: Key,
    old_kind: Key,
    factor: Key,
    low: Key,
    high: Key,
    original: Key,
    attention_factor: Key,
    beta_fast: Key,
    beta_slow: Key,
    mscale: Key,
    mscale_all: Key,
    truncate: Key,
    short: Key,
    long: Key,
}

macro_rules! scaling_keys {
    ($object:literal) => {
        ScalingKeys {
            theta: key(concat!($object, ".rope_theta"), "rope.freq_base"),
            kind: key(concat!($object, ".rope_type"), "rope.scaling.type"),
            old_kind: key(concat!($object, ".type"), "rope.scaling.type"),
            factor: key(concat!($object, ".factor"), "rope.scaling.factor"),
            low: key(concat!($object, ".low_freq_factor"), ""),
            high: key(concat!($object, ".high_freq_factor"), ""),
            original: key(
                concat!($object, ".original_max_position_embeddings"),
                "rope.scaling.original_context_length",
            ),
            attention_factor: key(concat!($object, ".attention_factor"), "rope.scaling.attn_factor"),
            beta_fast: key(concat!($object, ".beta_fast"), "rope.scaling.yarn_beta_fast"),
            beta_slow: key(concat!($object, ".beta_slow"), "rope.scaling.yarn_beta_slow"),
            mscale: key(concat!($object, ".mscale"), ""),
            mscale_all: key(concat!($object, ".mscale_all_dim"), ""),
            truncate: key(concat!($object, ".truncate"), ""),
            short: key(concat!($object, ".short_factor"), ""),
            long: key(concat!($object, ".long_factor"), ""),
        }
    };
}

/// Before transformers 5; since then; since then in models whose layers differ.
const OBJECTS: [ScalingKeys; 3] =
    [scaling_keys!("rope_scaling"), scaling_keys!("rope_parameters"), scaling_keys!("rope_parameters.full_attention")];
const LOCAL: ScalingKeys = scaling_keys!("rope_parameters.sliding_attention");

impl RopeSource<'_> {
    /// Of all layers, or of those without a window.
    pub(crate) fn read(&self) -> Result<Rope, EngineError> {
        let thetas = OBJECTS.iter().map(|object| object.theta).chain([key("rope_theta", "rope.freq_base")]);
        let theta = self.theta(thetas)?.unwrap_or(DEFAULT_THETA);
        let found = OBJECTS.iter().find_map(|object| self.kind(object).map(|kind| (object, kind)));
        let scaling = if self.tensors.contains(TensorName::RopeFactorsShort) {
            self.long_rope_of_tensors(&OBJECTS[0])?
        } else if self.tensors.contains(TensorName::RopeFactors) {
            Scaling::Factors(self.factors(TensorName::RopeFactors)?)
        } else {
            found.map_or(Ok(Scaling::Plain), |(object, kind)| self.scaling(object, kind))?
        };
        Ok(Rope { theta, n_rotated: self.n_rotated, scaling })
    }

    /// Of layers with a window, in models where they differ (Gemma 3): plain unless transformers 5 says otherwise.
    pub(crate) fn read_local(&self) -> Result<Rope, EngineError> {
        let thetas = [LOCAL.theta].into_iter().filter(|_| !self.settings.are_gguf());
        let theta = self.theta(thetas.chain([key("rope_local_base_freq", "rope.freq_base_swa")]))?;
        let kind = if self.settings.are_gguf() { None } else { self.kind(&LOCAL) };
        let scaling = kind.map_or(Ok(Scaling::Plain), |kind| self.scaling(&LOCAL, kind))?;
        Ok(Rope { theta: theta.unwrap_or(DEFAULT_THETA), n_rotated: self.n_rotated, scaling })
    }

    fn theta(&self, keys: impl IntoIterator<Item = Key>) -> Result<Option<f64>, EngineError> {
        for name in keys {
            match self.settings.real(name)? {
                // Frequencies are powers of it, and YaRN divides by its logarithm.
                Some(theta) if theta <= 1.0 => return Err(self.settings.wrong(name, "is not larger than 1")),
                Some(theta) => return Ok(Some(theta)),
                None => {}
            }
        }
        Ok(None)
    }

    fn kind(&self, object: &ScalingKeys) -> Option<&str> {
        self.settings.text(object.kind).or_else(|| self.settings.text(object.old_kind))
    }

    fn scaling(&self, object: &ScalingKeys, kind: &str) -> Result<Scaling, EngineError> {
        // Early Phi 3 files call LongRoPE by other names.
        let has_factors = self.settings.numbers(object.short)?.is_some();
        match kind {
            "default" | "none" => Ok(Scaling::Plain),
            "linear" => Ok(Scaling::Linear(self.required(object.factor)?)),
            "llama3" => self.llama3(object),
            "longrope" | "su" => self.long_rope(object),
            "yarn" if has_factors => self.long_rope(object),
            "yarn" => self.yarn(object),
            other => Err(EngineError::Unsupported {
                what: format!("rotary positions scaled by '{other}'"),
                supported: "default, linear, llama3, yarn, longrope".into(),
            }),
        }
    }

    fn llama3(&self, object: &ScalingKeys) -> Result<Scaling, EngineError> {
        let (low, high) = (self.required(object.low)?, self.required(object.high)?);
        if low >= high {
            return Err(self.settings.wrong(object.high, "is not larger than low_freq_factor"));
        }
        Ok(Scaling::Llama3 {
            factor: self.required(object.factor)?,
            low_frequency_factor: low,
            high_frequency_factor: high,
            original_context: self.required(object.original)?,
        })
    }

    fn yarn(&self, object: &ScalingKeys) -> Result<Scaling, EngineError> {
        let original = self.original(object)?;
        let factor = self.positive(object.factor)?.unwrap_or(self.context_length as f64 / original);
        let fast = self.positive(object.beta_fast)?.unwrap_or(32.0);
        let slow = self.positive(object.beta_slow)?.unwrap_or(1.0);
        let theta = self.theta([object.theta, key("rope_theta", "rope.freq_base")])?.unwrap_or(DEFAULT_THETA);
        let n = self.n_rotated as f64;
        // The rank of the frequency that makes so many turns within the original context.
        let rank = |turns: f64| n * (original / (turns * TAU)).ln() / (2.0 * theta.ln());
        let (mut first, mut last) = (rank(fast), rank(slow));
        if self.settings.flag(object.truncate).unwrap_or(true) {
            (first, last) = (first.floor(), last.ceil());
        }
        let (first, last) = (first.max(0.0), last.min(n - 1.0));
        let ramp = (first, if last == first { last + 0.001 } else { last });
        Ok(Scaling::Yarn { factor, ramp, attention_factor: self.yarn_attention_factor(object, factor)? })
    }

    fn yarn_attention_factor(&self, object: &ScalingKeys, factor: f64) -> Result<f64, EngineError> {
        let stated = self.positive(object.attention_factor)?;
        let scale = |mscale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * mscale * factor.ln() + 1.0 };
        if self.settings.are_gguf() {
            // There, what is stated comes on top.
            let further = self.positive(key("", "rope.scaling.yarn_attn_factor"))?;
            return Ok(scale(1.0) * stated.unwrap_or(1.0) * further.unwrap_or(1.0));
        }
        let mscales = self.positive(object.mscale)?.zip(self.positive(object.mscale_all)?);
        Ok(stated.unwrap_or_else(|| mscales.map_or(scale(1.0), |(mscale, all)| scale(mscale) / scale(all))))
    }

    fn long_rope(&self, object: &ScalingKeys) -> Result<Scaling, EngineError> {
        let original = self.original(object)?;
        let factor = self.positive(object.factor)?.unwrap_or(self.context_length as f64 / original);
        let attention_factor = match self.positive(object.attention_factor)? {
            Some(stated) => stated,
            None if factor <= 1.0 => 1.0,
            None => (1.0 + factor.ln() / original.ln()).sqrt(),
        };
        let (short, long) = (self.listed_factors(object.short)?, self.listed_factors(object.long)?);
        Ok(Scaling::LongRope { short, long, attention_factor, original_context: original as usize })
    }

    /// GGUF keeps the factors as tensors, and has the attention factor computed.
    fn long_rope_of_tensors(&self, object: &ScalingKeys) -> Result<Scaling, EngineError> {
        Ok(Scaling::LongRope {
            short: self.factors(TensorName::RopeFactorsShort)?,
            long: self.factors(TensorName::RopeFactorsLong)?,
            attention_factor: self.positive(object.attention_factor)?.unwrap_or(1.0),
            original_context: self.original(object)? as usize,
        })
    }

    /// Context length before the change. In Phi 3 it stands outside of the object.
    fn original(&self, object: &ScalingKeys) -> Result<f64, EngineError> {
        let outside = self.positive(key("original_max_position_embeddings", "rope.scaling.original_context_length"))?;
        let original = outside.map_or_else(|| self.positive(object.original), |outside| Ok(Some(outside)))?;
        match original.unwrap_or(self.context_length as f64) {
            original if original >= 2.0 => Ok(original),
            _ => Err(self.settings.wrong(object.original, "is less than 2")),
        }
    }

    fn positive(&self, name: Key) -> Result<Option<f64>, EngineError> {
        match self.settings.real(name)? {
            Some(number) if number <= 0.0 => Err(self.settings.wrong(name, "is missing or not positive")),
            number => Ok(number),
        }
    }

    fn required(&self, name: Key) -> Result<f64, EngineError> {
        self.positive(name)?.ok_or_else(|| self.settings.wrong(name, "is missing or not positive"))
    }

    fn listed_factors(&self, name: Key) -> Result<Vec<f64>, EngineError> {
        let factors = self.settings.numbers(name)?.unwrap_or_default();
        if factors.len() != self.n_rotated / 2 || factors.iter().any(|&factor| factor <= 0.0) {
            let reason = format!("is not a list of {} positive numbers", self.n_rotated / 2);
            return Err(self.settings.wrong(name, &reason));
        }
        Ok(factors)
    }

    fn factors(&self, name: TensorName) -> Result<Vec<f64>, EngineError> {
        let numbers = self.tensors.tensor(name, &[self.n_rotated / 2])?.to_vec1::<f32>();
        let failed = |error: candle_core::Error| EngineError::Tensor { name: name.gguf(), reason: error.to_string() };
        Ok(numbers.map_err(failed)?.into_iter().map(f64::from).collect())
    }
}

const DEFAULT_THETA: f64 = 10_000.0;

/// Cosines and sines of some positions: one row each, half a head wide.
pub(crate) struct Rotations {
    half: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rotations {
    /// Of each position in turn. Angles are products in f32, as in transformers.
    pub(crate) fn of(positions: &[usize], frequencies: &Frequencies) -> Self {
        let Frequencies { pairs, attention_factor } = frequencies;
        let angles = positions.iter().flat_map(|&p| pairs.iter().map(move |frequency| p as f32 * frequency));
        let turn = |angle: f32| (angle.sin() * attention_factor, angle.cos() * attention_factor);
        let (sines, cosines) = angles.map(turn).unzip();
        Self { half: pairs.len(), cosines, sines }
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
        let scaling = Scaling::Yarn { factor: 4.0, ramp: (2.0, 6.0), attention_factor: 1.0 };
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
        let rope = Rope { theta: 10_000.0, n_rotated: 4, scaling };
        assert_eq!(rope.frequencies(32).pairs, [1.0, 0.005]);
        assert_eq!(rope.frequencies(33).pairs, [0.25, 0.00125]);
        let rotations = Rotations::of(&[0], &rope.frequencies(32));
        assert_eq!(rotations.row(0), (&[1.25, 1.25][..], &[0.0, 0.0][..]));
    }

    #[test]
    fn a_position_turns_by_its_frequency() {
        let rotations = Rotations::of(&[0, 3], &Frequencies { pairs: vec![0.5, 2.0], attention_factor: 1.0 });
        assert_eq!(rotations.row(0), (&[1.0, 1.0][..], &[0.0, 0.0][..]));
        let (cosines, sines) = rotations.row(1);
        assert!((cosines[1] - 6_f32.cos()).abs() < 1e-6 && (sines[0] - 1.5_f32.sin()).abs() < 1e-6);
    }
}
