//! Replies in words, read for the option that they choose. Each finished one goes to a journal and is never asked for again.

use super::{
    Answer, Asked,
    ledger::{Ledger, Open},
    stored::Entry,
};
use crate::{
    error::EvaluateError,
    measures::read_choice,
    settings::Settings,
    task::{Generation, Kind, Task},
};
use examen_core::{Outcome, Progress, UnscoredReason, ids::hash_of_parts};
use examen_files::{
    exam::{MAX_OPTIONS, letter},
    journal::Journal,
};
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Completion, Constraint, FinishReason, Sampling,
    Usage, reasoning,
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
    task: &Task,
    asked: &[Result<Asked<'_>, UnscoredReason>],
    chat: &dyn ChatModel,
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Vec<Answer>, EvaluateError> {
    let asks = Asks {
        settings,
        generation: match &task.kind {
            Kind::Reply(generation) => Some(generation),
            _ => None,
        },
    };
    let ledger = Ledger::new(asked, journal, |asked| asks.key(chat, asked))?;
    progress.begin("asking questions", asked.len() as u64);
    progress.advance(ledger.n_done());
    let calls = Calls {
        settings,
        asks,
        chat,
        journal,
        progress,
    };
    block_on(calls.all(ledger.open()))?;
    progress.end();
    // The first that fails has ended the run.
    ledger.answers(&BTreeMap::new())
}

/// A request for one reply.
enum Request {
    /// Through the model's chat template.
    Chat(ChatRequest),
    /// As a bare text.
    Bare(Completion),
}

/// How replies are asked for.
struct Asks<'a> {
    settings: &'a Settings,
    /// The task's own settings of replies.
    generation: Option<&'a Generation>,
}

impl Asks<'_> {
    /// BLAKE3 over everything that the replies depend on.
    fn key(&self, chat: &dyn ChatModel, asked: &Asked<'_>) -> String {
        let request = |request: &Request| match request {
            Request::Chat(request) => serde_json::to_string(request).unwrap_or_default(),
            Request::Bare(request) => serde_json::to_string(request).unwrap_or_default(),
        };
        let requests: String = self.requests(asked).iter().map(request).collect();
        let fixed = [
            env!("CARGO_PKG_VERSION"),
            "reply",
            chat.id(),
            &self.settings.model_fingerprint,
            &requests,
        ];
        let options = asked.doc.choices.iter().map(String::as_str);
        hash_of_parts(fixed.into_iter().chain(options))[..32].to_owned()
    }

    /// One request a reply.
    fn requests(&self, asked: &Asked<'_>) -> Vec<Request> {
        let greedy = || Sampling::greedy(self.settings.writing.max_tokens);
        let (first, n) = match self.generation {
            None => (greedy(), 1),
            Some(generation) => (generation.sampling.clone(), generation.n_replies),
        };
        let sampling = |n: usize| Sampling {
            seed: first.seed.wrapping_add(n as u64),
            ..first.clone()
        };
        (0..n).map(|n| self.request(asked, sampling(n))).collect()
    }

    fn request(&self, asked: &Asked<'_>, sampling: Sampling) -> Request {
        if asked.messages.is_empty() {
            return Request::Bare(Completion {
                prompt: asked.context.clone(),
                sampling,
            });
        }
        let n = asked.doc.choices.len();
        let is_constrained = self.settings.writing.is_constrained && (1..=MAX_OPTIONS).contains(&n);
        let letters = || (0..n).map(|index| letter(index).to_string()).collect();
        Request::Chat(ChatRequest {
            messages: asked.messages.clone(),
            constraint: is_constrained.then(|| Constraint::Choice(letters())),
            sampling,
        })
    }
}

/// What calls need.
struct Calls<'a> {
    settings: &'a Settings,
    asks: Asks<'a>,
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
        let (mut outcome, mut replies) = (Outcome::Scored(()), Vec::new());
        for request in self.asks.requests(asked) {
            let replied = match &request {
                Request::Chat(request) => self.chat.chat(request).await,
                Request::Bare(request) => self.chat.complete(request).await,
            };
            let (read, words) = self.taken(asked, replied)?;
            replies.extend(words);
            outcome = read;
            // A question counts with all its replies or not at all.
            if matches!(outcome, Outcome::Unscored(_)) {
                break;
            }
        }
        let seconds = (self.settings.clock)()
            .duration_since(begun)
            .as_secs_f64()
            .max(0.0);
        self.journal
            .append(key, &Entry::of_words(seconds, outcome, replies))
            .await?;
        Ok(())
    }

    fn taken(
        &self,
        asked: &Asked<'_>,
        replied: Result<ChatReply, ChatError>,
    ) -> Result<(Outcome<()>, Option<Words>), EvaluateError> {
        match replied {
            Ok(reply) => Ok(read(asked, reply)),
            Err(ChatError::Refused(reason)) => {
                Ok((Outcome::Unscored(UnscoredReason::Refused(reason)), None))
            }
            // One question; the next may be answered.
            Err(error) if !(error.is_fatal() || error.is_budget() || error.is_transient()) => {
                let reason = UnscoredReason::Refused(error.reason());
                Ok((Outcome::Unscored(reason), None))
            }
            Err(source) => Err(EvaluateError::Chat {
                model: self.chat.id().to_owned(),
                source,
            }),
        }
    }
}

/// The reply without its thinking, or the reason why it is no answer. A reply that chooses no option is not wrong.
fn read(asked: &Asked<'_>, reply: ChatReply) -> (Outcome<()>, Option<Words>) {
    // White space at the ends is the reply's own, unless thinking stood before it.
    let answer = match reasoning::strip(&reply.text) {
        answer if asked.doc.choices.is_empty() && answer == reply.text.trim() => reply.text.clone(),
        answer => answer.to_owned(),
    };
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
