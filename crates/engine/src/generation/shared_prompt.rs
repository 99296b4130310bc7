//! The beginning that prompts have in common: template, instruction, examples. It is read once, and kept.

use crate::decoder::{KvBlock, Pack};
use crate::error::EngineError;
use crate::model::Model;
use std::sync::Arc;

/// A shorter beginning is not worth a forward of its own.
const SHORTEST: usize = 32;

/// The beginning kept at present.
#[derive(Default)]
pub(super) struct SharedPrompt {
    tokens: Vec<u32>,
    blocks: Vec<Arc<KvBlock>>,
    /// A prompt of the round before, to compare a lonely one with.
    last: Vec<u32>,
}

impl SharedPrompt {
    /// Looks at the prompts that are about to be read, and reads what they have in common unless most of it is kept
    /// already.
    pub(super) fn prepare(&mut self, model: &Model, prompts: &[&[u32]]) {
        let [first, others @ ..] = prompts else {
            return;
        };
        let last = std::mem::replace(&mut self.last, first.to_vec());
        let others: Vec<&[u32]> = if others.is_empty() {
            vec![&last]
        } else {
            others.to_vec()
        };
        let common = others
            .iter()
            .map(|other| n_common(first, other))
            .min()
            .unwrap_or(0);
        // At least one token of each prompt is left to run, for the logits after it.
        let common = prompts
            .iter()
            .map(|prompt| prompt.len().saturating_sub(1))
            .min()
            .unwrap_or(0)
            .min(common);
        let kept = if first.starts_with(&self.tokens) {
            self.tokens.len()
        } else {
            0
        };
        if common >= SHORTEST && kept.min(common) * 2 < common {
            // A device that fails here fails again with the whole prompts, and the replies say so.
            let blocks = read(model, &first[..common]).ok();
            self.tokens = if blocks.is_some() {
                first[..common].to_vec()
            } else {
                Vec::new()
            };
            self.blocks = blocks.unwrap_or_default();
        }
    }

    /// Keys and values of a prompt's beginning, and its number of tokens.
    pub(super) fn of(&self, prompt: &[u32]) -> (Vec<Arc<KvBlock>>, usize) {
        if prompt.len() > self.tokens.len() && prompt.starts_with(&self.tokens) {
            (self.blocks.clone(), self.tokens.len())
        } else {
            (Vec::new(), 0)
        }
    }
}

fn read(model: &Model, tokens: &[u32]) -> Result<Vec<Arc<KvBlock>>, EngineError> {
    let mut blocks: Vec<Arc<KvBlock>> = Vec::new();
    for chunk in tokens.chunks(model.options.tokens_per_forward.max(1)) {
        let mut pack = Pack::default();
        pack.push(chunk, blocks.iter().map(Arc::as_ref).collect());
        let (_, kept) = model.network.predict(&pack, &[])?;
        blocks.push(Arc::new(kept));
    }
    Ok(blocks)
}

fn n_common(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
