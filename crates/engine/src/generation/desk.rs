//! The replies being written, and the next step of all of them together.

use super::Job;
use super::reply::{Mask, Reply};
use super::shared_prompt::SharedPrompt;
use crate::decoder::{Pack, Predicted};
use crate::error::EngineError;
use crate::grammar::ConstraintError;
use crate::model::Model;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

/// All chats of one engine.
pub(super) struct Desk<'a> {
    model: &'a Model,
    waiting: VecDeque<Reply>,
    replies: Vec<Reply>,
    shared: SharedPrompt,
}

/// A reply's part in one forward.
struct Share {
    /// First row in the pack.
    start: usize,
    /// Tokens of it that are read.
    n: usize,
    /// `true` if nothing is pending after them, so that a token follows.
    is_ready: bool,
}

impl<'a> Desk<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        Self {
            model,
            waiting: VecDeque::new(),
            replies: Vec::new(),
            shared: SharedPrompt::default(),
        }
    }

    /// `true` if there is nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.replies.is_empty()
    }

    /// Takes chats in, in their order.
    pub(super) fn receive(&mut self, jobs: Vec<Job>) {
        let (model, grammars) = (self.model, self.model.grammars());
        let prepared: Vec<_> = jobs
            .into_par_iter()
            .map(|job| Reply::prepare(model, grammars, job))
            .collect();
        for reply in prepared.into_iter().flatten() {
            if reply.is_done() {
                reply.send();
            } else {
                self.waiting.push_back(reply);
            }
        }
    }

    /// Reads a piece of every prompt, writes a token of every reply.
    pub(super) fn step(&mut self) {
        self.waiting.retain(|reply| !reply.is_abandoned());
        self.replies.retain(|reply| !reply.is_abandoned());
        self.admit();
        if !self.replies.is_empty()
            && let Err(error) = self.forward()
        {
            let error = Arc::new(error);
            self.replies.iter_mut().for_each(|reply| reply.fail(&error));
        }
        let (done, writing) = std::mem::take(&mut self.replies)
            .into_iter()
            .partition(Reply::is_done);
        self.replies = writing;
        Vec::into_iter(done).for_each(Reply::send);
    }

    /// Starts waiting replies as far as `max_replies` and the memory allow; one is always started.
    fn admit(&mut self) {
        let bytes =
            |reply: &Reply| (reply.capacity() * self.model.network.kv_bytes_per_token()) as u64;
        let mut taken: u64 = self.replies.iter().map(bytes).sum();
        let first = self.replies.len();
        while let Some(reply) = self.waiting.front() {
            let fits = self.replies.len() < self.model.options.max_replies
                && taken.saturating_add(bytes(reply)) <= self.model.options.reply_memory;
            if !fits && !self.replies.is_empty() {
                break;
            }
            taken = taken.saturating_add(bytes(reply));
            self.replies.extend(self.waiting.pop_front());
        }
        let prompts: Vec<&[u32]> = self.replies[first..]
            .iter()
            .map(|reply| reply.prompt.as_slice())
            .collect();
        self.shared.prepare(self.model, &prompts);
        for reply in &mut self.replies[first..] {
            let (history, n_kept) = self.shared.of(&reply.prompt);
            reply.history = history;
            reply.pending = reply.prompt[n_kept..].to_vec();
        }
    }

    /// An error if the device failed; then nothing of the replies can be trusted.
    fn forward(&mut self) -> Result<(), EngineError> {
        let shares = self.shares();
        let (predicted, masks) = self.run(&shares);
        let (mut logits, kept) = predicted?;
        for (reply, share) in self.replies.iter_mut().zip(&shares) {
            let capacity = reply.own_capacity();
            reply.own.append(&kept, share.start, share.n, capacity)?;
            reply.pending.drain(..share.n);
        }
        let (model, grammars, width) = (self.model, self.model.grammars(), logits.width);
        let writers: Vec<&mut Reply> = self
            .replies
            .iter_mut()
            .zip(&shares)
            .filter(|(_, share)| share.is_ready)
            .map(|(reply, _)| reply)
            .collect();
        let work = writers
            .into_par_iter()
            .zip(masks)
            .zip(logits.data.par_chunks_mut(width));
        work.for_each(|((reply, mask), logits)| reply.advance(logits, mask, model, grammars));
        Ok(())
    }

    /// Divides the tokens of one forward: replies that write come before prompts that are read.
    fn shares(&self) -> Vec<Share> {
        let mut left = self
            .model
            .options
            .tokens_per_forward
            .max(self.replies.len());
        let mut order: Vec<usize> = (0..self.replies.len()).collect();
        order.sort_by_key(|&index| self.replies[index].pending.len());
        let mut lengths = vec![0; self.replies.len()];
        for index in order {
            lengths[index] = self.replies[index].pending.len().min(left);
            left -= lengths[index];
        }
        let mut start = 0;
        let share = |(reply, n): (&Reply, usize)| {
            let share = Share {
                start,
                n,
                is_ready: n > 0 && n == reply.pending.len() && !reply.is_done(),
            };
            start += n;
            share
        };
        self.replies.iter().zip(lengths).map(share).collect()
    }

    /// Runs the network, and meanwhile finds which tokens may follow in the replies that are ready.
    fn run(&mut self, shares: &[Share]) -> (Predicted, Vec<Option<Mask>>) {
        let model = self.model;
        let mut pack = Pack::default();
        let (mut matchers, mut rows) = (Vec::new(), Vec::new());
        for (reply, share) in self.replies.iter_mut().zip(shares) {
            let Reply {
                history,
                own,
                pending,
                matcher,
                ..
            } = reply;
            if share.n > 0 {
                let kept = history.iter().map(Arc::as_ref);
                pack.push(
                    &pending[..share.n],
                    kept.chain((own.length() > 0).then_some(&*own)).collect(),
                );
            }
            if share.is_ready {
                matchers.push(matcher.as_mut());
                rows.push(share.start + share.n - 1);
            }
        }
        let masks = || {
            let mask = |matcher: &mut llguidance::Matcher| {
                let mask = matcher.compute_mask_or_eos();
                mask.map_err(|error| ConstraintError::Grammar(error.to_string()))
            };
            matchers
                .into_par_iter()
                .map(|matcher| matcher.map(mask))
                .collect()
        };
        rayon::join(|| model.network.predict(&pack, &rows), masks)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Asker;
    use super::*;
    use crate::EngineOptions;
    use examen_llm::{ChatRequest, Message, Role, Sampling};
    use std::path::Path;
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn an_abandoned_reply_frees_its_place() {
        let folder = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../testdata/engine/llama3"
        ));
        let model = Model::load(folder, EngineOptions::default()).unwrap();
        let mut desk = Desk::new(&model);
        let request = ChatRequest {
            messages: vec![Message {
                role: Role::User,
                content: "The river".into(),
            }],
            constraint: None,
            sampling: Sampling::greedy(100),
        };
        let (events, receiver) = unbounded_channel();
        let asker = Asker {
            events,
            takes_pieces: false,
        };
        let request = request.into();
        desk.receive(vec![Job { request, asker }]);
        desk.step();
        assert!(!desk.is_idle(), "it is being written");
        drop(receiver);
        desk.step();
        assert!(desk.is_idle());
    }
}
