//! The sizes and switches of a decoder, read from a model's settings and checked.

use crate::checkpoint::{Key, Settings, TensorSource, key};
use crate::error::EngineError;
use crate::rope::{Rope, RopeSource};

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
    /// Positions that may be used: at most those that the model was trained for.
    pub(crate) context_length: usize,
    /// Added to the mean square in a norm.
    pub(crate) norm_epsilon: f32,
    /// Number that is added to the weights of all norms.
    pub(crate) norm_offset: f32,
    /// `true` if each query and each key head is normalised before it is rotated.
    pub(crate) head_norms: bool,
    /// `true` if what attention and the feed-forward part yield is normalised before it is added.
    pub(crate) post_norms: bool,
    /// Function that the gate of the feed-forward part goes through.
    pub(crate) activation: Activation,
    /// Factor of token vectors.
    pub(crate) embedding_scale: f32,
    /// Factor of queries.
    pub(crate) query_scale: f32,
    /// Bound below which attention's scores are bent.
    pub(crate) attention_cap: Option<f32>,
    /// Bound below which logits are bent.
    pub(crate) logit_cap: Option<f32>,
    /// Rotary positions.
    pub(crate) rope: Rope,
    /// Rotary positions of the layers with a window, where they differ.
    pub(crate) local_rope: Option<Rope>,
    /// `true` if queries, keys and values stand in one tensor, and gate and up in another.
    pub(crate) fused: bool,
    /// `true` if queries, keys and values must have a bias.
    pub(crate) qkv_bias: bool,
    /// `true` if the projection after attention must have a bias.
    pub(crate) output_bias: bool,
    /// `true` if the feed-forward part must have biases.
    pub(crate) feed_forward_bias: bool,
    /// `true` if the output layer is the embedding.
    pub(crate) tied: bool,
    /// Positions that a token sees back from itself in each layer, itself included; `None` for all.
    pub(crate) windows: Vec<Option<usize>>,
}

/// Function that the gate of the feed-forward part goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x · sigmoid(x).
    Silu,
    /// GELU in its tanh form.
    GeluTanh,
}

impl Config {
    /// Reads what all families share; the rest is as in most of them.
    pub(crate) fn read(
        settings: &Settings,
        tensors: &dyn TensorSource,
    ) -> Result<Self, EngineError> {
        let hidden = settings.required_size(key("hidden_size", "embedding_length"))?;
        let n_heads = settings.required_size(key("num_attention_heads", "attention.head_count"))?;
        let n_layers = settings.required_size(key("num_hidden_layers", "block_count"))?;
        let head_size = head_size(settings, hidden, n_heads)?;
        let context_length =
            settings.required_size(key("max_position_embeddings", "context_length"))?;
        let n_rotated = n_rotated(settings, head_size)?;
        let config = Self {
            hidden,
            n_layers: n_layers.min(MOST_LAYERS),
            n_heads,
            n_kv_heads: settings
                .size(key("num_key_value_heads", "attention.head_count_kv"))?
                .unwrap_or(n_heads),
            head_size,
            feed_forward: settings
                .required_size(key("intermediate_size", "feed_forward_length"))?,
            context_length,
            norm_epsilon: epsilon(settings)?,
            norm_offset: 0.0,
            head_norms: false,
            post_norms: false,
            activation: activation(settings)?,
            embedding_scale: 1.0,
            query_scale: 1.0 / (head_size as f32).sqrt(),
            attention_cap: None,
            logit_cap: None,
            rope: RopeSource {
                settings,
                tensors,
                n_rotated,
                context_length,
            }
            .read()?,
            local_rope: None,
            fused: false,
            qkv_bias: false,
            output_bias: false,
            feed_forward_bias: false,
            tied: settings
                .flag(key("tie_word_embeddings", ""))
                .unwrap_or(false),
            windows: vec![None; n_layers.min(MOST_LAYERS)],
        };
        config.check(settings, n_layers)?;
        Ok(config)
    }

    /// Limits the context to what the caller asked for, else to the original one where frequencies change beyond it.
    pub(crate) fn limit_context(&mut self, asked: Option<usize>) {
        let own = asked
            .or_else(|| self.rope.original_context())
            .unwrap_or(usize::MAX);
        self.context_length = self.context_length.min(own);
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

    /// Bytes that the keys and values of a token take in all layers.
    pub(crate) fn kv_bytes_per_token(&self) -> usize {
        2 * self.n_layers * self.kv_width() * size_of::<f32>()
    }

    fn check(&self, settings: &Settings, n_layers: usize) -> Result<(), EngineError> {
        let wrong =
            |hugging_face, gguf, reason: &str| Err(settings.wrong(key(hugging_face, gguf), reason));
        if n_layers > MOST_LAYERS {
            return wrong("num_hidden_layers", "block_count", "is too large");
        }
        if !self.n_heads.is_multiple_of(self.n_kv_heads) {
            return wrong(
                "num_key_value_heads",
                "attention.head_count_kv",
                "does not divide the number of heads",
            );
        }
        Ok(())
    }
}

/// A number that is positive if it is there: a scale or a cap.
pub(crate) fn positive(settings: &Settings, name: Key) -> Result<Option<f32>, EngineError> {
    match settings.real(name)? {
        Some(number) if number <= 0.0 => Err(settings.wrong(name, "is not positive")),
        number => Ok(number.map(|number| number as f32)),
    }
}

/// A window; GGUF files write 0 for none.
pub(crate) fn window(settings: &Settings) -> Result<Option<usize>, EngineError> {
    let name = key("sliding_window", "attention.sliding_window");
    if settings.are_gguf() && settings.real(name)? == Some(0.0) {
        Ok(None)
    } else {
        settings.size(name)
    }
}

/// Numbers in a head: an even number, for its halves are rotated against each other.
fn head_size(settings: &Settings, hidden: usize, n_heads: usize) -> Result<usize, EngineError> {
    let name = key("head_dim", "attention.key_length");
    let head_size = settings.size(name)?.unwrap_or(hidden / n_heads);
    if head_size == 0 || !head_size.is_multiple_of(2) {
        return Err(settings.wrong(name, "is not an even number of at least 2"));
    }
    Ok(head_size)
}

/// Numbers of a head that are rotated: all of them, or the first so many.
fn n_rotated(settings: &Settings, head_size: usize) -> Result<usize, EngineError> {
    if let Some(n) = settings.size(key("", "rope.dimension_count"))? {
        let fits = n <= head_size && n.is_multiple_of(2);
        let reason = "is not an even number up to the size of a head";
        return if fits {
            Ok(n)
        } else {
            Err(settings.wrong(key("", "rope.dimension_count"), reason))
        };
    }
    for name in [
        "partial_rotary_factor",
        "rope_parameters.partial_rotary_factor",
    ]
    .map(|name| key(name, ""))
    {
        let Some(share) = settings.real(name)? else {
            continue;
        };
        let n = (head_size as f64 * share) as usize;
        let fits = share > 0.0 && (2..=head_size).contains(&n) && n.is_multiple_of(2);
        return if fits {
            Ok(n)
        } else {
            Err(settings.wrong(name, "does not make an even part of a head"))
        };
    }
    Ok(head_size)
}

/// Silu unless the settings say otherwise; GGUF does not say.
fn activation(settings: &Settings) -> Result<Activation, EngineError> {
    let named = |name| settings.text(key(name, "")).map(|value| (name, value));
    match named("hidden_activation").or_else(|| named("hidden_act")) {
        None | Some((_, "silu")) => Ok(Activation::Silu),
        Some((_, "gelu_pytorch_tanh")) => Ok(Activation::GeluTanh),
        Some((name, _)) => {
            Err(settings.wrong(key(name, ""), "is neither silu nor gelu_pytorch_tanh"))
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
