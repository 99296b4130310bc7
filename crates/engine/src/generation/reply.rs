//! One reply while it is written.

use super::error::ReplyError;
use super::sampler::Sampler;
use super::{Asker, Job, Piece, Prompt, WriteError, WriteRequest, Written, WrittenToken};
use crate::decoder::{KvBlock, likeliest};
use crate::error::EngineError;
use crate::grammar::{ConstraintError, Grammars};
use crate::model::Model;
use examen_llm::{ChatReply, FinishReason, Usage};
use llguidance::Matcher;
use llguidance::toktrie::SimpleVob;
use std::collections::VecDeque;
use std::sync::Arc;

/// The tokens that a constraint allows next, or why it failed.
pub(super) type Mask = Result<SimpleVob, ConstraintError>;

/// A reply's prompt, text so far, and state.
pub(super) struct Reply {
    asker: Asker,
    pub(super) prompt: Vec<u32>,
    /// Keys and values of the prompt's beginning, shared with other replies.
    pub(super) history: Vec<Arc<KvBlock>>,
    /// Keys and values of the rest.
    pub(super) own: KvBlock,
    /// Tokens that the decoder has not read yet.
    pub(super) pending: Vec<u32>,
    pub(super) matcher: Option<Matcher>,
    sampler: Sampler,
    stop: Vec<Vec<u8>>,
    text: Vec<u8>,
    /// Bytes of the text that were sent.
    n_sent: usize,
    n_top: Option<usize>,
    /// Tokens that were not sent, with the offset of their texts.
    unsent: VecDeque<(usize, WrittenToken)>,
    n_written: usize,
    longest: usize,
    outcome: Option<Result<FinishReason, ReplyError>>,
}

impl Reply {
    /// Renders, tokenises and checks a request; answers at once what cannot be served.
    pub(super) fn prepare(model: &Model, grammars: &Grammars, job: Job) -> Option<Self> {
        match Draft::new(model, grammars, &job.request) {
            Ok(draft) => Some(draft.into_reply(job.asker)),
            Err(error) => {
                let refused = WriteError::Refused(error.to_string());
                job.asker.tell(Written::End(Err(refused)));
                None
            }
        }
    }

    /// Tokens of prompt and reply together, at most.
    pub(super) fn capacity(&self) -> usize {
        self.prompt.len() + self.longest
    }

    /// Room for the keys and values that are not shared.
    pub(super) fn own_capacity(&self) -> usize {
        self.capacity()
            - self
                .history
                .iter()
                .map(|block| block.length())
                .sum::<usize>()
    }

    /// `true` if the asker has gone away.
    pub(super) fn is_abandoned(&self) -> bool {
        self.asker.events.is_closed()
    }

    /// Ends the reply with what went wrong, unless it has ended.
    pub(super) fn fail(&mut self, error: &Arc<EngineError>) {
        self.outcome
            .get_or_insert_with(|| Err(ReplyError::Forward(Arc::clone(error))));
    }

    /// `true` if nothing more will be written.
    pub(super) fn is_done(&self) -> bool {
        self.outcome.is_some()
    }

    /// Takes the next token from the logits after the last one read. `mask` has the tokens that the constraint allows.
    pub(super) fn advance(
        &mut self,
        logits: &mut [f32],
        mask: Option<Mask>,
        model: &Model,
        grammars: &Grammars,
    ) {
        let plain = self.n_top.map(|n| Likelihoods::of(logits, n));
        match mask {
            Some(Ok(mask)) => mask.iter_unset_entries(|token| {
                if let Some(logit) = logits.get_mut(token) {
                    *logit = f32::NEG_INFINITY;
                }
            }),
            Some(Err(error)) => {
                self.outcome = Some(Err(error.into()));
                return;
            }
            None => {}
        }
        let Some(token) = self.sampler.draw(logits) else {
            self.outcome = Some(Err(ReplyError::NoToken));
            return;
        };
        let is_end = model.tokenizer.ends().contains(&token);
        if let Some(likelihoods) = plain {
            let written = likelihoods.token(token, is_end);
            self.unsent.push_back((self.text.len(), written));
        }
        if is_end {
            self.outcome = Some(Ok(FinishReason::Stop));
            return;
        }
        self.write(token, grammars);
        if !self.is_done() && self.matcher.is_some() {
            self.follow_grammar(token, grammars);
        }
        if !self.is_done() && self.n_written >= self.longest {
            self.outcome = Some(Ok(FinishReason::Length));
        }
        if self.asker.takes_pieces && !self.is_done() {
            self.send_piece(self.settled());
        }
    }

    /// Bytes of the text that no stop string can take back.
    fn settled(&self) -> usize {
        let begins = |stop: &Vec<u8>| {
            let longest = stop.len().min(self.text.len() + 1).saturating_sub(1);
            (1..=longest)
                .rev()
                .find(|&n| self.text.ends_with(&stop[..n]))
        };
        let held_back = self.stop.iter().filter_map(begins).max().unwrap_or(0);
        self.text.len() - held_back
    }

    /// Sends the text up to `end`, less the bytes of a character that is not whole.
    fn send_piece(&mut self, end: usize) {
        let new = self.text.get(self.n_sent..end).unwrap_or_default();
        let text = match std::str::from_utf8(new) {
            Err(error) if error.error_len().is_none() => &new[..error.valid_up_to()],
            _ => new,
        };
        if text.is_empty() {
            return;
        }
        let piece = String::from_utf8_lossy(text).into_owned();
        self.n_sent += text.len();
        let n_tokens = self
            .unsent
            .partition_point(|(start, _)| *start < self.n_sent);
        let tokens = self.unsent.drain(..n_tokens).map(|(_, token)| token);
        self.asker.tell(Written::Piece(Piece {
            text: piece,
            tokens: tokens.collect(),
        }));
    }

    /// Appends a token to the text, and ends the reply if that completes a stop string.
    fn write(&mut self, token: u32, grammars: &Grammars) {
        self.pending.push(token);
        self.sampler.see(&[token]);
        self.n_written += 1;
        let old = self.text.len();
        self.text.extend_from_slice(grammars.bytes(token));
        let found = self.stop.iter().filter_map(|stop| {
            let first = old.saturating_sub(stop.len());
            let offset = self.text[first..]
                .windows(stop.len())
                .position(|window| window == stop)?;
            Some(first + offset)
        });
        if let Some(end) = found.min() {
            self.text.truncate(end);
            self.outcome = Some(Ok(FinishReason::Stop));
        }
    }

    /// Tells the grammar of a token, and writes whatever can only follow now.
    fn follow_grammar(&mut self, token: u32, grammars: &Grammars) {
        let Some(matcher) = &mut self.matcher else {
            return;
        };
        if let Err(error) = matcher.consume_token(token) {
            self.outcome = Some(Err(ConstraintError::Grammar(error.to_string()).into()));
            return;
        }
        // What can only follow has no log-probability until the model has read what is before it.
        let forced = if matcher.is_stopped() || self.n_top.is_some() {
            Vec::new()
        } else {
            matcher.consume_ff_tokens()
        };
        let (is_stopped, error) = (matcher.is_stopped(), matcher.get_error());
        let n_left = self.longest - self.n_written;
        let is_cut = forced.len() > n_left;
        forced
            .into_iter()
            .take(n_left)
            .for_each(|token| self.write(token, grammars));
        self.outcome = match error {
            Some(error) => Some(Err(ConstraintError::Grammar(error).into())),
            None if is_stopped && !is_cut => Some(Ok(FinishReason::Stop)),
            None => None,
        };
    }

    /// Sends the reply to its asker.
    pub(super) fn send(mut self) {
        if self.asker.takes_pieces && matches!(self.outcome, Some(Ok(_))) {
            self.send_rest();
        }
        let usage = Usage {
            input_tokens: self.prompt.len() as u64,
            output_tokens: self.n_written as u64,
        };
        let answer = match self.outcome {
            Some(Ok(finish)) => Ok(ChatReply {
                text: into_text(self.text),
                finish,
                usage,
                extra: Default::default(),
            }),
            Some(Err(reason)) => Err(WriteError::Failed(reason.to_string())),
            None => Err(super::ended()),
        };
        self.asker.tell(Written::End(answer));
    }

    /// Sends what no piece has had. The tokens of a stop string are no part of the reply.
    fn send_rest(&mut self) {
        let (end, unsent) = (self.text.len(), std::mem::take(&mut self.unsent));
        let rest = Piece {
            text: into_text(self.text[self.n_sent..].to_vec()),
            tokens: unsent
                .into_iter()
                .filter_map(|(start, token)| (start < end || token.is_end).then_some(token))
                .collect(),
        };
        if rest != Piece::default() {
            self.asker.tell(Written::Piece(rest));
        }
    }
}

/// Everything of a reply but who asked for it.
struct Draft {
    prompt: Vec<u32>,
    matcher: Option<Matcher>,
    sampler: Sampler,
    stop: Vec<Vec<u8>>,
    longest: usize,
    n_top: Option<usize>,
}

impl Draft {
    fn new(model: &Model, grammars: &Grammars, request: &WriteRequest) -> Result<Self, ReplyError> {
        let prompt = match &request.prompt {
            Prompt::Messages(messages) => {
                let text = model.render_chat(messages, true)?;
                model.tokenizer.encode_plain(&text)?
            }
            Prompt::Tokens(tokens) => tokens.clone(),
        };
        let prompt = model.with_rows(prompt)?;
        let context_length = model.description.context_length;
        if prompt.is_empty() {
            return Err(ReplyError::EmptyPrompt);
        }
        let room = context_length
            .checked_sub(prompt.len())
            .filter(|&room| room > 0);
        let room = room.ok_or(ReplyError::PromptTooLong {
            n_tokens: prompt.len(),
            context_length,
        })?;
        let matcher = request
            .constraint
            .as_ref()
            .map(|constraint| grammars.matcher(constraint))
            .transpose()?;
        let stops = request
            .sampling
            .stop
            .iter()
            .filter(|stop| !stop.is_empty() && matcher.is_none());
        let stop = stops.map(|stop| stop.clone().into_bytes()).collect();
        let longest = request.sampling.max_tokens.min(room);
        let mut sampler = Sampler::new(&request.sampling)?;
        sampler.see(&prompt);
        Ok(Self {
            prompt,
            matcher,
            sampler,
            stop,
            longest,
            n_top: request.n_top,
        })
    }

    fn into_reply(self, asker: Asker) -> Reply {
        let outcome = (self.longest == 0).then_some(Ok(FinishReason::Length));
        Reply {
            asker,
            pending: Vec::new(),
            history: Vec::new(),
            own: KvBlock::empty(),
            prompt: self.prompt,
            matcher: self.matcher,
            sampler: self.sampler,
            stop: self.stop,
            text: Vec::new(),
            n_sent: 0,
            n_top: self.n_top,
            unsent: VecDeque::new(),
            n_written: 0,
            longest: self.longest,
            outcome,
        }
    }
}

impl Asker {
    /// Hands something over. The asker may be gone; then nobody needs it.
    fn tell(&self, written: Written) {
        drop(self.events.send(written));
    }
}

/// The model's own distribution of one token. The logits are a copy, as those at hand are about to be masked.
struct Likelihoods {
    logits: Vec<f32>,
    normaliser: f64,
    n_top: usize,
}

impl Likelihoods {
    fn of(logits: &[f32], n_top: usize) -> Self {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits
            .iter()
            .map(|&logit| f64::from(logit - max).exp())
            .sum();
        Self {
            logits: logits.to_vec(),
            normaliser: f64::from(max) + sum.ln(),
            n_top,
        }
    }

    fn token(&self, id: u32, is_end: bool) -> WrittenToken {
        let log_prob = |logit: f32| f64::from(logit) - self.normaliser;
        let top = likeliest(&self.logits, self.n_top).into_iter();
        WrittenToken {
            id,
            is_end,
            log_prob: self
                .logits
                .get(id as usize)
                .map_or(f64::NEG_INFINITY, |&logit| log_prob(logit)),
            top: top.map(|(id, logit)| (id, log_prob(logit))).collect(),
        }
    }
}

/// A cut reply may end in the middle of a character: the unfinished bytes are left out. Others that are not UTF-8 are
/// replaced.
fn into_text(mut bytes: Vec<u8>) -> String {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::into_text;

    #[test]
    fn unfinished_characters_are_left_out() {
        assert_eq!(into_text("añ".as_bytes()[..2].to_vec()), "a");
        assert_eq!(into_text(b"a\xFFb".to_vec()), "a\u{FFFD}b");
        assert_eq!(into_text("日本".into()), "日本");
    }
}
