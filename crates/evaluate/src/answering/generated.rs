//! Replies in words, read for the option that they choose. Each finished one goes to a journal and is never asked for again.

use super::{
    Answer, Asked,
    ledger::{Ledger, Open},
    stored::Entry,
};
use crate::{
    error::EvaluateError,
    measures::{read_choice, read_verdict},
    settings::{Reasoning, Settings},
    task::Generation,
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
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// A reply in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Words {
    /// As the model wrote it.
    pub(crate) text: String,
    /// Without the thinking before it.
    pub(crate) answer: String,
    /// Tokens that it took.
    pub(crate) usage: Usage,
    /// What the server sent beside it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) extra: Map<String, Value>,
}

/// Questions that are asked together, and of whom.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    /// The work in words, for the progress.
    pub(crate) title: &'static str,
    /// Form of the answers.
    pub(crate) form: Form,
    /// The task's own settings of replies.
    pub(crate) generation: Option<&'a Generation>,
    pub(crate) settings: &'a Settings,
    pub(crate) chat: &'a dyn ChatModel,
    pub(crate) journal: &'a Journal<Entry>,
    pub(crate) progress: &'a dyn Progress,
}

/// Form in which a reply names an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// By its letter, or by its text.
    Letters,
    /// By its text, as a verdict is given.
    Words,
}

impl Form {
    /// What a reply may be held to.
    fn words(self, options: &[String]) -> Vec<String> {
        match self {
            Self::Letters => (0..options.len())
                .map(|index| letter(index).to_string())
                .collect(),
            Self::Words => options.to_vec(),
        }
    }

    /// Index of the option that a reply names.
    fn read(self, reply: &str, options: &[&str]) -> Option<usize> {
        match self {
            Self::Letters => read_choice(reply, options),
            Self::Words => read_verdict(reply, options),
        }
    }
}

/// Asks for those replies that the journal does not hold yet; a question that cannot be asked (`Err`) keeps its reason. One
/// answer a question, in order.
pub(crate) fn reply_all(
    round: &Round<'_>,
    asked: &[Result<Asked<'_>, UnscoredReason>],
) -> Result<Vec<Answer>, EvaluateError> {
    let ledger = Ledger::new(asked, round.journal, |asked| round.key(asked))?;
    round.progress.begin(round.title, asked.len() as u64);
    round.progress.advance(ledger.n_done());
    round.chat.already_spent(ledger.spent()?);
    let calls = Calls {
        round,
        n_failed_in_a_row: AtomicUsize::new(0),
    };
    let failed = block_on(calls.all(ledger.open()))?;
    round.progress.end();
    ledger.answers(&failed)
}

/// Failures without a reply between them after which the server is taken to be gone.
const MOST_FAILED: usize = 20;

/// A request for one reply.
enum Request {
    /// Through the model's chat template.
    Chat(ChatRequest),
    /// As a bare text.
    Bare(Completion),
}

impl Round<'_> {
    /// BLAKE3 over everything that the replies, and how they are read, depend on.
    fn key(&self, asked: &Asked<'_>) -> String {
        let request = |request: &Request| match request {
            Request::Chat(request) => serde_json::to_string(request).unwrap_or_default(),
            Request::Bare(request) => serde_json::to_string(request).unwrap_or_default(),
        };
        let requests: String = self.requests(asked).iter().map(request).collect();
        let fixed = [
            env!("CARGO_PKG_VERSION"),
            "reply",
            self.chat.id(),
            &self.settings.model_fingerprint,
            &requests,
            &self.settings.writing.reasoning.to_string(),
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
            max_tokens: first.max_tokens.saturating_add(self.room()),
            ..first.clone()
        };
        (0..n).map(|n| self.request(asked, sampling(n))).collect()
    }

    /// Tokens for thinking on top of those of the reply.
    fn room(&self) -> usize {
        match self.settings.writing.reasoning {
            Reasoning::Budget(n) => n,
            Reasoning::Auto | Reasoning::Off => 0,
        }
    }

    fn request(&self, asked: &Asked<'_>, sampling: Sampling) -> Request {
        if asked.messages.is_empty() {
            return Request::Bare(Completion {
                prompt: asked.context.clone(),
                sampling,
            });
        }
        let n = asked.doc.choices.len();
        // A reply that is held to a letter has no room for thoughts.
        let may_hold = self.settings.writing.is_constrained && self.room() == 0;
        let is_constrained = may_hold && (1..=MAX_OPTIONS).contains(&n);
        Request::Chat(ChatRequest {
            messages: asked.messages.clone(),
            constraint: is_constrained
                .then(|| Constraint::Choice(self.form.words(&asked.doc.choices))),
            sampling,
        })
    }
}

/// The calls of a round.
struct Calls<'a> {
    round: &'a Round<'a>,
    /// Counted as replies come: those before may still be on their way to the disk.
    n_failed_in_a_row: AtomicUsize,
}

impl Calls<'_> {
    /// Asks all, some at once, and returns those that got no answer, with the reason. They are not in the journal, so that another
    /// run asks them again. A fault of the model as a whole, or too many failures in a row, end the run; replies before it are kept.
    async fn all(&self, open: Vec<Open<'_>>) -> Result<BTreeMap<String, String>, EvaluateError> {
        let n_at_once = self
            .round
            .chat
            .n_at_once()
            .unwrap_or(self.round.settings.writing.n_at_once);
        let calls = open.into_iter().map(|(key, asked)| self.one(key, asked));
        let mut calls = stream::iter(calls).buffer_unordered(n_at_once.max(1));
        let mut failed = BTreeMap::new();
        while let Some((key, done)) = calls.next().await {
            if let Done::Failed(source) = done? {
                if self.n_failed_in_a_row.load(Relaxed) >= MOST_FAILED {
                    return Err(self.fault(source));
                }
                failed.insert(key.to_owned(), source.reason());
            }
            self.round.progress.advance(1);
            if self.round.progress.is_cancelled() {
                return Err(EvaluateError::Cancelled);
            }
        }
        Ok(failed)
    }

    fn fault(&self, source: ChatError) -> EvaluateError {
        EvaluateError::Chat {
            model: self.round.chat.id().to_owned(),
            source,
        }
    }

    async fn one<'k>(
        &self,
        key: &'k str,
        asked: &Asked<'_>,
    ) -> (&'k str, Result<Done, EvaluateError>) {
        (key, self.ask(key, asked).await)
    }

    async fn ask(&self, key: &str, asked: &Asked<'_>) -> Result<Done, EvaluateError> {
        let begun = (self.round.settings.clock)();
        let (mut outcome, mut replies) = (Outcome::Scored(()), Vec::new());
        for request in self.round.requests(asked) {
            let replied = match &request {
                Request::Chat(request) => self.round.chat.chat(request).await,
                Request::Bare(request) => self.round.chat.complete(request).await,
            };
            let (read, words) = match self.taken(asked, replied)? {
                Ok(taken) => taken,
                Err(failed) => {
                    self.n_failed_in_a_row.fetch_add(1, Relaxed);
                    return Ok(Done::Failed(failed));
                }
            };
            self.n_failed_in_a_row.store(0, Relaxed);
            replies.extend(words);
            outcome = read;
            // A question counts with all its replies or not at all.
            if matches!(outcome, Outcome::Unscored(_)) {
                break;
            }
        }
        let seconds = (self.round.settings.clock)()
            .duration_since(begun)
            .as_secs_f64()
            .max(0.0);
        self.round
            .journal
            .append(key, &Entry::of_words(seconds, outcome, replies))
            .await?;
        Ok(Done::Answered)
    }

    /// A reply as it counts, or the reason why none came; an error where none will come of any question.
    fn taken(
        &self,
        asked: &Asked<'_>,
        replied: Result<ChatReply, ChatError>,
    ) -> Result<Result<Taken, ChatError>, EvaluateError> {
        Ok(match replied {
            Ok(reply) => Ok(self.read(asked, reply)),
            Err(ChatError::Refused(reason)) => {
                Ok((Outcome::Unscored(UnscoredReason::Refused(reason)), None))
            }
            // One question; the next may be answered.
            Err(error) if !(error.is_fatal() || error.is_budget() || error.is_transient()) => {
                let reason = UnscoredReason::Refused(error.reason());
                Ok((Outcome::Unscored(reason), None))
            }
            Err(source) if source.is_fatal() || source.is_budget() => {
                return Err(self.fault(source));
            }
            Err(source) => Err(source),
        })
    }

    /// Reason why the thinking before an answer is not what was asked for.
    fn too_much_thinking(&self, text: &str, answer: &str) -> Option<String> {
        let end = text.rfind(answer).filter(|_| !answer.is_empty());
        let thinking = text[..end.unwrap_or(text.len())].trim();
        match self.round.settings.writing.reasoning {
            _ if thinking.is_empty() => None,
            Reasoning::Auto => None,
            Reasoning::Off => {
                Some("the model thought before it answered (--reasoning off)".to_owned())
            }
            Reasoning::Budget(most) => {
                let n = self.round.chat.count_tokens(thinking);
                (n > most).then(|| {
                    format!(
                        "the model thought for {n} tokens, more than --reasoning allows ({most})"
                    )
                })
            }
        }
    }

    /// The reply without its thinking, or the reason why it is no answer. A reply that chooses no option is not wrong.
    fn read(&self, asked: &Asked<'_>, reply: ChatReply) -> Taken {
        // White space at the ends is the reply's own, unless thinking stood before it.
        let answer = match reasoning::strip(&reply.text) {
            answer if asked.doc.choices.is_empty() && answer == reply.text.trim() => {
                reply.text.clone()
            }
            answer => answer.to_owned(),
        };
        let options: Vec<&str> = asked
            .doc
            .choices
            .iter()
            .map(|choice| choice.trim())
            .collect();
        let choice = self.round.form.read(&answer, &options);
        let overthought = self.too_much_thinking(&reply.text, &answer);
        let fault = match reply.finish {
            _ if overthought.is_some() => overthought,
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
            extra: reply.extra,
        };
        (outcome, Some(words))
    }
}

/// What a reply says, and the reply.
type Taken = (Outcome<()>, Option<Words>);

/// What became of a question.
enum Done {
    /// The journal has its outcome.
    Answered,
    /// No answer came, after all retries.
    Failed(ChatError),
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
