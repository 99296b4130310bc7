//! One layer: norm, attention, norm, gated feed-forward, each added to the residual stream.

use super::attention::{LayerPlan, attend};
use super::{ROWS_PER_TASK, normalise};
use crate::config::Config;
use crate::kernels;
use crate::matrix::Matrix;
use crate::rope::Rotations;
use crate::rows::{Output, Rows};
use crate::weight::Weight;
use rayon::prelude::*;

/// A layer's weights. Queries, keys and values are fused, and so are gate and up: fewer, larger products.
pub(crate) struct Layer {
    pub(super) attention_norm: Vec<f32>,
    /// (queries + keys + values) × hidden.
    pub(super) qkv: Linear,
    pub(super) output: Linear,
    pub(super) feed_forward_norm: Vec<f32>,
    /// (gate + up) × hidden.
    pub(super) gate_up: Linear,
    pub(super) down: Linear,
}

/// A matrix to multiply by, and what to add.
pub(crate) struct Linear {
    pub(super) weight: Weight,
    pub(super) bias: Option<Vec<f32>>,
}

impl Linear {
    /// `out (+)= input · weightᵀ + bias`.
    fn apply(&self, input: Rows<'_>, out: &mut Matrix, output: Output) {
        self.weight.multiply(input, out.view_mut(), output);
        if let Some(bias) = &self.bias {
            out.data.chunks_exact_mut(bias.len()).for_each(|row| kernels::add(row, bias));
        }
    }

    fn n_parameters(&self) -> usize {
        self.weight.n_parameters() + self.bias.as_ref().map_or(0, Vec::len)
    }
}

/// Room for the intermediate results of a layer, reused by the next.
pub(crate) struct Buffers {
    normalised: Matrix,
    /// A row a token: its queries, keys and values.
    pub(super) qkv: Matrix,
    attended: Matrix,
    gate_up: Matrix,
}

impl Buffers {
    pub(crate) fn new(n_tokens: usize, config: &Config) -> Self {
        Self {
            normalised: Matrix::zeros(n_tokens, config.hidden),
            qkv: Matrix::zeros(n_tokens, config.query_width() + 2 * config.kv_width()),
            attended: Matrix::zeros(n_tokens, config.query_width()),
            gate_up: Matrix::zeros(n_tokens, 2 * config.feed_forward),
        }
    }
}

impl Layer {
    pub(super) fn n_parameters(&self) -> usize {
        let norms = self.attention_norm.len() + self.feed_forward_norm.len();
        norms + [&self.qkv, &self.output, &self.gate_up, &self.down].map(Linear::n_parameters).iter().sum::<usize>()
    }

    /// Adds the layer's contribution to `states`; leaves keys and values in `buffers.qkv`.
    pub(super) fn forward(
        &self,
        states: &mut Matrix,
        buffers: &mut Buffers,
        config: &Config,
        plan: &LayerPlan<'_>,
        rotations: &Rotations,
    ) {
        let Buffers { normalised, qkv, attended, gate_up } = buffers;
        normalise(states, &self.attention_norm, config.norm_epsilon, normalised);
        self.qkv.apply(normalised.view(), qkv, Output::Replace);
        rotate_heads(qkv, config, rotations);
        attend(plan, qkv, attended);
        self.output.apply(attended.view(), states, Output::Add);

        normalise(states, &self.feed_forward_norm, config.norm_epsilon, normalised);
        self.gate_up.apply(normalised.view(), gate_up, Output::Replace);
        activate(gate_up);
        let activated = Rows::new(&gate_up.data, gate_up.n_rows, config.feed_forward, gate_up.width);
        self.down.apply(activated, states, Output::Add);
    }
}

/// Turns the queries and keys of every row by its position.
fn rotate_heads(qkv: &mut Matrix, config: &Config, rotations: &Rotations) {
    let width = qkv.width;
    let rotated = config.query_width() + config.kv_width();
    qkv.data.par_chunks_mut(ROWS_PER_TASK * width).enumerate().for_each(|(task, rows)| {
        for (offset, row) in rows.chunks_exact_mut(width).enumerate() {
            let (cosines, sines) = rotations.row(task * ROWS_PER_TASK + offset);
            let heads = row[..rotated].chunks_exact_mut(config.head_size);
            heads.for_each(|head| kernels::rotate(head, cosines, sines));
        }
    });
}

/// Leaves the activated gate, times up, in the first half of every row.
fn activate(gate_up: &mut Matrix) {
    let width = gate_up.width;
    gate_up.data.par_chunks_mut(ROWS_PER_TASK * width).for_each(|rows| {
        for row in rows.chunks_exact_mut(width) {
            let (gate, up) = row.split_at_mut(width / 2);
            kernels::silu_multiply(gate, up);
        }
    });
}
