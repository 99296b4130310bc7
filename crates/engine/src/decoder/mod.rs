//! The network on the CPU, in f32: packed tokens in, hidden states (and keys and values to keep) out.
//!
//! A forward takes a [`Pack`] of [`Segment`]s without padding. A segment continues its parent segment in the same
//! pack, or kept [`KvBlock`]s, or nothing; so a shared beginning is computed once. Linear layers are one product over
//! all tokens of the pack; [`attention`] works by segment; [`head`] runs only at the rows that somebody asks for.
//!
//! [`Network`] is all that others see; [`device`] is the same network on a GPU.

mod attention;
mod device;
mod head;
mod layer;
mod load;
mod memory;
mod network;
mod pack;
mod rowwise;

pub(crate) use device::DeviceDecoder;
pub(crate) use head::{Answer, Target, likeliest};
pub use memory::Memory;
pub(crate) use memory::{Room, check_mapping, plan};
pub(crate) use network::{Network, Predicted};
pub(crate) use pack::{KvBlock, Pack};

use crate::math::kernels;
use crate::math::matrix::Matrix;
use crate::models::config::Config;
use crate::rope::{Frequencies, Rotations};
use crate::weight::Weight;
use attention::Plan;
use layer::{Buffers, Layer};
use rowwise::write_rows;

/// A decoder's weights and sizes.
pub(crate) struct Decoder {
    config: Config,
    embedding: Weight,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    /// `None` where the output layer is the embedding.
    head: Option<Weight>,
    frequencies: Frequencies,
    /// Frequencies of the layers with a window, where they differ.
    local_frequencies: Option<Frequencies>,
}

/// Result of a forward.
struct Hidden {
    /// The last layer's output, normalised: tokens × hidden.
    states: Matrix,
    /// Keys and values of every token of the pack; `None` unless asked for.
    kept: Option<KvBlock>,
}

/// Choice of a forward: return keys and values, or not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Drop them after each layer.
    Nothing,
    /// Return them.
    KeysAndValues,
}

impl Decoder {
    /// Numbers in all weights; a tied output layer counts once.
    fn n_parameters(&self) -> usize {
        let head = self.head.as_ref().map_or(0, Weight::n_parameters);
        let layers: usize = self.layers.iter().map(Layer::n_parameters).sum();
        self.embedding.n_parameters() + head + layers + self.norm.len()
    }

    /// Runs the packed tokens through all layers. Every token id is a row of the embedding.
    fn forward(&self, pack: &Pack<'_>, keep: Keep) -> Hidden {
        let positions = pack.positions();
        let rotations = Rotations::of(&positions, &self.frequencies);
        let local_rotations = self
            .local_frequencies
            .as_ref()
            .map(|local| Rotations::of(&positions, local));
        let plan = Plan::new(pack, &self.config);
        let mut states = self.embed(pack.tokens());
        let mut buffers = Buffers::new(pack.tokens().len(), &self.config);
        let mut kept = (keep == Keep::KeysAndValues).then(KvBlock::empty);
        for (index, layer) in self.layers.iter().enumerate() {
            let local = local_rotations
                .as_ref()
                .filter(|_| self.config.windows[index].is_some());
            let rotations = local.unwrap_or(&rotations);
            layer.forward(
                &mut states,
                &mut buffers,
                &self.config,
                &plan.layer(index),
                rotations,
            );
            if let Some(kept) = &mut kept {
                kept.push_layer(&buffers.qkv, &self.config);
            }
        }
        let mut normalised = Matrix::zeros(states.n_rows, states.width);
        normalise(
            &states,
            &self.norm,
            self.config.norm_epsilon,
            &mut normalised,
        );
        Hidden {
            states: normalised,
            kept,
        }
    }

    fn embed(&self, tokens: &[u32]) -> Matrix {
        let mut states = Matrix::zeros(tokens.len(), self.config.hidden);
        let rows = states.data.chunks_exact_mut(self.config.hidden).zip(tokens);
        rows.for_each(|(row, &token)| self.embedding.copy_row(token as usize, row));
        if self.config.embedding_scale != 1.0 {
            kernels::scale(&mut states.data, self.config.embedding_scale);
        }
        states
    }

    fn head(&self) -> &Weight {
        self.head.as_ref().unwrap_or(&self.embedding)
    }
}

/// Normalises every row.
fn normalise(x: &Matrix, weight: &[f32], epsilon: f32, out: &mut Matrix) {
    write_rows(x, out, |x, out| kernels::rms_norm(x, weight, epsilon, out));
}
