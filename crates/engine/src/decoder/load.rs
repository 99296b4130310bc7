//! Builds a decoder from a model's tensors, widened to f32.

use super::Decoder;
use super::layer::{Layer, Linear};
use crate::checkpoint::{LayerPart, TensorName, TensorSource};
use crate::config::Config;
use crate::error::EngineError;
use crate::matrix::Matrix;
use rayon::prelude::*;

/// Reads tensors of known shapes.
struct Loader<'a> {
    tensors: &'a dyn TensorSource,
    config: &'a Config,
}

impl Decoder {
    /// Reads every tensor; layers in parallel. `vocabulary` is the number of rows of the embedding, and `available` the
    /// bytes of memory that may be used, if the caller knows.
    pub(crate) fn load(
        config: Config,
        vocabulary: usize,
        tensors: &dyn TensorSource,
        available: Option<u64>,
    ) -> Result<Self, EngineError> {
        let loader = Loader { tensors, config: &config };
        let tied = config.tied || !tensors.contains(TensorName::Head);
        let n_embeddings = if tied { 1 } else { 2 };
        loader.check_memory(vocabulary.saturating_mul(n_embeddings), available)?;
        let norm = loader.norm(TensorName::FinalNorm, config.hidden)?;
        let layers = (0..config.n_layers).into_par_iter().map(|layer| loader.layer(layer)).collect::<Result<_, _>>()?;
        let embedding = loader.matrix(TensorName::Embedding, vocabulary, config.hidden)?;
        let head = if tied { None } else { Some(loader.matrix(TensorName::Head, vocabulary, config.hidden)?) };
        // Last, when the tensors have confirmed the size of a head.
        let frequencies = config.rope.frequencies(config.context_length);
        let local_frequencies = config.local_rope.as_ref().map(|local| local.frequencies(config.context_length));
        Ok(Self { embedding, layers, norm, head, frequencies, local_frequencies, config })
    }
}

impl Loader<'_> {
    /// Refuses a model whose weights alone would not fit, before anything is read. `n_rows` are those of the embedding
    /// and of an output layer of its own.
    fn check_memory(&self, n_rows: usize, available: Option<u64>) -> Result<(), EngineError> {
        let Config { hidden, feed_forward, n_layers, .. } = *self.config;
        let attention = 2 * (self.config.query_width() + self.config.kv_width());
        let sizes = [hidden, attention.saturating_add(3_usize.saturating_mul(feed_forward)), n_layers];
        let layers = sizes.iter().fold(1_u64, |product, &size| product.saturating_mul(size as u64));
        let embeddings = (n_rows as u64).saturating_mul(hidden as u64);
        let needed = layers.saturating_add(embeddings).saturating_mul(size_of::<f32>() as u64);
        match available {
            Some(available) if needed > available => Err(EngineError::NotEnoughMemory { needed, available }),
            _ => Ok(()),
        }
    }

    fn layer(&self, layer: usize) -> Result<Layer, EngineError> {
        use LayerPart as Part;
        let Config { hidden, feed_forward, qkv_bias, output_bias, feed_forward_bias, .. } = *self.config;
        let Config { head_size, head_norms, post_norms, fused, .. } = *self.config;
        let (queries, kv) = (self.config.query_width(), self.config.kv_width());
        let name = |part| TensorName::Layer(layer, part);
        let head_norm = |part| self.norm(name(part), head_size);
        let post_norm = |part| post_norms.then(|| self.norm(name(part), hidden)).transpose();
        let before = if post_norms { Part::PreFeedForwardNorm } else { Part::FeedForwardNorm };
        let qkv: &[_] = match fused {
            true => &[(Part::Qkv, queries + 2 * kv)],
            false => &[(Part::Query, queries), (Part::Key, kv), (Part::Value, kv)],
        };
        let qkv_biases = [(Part::QueryBias, queries), (Part::KeyBias, kv), (Part::ValueBias, kv)];
        let gate_up: &[_] = match fused {
            true => &[(Part::GateUp, 2 * feed_forward)],
            false => &[(Part::Gate, feed_forward), (Part::Up, feed_forward)],
        };
        let gate_up_biases = [(Part::GateBias, feed_forward), (Part::UpBias, feed_forward)];
        Ok(Layer {
            attention_norm: self.norm(name(Part::AttentionNorm), hidden)?,
            qkv: Linear { weight: self.fused(layer, qkv, hidden)?, bias: self.bias(layer, &qkv_biases, qkv_bias)? },
            head_norms: match head_norms {
                true => Some([head_norm(Part::QueryNorm)?, head_norm(Part::KeyNorm)?]),
                false => None,
            },
            output: Linear {
                weight: self.matrix(name(Part::AttentionOutput), hidden, queries)?,
                bias: self.bias(layer, &[(Part::AttentionOutputBias, hidden)], output_bias)?,
            },
            post_attention_norm: post_norm(Part::PostAttentionNorm)?,
            feed_forward_norm: self.norm(name(before), hidden)?,
            gate_up: Linear {
                weight: self.fused(layer, gate_up, hidden)?,
                bias: self.bias(layer, &gate_up_biases, feed_forward_bias)?,
            },
            down: Linear {
                weight: self.matrix(name(Part::Down), hidden, feed_forward)?,
                bias: self.bias(layer, &[(Part::DownBias, hidden)], feed_forward_bias)?,
            },
            post_feed_forward_norm: post_norm(Part::PostFeedForwardNorm)?,
        })
    }

    /// Biases one after the other, if the settings ask for them or any of them is there.
    fn bias(
        &self,
        layer: usize,
        parts: &[(LayerPart, usize)],
        is_needed: bool,
    ) -> Result<Option<Vec<f32>>, EngineError> {
        let is_there = |&(part, _): &(LayerPart, usize)| self.tensors.contains(TensorName::Layer(layer, part));
        let biases = (is_needed || parts.iter().any(is_there)).then(|| self.fused(layer, parts, 1));
        Ok(biases.transpose()?.map(|biases| biases.data))
    }

    /// Several matrices of one width, one below the other. A width of 1 reads vectors.
    fn fused(&self, layer: usize, parts: &[(LayerPart, usize)], width: usize) -> Result<Matrix, EngineError> {
        let n_rows = parts.iter().map(|(_, n)| n).sum();
        let mut data = Vec::new();
        for &(part, n) in parts {
            let name = TensorName::Layer(layer, part);
            let mut rows = if width == 1 { self.vector(name, n)? } else { self.matrix(name, n, width)?.data };
            if self.tensors.interleaves_rotary_rows() && part.is_rotated() {
                rows = deinterleave(&rows, self.config.head_size, width);
            }
            data.append(&mut rows);
        }
        data.shrink_to_fit();
        Ok(Matrix::new(n_rows, width, data))
    }

    fn matrix(&self, name: TensorName, n_rows: usize, width: usize) -> Result<Matrix, EngineError> {
        self.numbers(name, &[n_rows, width]).map(|data| Matrix::new(n_rows, width, data))
    }

    /// A norm's weights as they are multiplied by: with what the family adds to what is stored.
    fn norm(&self, name: TensorName, n: usize) -> Result<Vec<f32>, EngineError> {
        let mut weights = self.vector(name, n)?;
        weights.iter_mut().for_each(|weight| *weight += self.config.norm_offset);
        Ok(weights)
    }

    fn vector(&self, name: TensorName, n: usize) -> Result<Vec<f32>, EngineError> {
        self.numbers(name, &[n])
    }

    fn numbers(&self, name: TensorName, shape: &[usize]) -> Result<Vec<f32>, EngineError> {
        let tensor = self.tensors.tensor(name, shape)?;
        let numbers = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
        numbers.map_err(|error| EngineError::Tensor { name: format!("{name:?}"), reason: error.to_string() })
    }
}

/// Brings the rows of each head from pairs (0, 1), (2, 3), … into the halves that
/// [`kernels::rotate`](crate::kernels::rotate) expects: llama.cpp's converter permutes the query and key rows of
/// llama models the other way.
fn deinterleave(rows: &[f32], head_size: usize, width: usize) -> Vec<f32> {
    let half = head_size / 2;
    let mut out = Vec::with_capacity(rows.len());
    for head in rows.chunks_exact(head_size * width) {
        for row in (0..head_size).map(|row| 2 * (row % half) + row / half) {
            out.extend_from_slice(&head[row * width..][..width]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::deinterleave;

    #[test]
    fn pairs_become_halves() {
        let rows: Vec<f32> = (0..8).map(|i| i as f32).collect();
        assert_eq!(deinterleave(&rows, 4, 1), [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
        assert_eq!(deinterleave(&rows, 4, 2), [0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0]);
    }
}
