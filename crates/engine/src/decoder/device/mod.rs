//! The network on one of candle's devices, in f32: the same numbers as [`Decoder`]'s, from candle's operations.
//!
//! A pack runs as one sequence with a mask (see [`mask`]), which is made on the host; nothing else comes from there but
//! token ids and rotations, and nothing goes back but what was asked for. Simple at first: every layer holds the
//! scores of all heads (heads × tokens × (history + tokens)), and weights are widened to f32.

mod layer;
mod mask;
#[cfg(test)]
mod tests;

use super::network::{Network, Predicted, Scored, distinct_rows};
use super::{Answer, Decoder, Keep, KvBlock, Pack, Target};
use crate::error::EngineError;
use crate::math::matrix::Matrix;
use crate::models::config::Config;
use crate::rope::{Frequencies, Rotations};
use crate::weight::Weight;
use candle_core::{D, Device, Result, Tensor};
use layer::{DeviceLayer, Surroundings, rms_norm};
use mask::Layout;
use rayon::prelude::*;

/// Rows whose logits are held at once.
const ROWS_PER_HEAD: usize = 64;

/// A decoder's weights on a device.
pub(crate) struct DeviceDecoder {
    device: Device,
    config: Config,
    n_parameters: usize,
    embedding: Tensor,
    layers: Vec<DeviceLayer>,
    norm: Tensor,
    /// vocabulary × hidden; shared with the embedding where they are one.
    head: Tensor,
    frequencies: Frequencies,
    local_frequencies: Option<Frequencies>,
}

impl DeviceDecoder {
    /// Copies a decoder's weights to the device, one after the other.
    pub(crate) fn new(decoder: Decoder, device: Device) -> std::result::Result<Self, EngineError> {
        Self::copy(decoder, device).map_err(failed)
    }

    fn copy(decoder: Decoder, device: Device) -> Result<Self> {
        let n_parameters = decoder.n_parameters();
        let Decoder {
            config,
            embedding,
            layers,
            norm,
            head,
            frequencies,
            local_frequencies,
        } = decoder;
        let embedding = matrix(&embedding, &device)?;
        let head = head
            .as_ref()
            .map(|head| matrix(head, &device))
            .transpose()?
            .unwrap_or_else(|| embedding.clone());
        let layers = layers
            .into_iter()
            .map(|layer| DeviceLayer::new(layer, &device))
            .collect::<Result<_>>()?;
        let norm = vector(&norm, &device)?;
        Ok(Self {
            device,
            config,
            n_parameters,
            embedding,
            layers,
            norm,
            head,
            frequencies,
            local_frequencies,
        })
    }

    /// The last layer's output, and what is kept of all tokens.
    fn forward(&self, pack: &Pack<'_>, keep: Keep) -> Result<(Tensor, Option<KvBlock>)> {
        let layout = Layout::new(pack);
        let positions = pack.positions();
        let n = positions.len();
        let rotations = self.rotations(&positions, &self.frequencies)?;
        let local = self
            .local_frequencies
            .as_ref()
            .map(|local| self.rotations(&positions, local))
            .transpose()?;
        let mask = |window| Tensor::from_vec(layout.mask(window), (n, layout.width), &self.device);
        let mut masks: Vec<(Option<usize>, Tensor)> = Vec::new();
        let mut states = self.embedding.index_select(&self.ids(pack.tokens())?, 0)?;
        if self.config.embedding_scale != 1.0 {
            states = (states * f64::from(self.config.embedding_scale))?;
        }
        let mut kept = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let window = self.config.windows[index];
            let mask = match masks.iter().find(|(known, _)| *known == window) {
                Some((_, mask)) => mask.clone(),
                None => mask(window).inspect(|mask| masks.push((window, mask.clone())))?,
            };
            let rotations = local
                .as_ref()
                .filter(|_| window.is_some())
                .unwrap_or(&rotations);
            let history = layout
                .blocks
                .iter()
                .map(|block| block.tensors(index))
                .collect();
            let surroundings = Surroundings {
                config: &self.config,
                rotations,
                mask: &mask,
                history,
            };
            let kv;
            (states, kv) = layer.forward(&states, &surroundings)?;
            if keep == Keep::KeysAndValues {
                kept.push(kv);
            }
        }
        Ok((
            states,
            (keep == Keep::KeysAndValues).then(|| KvBlock::on_device(n, kept)),
        ))
    }

    /// Input of the output layer at some rows.
    fn select(&self, states: &Tensor, rows: &[usize]) -> Result<Tensor> {
        let rows: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
        rms_norm(
            &states.index_select(&self.ids(&rows)?, 0)?,
            &self.norm,
            self.config.norm_epsilon,
        )
    }

    /// Cosines and sines: tokens × 1 × half of what is rotated, as heads stand in the second dimension.
    fn rotations(&self, positions: &[usize], frequencies: &Frequencies) -> Result<[Tensor; 2]> {
        let rotations = Rotations::of(positions, frequencies);
        let (cosines, sines) = (0..positions.len())
            .map(|row| rotations.row(row))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        let tensor = |rows: Vec<&[f32]>| {
            let half = rows.first().map_or(0, |row| row.len());
            Tensor::from_vec(rows.concat(), (rows.len(), 1, half), &self.device)
        };
        Ok([tensor(cosines)?, tensor(sines)?])
    }

    /// Tokens that the embedding has rows for.
    fn vocabulary(&self) -> usize {
        self.embedding.dims()[0]
    }

    fn ids(&self, ids: &[u32]) -> Result<Tensor> {
        Tensor::from_slice(ids, ids.len(), &self.device)
    }

    fn logits(&self, states: &Tensor) -> Result<Tensor> {
        soft_cap(states.matmul(&self.head.t()?)?, self.config.logit_cap)
    }

    /// Log-softmax at targets whose rows are those of `states`; the logits of a few rows at a time.
    fn log_probs(&self, states: &Tensor, targets: &[Target], n_top: usize) -> Result<Vec<Answer>> {
        let mut answers = vec![Answer::default(); targets.len()];
        let n_rows = states.dim(0)?;
        for first in (0..n_rows).step_by(ROWS_PER_HEAD) {
            let rows = first..n_rows.min(first + ROWS_PER_HEAD);
            let logits = self.logits(&states.narrow(0, first, rows.len())?)?;
            let max = logits.max_keepdim(D::Minus1)?;
            let sums: Vec<f32> = logits
                .broadcast_sub(&max)?
                .exp()?
                .sum(D::Minus1)?
                .to_vec1()?;
            let max: Vec<f32> = max.flatten_all()?.to_vec1()?;
            let likeliest: Vec<u32> = logits.argmax(D::Minus1)?.to_vec1()?;
            let tops = tops(&logits, n_top)?;
            let asked: Vec<usize> = (0..targets.len())
                .filter(|&index| rows.contains(&targets[index].row))
                .collect();
            let flat = |&index: &usize| {
                ((targets[index].row - first) * self.vocabulary()) as u32 + targets[index].token
            };
            let indices = self.ids(&asked.iter().map(flat).collect::<Vec<_>>())?;
            let found: Vec<f32> = logits.flatten_all()?.index_select(&indices, 0)?.to_vec1()?;
            for (index, logit) in asked.into_iter().zip(found) {
                let Target { row, token } = targets[index];
                let normaliser = f64::from(max[row - first]) + f64::from(sums[row - first]).ln();
                let log_prob = |logit: f32| f64::from(logit) - normaliser;
                let top = tops.get(row - first).into_iter().flatten();
                answers[index] = Answer {
                    log_prob: log_prob(logit),
                    is_likeliest: likeliest[row - first] == token,
                    top: top
                        .map(|&(token, logit)| (token, log_prob(logit)))
                        .collect(),
                };
            }
        }
        Ok(answers)
    }
}

impl Network for DeviceDecoder {
    fn n_parameters(&self) -> usize {
        self.n_parameters
    }

    fn kv_bytes_per_token(&self) -> usize {
        self.config.kv_bytes_per_token()
    }

    fn score(&self, pack: &Pack<'_>, targets: &[Target], n_top: usize, keep: Keep) -> Scored {
        let (states, kept) = self.forward(pack, keep).map_err(failed)?;
        if targets.is_empty() {
            return Ok((Vec::new(), kept));
        }
        let (rows, targets) = distinct_rows(targets);
        let answers = self
            .select(&states, &rows)
            .and_then(|states| self.log_probs(&states, &targets, n_top));
        Ok((answers.map_err(failed)?, kept))
    }

    fn predict(&self, pack: &Pack<'_>, rows: &[usize]) -> Predicted {
        let (states, kept) = self.forward(pack, Keep::KeysAndValues).map_err(failed)?;
        let kept = kept.expect("keys and values were asked for");
        if rows.is_empty() {
            return Ok((Matrix::zeros(0, self.vocabulary()), kept));
        }
        let logits = self
            .select(&states, rows)
            .and_then(|states| self.logits(&states)?.flatten_all()?.to_vec1());
        Ok((
            Matrix::new(rows.len(), self.vocabulary(), logits.map_err(failed)?),
            kept,
        ))
    }
}

/// The likeliest tokens of each row; none where none are wanted, so that no logits leave the device.
fn tops(logits: &Tensor, n: usize) -> Result<Vec<Vec<(u32, f32)>>> {
    if n == 0 {
        return Ok(Vec::new());
    }
    let rows: Vec<Vec<f32>> = logits.to_vec2()?;
    Ok(rows.iter().map(|row| super::likeliest(row, n)).collect())
}

/// `cap · tanh(x / cap)`; `x` where there is no cap.
fn soft_cap(x: Tensor, cap: Option<f32>) -> Result<Tensor> {
    match cap {
        Some(cap) => (x / f64::from(cap))?.tanh()? * f64::from(cap),
        None => Ok(x),
    }
}

fn matrix(weight: &Weight, device: &Device) -> Result<Tensor> {
    let (n_rows, width) = (weight.n_rows(), weight.width());
    let mut numbers = vec![0.0; n_rows * width];
    numbers
        .par_chunks_exact_mut(width)
        .enumerate()
        .for_each(|(row, out)| weight.copy_row(row, out));
    Tensor::from_vec(numbers, (n_rows, width), device)
}

fn vector(numbers: &[f32], device: &Device) -> Result<Tensor> {
    Tensor::from_slice(numbers, numbers.len(), device)
}

fn failed(error: candle_core::Error) -> EngineError {
    EngineError::Device(error.to_string())
}
