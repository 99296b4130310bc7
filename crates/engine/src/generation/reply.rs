//! One reply while it is written.

use super::error::ReplyError;
use super::sampler::Sampler;
use super::{Answerer, Job};
use crate::decoder::KvBlock;
use crate::error::EngineError;
use crate::grammar::{ConstraintError, Grammars};
use crate::model::Model;
use examen_llm::{ChatError, ChatReply, FinishReason, Usage};
use llguidance::Matcher;
use llguidance::toktrie::SimpleVob;
use std::sync::Arc;

/// The tokens that a constraint allows next, or why it failed.
pub(super) type Mask = Result<SimpleVob, ConstraintError>;

/// A reply's prompt, text so far, and state.
pub(super) struct Reply {
    answerer: Answerer,
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
    n_written: usize,
    longest: usize,
    outcome: Option<Result<FinishReason, ReplyError>>,
}

impl Reply {
    /// Renders, tokenises and checks a request; answers at once what cannot be served.
    pub(super) fn prepare(model: &Model, grammars: &Grammars, job: Job) -> Option<Self> {
        match Draft::new(model, grammars, &job) {
            Ok(draft) => Some(draft.into_reply(job.reply)),
            Err(error) => {
                let refused = ChatError::Refused(error.to_string());
                // The asker may be gone; then nobody needs the answer.
                drop(job.reply.send(Err(refused)));
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
        self.answerer.is_closed()
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
        if model.tokenizer.ends().contains(&token) {
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
        let forced = if matcher.is_stopped() {
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
    pub(super) fn send(self) {
        let usage = Usage {
            input_tokens: self.prompt.len() as u64,
            output_tokens: self.n_written as u64,
        };
        let answer = match self.outcome {
            Some(Ok(finish)) => Ok(ChatReply {
                text: into_text(self.text),
                finish,
                usage,
            }),
            Some(Err(reason)) => Err(ChatError::Refused(format!("the reply failed: {reason}"))),
            None => Err(super::ended()),
        };
        // The asker may be gone; then nobody needs the answer.
        drop(self.answerer.send(answer));
    }
}

/// Everything of a reply but who asked for it.
struct Draft {
    prompt: Vec<u32>,
    matcher: Option<Matcher>,
    sampler: Sampler,
    stop: Vec<Vec<u8>>,
    longest: usize,
}

impl Draft {
    fn new(model: &Model, grammars: &Grammars, job: &Job) -> Result<Self, ReplyError> {
        let request = &job.request;
        let prompt = match &job.prompt {
            Some(prompt) => prompt.clone(),
            None => {
                let text = model.render_chat(&request.messages, true)?;
                model.tokenizer.encode_plain(&text)?
            }
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
        })
    }

    fn into_reply(self, answerer: Answerer) -> Reply {
        let outcome = (self.longest == 0).then_some(Ok(FinishReason::Length));
        Reply {
            answerer,
            pending: Vec::new(),
            history: Vec::new(),
            own: KvBlock::empty(),
            prompt: self.prompt,
            matcher: self.matcher,
            sampler: self.sampler,
            stop: self.stop,
            text: Vec::new(),
            n_written: 0,
            longest: self.longest,
            outcome,
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
