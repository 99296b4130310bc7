//! Reads a model's rotary positions from its settings, and from the tensors that GGUF keeps some of them in.
//!
//! Defaults are those of transformers: `modeling_rope_utils.py` and the configurations of the families.

use super::{Rope, Scaling};
use crate::checkpoint::{Key, Settings, TensorName, TensorSource, key};
use crate::error::EngineError;
use std::f64::consts::TAU;

/// Source of rotary positions.
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
            attention_factor: key(
                concat!($object, ".attention_factor"),
                "rope.scaling.attn_factor",
            ),
            beta_fast: key(
                concat!($object, ".beta_fast"),
                "rope.scaling.yarn_beta_fast",
            ),
            beta_slow: key(
                concat!($object, ".beta_slow"),
                "rope.scaling.yarn_beta_slow",
            ),
            mscale: key(concat!($object, ".mscale"), ""),
            mscale_all: key(concat!($object, ".mscale_all_dim"), ""),
            truncate: key(concat!($object, ".truncate"), ""),
            short: key(concat!($object, ".short_factor"), ""),
            long: key(concat!($object, ".long_factor"), ""),
        }
    };
}

/// Before transformers 5; since then; since then in models whose layers differ.
const OBJECTS: [ScalingKeys; 3] = [
    scaling_keys!("rope_scaling"),
    scaling_keys!("rope_parameters"),
    scaling_keys!("rope_parameters.full_attention"),
];
const LOCAL: ScalingKeys = scaling_keys!("rope_parameters.sliding_attention");

impl RopeSource<'_> {
    /// Reads the positions of all layers, or of those without a window.
    pub(crate) fn read(&self) -> Result<Rope, EngineError> {
        let thetas = OBJECTS
            .iter()
            .map(|object| object.theta)
            .chain([key("rope_theta", "rope.freq_base")]);
        let theta = self.theta(thetas)?.unwrap_or(DEFAULT_THETA);
        let found = OBJECTS
            .iter()
            .find_map(|object| self.kind(object).map(|kind| (object, kind)));
        let scaling = if self.tensors.contains(TensorName::RopeFactorsShort) {
            self.long_rope_of_tensors(&OBJECTS[0])?
        } else if self.tensors.contains(TensorName::RopeFactors) {
            Scaling::Factors(self.factors(TensorName::RopeFactors)?)
        } else {
            found.map_or(Ok(Scaling::Plain), |(object, kind)| {
                self.scaling(object, kind)
            })?
        };
        Ok(Rope {
            theta,
            n_rotated: self.n_rotated,
            scaling,
        })
    }

    /// Reads the positions of layers with a window, in models where they differ (Gemma 3): plain unless transformers 5 says
    /// otherwise.
    pub(crate) fn read_local(&self) -> Result<Rope, EngineError> {
        let thetas = [LOCAL.theta]
            .into_iter()
            .filter(|_| !self.settings.are_gguf());
        let theta =
            self.theta(thetas.chain([key("rope_local_base_freq", "rope.freq_base_swa")]))?;
        let kind = if self.settings.are_gguf() {
            None
        } else {
            self.kind(&LOCAL)
        };
        let scaling = kind.map_or(Ok(Scaling::Plain), |kind| self.scaling(&LOCAL, kind))?;
        Ok(Rope {
            theta: theta.unwrap_or(DEFAULT_THETA),
            n_rotated: self.n_rotated,
            scaling,
        })
    }

    fn theta(&self, keys: impl IntoIterator<Item = Key>) -> Result<Option<f64>, EngineError> {
        for name in keys {
            match self.settings.real(name)? {
                // Frequencies are powers of it, and YaRN divides by its logarithm.
                Some(theta) if theta <= 1.0 => {
                    return Err(self.settings.wrong(name, "is not larger than 1"));
                }
                Some(theta) => return Ok(Some(theta)),
                None => {}
            }
        }
        Ok(None)
    }

    fn kind(&self, object: &ScalingKeys) -> Option<&str> {
        self.settings
            .text(object.kind)
            .or_else(|| self.settings.text(object.old_kind))
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
            return Err(self
                .settings
                .wrong(object.high, "is not larger than low_freq_factor"));
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
        let factor = self
            .positive(object.factor)?
            .unwrap_or(self.context_length as f64 / original);
        let fast = self.positive(object.beta_fast)?.unwrap_or(32.0);
        let slow = self.positive(object.beta_slow)?.unwrap_or(1.0);
        let theta = self
            .theta([object.theta, key("rope_theta", "rope.freq_base")])?
            .unwrap_or(DEFAULT_THETA);
        let n = self.n_rotated as f64;
        // The rank of the frequency that makes so many turns within the original context.
        let rank = |turns: f64| n * (original / (turns * TAU)).ln() / (2.0 * theta.ln());
        let (mut first, mut last) = (rank(fast), rank(slow));
        if self.settings.flag(object.truncate).unwrap_or(true) {
            (first, last) = (first.floor(), last.ceil());
        }
        let (first, last) = (first.max(0.0), last.min(n - 1.0));
        let ramp = (first, if last == first { last + 0.001 } else { last });
        Ok(Scaling::Yarn {
            factor,
            ramp,
            attention_factor: self.yarn_attention_factor(object, factor)?,
        })
    }

    fn yarn_attention_factor(&self, object: &ScalingKeys, factor: f64) -> Result<f64, EngineError> {
        let stated = self.positive(object.attention_factor)?;
        let scale = |mscale: f64| {
            if factor <= 1.0 {
                1.0
            } else {
                0.1 * mscale * factor.ln() + 1.0
            }
        };
        if self.settings.are_gguf() {
            // There, what is stated comes on top.
            let further = self.positive(key("", "rope.scaling.yarn_attn_factor"))?;
            return Ok(scale(1.0) * stated.unwrap_or(1.0) * further.unwrap_or(1.0));
        }
        let mscales = self
            .positive(object.mscale)?
            .zip(self.positive(object.mscale_all)?);
        Ok(stated.unwrap_or_else(|| {
            mscales.map_or(scale(1.0), |(mscale, all)| scale(mscale) / scale(all))
        }))
    }

    fn long_rope(&self, object: &ScalingKeys) -> Result<Scaling, EngineError> {
        let original = self.original(object)?;
        let factor = self
            .positive(object.factor)?
            .unwrap_or(self.context_length as f64 / original);
        let attention_factor = match self.positive(object.attention_factor)? {
            Some(stated) => stated,
            None if factor <= 1.0 => 1.0,
            None => (1.0 + factor.ln() / original.ln()).sqrt(),
        };
        let (short, long) = (
            self.listed_factors(object.short)?,
            self.listed_factors(object.long)?,
        );
        Ok(Scaling::LongRope {
            short,
            long,
            attention_factor,
            original_context: original as usize,
        })
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
        let outside = self.positive(key(
            "original_max_position_embeddings",
            "rope.scaling.original_context_length",
        ))?;
        let original = outside.map_or_else(
            || self.positive(object.original),
            |outside| Ok(Some(outside)),
        )?;
        match original.unwrap_or(self.context_length as f64) {
            original if original >= 2.0 => Ok(original),
            _ => Err(self.settings.wrong(object.original, "is less than 2")),
        }
    }

    fn positive(&self, name: Key) -> Result<Option<f64>, EngineError> {
        match self.settings.real(name)? {
            Some(number) if number <= 0.0 => {
                Err(self.settings.wrong(name, "is missing or not positive"))
            }
            number => Ok(number),
        }
    }

    fn required(&self, name: Key) -> Result<f64, EngineError> {
        self.positive(name)?
            .ok_or_else(|| self.settings.wrong(name, "is missing or not positive"))
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
        let factors = self.tensors.tensor(name, &[self.n_rotated / 2])?.numbers();
        Ok(factors.into_iter().map(f64::from).collect())
    }
}

const DEFAULT_THETA: f64 = 10_000.0;
