//! Builds a decoder from a model's tensors.
//!
//! Weights in half precision stay in the mapped file. Others are widened once, into memory, unless that would take
//! more than half of what is free.

use super::Decoder;
use super::layer::{Layer, Linear};
use crate::checkpoint::{LayerPart, NumberType, TensorName, TensorSource};
use crate::config::Config;
use crate::error::EngineError;
use crate::weight::{Part, Residence, Weight, deinterleaved};
use rayon::prelude::*;

/// Reads tensors of known shapes.
struct Loader<'a> {
    tensors: &'a dyn TensorSource,
    config: &'a Config,
    /// Where weights are kept that are not in half precision.
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
        let layers = (0..config.n_layers)
            .into_par_iter()
            .map(|layer| loader.layer(layer))
            .collect::<Result<_, _>>()?;
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

/// Where weights are kept that are not in half precision. An error if the weights do not fit even if all stay in the
/// file: reading them from there again and again would take for ever. `available` are the bytes of memory that may be
/// used, if the caller knows.
pub(crate) fn choose_residence(
    sizes: &[(NumberType, usize, usize)],
    available: Option<u64>,
) -> Result<Residence, EngineError> {
    let held = |is_widened: bool| {
        let bytes = |&(number_type, n_numbers, n_bytes): &(NumberType, usize, usize)| {
            (if is_widened && !number_type.is_half() {
                n_numbers.saturating_mul(size_of::<f32>())
            } else {
                n_bytes
            }) as u64
        };
        sizes.iter().map(bytes).fold(0, u64::saturating_add)
    };
    match available {
        None => Ok(Residence::Memory),
        Some(available) if held(true) <= available / 2 => Ok(Residence::Memory),
        Some(available) if held(false) <= available => Ok(Residence::File),
        Some(available) => Err(EngineError::NotEnoughMemory {
            needed: held(false),
            available,
        }),
    }
}

impl Loader<'_> {
    fn layer(&self, layer: usize) -> Result<Layer, EngineError> {
        use LayerPart as Name;
        let Config {
            hidden,
            feed_forward,
            qkv_bias,
            output_bias,
            feed_forward_bias,
            ..
        } = *self.config;
        let Config {
            head_size,
            head_norms,
            post_norms,
            fused,
            ..
        } = *self.config;
        let (queries, kv) = (self.config.query_width(), self.config.kv_width());
        let name = |part| TensorName::Layer(layer, part);
        let head_norm = |part| self.norm(name(part), head_size);
        let post_norm = |part| {
            post_norms
                .then(|| self.norm(name(part), hidden))
                .transpose()
        };
        let before = if post_norms {
            Name::PreFeedForwardNorm
        } else {
            Name::FeedForwardNorm
        };
        let qkv: &[_] = match fused {
            true => &[(Name::Qkv, queries + 2 * kv)],
            false => &[(Name::Query, queries), (Name::Key, kv), (Name::Value, kv)],
        };
        let qkv_biases = [
            (Name::QueryBias, queries),
            (Name::KeyBias, kv),
            (Name::ValueBias, kv),
        ];
        let gate_up: &[_] = match fused {
            true => &[(Name::GateUp, 2 * feed_forward)],
            false => &[(Name::Gate, feed_forward), (Name::Up, feed_forward)],
        };
        let gate_up_biases = [(Name::GateBias, feed_forward), (Name::UpBias, feed_forward)];
        Ok(Layer {
            attention_norm: self.norm(name(Name::AttentionNorm), hidden)?,
            qkv: Linear {
                weight: self.fused(layer, qkv, hidden)?,
                bias: self.bias(layer, &qkv_biases, qkv_bias)?,
            },
            head_norms: match head_norms {
                true => Some([head_norm(Name::QueryNorm)?, head_norm(Name::KeyNorm)?]),
                false => None,
            },
            output: Linear {
                weight: self.matrix(name(Name::AttentionOutput), hidden, queries)?,
                bias: self.bias(layer, &[(Name::AttentionOutputBias, hidden)], output_bias)?,
            },
            post_attention_norm: post_norm(Name::PostAttentionNorm)?,
            feed_forward_norm: self.norm(name(before), hidden)?,
            gate_up: Linear {
                weight: self.fused(layer, gate_up, hidden)?,
                bias: self.bias(layer, &gate_up_biases, feed_forward_bias)?,
            },
            down: Linear {
                weight: self.matrix(name(Name::Down), hidden, feed_forward)?,
                bias: self.bias(layer, &[(Name::DownBias, hidden)], feed_forward_bias)?,
            },
            post_feed_forward_norm: post_norm(Name::PostFeedForwardNorm)?,
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
