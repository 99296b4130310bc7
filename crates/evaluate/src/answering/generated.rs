//! Replies in words, read for the option that they choose. Each finished one goes to a journal and is never asked for again.

use super::{
    Answer, Asked,
    ledger::{Ledger, Open},
    stored::Entry,
};
use crate::{error::EvaluateError, measures::read_choice, settings::Settings};
use examen_core::{Outcome, Progress, UnscoredReason, ids::hash_of_parts};
use examen_files::{
    exam::{MAX_OPTIONS, letter},
    journal::Journal,
};
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Sampling, Usage,
    reasoning,
};
use futures::{StreamExt, executor::block_on, stream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reply in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Words {
    /// As the model wrote it.
    pub(crate) text: String,
    /// Without the thinking before it.
    pub(crate) answer: String,
    /// Tokens that it took.
    pub(crate) usage: Usage,
}

/// Asks for those replies that the journal does not hold yet; a question that cannot be asked (`Err`) keeps its reason. One
/// answer a question, in order.
pub(crate) fn reply_all(
    settings: &Settings,
    asked: &[Result<Asked<'_>, UnscoredReason>],
    chat: &dyn ChatModel,
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Vec<Answer>, EvaluateError> {
    let ledger = Ledger::new(asked, journal, |asked| key(settings, chat, asked))?;
    progress.begin("asking questions", asked.len() as u64);
    progress.advance(ledger.n_done());
    let calls = Calls {
        settings,
        chat,
        journal,
        progress,
    };
    block_on(calls.all(ledger.open()))?;
    progress.end();
    // The first that fails has ended the run.
    ledger.answers(&BTreeMap::new())
}

/// BLAKE3 over everything that a reply depends on.
fn key(settings: &Settings, chat: &dyn ChatModel, asked: &Asked<'_>) -> String {
    let request = serde_json::to_string(&request(settings, asked)).unwrap_or_default();
    let fixed = [
        env!("CARGO_PKG_VERSION"),
        "reply",
        chat.id(),
        &settings.model_fingerprint,
        &request,
    ];
    let options = asked.doc.choices.iter().map(String::as_str);
    hash_of_parts(fixed.into_iter().chain(options))[..32].to_owned()
}

fn request(settings: &Settings, asked: &Asked<'_>) -> ChatRequest {
    let n = asked.doc.choices.len();
    let is_constrained = settings.writing.is_constrained && (1..=MAX_OPTIONS).contains(&n);
    let letters = || (0..n).map(|index| letter(index).to_string()).collect();
    ChatRequest {
        messages: asked.messages.clone(),
        constraint: is_constrained.then(|| Constraint::Choice(letters())),
        sampling: Sampling::greedy(settings.writing.max_tokens),
    }
}

/// What calls need.
struct Calls<'a> {
    settings: &'a Settings,
    chat: &'a dyn ChatModel,
    journal: &'a Journal<Entry>,
    progress: &'a dyn Progress,
}

impl Calls<'_> {
    /// Asks all, some at once. The first fault of the model as a whole ends the run; replies before it are kept.
    async fn all(&self, open: Vec<Open<'_>>) -> Result<(), EvaluateError> {
        let n_at_once = self
            .chat
            .n_at_once()
            .unwrap_or(self.settings.writing.n_at_once);
        let calls = open.into_iter().map(|(key, asked)| self.one(key, asked));
        let mut calls = stream::iter(calls).buffer_unordered(n_at_once.max(1));
        while let Some(done) = calls.next().await {
            done?;
            self.progress.advance(1);
            if self.progress.is_cancelled() {
                return Err(EvaluateError::Cancelled);
            }
        }
        Ok(())
    }

    async fn one(&self, key: &str, asked: &Asked<'_>) -> Result<(), EvaluateError> {
        let begun = (self.settings.clock)();
        let replied = self.chat.chat(&request(self.settings, asked)).await;
        let seconds = (self.settings.clock)()
            .duration_since(begun)
            .as_secs_f64()
            .max(0.0);
        let (outcome, words) = match replied {
            Ok(reply) => read(asked, reply),
            Err(ChatError::Refused(reason)) => {
                (Outcome::Unscored(UnscoredReason::Refused(reason)), None)
            }
            // One question; the next may be answered.
            Err(error) if !(error.is_fatal() || error.is_budget() || error.is_transient()) => {
                let reason = UnscoredReason::Refused(error.reason());
                (Outcome::Unscored(reason), None)
            }
            Err(source) => {
                return Err(EvaluateError::Chat {
                    model: self.chat.id().to_owned(),
                    source,
                });
            }
        };
        self.journal
            .append(key, &Entry::of_words(seconds, outcome, words))
            .await?;
        Ok(())
    }
}

/// The reply without its thinking, or the reason why it is no answer. A reply that chooses no option is not wrong.
fn read(asked: &Asked<'_>, reply: ChatReply) -> (Outcome<()>, Option<Words>) {
    let answer = reasoning::strip(&reply.text).to_owned();
    let options: Vec<&str> = asked
        .doc
        .choices
        .iter()
        .map(|choice| choice.trim())
        .collect();
    let choice = read_choice(&answer, &options);
    let fault = match reply.finish {
        // A question without options is for the metrics to judge.
        _ if choice.is_some() || options.is_empty() => None,
        FinishReason::Length => Some("the reply was cut off before its answer".to_owned()),
        FinishReason::Stop => {
            let said = beginning(&answer);
            Some(format!("the reply chooses no option: `{said}`"))
        }
    };
    let outcome = match fault {
        None => Outcome::Scored(()),
        Some(fault) => Outcome::Unscored(UnscoredReason::NoAnswer(fault)),
    };
    let words = Words {
        text: reply.text,
        answer,
        usage: reply.usage,
    };
    (outcome, Some(words))
}

/// The first words of a reply, for the reason.
fn beginning(reply: &str) -> String {
    /// Characters that are shown.
    const MOST: usize = 60;
    let mut shown: String = reply
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if reply.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}
