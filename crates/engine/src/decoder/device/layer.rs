//! One layer on a device.

use super::{matrix, soft_cap, vector};
use crate::decoder::layer::{Layer, Linear};
use crate::models::config::{Activation, Config};
use candle_core::{D, Device, Error, Result, Tensor};

/// A layer's weights; see [`Layer`].
pub(super) struct DeviceLayer {
    attention_norm: Tensor,
    qkv: DeviceLinear,
    head_norms: Option<[Tensor; 2]>,
    output: DeviceLinear,
    post_attention_norm: Option<Tensor>,
    feed_forward_norm: Tensor,
    gate_up: DeviceLinear,
    down: DeviceLinear,
    post_feed_forward_norm: Option<Tensor>,
}

struct DeviceLinear {
    weight: Tensor,
    bias: Option<Tensor>,
}

/// Input of a layer besides its weights and the states.
pub(super) struct Surroundings<'a> {
    pub(super) config: &'a Config,
    /// Cosines and sines: tokens × 1 × half of what is rotated.
    pub(super) rotations: &'a [Tensor; 2],
    /// tokens × (history + tokens).
    pub(super) mask: &'a Tensor,
    /// This layer's keys and values of each kept block: heads × tokens × head size.
    pub(super) history: Vec<&'a [Tensor; 2]>,
}

impl DeviceLinear {
    fn new(linear: Linear, device: &Device) -> Result<Self> {
        let bias = linear.bias.map(|bias| vector(&bias, device)).transpose()?;
        Ok(Self {
            weight: matrix(&linear.weight, device)?,
            bias,
        })
    }

    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let product = x.matmul(&self.weight.t()?)?;
        self.bias
            .as_ref()
            .map_or(Ok(product.clone()), |bias| product.broadcast_add(bias))
    }
}

impl DeviceLayer {
    pub(super) fn new(layer: Layer, device: &Device) -> Result<Self> {
        let norm = |norm: Option<Vec<f32>>| norm.map(|norm| vector(&norm, device)).transpose();
        let head_norms = |[query, key]: [Vec<f32>; 2]| {
            Ok::<_, Error>([vector(&query, device)?, vector(&key, device)?])
        };
        Ok(Self {
            attention_norm: vector(&layer.attention_norm, device)?,
            qkv: DeviceLinear::new(layer.qkv, device)?,
            head_norms: layer.head_norms.map(head_norms).transpose()?,
            output: DeviceLinear::new(layer.output, device)?,
            post_attention_norm: norm(layer.post_attention_norm)?,
            feed_forward_norm: vector(&layer.feed_forward_norm, device)?,
            gate_up: DeviceLinear::new(layer.gate_up, device)?,
            down: DeviceLinear::new(layer.down, device)?,
            post_feed_forward_norm: norm(layer.post_feed_forward_norm)?,
        })
    }

    /// The states after this layer, and the keys and values of the pack's tokens.
    pub(super) fn forward(
        &self,
        states: &Tensor,
        around: &Surroundings<'_>,
    ) -> Result<(Tensor, [Tensor; 2])> {
        let epsilon = around.config.norm_epsilon;
        let (attended, kv) =
            self.attend(&rms_norm(states, &self.attention_norm, epsilon)?, around)?;
        let states = add_output(
            states,
            &self.output.apply(&attended)?,
            self.post_attention_norm.as_ref(),
            epsilon,
        )?;
        let gate_up = self
            .gate_up
            .apply(&rms_norm(&states, &self.feed_forward_norm, epsilon)?)?;
        let [gate, up] = [0, 1].map(|part| gate_up.chunk(2, 1).map(|halves| halves[part].clone()));
        let gate = match around.config.activation {
            Activation::Silu => gate?.silu()?,
            Activation::GeluTanh => gate?.gelu()?,
        };
        let down = self.down.apply(&(gate * up?)?)?;
        Ok((
            add_output(
                &states,
                &down,
                self.post_feed_forward_norm.as_ref(),
                epsilon,
            )?,
            kv,
        ))
    }

    /// Attention of all heads at once: the query heads that share a key head are rows of one product.
    fn attend(&self, x: &Tensor, around: &Surroundings<'_>) -> Result<(Tensor, [Tensor; 2])> {
        let config = around.config;
        let [queries, keys, values] = self.heads(x, around)?;
        let new = [keys, values];
        let all = |part: usize| {
            let kept: Vec<&Tensor> = around
                .history
                .iter()
                .map(|kv| &kv[part])
                .chain([&new[part]])
                .collect();
            Tensor::cat(&kept, 1)
        };
        let (n, width) = around.mask.dims2()?;
        let queries = (queries * f64::from(config.query_scale))?;
        let scores = queries.reshape((config.n_kv_heads, config.group() * n, config.head_size))?;
        let scores = soft_cap(scores.matmul(&all(0)?.t()?)?, config.attention_cap)?;
        let scores = scores
            .reshape((config.n_heads, n, width))?
            .broadcast_add(around.mask)?;
        let shares = softmax(&scores)?.reshape((config.n_kv_heads, config.group() * n, width))?;
        let attended = shares
            .matmul(&all(1)?)?
            .reshape((config.n_heads, n, config.head_size))?;
        Ok((
            attended
                .transpose(0, 1)?
                .reshape((n, config.query_width()))?,
            new,
        ))
    }

    /// Queries, keys and values, normalised and rotated: heads × tokens × head size.
    fn heads(&self, x: &Tensor, around: &Surroundings<'_>) -> Result<[Tensor; 3]> {
        let config = around.config;
        let (n, qkv) = (x.dim(0)?, self.qkv.apply(x)?);
        let heads = |first: usize, n_heads: usize| {
            qkv.narrow(1, first, n_heads * config.head_size)?.reshape((
                n,
                n_heads,
                config.head_size,
            ))
        };
        let prepared = |heads: Tensor, norm: Option<&Tensor>| {
            let heads = norm.map_or(Ok(heads.clone()), |norm| {
                rms_norm(&heads, norm, config.norm_epsilon)
            })?;
            rotate(&heads, around.rotations)?
                .transpose(0, 1)?
                .contiguous()
        };
        let (n_queries, n_keys) = (config.query_width(), config.kv_width());
        let [query_norm, key_norm] =
            [0, 1].map(|part| self.head_norms.as_ref().map(|norms| &norms[part]));
        Ok([
            prepared(heads(0, config.n_heads)?, query_norm)?,
            prepared(heads(n_queries, config.n_kv_heads)?, key_norm)?,
            heads(n_queries + n_keys, config.n_kv_heads)?
                .transpose(0, 1)?
                .contiguous()?,
        ])
    }
}

/// `x / sqrt(mean(x²) + ε) · weight` along the last dimension (Zhang and Sennrich 2019).
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, epsilon: f32) -> Result<Tensor> {
    let scale = (x.sqr()?.mean_keepdim(D::Minus1)? + f64::from(epsilon))?.sqrt()?;
    x.broadcast_div(&scale)?.broadcast_mul(weight)
}

fn add_output(
    states: &Tensor,
    output: &Tensor,
    norm: Option<&Tensor>,
    epsilon: f32,
) -> Result<Tensor> {
    match norm {
        Some(norm) => states + rms_norm(output, norm, epsilon)?,
        None => states + output,
    }
}

/// Turns the two halves of what is rotated; the rest of a head stays.
fn rotate(heads: &Tensor, [cosines, sines]: &[Tensor; 2]) -> Result<Tensor> {
    let half = cosines.dim(D::Minus1)?;
    let n_left = heads.dim(D::Minus1)? - 2 * half;
    let (x, y) = (heads.narrow(2, 0, half)?, heads.narrow(2, half, half)?);
    let left = (x.broadcast_mul(cosines)? - y.broadcast_mul(sines)?)?;
    let right = (y.broadcast_mul(cosines)? + x.broadcast_mul(sines)?)?;
    match n_left {
        0 => Tensor::cat(&[left, right], 2),
        _ => Tensor::cat(&[left, right, heads.narrow(2, 2 * half, n_left)?], 2),
    }
}

fn softmax(scores: &Tensor) -> Result<Tensor> {
    let shares = scores
        .broadcast_sub(&scores.max_keepdim(D::Minus1)?)?
        .exp()?;
    shares.broadcast_div(&shares.sum_keepdim(D::Minus1)?)
}
