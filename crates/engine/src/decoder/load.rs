//! Builds a decoder from a model's tensors.
//!
//! Weights in half precision stay in the mapped file. Others are widened once, into memory, unless that would take
//! more than half of what is free.

use super::Decoder;
use super::layer::{Layer, Linear};
use crate::checkpoint::{LayerPart, TensorName, TensorSource};
use crate::error::EngineError;
use crate::models::config::Config;
use crate::weight::{Part, Residence, Weight, deinterleaved};
use rayon::prelude::*;

/// Reads tensors of known shapes.
struct Loader<'a> {
    tensors: &'a dyn TensorSource,
    config: &'a Config,
    /// Residence of the weights that are not in half precision.
    residence: Residence,
}

impl Decoder {
    /// Reads every tensor; layers in parallel. `vocabulary` is the number of rows of the embedding, and `residence` says
    /// where weights are kept that are not in half precision.
    pub(crate) fn load(
        config: Config,
        vocabulary: usize,
        tensors: &dyn TensorSource,
        residence: Residence,
    ) -> Result<Self, EngineError> {
        let loader = Loader {
            tensors,
            config: &config,
            residence,
        };
        let tied = config.tied || !tensors.contains(TensorName::Head);
        let norm = loader.norm(TensorName::FinalNorm, config.hidden)?;
        let layers: Vec<_> = (0..config.n_layers)
            .into_par_iter()
            .map(|layer| loader.layer(layer))
            .collect();
        // Of several errors, the first layer's: the same each time.
        let layers = layers.into_iter().collect::<Result<_, _>>()?;
        let embedding = loader.matrix(TensorName::Embedding, vocabulary, config.hidden)?;
        let head = if tied {
            None
        } else {
            Some(loader.matrix(TensorName::Head, vocabulary, config.hidden)?)
        };
        // Last, when the tensors have confirmed the size of a head.
        let frequencies = config.rope.frequencies(config.context_length);
        let local_frequencies = config
            .local_rope
            .as_ref()
            .map(|local| local.frequencies(config.context_length));
        Ok(Self {
            embedding,
            layers,
            norm,
            head,
            frequencies,
            local_frequencies,
            config,
        })
    }
}

impl Loader<'_> {
    fn layer(&self, layer: usize) -> Result<Layer, EngineError> {
        use LayerPart as Name;
        let config = self.config;
        let hidden = config.hidden;
        let norm = |part, n| self.norm(TensorName::Layer(layer, part), n);
        let post_norm = |part| config.post_norms.then(|| norm(part, hidden)).transpose();
        let feed_forward_norm = if config.post_norms {
            Name::PreFeedForwardNorm
        } else {
            Name::FeedForwardNorm
        };
        Ok(Layer {
            attention_norm: norm(Name::AttentionNorm, hidden)?,
            qkv: self.qkv(layer)?,
            head_norms: match config.head_norms {
                true => Some([
                    norm(Name::QueryNorm, config.head_size)?,
                    norm(Name::KeyNorm, config.head_size)?,
                ]),
                false => None,
            },
            output: Linear {
                weight: self.fused(
                    layer,
                    &[(Name::AttentionOutput, hidden)],
                    config.query_width(),
                )?,
                bias: self.bias(
                    layer,
                    &[(Name::AttentionOutputBias, hidden)],
                    config.output_bias,
                )?,
            },
            post_attention_norm: post_norm(Name::PostAttentionNorm)?,
            feed_forward_norm: norm(feed_forward_norm, hidden)?,
            gate_up: self.gate_up(layer)?,
            down: Linear {
                weight: self.fused(layer, &[(Name::Down, hidden)], config.feed_forward)?,
                bias: self.bias(layer, &[(Name::DownBias, hidden)], config.feed_forward_bias)?,
            },
            post_feed_forward_norm: post_norm(Name::PostFeedForwardNorm)?,
        })
    }

    /// Queries, keys and values, which a file may hold in one tensor.
    fn qkv(&self, layer: usize) -> Result<Linear, EngineError> {
        use LayerPart as Name;
        let (queries, kv) = (self.config.query_width(), self.config.kv_width());
        let parts: &[_] = match self.config.fused {
            true => &[(Name::Qkv, queries + 2 * kv)],
            false => &[(Name::Query, queries), (Name::Key, kv), (Name::Value, kv)],
        };
        let biases = [
            (Name::QueryBias, queries),
            (Name::KeyBias, kv),
            (Name::ValueBias, kv),
        ];
        Ok(Linear {
            weight: self.fused(layer, parts, self.config.hidden)?,
            bias: self.bias(layer, &biases, self.config.qkv_bias)?,
        })
    }

    /// The gate and what it is multiplied by, which a file may hold in one tensor.
    fn gate_up(&self, layer: usize) -> Result<Linear, EngineError> {
        use LayerPart as Name;
        let n = self.config.feed_forward;
        let parts: &[_] = match self.config.fused {
            true => &[(Name::GateUp, 2 * n)],
            false => &[(Name::Gate, n), (Name::Up, n)],
        };
        let biases = [(Name::GateBias, n), (Name::UpBias, n)];
        Ok(Linear {
            weight: self.fused(layer, parts, self.config.hidden)?,
            bias: self.bias(layer, &biases, self.config.feed_forward_bias)?,
        })
    }

    /// Biases one after the other, if the settings ask for them or any of them is there.
    fn bias(
        &self,
        layer: usize,
        parts: &[(LayerPart, usize)],
        is_needed: bool,
    ) -> Result<Option<Vec<f32>>, EngineError> {
        let is_there =
            |&(part, _): &(LayerPart, usize)| self.tensors.contains(TensorName::Layer(layer, part));
        if !is_needed && !parts.iter().any(is_there) {
            return Ok(None);
        }
        let mut biases = Vec::new();
        for &(part, n) in parts {
            let tensor = self.tensors.tensor(TensorName::Layer(layer, part), &[n])?;
            biases.extend(match self.interleaved_head(part) {
                Some(head_size) => {
                    let numbers = tensor.numbers();
                    (0..n)
                        .map(|row| numbers[deinterleaved(row, head_size)])
                        .collect()
                }
                None => tensor.numbers(),
            });
        }
        Ok(Some(biases))
    }

    /// Several matrices of one width, one below the other.
    fn fused(
        &self,
        layer: usize,
        parts: &[(LayerPart, usize)],
        width: usize,
    ) -> Result<Weight, EngineError> {
        let part = |&(part, n): &(LayerPart, usize)| {
            let tensor = self
                .tensors
                .tensor(TensorName::Layer(layer, part), &[n, width])?;
            Ok(Part {
                interleaved_head: self.interleaved_head(part),
                ..Part::whole(tensor, n)
            })
        };
        let parts = parts.iter().map(part).collect::<Result<_, EngineError>>()?;
        Ok(self.weight(parts, width))
    }

    fn matrix(&self, name: TensorName, n_rows: usize, width: usize) -> Result<Weight, EngineError> {
        let tensor = self.tensors.tensor(name, &[n_rows, width])?;
        Ok(self.weight(vec![Part::whole(tensor, n_rows)], width))
    }

    fn weight(&self, parts: Vec<Part>, width: usize) -> Weight {
        let is_half = parts.iter().all(|part| part.tensor.number_type().is_half());
        Weight::new(
            parts,
            width,
            if is_half {
                Residence::File
            } else {
                self.residence
            },
        )
    }

    /// A norm's weights as they are multiplied by: with what the family adds to what is stored.
    fn norm(&self, name: TensorName, n: usize) -> Result<Vec<f32>, EngineError> {
        let mut weights = self.vector(name, n)?;
        weights
            .iter_mut()
            .for_each(|weight| *weight += self.config.norm_offset);
        Ok(weights)
    }

    fn vector(&self, name: TensorName, n: usize) -> Result<Vec<f32>, EngineError> {
        Ok(self.tensors.tensor(name, &[n])?.numbers())
    }

    fn interleaved_head(&self, part: LayerPart) -> Option<usize> {
        (self.tensors.interleaves_rotary_rows() && part.is_rotated())
            .then_some(self.config.head_size)
    }
}
