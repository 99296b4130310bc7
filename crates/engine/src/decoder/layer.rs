//! One layer: norm, attention, norm, gated feed-forward, each added to the residual stream.

use super::attention::{LayerPlan, attend};
use super::normalise;
use super::rowwise::{change_rows, write_rows};
use crate::math::kernels;
use crate::math::matrix::Matrix;
use crate::math::rows::{Output, Rows};
use crate::models::config::{Activation, Config};
use crate::rope::Rotations;
use crate::weight::Weight;

/// A layer's weights. Queries, keys and values are fused, and so are gate and up: fewer, larger products.
pub(crate) struct Layer {
    pub(super) attention_norm: Vec<f32>,
    /// (queries + keys + values) × hidden.
    pub(super) qkv: Linear,
    /// Norms of each query and each key head, where they have one.
    pub(super) head_norms: Option<[Vec<f32>; 2]>,
    pub(super) output: Linear,
    pub(super) post_attention_norm: Option<Vec<f32>>,
    pub(super) feed_forward_norm: Vec<f32>,
    /// (gate + up) × hidden.
    pub(super) gate_up: Linear,
    pub(super) down: Linear,
    pub(super) post_feed_forward_norm: Option<Vec<f32>>,
}

/// A matrix to multiply by, and what to add.
pub(crate) struct Linear {
    pub(super) weight: Weight,
    pub(super) bias: Option<Vec<f32>>,
}

impl Linear {
    /// `out (+)= input · weightᵀ + bias`.
    fn apply(&self, input: Rows<'_>, out: &mut Matrix, output: Output) {
        let _span = tracing::trace_span!("linear").entered();
        self.weight.multiply(input, out.view_mut(), output);
        if let Some(bias) = &self.bias {
            out.data
                .chunks_exact_mut(bias.len())
                .for_each(|row| kernels::add(row, bias));
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
        let post_norms = [&self.post_attention_norm, &self.post_feed_forward_norm]
            .into_iter()
            .flatten();
        let norms = [&self.attention_norm, &self.feed_forward_norm]
            .into_iter()
            .chain(post_norms);
        let norms = norms
            .chain(self.head_norms.iter().flatten())
            .map(Vec::len)
            .sum::<usize>();
        norms
            + [&self.qkv, &self.output, &self.gate_up, &self.down]
                .map(Linear::n_parameters)
                .iter()
                .sum::<usize>()
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
        self.attend(states, buffers, config, plan, rotations);
        self.feed_forward(states, buffers, config);
    }

    fn attend(
        &self,
        states: &mut Matrix,
        buffers: &mut Buffers,
        config: &Config,
        plan: &LayerPlan<'_>,
        rotations: &Rotations,
    ) {
        let Buffers {
            normalised,
            qkv,
            attended,
            ..
        } = buffers;
        let epsilon = config.norm_epsilon;
        normalise(states, &self.attention_norm, epsilon, normalised);
        self.qkv.apply(normalised.view(), qkv, Output::Replace);
        if let Some(norms) = &self.head_norms {
            normalise_heads(qkv, norms, config);
        }
        rotate_heads(qkv, config, rotations);
        attend(plan, qkv, attended);
        let (norm, input) = (self.post_attention_norm.as_deref(), attended.view());
        add_output(&self.output, input, norm, epsilon, normalised, states);
    }

    fn feed_forward(&self, states: &mut Matrix, buffers: &mut Buffers, config: &Config) {
        let Buffers {
            normalised,
            gate_up,
            ..
        } = buffers;
        let epsilon = config.norm_epsilon;
        normalise(states, &self.feed_forward_norm, epsilon, normalised);
        self.gate_up
            .apply(normalised.view(), gate_up, Output::Replace);
        activate(gate_up, config.activation);
        let Matrix { n_rows, width, .. } = *gate_up;
        let input = Rows::new(&gate_up.data, n_rows, config.feed_forward, width);
        let norm = self.post_feed_forward_norm.as_deref();
        add_output(&self.down, input, norm, epsilon, normalised, states);
    }
}

/// Adds a layer's product with `input` to `states`, after a norm where there is one; `scratch` is as wide as `states`.
fn add_output(
    linear: &Linear,
    input: Rows<'_>,
    norm: Option<&[f32]>,
    epsilon: f32,
    scratch: &mut Matrix,
    states: &mut Matrix,
) {
    let Some(norm) = norm else {
        return linear.apply(input, states, Output::Add);
    };
    linear.apply(input, scratch, Output::Replace);
    write_rows(scratch, states, |scratch, state| {
        kernels::add_rms_norm(scratch, norm, epsilon, state)
    });
}

/// Normalises each query and each key head by itself.
fn normalise_heads(qkv: &mut Matrix, [query_norm, key_norm]: &[Vec<f32>; 2], config: &Config) {
    let (queries, keys) = (config.query_width(), config.kv_width());
    change_rows(qkv, |_, row| {
        let (query_heads, others) = row.split_at_mut(queries);
        for (heads, norm) in [(query_heads, query_norm), (&mut others[..keys], key_norm)] {
            let heads = heads.chunks_exact_mut(config.head_size);
            heads.for_each(|head| kernels::rms_norm_in_place(head, norm, config.norm_epsilon));
        }
    });
}

/// Turns the queries and keys of every row by its position.
fn rotate_heads(qkv: &mut Matrix, config: &Config, rotations: &Rotations) {
    let rotated = config.query_width() + config.kv_width();
    change_rows(qkv, |index, row| {
        let (cosines, sines) = rotations.row(index);
        let heads = row[..rotated].chunks_exact_mut(config.head_size);
        heads.for_each(|head| kernels::rotate(head, cosines, sines));
    });
}

/// Leaves the activated gate, times up, in the first half of every row.
fn activate(gate_up: &mut Matrix, activation: Activation) {
    let multiply = match activation {
        Activation::Silu => kernels::silu_multiply,
        Activation::GeluTanh => kernels::gelu_multiply,
    };
    change_rows(gate_up, |_, row| {
        let (gate, up) = row.split_at_mut(row.len() / 2);
        multiply(gate, up);
    });
}
