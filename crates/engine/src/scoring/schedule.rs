//! Walks the token tree and feeds it to the decoder in packs of bounded size.
//!
//! A subtree that fits into a pack goes there whole, many small ones together. A node whose subtree does not fit runs
//! on its own; its keys and values are kept until everything below it is done. So memory is bounded by the packs and
//! by the tokens on one path through the tree.

use super::tree::{Tree, Want};
use crate::decoder::{Answer, Keep, KvBlock, Pack, Target};
use crate::model::Model;
use examen_llm::ScoreError;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The walk's surroundings.
pub(super) struct Schedule<'a> {
    pub(super) model: &'a Model,
    pub(super) tree: &'a Tree,
    /// Number of the likeliest tokens that are wanted beside each answer.
    pub(super) n_top: usize,
    pub(super) record: &'a mut Record<'a>,
}

/// Takes the answers of each forward, and says whether to go on.
type Record<'a> = dyn FnMut(&[Want], Vec<Answer>) -> ControlFlow<()> + 'a;

/// Keys and values of the tokens above a node.
type History = Vec<Arc<KvBlock>>;

/// Whole subtrees that wait for their forward.
#[derive(Default)]
struct Waiting {
    subtrees: Vec<(usize, History)>,
    n_tokens: usize,
}

impl Schedule<'_> {
    /// Computes everything that the tree wants, unless the replies' taker breaks off: it is asked after each forward.
    pub(super) fn run(mut self) -> Result<(), ScoreError> {
        let longest = self.model.options.tokens_per_forward.max(1);
        let mut waiting = Waiting::default();
        let mut open = vec![(0, History::new())];
        while let Some((index, history)) = open.pop() {
            let node = &self.tree.nodes[index];
            if node.n_tokens_below <= longest {
                if waiting.n_tokens + node.n_tokens_below > longest {
                    self.run_waiting(std::mem::take(&mut waiting))?;
                }
                waiting.n_tokens += node.n_tokens_below;
                waiting.subtrees.push((index, history));
            } else {
                let history = self.run_alone(index, history, longest)?;
                open.extend(
                    node.children
                        .iter()
                        .rev()
                        .map(|&child| (child, history.clone())),
                );
            }
        }
        self.run_waiting(waiting)
    }

    /// Runs one node's own tokens in as many forwards as they need. Returns the history of its children.
    fn run_alone(
        &mut self,
        index: usize,
        mut history: History,
        longest: usize,
    ) -> Result<History, ScoreError> {
        let node = &self.tree.nodes[index];
        for (number, tokens) in node.tokens.chunks(longest).enumerate() {
            let mut pack = Pack::default();
            pack.push(tokens, history.iter().map(Arc::as_ref).collect());
            let first = number * longest;
            let rows = first..first + tokens.len();
            let wants = node.wants.iter().filter(|want| rows.contains(&want.row));
            let wants = wants.map(|want| (want.row - first, *want)).collect();
            let kept = self.forward(&pack, wants, Keep::KeysAndValues)?;
            history.extend(kept.map(Arc::new));
        }
        Ok(history)
    }

    fn run_waiting(&mut self, waiting: Waiting) -> Result<(), ScoreError> {
        let mut pack = Pack::default();
        let mut wants = Vec::new();
        for (root, history) in &waiting.subtrees {
            let mut open = vec![(*root, None)];
            while let Some((index, parent)) = open.pop() {
                let node = &self.tree.nodes[index];
                let first = pack.tokens().len();
                let segment = match parent {
                    Some(parent) => Some(pack.push_after(parent, &node.tokens)),
                    None if node.tokens.is_empty() => None,
                    None => {
                        Some(pack.push(&node.tokens, history.iter().map(Arc::as_ref).collect()))
                    }
                };
                wants.extend(node.wants.iter().map(|want| (first + want.row, *want)));
                open.extend(node.children.iter().rev().map(|&child| (child, segment)));
            }
        }
        self.forward(&pack, wants, Keep::Nothing).map(drop)
    }

    /// Runs a pack and records what was wanted, given with the rows of the pack that predict it.
    fn forward(
        &mut self,
        pack: &Pack<'_>,
        wants: Vec<(usize, Want)>,
        keep: Keep,
    ) -> Result<Option<KvBlock>, ScoreError> {
        if pack.tokens().is_empty() {
            return Ok(None);
        }
        let targets: Vec<Target> = wants
            .iter()
            .map(|&(row, want)| Target {
                row,
                token: want.token,
            })
            .collect();
        let scored = self.model.network.score(pack, &targets, self.n_top, keep);
        let (answers, kept) = scored.map_err(|error| ScoreError::Model(error.to_string()))?;
        let wants: Vec<Want> = wants.into_iter().map(|(_, want)| want).collect();
        match (self.record)(&wants, answers) {
            ControlFlow::Continue(()) => Ok(kept),
            ControlFlow::Break(()) => Err(ScoreError::Cancelled),
        }
    }
}
