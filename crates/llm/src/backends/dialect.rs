//! Dialects of servers. Everything is tried first; a part that the server refuses is left out from then on.

use crate::{
    chat::{ChatRequest, Message, Role},
    error::ChatError,
    limit::{self, TooLong},
};
use serde::Serialize;
use std::{
    borrow::Cow,
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
    /// Instructions stand at the beginning of the user's turn (templates without a system role).
    pub without_system: bool,
    /// The reply comes as a stream of events.
    pub stream: bool,
    /// The counts of tokens are not asked for in a stream.
    pub without_stream_usage: bool,
    /// Most tokens of a reply that the server takes.
    pub most_tokens: Option<usize>,
    /// Most tokens of the reply to this one request, whose prompt leaves no room for more. Never remembered.
    pub most_tokens_now: Option<usize>,
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

/// Words of templates and servers that take no system role: Gemma's, Mistral's and others' templates (vLLM, SGLang,
/// llama.cpp, TGI show the template's own words); OpenAI's o1; Gemini's API for Gemma.
const SYSTEM: [&str; 18] = [
    "system role",
    "system message",
    "system prompt",
    "system instruction",
    "developer instruction",
    "'system'",
    "`system`",
    "\"system\"",
    "role: system",
    "role=system",
    "roles must alternate",
    "unexpected role",
    "unsupported role",
    "invalid role",
    "unknown role",
    "role must be",
    "only user and assistant roles",
    "only user, assistant and tool roles",
];

/// `true` for the words of servers that only stream: Qwen's and ModelScope's thinking models, DashScope, and others.
fn wants_stream(words: &str) -> bool {
    const DEMANDS: [&str; 10] = [
        "non-stream",
        "nonstream",
        "non stream",
        "false",
        "true",
        "only",
        "must",
        "require",
        "enable",
        "mode",
    ];
    words.contains("stream")
        && !words.contains("stream_options")
        && DEMANDS.iter().any(|demand| words.contains(demand))
}

/// Parts of a request by which it is refused, in the order in which they are looked for: each with its words, and with
/// the dialect that does without. Those whose names are parts of others' names come later.
type Part = (&'static [&'static str], fn(Dialect) -> Dialect);
const PARTS: [Part; 6] = [
    (&["stream_options"], |dialect| Dialect {
        without_stream_usage: dialect.stream,
        ..dialect
    }),
    (&["max_completion_tokens"], |dialect| Dialect {
        max_completion_tokens: true,
        ..dialect
    }),
    (&SHAPE, |dialect| Dialect {
        response_format: dialect.response_format.next(dialect.has_tools),
        ..dialect
    }),
    (&["top_k", "min_p", "repetition_penalty"], |dialect| {
        Dialect {
            without_extra_sampling: true,
            ..dialect
        }
    }),
    (&["temperature", "top_p"], |dialect| Dialect {
        without_temperature: true,
        ..dialect
    }),
    (&["seed"], |dialect| Dialect {
        without_seed: true,
        ..dialect
    }),
];

impl Dialect {
    /// Dialect to try after `error`, if it objects to something in `request` that can be left out, folded or halved: a
    /// status of 400, 404 to 406, 413, 422 or 501 whose words name it. A template's refusal of the system role comes with 500
    /// from some servers.
    pub fn without_what_is_refused(self, error: &ChatError, request: &ChatRequest) -> Option<Self> {
        let ChatError::Status { status, body, .. } = error else {
            return None;
        };
        let words = body.to_lowercase();
        let names = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        let has_system = request.messages.iter().any(|it| it.role == Role::System);
        if matches!(status, 400 | 404 | 422 | 500 | 501)
            && has_system
            && !self.without_system
            && names(&SYSTEM)
        {
            return Some(Self {
                without_system: true,
                ..self
            });
        }
        if matches!(status, 400 | 404..=406 | 422 | 500 | 501)
            && !self.stream
            && wants_stream(&words)
        {
            return Some(Self {
                stream: true,
                ..self
            });
        }
        if !matches!(status, 400 | 404 | 413 | 422 | 501) {
            return None;
        }
        if let Some(part) = limit::too_long(&words) {
            return self.shorter(part, request);
        }
        let (_, without) = PARTS.iter().find(|(parts, _)| names(parts))?;
        let simpler = without(self);
        (simpler != self).then_some(simpler)
    }

    /// Asks for a reply of half the length, where that may help.
    fn shorter(self, part: TooLong, request: &ChatRequest) -> Option<Self> {
        let half = Some(limit::halved(self.max_tokens(request))?);
        match part {
            TooLong::Prompt => None,
            TooLong::Together => Some(Self {
                most_tokens_now: half,
                ..self
            }),
            TooLong::Reply => Some(Self {
                most_tokens: half,
                ..self
            }),
        }
    }

    /// Most tokens of the reply to `request`.
    fn max_tokens(self, request: &ChatRequest) -> usize {
        let limits = [self.most_tokens, self.most_tokens_now];
        limits
            .into_iter()
            .flatten()
            .fold(request.sampling.max_tokens, usize::min)
    }

    /// The request as it is sent: instructions folded into the user's turn and the reply limited, where the server wants
    /// that.
    pub(super) fn applied(self, request: &ChatRequest) -> Cow<'_, ChatRequest> {
        let max_tokens = self.max_tokens(request);
        let folds =
            self.without_system && request.messages.iter().any(|it| it.role == Role::System);
        if max_tokens == request.sampling.max_tokens && !folds {
            return Cow::Borrowed(request);
        }
        let mut request = request.clone();
        request.sampling.max_tokens = max_tokens;
        if folds {
            request.messages = folded(&request.messages);
        }
        Cow::Owned(request)
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
            without_system: self.without_system || other.without_system,
            stream: self.stream || other.stream,
            without_stream_usage: self.without_stream_usage || other.without_stream_usage,
            most_tokens: [self.most_tokens, other.most_tokens]
                .into_iter()
                .flatten()
                .min(),
            most_tokens_now: None,
        }
    }

    /// Difference between this dialect and the `richer` one, in words for the log.
    pub fn difference(self, richer: Self) -> Cow<'static, str> {
        let shorter = |most: Option<usize>, remembered: &str| {
            let most = most.unwrap_or_default();
            Cow::Owned(format!(
                "asking for replies of at most {most} tokens{remembered}"
            ))
        };
        let words = match self {
            _ if self.most_tokens_now != richer.most_tokens_now => {
                return shorter(self.most_tokens_now, " where prompt and reply do not fit");
            }
            _ if self.most_tokens != richer.most_tokens => return shorter(self.most_tokens, ""),
            _ if self.without_system != richer.without_system => {
                "writing the instructions into the user's turn"
            }
            _ if self.without_stream_usage != richer.without_stream_usage => {
                "streaming without the counts of tokens"
            }
            _ if self.stream != richer.stream => "asking for a stream",
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
        };
        Cow::Borrowed(words)
    }
}

/// The conversation without system messages: their text begins the user's turn that follows. Turns of one speaker in a
/// row become one, as templates without a system role want the speakers to alternate.
fn folded(messages: &[Message]) -> Vec<Message> {
    let mut turns: Vec<Message> = Vec::with_capacity(messages.len());
    for message in messages {
        let role = match message.role {
            Role::System => Role::User,
            role => role,
        };
        let content = &message.content;
        match turns.last_mut().filter(|last| last.role == role) {
            Some(last) => last.content = format!("{}\n\n{content}", last.content).into(),
            None => turns.push(Message {
                role,
                content: content.clone(),
            }),
        }
    }
    turns
}

/// Dialect that one server was found to understand.
#[derive(Debug, Default)]
pub(super) struct KnownDialect {
    known: Mutex<Dialect>,
    /// Parts that the log has said it does not understand.
    told: Mutex<BTreeSet<String>>,
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

    /// Asks in the dialect known so far; where the server objects to a part of `request`, asks once more without that
    /// part. `model` is named in the log.
    pub(super) async fn ask<T, F: Future<Output = Result<T, ChatError>>>(
        &self,
        model: &str,
        request: &ChatRequest,
        ask_in: impl Fn(Dialect) -> F,
    ) -> Result<T, ChatError> {
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
            let Some(simpler) = dialect.without_what_is_refused(&error, request) else {
                return Err(error);
            };
            self.tell_once(model, &error, &simpler.difference(dialect));
            dialect = simpler;
        }
    }

    /// Requests in flight together run into the same refusal; one of them says so.
    fn tell_once(&self, model: &str, error: &ChatError, difference: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(difference.to_owned()) {
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
    use crate::chat::Sampling;

    fn request() -> ChatRequest {
        let message = |role, content: &str| Message {
            role,
            content: content.into(),
        };
        ChatRequest {
            messages: vec![
                message(Role::System, "Be brief."),
                message(Role::User, "Hello"),
            ],
            constraint: None,
            sampling: Sampling::greedy(512),
        }
    }

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
        let request = request();
        let after = |error| full.without_what_is_refused(&error, &request);
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
            full.without_what_is_refused(
                &refused(400, "maximum context length is 8192 tokens"),
                &request()
            ),
            None
        );
        assert_eq!(
            full.without_what_is_refused(&refused(500, "json_schema"), &request()),
            None
        );
    }

    #[test]
    fn falling_back_ends() {
        let (mut dialect, mut steps, request) = (Dialect::default(), 0, request());
        while let Some(simpler) =
            dialect.without_what_is_refused(&refused(400, "bad schema"), &request)
        {
            (dialect, steps) = (simpler, steps + 1);
        }
        assert_eq!(
            (dialect.response_format, steps),
            (ResponseFormat::Prompt, 2)
        );
    }
    #[test]
    fn a_refused_system_role_is_folded_into_the_users_turn() {
        for (status, body) in [
            (400, "System role not supported"),
            (500, "Jinja Exception: System role not supported"),
            (
                400,
                "Conversation roles must alternate user/assistant/user/assistant/...",
            ),
            (
                400,
                "Developer instruction is not enabled for models/gemma-3-27b-it",
            ),
            (
                400,
                "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            ),
            (422, "Only user and assistant roles are supported!"),
            (
                422,
                "messages.0.role: Input should be 'user' or 'assistant'; invalid role: system",
            ),
        ] {
            let dialect = Dialect::default()
                .without_what_is_refused(&refused(status, body), &request())
                .unwrap_or_else(|| panic!("{body}"));
            assert!(dialect.without_system, "{body}");
            assert_eq!(
                dialect.without_what_is_refused(&refused(status, body), &request()),
                None
            );
            let sent = dialect.applied(&request()).into_owned().messages;
            assert_eq!(sent.len(), 1);
            assert_eq!(
                (sent[0].role, &*sent[0].content),
                (Role::User, "Be brief.\n\nHello")
            );
        }
        let mut without = request();
        without.messages.remove(0);
        let refusal = refused(500, "System role not supported");
        assert_eq!(
            Dialect::default().without_what_is_refused(&refusal, &without),
            None
        );
    }

    #[test]
    fn a_server_that_only_streams_is_asked_for_a_stream() {
        for body in [
            "parameter.enable_thinking must be set to false for non-streaming calls",
            "enable thinking can not be support when `stream=False`.",
            "This model only support stream mode, please enable the stream parameter to access the model.",
            "Streaming is required for this model",
            "stream must be true",
        ] {
            let dialect =
                Dialect::default().without_what_is_refused(&refused(400, body), &request());
            assert!(dialect.is_some_and(|dialect| dialect.stream), "{body}");
        }
        let streams = Dialect {
            stream: true,
            ..Dialect::default()
        };
        let refusal = refused(400, "stream_options: extra inputs are not permitted");
        let simpler = streams.without_what_is_refused(&refusal, &request());
        assert!(simpler.is_some_and(|dialect| dialect.without_stream_usage));
    }

    #[test]
    fn replies_that_are_too_long_are_halved_and_only_a_models_own_limit_is_remembered() {
        let steps = |body: &str| {
            let (mut dialect, mut sent) = (Dialect::default(), Vec::new());
            while let Some(shorter) =
                dialect.without_what_is_refused(&refused(400, body), &request())
            {
                sent.push(shorter.applied(&request()).sampling.max_tokens);
                dialect = shorter;
            }
            (sent, Dialect::default().simplest(dialect).most_tokens)
        };
        let (sent, remembered) =
            steps("max_tokens is too large: 512. This model supports at most 100");
        assert_eq!((sent, remembered), (vec![256, 128, 64], Some(64)));
        let together = "maximum context length is 900 tokens. However, you requested 1000 tokens (500 in the messages, \
                        500 in the completion)";
        assert_eq!(steps(together), (vec![256, 128, 64], None));
        assert_eq!(
            steps("prompt is too long: 9000 tokens > 8000 maximum"),
            (vec![], None)
        );
    }
}
