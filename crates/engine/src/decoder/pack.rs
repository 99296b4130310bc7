//! Tokens that go through the network at once, and the keys and values that are kept of them.

use crate::error::EngineError;
use crate::math::matrix::Matrix;
use crate::math::rows::Rows;
use crate::models::config::Config;
use candle_core::Tensor;

/// Tokens of several segments, one after the other without padding.
#[derive(Default)]
pub(crate) struct Pack<'a> {
    tokens: Vec<u32>,
    segments: Vec<Segment<'a>>,
}

/// A run of tokens in a pack.
pub(crate) struct Segment<'a> {
    /// Its first row in the pack.
    pub(crate) start: usize,
    /// Its number of tokens.
    pub(crate) length: usize,
    /// Position of its first token in its sequence.
    pub(crate) position: usize,
    /// The segment of the same pack that it continues.
    pub(crate) parent: Option<usize>,
    /// Keys and values of the tokens before; a segment with a parent has the parent's.
    pub(crate) history: Vec<&'a KvBlock>,
}

impl<'a> Pack<'a> {
    /// Adds tokens that continue `history`. Returns the segment's number.
    pub(crate) fn push(&mut self, tokens: &[u32], history: Vec<&'a KvBlock>) -> usize {
        let position = history.iter().map(|block| block.length).sum();
        self.add(tokens, position, None, history)
    }

    /// Adds tokens that continue a segment of this pack. Returns the new segment's number.
    pub(crate) fn push_after(&mut self, parent: usize, tokens: &[u32]) -> usize {
        let Segment {
            position,
            length,
            ref history,
            ..
        } = self.segments[parent];
        let history = history.clone();
        self.add(tokens, position + length, Some(parent), history)
    }

    fn add(
        &mut self,
        tokens: &[u32],
        position: usize,
        parent: Option<usize>,
        history: Vec<&'a KvBlock>,
    ) -> usize {
        let segment = Segment {
            start: self.tokens.len(),
            length: tokens.len(),
            position,
            parent,
            history,
        };
        self.tokens.extend_from_slice(tokens);
        self.segments.push(segment);
        self.segments.len() - 1
    }

    pub(crate) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    pub(crate) fn segments(&self) -> &[Segment<'a>] {
        &self.segments
    }

    /// The position of every token in its own sequence.
    pub(crate) fn positions(&self) -> Vec<usize> {
        let positions = |segment: &Segment<'_>| segment.position..segment.position + segment.length;
        self.segments.iter().flat_map(positions).collect()
    }

    /// A segment's ancestors in this pack, the eldest first.
    pub(crate) fn ancestors(&self, segment: usize) -> Vec<usize> {
        let parent = |&segment: &usize| self.segments[segment].parent;
        let mut ancestors: Vec<usize> = std::iter::successors(parent(&segment), parent).collect();
        ancestors.reverse();
        ancestors
    }
}

/// Keys and values of some consecutive tokens of one sequence, in every layer. Keys are already rotated.
pub(crate) struct KvBlock {
    length: usize,
    /// Empty where a device holds them.
    layers: Vec<LayerKv>,
    /// On a device: of each layer, keys and values (heads × tokens × head size).
    tensors: Vec<[Tensor; 2]>,
}

/// Keys and values of one layer: a row a token, all heads in it.
#[derive(Default)]
struct LayerKv {
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl KvBlock {
    /// A block of no tokens.
    pub(crate) fn empty() -> Self {
        Self {
            length: 0,
            layers: Vec::new(),
            tensors: Vec::new(),
        }
    }

    /// Keys and values that a forward of so many tokens left on a device.
    pub(super) fn on_device(length: usize, tensors: Vec<[Tensor; 2]>) -> Self {
        Self {
            length,
            layers: Vec::new(),
            tensors,
        }
    }

    /// Keys and values of one layer on a device.
    pub(super) fn tensors(&self, layer: usize) -> &[Tensor; 2] {
        &self.tensors[layer]
    }

    /// Key that tells it from other blocks while it lives.
    pub(super) fn identity(&self) -> *const Self {
        std::ptr::from_ref(self)
    }

    /// Tokens in it.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Appends the rows `first .. first + n` of what a forward kept. Room for `capacity` tokens is reserved at the
    /// first time, so that a growing reply is never copied (on a device it is, each time). An error if the device fails.
    pub(crate) fn append(
        &mut self,
        kept: &Self,
        first: usize,
        n: usize,
        capacity: usize,
    ) -> Result<(), EngineError> {
        self.append_tensors(kept, first, n)
            .map_err(|error| EngineError::Device(error.to_string()))?;
        self.layers.resize_with(kept.layers.len(), LayerKv::default);
        for (own, new) in self.layers.iter_mut().zip(&kept.layers) {
            let width = new.keys.len() / kept.length;
            let range = first * width..(first + n) * width;
            for (own, new) in [(&mut own.keys, &new.keys), (&mut own.values, &new.values)] {
                own.reserve((capacity * width).saturating_sub(own.len()));
                own.extend_from_slice(&new[range.clone()]);
            }
        }
        self.length += n;
        Ok(())
    }

    fn append_tensors(&mut self, kept: &Self, first: usize, n: usize) -> candle_core::Result<()> {
        let is_empty = self.tensors.is_empty();
        let mut tensors = Vec::with_capacity(kept.tensors.len());
        for (layer, new) in kept.tensors.iter().enumerate() {
            let appended = |part: usize| {
                let new = new[part].narrow(1, first, n)?;
                // A copy, so that the others' rows are freed.
                if is_empty {
                    new.force_contiguous()
                } else {
                    Tensor::cat(&[&self.tensors[layer][part], &new], 1)
                }
            };
            tensors.push([appended(0)?, appended(1)?]);
        }
        self.tensors = tensors;
        Ok(())
    }

    /// Copies keys and values out of a layer's fused projections.
    pub(super) fn push_layer(&mut self, qkv: &Matrix, config: &Config) {
        let (queries, width) = (config.query_width(), config.kv_width());
        let mut layer = LayerKv::default();
        for row in qkv.data.chunks_exact(qkv.width) {
            layer.keys.extend_from_slice(&row[queries..queries + width]);
            layer.values.extend_from_slice(&row[queries + width..]);
        }
        self.length = qkv.n_rows;
        self.layers.push(layer);
    }

    /// The keys of one head in one layer.
    pub(super) fn keys(&self, layer: usize, head: usize, config: &Config) -> Rows<'_> {
        head_rows(&self.layers[layer].keys, self.length, head, config)
    }

    /// The values of one head in one layer.
    pub(super) fn values(&self, layer: usize, head: usize, config: &Config) -> Rows<'_> {
        head_rows(&self.layers[layer].values, self.length, head, config)
    }
}

fn head_rows<'a>(data: &'a [f32], length: usize, head: usize, config: &Config) -> Rows<'a> {
    Rows::new(
        &data[head * config.head_size..],
        length,
        config.head_size,
        config.kv_width(),
    )
}
