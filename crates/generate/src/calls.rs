//! The models of a run and the calls to them. Every reply goes through the journal, so that the same request is never
//! made twice.

use crate::{error::GenerateError, settings::Settings};
use examen_files::journal::Journal;
use examen_llm::{ChatError, ChatModel, ChatReply, ChatRequest, FinishReason, Usage};
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

/// The models of a run.
#[derive(Clone)]
pub struct Models {
    /// Writes the questions.
    pub writer: Arc<dyn ChatModel>,
    /// Answers them to check them; with [`Settings::model_checks`], and only then. May be the writer.
    pub checker: Option<Arc<dyn ChatModel>>,
}

impl<M: ChatModel + 'static> From<Arc<M>> for Models {
    fn from(writer: Arc<M>) -> Self {
        Self {
            writer,
            checker: None,
        }
    }
}

impl From<Arc<dyn ChatModel>> for Models {
    fn from(writer: Arc<dyn ChatModel>) -> Self {
        Self {
            writer,
            checker: None,
        }
    }
}

impl Models {
    /// Refuses a check model without checks, and checks without one.
    pub(crate) fn check(&self, settings: &Settings) -> Result<(), GenerateError> {
        if self.checker.is_some() == settings.model_checks.is_some() {
            return Ok(());
        }
        Err(GenerateError::Setting {
            name: "check model",
            reason: "there must be one if its checks are set, and only then".to_owned(),
        })
    }
}

/// The calls of a run.
pub(crate) struct Calls {
    writer: Model,
    checker: Option<Model>,
    journal: Journal<Remembered>,
    n_answered: AtomicU64,
    n_replayed: AtomicU64,
    n_failed_in_a_row: AtomicUsize,
}

struct Model {
    chat: Arc<dyn ChatModel>,
    /// Tells it from others of the same name.
    fingerprint: String,
}

/// Key of the run's settings in the journal, among those of replies, which are hashes.
pub(crate) const SETTINGS_KEY: &str = "settings";

/// Calls to one of the models.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    calls: &'a Calls,
    model: &'a Model,
    part: Part,
}

/// Why a call has no reply.
pub(crate) enum Failure {
    /// This request cannot be answered.
    Request(ChatError),
    /// No request can.
    Run(GenerateError),
}

impl Calls {
    /// Opens the journal.
    pub(crate) fn open(models: Models, settings: &Settings) -> Result<Self, GenerateError> {
        let checks = settings.model_checks.as_ref();
        let checker = models.checker.zip(checks).map(|(chat, checks)| Model {
            chat,
            fingerprint: checks.fingerprint.clone(),
        });
        Ok(Self {
            writer: Model {
                chat: models.writer,
                fingerprint: settings.model_fingerprint.clone(),
            },
            checker,
            journal: Journal::open(settings.journal())?,
            n_answered: AtomicU64::new(0),
            n_replayed: AtomicU64::new(0),
            n_failed_in_a_row: AtomicUsize::new(0),
        })
    }

    /// Keeps the settings of this run in the journal, unless they are those that it holds: as a reply that took nothing.
    pub(crate) async fn note_settings(&self, text: String) -> Result<(), GenerateError> {
        let known = self.journal.get(SETTINGS_KEY)?;
        if known.is_some_and(|known| known.reply.text == text) {
            return Ok(());
        }
        let reply = ChatReply {
            text,
            finish: FinishReason::Stop,
            usage: Usage::default(),
            extra: Default::default(),
        };
        let part = Part::Writer;
        let written = self
            .journal
            .append(SETTINGS_KEY, &Remembered { reply, part });
        Ok(written.await?)
    }

    /// The model that writes.
    pub(crate) fn writer(&self) -> Caller<'_> {
        Caller {
            calls: self,
            model: &self.writer,
            part: Part::Writer,
        }
    }

    /// The model that checks, if there is one.
    pub(crate) fn checker(&self) -> Option<Caller<'_>> {
        self.checker.as_ref().map(|model| Caller {
            calls: self,
            model,
            part: Part::Checker,
        })
    }

    /// Calls that this run made and that were answered.
    pub(crate) fn n_answered(&self) -> u64 {
        self.n_answered.load(Relaxed)
    }

    /// Replies taken from the journal.
    pub(crate) fn n_replayed(&self) -> u64 {
        self.n_replayed.load(Relaxed)
    }

    /// Calls that failed since the last one that was answered.
    pub(crate) fn n_failed_in_a_row(&self) -> usize {
        self.n_failed_in_a_row.load(Relaxed)
    }
}

impl<'a> Caller<'a> {
    /// The model's name.
    pub(crate) fn id(&self) -> &'a str {
        self.model.chat.id()
    }

    /// Requests that the model is best given at once, if it knows.
    pub(crate) fn n_at_once(&self) -> Option<usize> {
        self.model.chat.n_at_once()
    }

    /// The model's reply, from the journal if it is there.
    pub(crate) async fn reply(&self, request: &ChatRequest) -> Result<ChatReply, Failure> {
        let calls = self.calls;
        let key = key(self.id(), &self.model.fingerprint, request);
        let remembered = calls
            .journal
            .get(&key)
            .map_err(|error| Failure::Run(error.into()))?;
        if let Some(Remembered { reply, .. }) = remembered {
            calls.n_replayed.fetch_add(1, Relaxed);
            return Ok(reply);
        }
        let mut reply = self
            .model
            .chat
            .chat(request)
            .await
            .map_err(|error| self.failure(error))?;
        calls.n_failed_in_a_row.store(0, Relaxed);
        calls.n_answered.fetch_add(1, Relaxed);
        // Nothing is made of it here, and the journal need not hold it.
        reply.extra.clear();
        let remembered = Remembered {
            reply,
            part: self.part,
        };
        calls
            .journal
            .append(&key, &remembered)
            .await
            .map_err(|error| Failure::Run(error.into()))?;
        Ok(remembered.reply)
    }

    fn failure(&self, error: ChatError) -> Failure {
        if error.is_fatal() {
            return Failure::Run(match self.part {
                Part::Writer => GenerateError::Model(error),
                Part::Checker => GenerateError::CheckModel(error),
            });
        }
        self.calls.n_failed_in_a_row.fetch_add(1, Relaxed);
        Failure::Request(error)
    }
}

/// The part that a model plays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// Questions.
    #[default]
    Writer,
    /// Answers.
    Checker,
}

impl Part {
    fn is_writer(&self) -> bool {
        *self == Self::Writer
    }
}

/// A reply in the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    #[serde(flatten)]
    pub(crate) reply: ChatReply,
    /// The model that replied: models have prices of their own.
    #[serde(default, skip_serializing_if = "Part::is_writer")]
    part: Part,
}

/// Tokens of the replies of earlier runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Those of the model that writes.
    pub writer: Usage,
    /// Those of the model that checks.
    pub checker: Usage,
}

impl Spent {
    pub(crate) fn add(&mut self, remembered: &Remembered) {
        match remembered.part {
            Part::Writer => self.writer += remembered.reply.usage,
            Part::Checker => self.checker += remembered.reply.usage,
        }
    }
}

/// The key of a call in the journal: BLAKE3 over the model and the whole request, that is passage, prompt, schema and
/// sampling.
fn key(model: &str, fingerprint: &str, request: &ChatRequest) -> String {
    let bytes =
        serde_json::to_vec(&(model, fingerprint, request)).expect("a request is plain data");
    blake3::hash(&bytes).to_hex().to_string()
}
