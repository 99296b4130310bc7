//! Rotary positions: the frequencies of a model and the angles of a position.

use crate::checkpoint::{Key, Settings, TensorName, TensorSource, key};
use crate::error::EngineError;
use std::f64::consts::TAU;

/// What a model's settings say about its rotary positions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rope {
    /// The base of the frequencies.
    pub(crate) theta: f64,
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
}

impl Rope {
    /// Reads `rope_theta` and `rope_scaling` (or, since transformers 5, `rope_parameters`), or their GGUF equals.
    pub(crate) fn read(settings: &Settings) -> Result<Self, EngineError> {
        let theta = match settings.real(key("rope_theta", "rope.freq_base"))? {
            Some(theta) => theta,
            None => settings.real(key("rope_parameters.rope_theta", "rope.freq_base"))?.unwrap_or(10_000.0),
        };
        if theta <= 0.0 {
            return Err(settings.wrong(key("rope_theta", "rope.freq_base"), "is not positive"));
        }
        for object in [SCALING, PARAMETERS] {
            let kind = settings.text(object.kind).or_else(|| settings.text(object.old_kind));
            match kind {
                None => {}
                Some("default" | "none") => break,
                Some(kind) => return Ok(Self { theta, scaling: object.read(settings, kind)? }),
            }
        }
        Ok(Self { theta, scaling: Scaling::Plain })
    }

    /// The frequency of each pair of one head, in radians a position, as f32 (transformers computes them so).
    pub(crate) fn frequencies(&self, head_size: usize, tensors: &dyn TensorSource) -> Result<Vec<f32>, EngineError> {
        let half = head_size / 2;
        let plain = (0..half).map(|i| self.theta.powf(-2.0 * i as f64 / head_size as f64));
        let mut frequencies: Vec<f32> = plain.map(|frequency| self.scaling.apply(frequency) as f32).collect();
        if tensors.contains(TensorName::RopeFactors) {
            let factors = tensors.tensor(TensorName::RopeFactors, &[half])?.numbers();
            frequencies.iter_mut().zip(factors).for_each(|(frequency, factor)| *frequency /= factor);
        }
        Ok(frequencies)
    }
}

impl Scaling {
    fn apply(&self, frequency: f64) -> f64 {
        match *self {
            Self::Plain => frequency,
            Self::Linear(factor) => frequency / factor,
            Self::Llama3 { factor, low_frequency_factor, high_frequency_factor, original_context } => {
                let n_waves = original_context * frequency / TAU;
                let share = (n_waves - low_frequency_factor) / (high_frequency_factor - low_frequency_factor);
                let share = share.clamp(0.0, 1.0);
                frequency * (share + (1.0 - share) / factor)
            }
        }
    }
}

/// Where `config.json` keeps the scaling, and its equals in GGUF.
struct ScalingKeys {
    kind: Key,
    old_kind: Key,
    factor: Key,
    low: Key,
    high: Key,
    original: Key,
}

const SCALING: ScalingKeys = ScalingKeys {
    kind: key("rope_scaling.rope_type", "rope.scaling.type"),
    old_kind: key("rope_scaling.type", "rope.scaling.type"),
    factor: key("rope_scaling.factor", "rope.scaling.factor"),
    low: key("rope_scaling.low_freq_factor", ""),
    high: key("rope_scaling.high_freq_factor", ""),
    original: key("rope_scaling.original_max_position_embeddings", ""),
};

const PARAMETERS: ScalingKeys = ScalingKeys {
    kind: key("rope_parameters.rope_type", ""),
    old_kind: key("rope_parameters.type", ""),
    factor: key("rope_parameters.factor", ""),
    low: key("rope_parameters.low_freq_factor", ""),
    high: key("rope_parameters.high_freq_factor", ""),
    original: key("rope_parameters.original_max_position_embeddings", ""),
};

impl ScalingKeys {
    fn read(&self, settings: &Settings, kind: &str) -> Result<Scaling, EngineError> {
        let positive = |key| match settings.real(key)? {
            Some(number) if number > 0.0 => Ok(number),
            _ => Err(settings.wrong(key, "is missing or not positive")),
        };
        match kind {
            "linear" => Ok(Scaling::Linear(positive(self.factor)?)),
            "llama3" => {
                let (low, high) = (positive(self.low)?, positive(self.high)?);
                if low >= high {
                    return Err(settings.wrong(self.high, "is not larger than low_freq_factor"));
                }
                Ok(Scaling::Llama3 {
                    factor: positive(self.factor)?,
                    low_frequency_factor: low,
                    high_frequency_factor: high,
                    original_context: positive(self.original)?,
                })
            }
            other => Err(EngineError::Unsupported {
                what: format!("rotary positions scaled by '{other}'"),
                supported: "default, linear, llama3".into(),
            }),
        }
    }
}

/// Cosines and sines of some positions: one row each, half a head wide.
pub(crate) struct Rotations {
    half: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rotations {
    /// Of each position in turn. Angles are products in f32, as in transformers.
    pub(crate) fn of(positions: &[usize], frequencies: &[f32]) -> Self {
        let angles = positions.iter().flat_map(|&p| frequencies.iter().map(move |frequency| p as f32 * frequency));
        let (sines, cosines) = angles.map(f32::sin_cos).unzip();
        Self { half: frequencies.len(), cosines, sines }
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
        assert_eq!(scaling.apply(1.0), 1.0);
        assert_eq!(scaling.apply(1e-6), 1e-6 / 8.0);
        // 2.5 waves fit into the original context: half of the way between the two rules.
        let middle = 2.5 * TAU / 8192.0;
        assert!((scaling.apply(middle) - middle * (0.5 + 0.5 / 8.0)).abs() < 1e-12);
    }

    #[test]
    fn a_position_turns_by_its_frequency() {
        let rotations = Rotations::of(&[0, 3], &[0.5, 2.0]);
        assert_eq!(rotations.row(0), (&[1.0, 1.0][..], &[0.0, 0.0][..]));
        let (cosines, sines) = rotations.row(1);
        assert!((cosines[1] - 6_f32.cos()).abs() < 1e-6 && (sines[0] - 1.5_f32.sin()).abs() < 1e-6);
    }
}
