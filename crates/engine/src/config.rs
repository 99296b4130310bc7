//! The sizes and switches of a decoder, read from a model's settings and checked.

use crate::checkpoint::{Settings, key};
use crate::error::EngineError;
use crate::rope::Rope;

/// Everything that the decoder needs to know besides its weights.
pub(crate) struct Config {
    /// Numbers in a token's vector.
    pub(crate) hidden: usize,
    /// Layers.
    pub(crate) n_layers: usize,
    /// Query heads.
    pub(crate) n_heads: usize,
    /// Key and value heads; each serves `n_heads / n_kv_heads` query heads.
    pub(crate) n_kv_heads: usize,
    /// Numbers in a head.
    pub(crate) head_size: usize,
    /// Numbers in the middle of the feed-forward part.
    pub(crate) feed_forward: usize,
    /// Positions that the model was trained for.
    pub(crate) context_length: usize,
    /// Added to the mean square in a norm.
    pub(crate) norm_epsilon: f32,
    /// Rotary positions.
    pub(crate) rope: Rope,
    /// Whether queries, keys and values must have a bias.
    pub(crate) qkv_bias: bool,
    /// Whether the projection after attention must have a bias.
    pub(crate) output_bias: bool,
    /// Whether the feed-forward part must have biases.
    pub(crate) feed_forward_bias: bool,
    /// Whether the output layer is the embedding.
    pub(crate) tied: bool,
    /// For each layer, how many positions a token sees back from itself, itself included; `None` for all.
    pub(crate) windows: Vec<Option<usize>>,
}

impl Config {
    /// Reads what all families share; the rest is as in most of them.
    pub(crate) fn read(settings: &Settings) -> Result<Self, EngineError> {
        let hidden = settings.required_size(key("hidden_size", "embedding_length"))?;
        let n_heads = settings.required_size(key("num_attention_heads", "attention.head_count"))?;
        let n_layers = settings.required_size(key("num_hidden_layers", "block_count"))?;
        let config = Self {
            hidden,
            n_layers: n_layers.min(MOST_LAYERS),
            n_heads,
            n_kv_heads: settings.size(key("num_key_value_heads", "attention.head_count_kv"))?.unwrap_or(n_heads),
            head_size: settings.size(key("head_dim", "attention.key_length"))?.unwrap_or(hidden / n_heads),
            feed_forward: settings.required_size(key("intermediate_size", "feed_forward_length"))?,
            context_length: settings.required_size(key("max_position_embeddings", "context_length"))?,
            norm_epsilon: epsilon(settings)?,
            rope: Rope::read(settings)?,
            qkv_bias: false,
            output_bias: false,
            feed_forward_bias: false,
            tied: settings.flag(key("tie_word_embeddings", "")).unwrap_or(false),
            windows: vec![None; n_layers.min(MOST_LAYERS)],
        };
        config.check(settings, n_layers)?;
        Ok(config)
    }

    /// Query heads that share a key and value head.
    pub(crate) fn group(&self) -> usize {
        self.n_heads / self.n_kv_heads
    }

    /// Numbers in all keys (or values) of a token in one layer.
    pub(crate) fn kv_width(&self) -> usize {
        self.n_kv_heads * self.head_size
    }

    /// Numbers in all queries of a token.
    pub(crate) fn query_width(&self) -> usize {
        self.n_heads * self.head_size
    }

    fn check(&self, settings: &Settings, n_layers: usize) -> Result<(), EngineError> {
        let wrong = |hugging_face, gguf, reason: &str| Err(settings.wrong(key(hugging_face, gguf), reason));
        if n_layers > MOST_LAYERS {
            return wrong("num_hidden_layers", "block_count", "is too large");
        }
        if !self.n_heads.is_multiple_of(self.n_kv_heads) {
            return wrong("num_key_value_heads", "attention.head_count_kv", "does not divide the number of heads");
        }
        if self.head_size == 0 || !self.head_size.is_multiple_of(2) {
            return wrong("head_dim", "attention.key_length", "is not an even number of at least 2");
        }
        let rotated = settings.size(key("", "rope.dimension_count"))?.unwrap_or(self.head_size);
        let share = settings.real(key("partial_rotary_factor", ""))?.unwrap_or(1.0);
        if rotated != self.head_size || share != 1.0 {
            return wrong(
                "partial_rotary_factor",
                "rope.dimension_count",
                "rotates a part of a head only: not supported",
            );
        }
        match settings.text(key("hidden_act", "")) {
            None | Some("silu") => Ok(()),
            Some(_) => wrong("hidden_act", "", "is not silu, the only activation that this family has here"),
        }
    }
}

const MOST_LAYERS: usize = 4096;

fn epsilon(settings: &Settings) -> Result<f32, EngineError> {
    let name = key("rms_norm_eps", "attention.layer_norm_rms_epsilon");
    match settings.real(name)? {
        Some(epsilon) if epsilon >= 0.0 => Ok(epsilon as f32),
        Some(_) => Err(settings.wrong(name, "is negative")),
        None => Ok(1e-6),
    }
}
