//! From a question to a model's answer: the prompt with its examples, and the ways in which a model answers it. One file
//! a way: [`likelihood`] scores choices, [`contexts`] those that stand before one continuation, [`generated`] reads replies.

mod contexts;
mod generated;
mod ledger;
mod likelihood;
mod prompts;
mod stored;
mod unconditional;

pub(crate) use contexts::score_contexts;
pub(crate) use generated::{Form, Round, Words, reply_all};
pub(crate) use prompts::{Prompts, uses_chat};
pub(crate) use stored::Entry;
pub(crate) use unconditional::{Unconditional, score_unconditional};

use crate::{doc::Doc, error::EvaluateError, few_shot::Shots};
use examen_core::{Outcome, UnscoredReason};
use examen_llm::{Message, ScoreReply, ScoreRequest};

/// The answer to one question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The model's scores, or the reason why there are none.
    pub(crate) outcome: Outcome<ScoreReply>,
    /// The reply, where it was asked for in words; its outcome then has no scores of choices.
    pub(crate) words: Option<Words>,
    /// The other replies, where it was asked for several.
    pub(crate) more_words: Vec<Words>,
    /// The time that passed since the reply before it.
    pub(crate) seconds: f64,
    /// True if an earlier, interrupted run had scored it.
    pub(crate) is_resumed: bool,
}

/// A question as it goes to the model.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) doc: &'a Doc,
    /// The examples before the question.
    pub(crate) shots: Vec<&'a Doc>,
    /// Text before the choices.
    pub(crate) context: String,
    /// The same once a choice, where choices stand before one continuation; else empty.
    pub(crate) contexts: Vec<String>,
    /// The same as messages, where a model is asked for a reply.
    pub(crate) messages: Vec<Message>,
}

impl Answer {
    /// Reason why there is no score, as a sentence.
    pub(crate) fn reason(&self) -> Option<String> {
        self.outcome.reason().map(ToString::to_string)
    }

    /// True if another run may have an answer.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.outcome.reason(), Some(UnscoredReason::Failed(_)))
    }

    /// Its replies, where it was asked for in words.
    pub(crate) fn in_words(&self) -> impl Iterator<Item = &Words> + Clone {
        self.words.iter().chain(&self.more_words)
    }

    /// No score, for this reason.
    pub(crate) fn unscored(reason: UnscoredReason) -> Self {
        Self {
            outcome: Outcome::Unscored(reason),
            words: None,
            more_words: Vec::new(),
            seconds: 0.0,
            is_resumed: false,
        }
    }
}

impl<'a> Asked<'a> {
    /// A question of messages alone.
    pub(crate) fn of_messages(doc: &'a Doc, messages: Vec<Message>) -> Self {
        Self {
            doc,
            shots: Vec::new(),
            context: String::new(),
            contexts: Vec::new(),
            messages,
        }
    }
}

impl Asked<'_> {
    /// The question to a scorer.
    pub(crate) fn request(&self) -> ScoreRequest {
        ScoreRequest {
            context: self.context.clone(),
            continuations: self.doc.choices.clone(),
        }
    }
}

/// The question with its examples, or the reason why it cannot be asked.
pub(crate) fn ask<'a>(
    prompts: &Prompts<'_>,
    shots: &mut Shots<'a>,
    doc: &'a Doc,
) -> Result<Result<Asked<'a>, UnscoredReason>, EvaluateError> {
    if let Some(reason) = &doc.unaskable {
        return Ok(Err(reason.clone()));
    }
    let shots = shots.of(doc)?;
    let (context, messages) = prompts.context(doc, &shots)?;
    let mut asked = Asked {
        doc,
        shots,
        context,
        contexts: Vec::new(),
        messages,
    };
    while prompts.is_too_long(&asked) && asked.shots.pop().is_some() {
        (asked.context, asked.messages) = prompts.context(doc, &asked.shots)?;
    }
    for doc in doc.by_context().into_iter().flatten() {
        let (context, _) = prompts.context(&doc, &asked.shots)?;
        asked.contexts.push(context);
    }
    Ok(Ok(asked))
}
