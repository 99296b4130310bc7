//! Dialects of servers. Everything is tried first; a part that the server refuses is left out from then on.

use crate::{chat::ChatReply, error::ChatError};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Way in which the shape of the reply is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// `response_format: {"type": "json_schema", …}`: the server guarantees the schema.
    #[default]
    JsonSchema,
    /// A tool of the schema that the model is forced to call (Anthropic).
    Tool,
    /// `response_format: {"type": "json_object"}`: the server guarantees JSON; the prompt describes which.
    JsonObject,
    /// Nothing: the prompt alone describes it.
    Prompt,
}

/// The parts of a request that not every server takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Way in which the shape of the reply is asked for.
    pub response_format: ResponseFormat,
    /// The limit is called `max_completion_tokens` (OpenAI's newer models) instead of `max_tokens`.
    pub max_completion_tokens: bool,
    /// Temperature and top-p are left out (reasoning models take only their own).
    pub without_temperature: bool,
    /// The seed is left out.
    pub without_seed: bool,
    /// Settings that OpenAI itself does not have are left out: top-k, min-p and the repetition penalty.
    pub without_extra_sampling: bool,
    /// The seed is called `random_seed` (Mistral).
    pub random_seed: bool,
    /// After the schema comes a forced tool, not any JSON object.
    pub has_tools: bool,
}

/// Words of errors about the shape that was asked for.
const SHAPE: [&str; 10] = [
    "response_format",
    "json_schema",
    "json_object",
    "schema",
    "structured",
    "grammar",
    "guided",
    "output_config",
    "tool_choice",
    "responsemimetype",
];

impl Dialect {
    /// Dialect to try after `error`, if it objects to something that can be left out: a status of 400, 404, 422 or 501
    /// whose words name it.
    pub fn without_what_is_refused(self, error: &ChatError) -> Option<Self> {
        let ChatError::Status {
            status: 400 | 404 | 422 | 501,
            body,
            ..
        } = error
        else {
            return None;
        };
        let body = body.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| body.contains(word));
        let simpler = if names(&["max_completion_tokens"]) {
            Self {
                max_completion_tokens: true,
                ..self
            }
        } else if names(&SHAPE) {
            Self {
                response_format: self.response_format.next(self.has_tools),
                ..self
            }
        } else if names(&["top_k", "min_p", "repetition_penalty"]) {
            Self {
                without_extra_sampling: true,
                ..self
            }
        } else if names(&["temperature", "top_p"]) {
            Self {
                without_temperature: true,
                ..self
            }
        } else if names(&["seed"]) {
            Self {
                without_seed: true,
                ..self
            }
        } else {
            self
        };
        (simpler != self).then_some(simpler)
    }

    /// Leaves out what either leaves out.
    pub fn simplest(self, other: Self) -> Self {
        Self {
            response_format: self.response_format.max(other.response_format),
            max_completion_tokens: self.max_completion_tokens || other.max_completion_tokens,
            without_temperature: self.without_temperature || other.without_temperature,
            without_seed: self.without_seed || other.without_seed,
            without_extra_sampling: self.without_extra_sampling || other.without_extra_sampling,
            random_seed: self.random_seed,
            has_tools: self.has_tools,
        }
    }

    /// Difference between this dialect and the `richer` one, in words for the log.
    pub fn difference(self, richer: Self) -> &'static str {
        match self {
            _ if self.response_format != richer.response_format => match self.response_format {
                ResponseFormat::JsonSchema => "asking for the JSON schema",
                ResponseFormat::Tool => "asking by way of a forced tool",
                ResponseFormat::JsonObject => "asking for any JSON object instead of the schema",
                ResponseFormat::Prompt => "asking for JSON in the prompt alone",
            },
            _ if self.max_completion_tokens != richer.max_completion_tokens => {
                "using max_completion_tokens"
            }
            _ if self.without_temperature != richer.without_temperature => {
                "leaving out the temperature"
            }
            _ if self.without_extra_sampling != richer.without_extra_sampling => {
                "leaving out top-k, min-p and the repetition penalty"
            }
            _ => "leaving out the seed",
        }
    }
}

/// Dialect that one server was found to understand.
#[derive(Debug, Default)]
pub(super) struct KnownDialect {
    known: Mutex<Dialect>,
    /// Parts that the log has said it does not understand.
    told: Mutex<BTreeSet<&'static str>>,
}

impl KnownDialect {
    /// Begins with `dialect`.
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            known: Mutex::new(dialect),
            told: Mutex::default(),
        }
    }

    /// Dialect as it is known so far.
    pub(super) fn get(&self) -> Dialect {
        *self.known()
    }

    /// Asks in the dialect known so far; where the server objects to a part of it, asks once more without that part.
    /// `model` is named in the log.
    pub(super) async fn ask<F: Future<Output = Result<ChatReply, ChatError>>>(
        &self,
        model: &str,
        ask_in: impl Fn(Dialect) -> F,
    ) -> Result<ChatReply, ChatError> {
        let known = self.get();
        let mut dialect = known;
        loop {
            let error = match ask_in(dialect).await {
                Ok(reply) => {
                    self.remember(known, dialect);
                    return Ok(reply);
                }
                Err(error) => error,
            };
            let Some(simpler) = dialect.without_what_is_refused(&error) else {
                return Err(error);
            };
            self.tell_once(model, &error, simpler.difference(dialect));
            dialect = simpler;
        }
    }

    /// Requests in flight together run into the same refusal; one of them says so.
    fn tell_once(&self, model: &str, error: &ChatError, difference: &'static str) {
        if self
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(difference)
        {
            tracing::warn!(model, reason = %error, "the server refuses a part of the request; {difference}");
        }
    }

    fn known(&self) -> MutexGuard<'_, Dialect> {
        // A `Dialect` is copied in and out whole, so a panic elsewhere cannot leave half of one.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kept only once it worked: a single odd request must not impoverish all others.
    fn remember(&self, before: Dialect, working: Dialect) {
        if before != working {
            let mut known = self.known();
            *known = known.simplest(working);
        }
    }
}

impl ResponseFormat {
    fn next(self, has_tools: bool) -> Self {
        match self {
            Self::JsonSchema if has_tools => Self::Tool,
            Self::JsonSchema => Self::JsonObject,
            Self::Tool | Self::JsonObject | Self::Prompt => Self::Prompt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> ChatError {
        ChatError::Status {
            url: "http://here".to_owned(),
            status,
            body: body.to_owned(),
            retry_after: None,
        }
    }

    #[test]
    fn the_part_that_is_named_is_left_out() {
        let full = Dialect::default();
        let after = |error| full.without_what_is_refused(&error);
        let schema = refused(
            400,
            "'response_format' of type 'json_schema' is not supported with this model",
        );
        assert_eq!(
            after(schema).map(|d| d.response_format),
            Some(ResponseFormat::JsonObject)
        );
        let tokens = refused(
            400,
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
        );
        assert_eq!(after(tokens).map(|d| d.max_completion_tokens), Some(true));
        let temperature = refused(400, "'temperature' does not support 0.7 with this model");
        assert_eq!(
            after(temperature).map(|d| d.without_temperature),
            Some(true)
        );
        assert_eq!(
            after(refused(422, "body.seed: extra inputs are not permitted"))
                .map(|d| d.without_seed),
            Some(true)
        );
    }

    #[test]
    fn other_errors_change_nothing() {
        let full = Dialect::default();
        assert_eq!(
            full.without_what_is_refused(&refused(400, "maximum context length is 8192 tokens")),
            None
        );
        assert_eq!(
            full.without_what_is_refused(&refused(500, "json_schema")),
            None
        );
    }

    #[test]
    fn falling_back_ends() {
        let (mut dialect, mut steps) = (Dialect::default(), 0);
        while let Some(simpler) = dialect.without_what_is_refused(&refused(400, "bad schema")) {
            (dialect, steps) = (simpler, steps + 1);
        }
        assert_eq!(
            (dialect.response_format, steps),
            (ResponseFormat::Prompt, 2)
        );
    }
}
