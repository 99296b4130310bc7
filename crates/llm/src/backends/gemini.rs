//! Google's Gemini API: `POST /v1beta/models/MODEL:generateContent`.
//!
//! Source: the API reference at ai.google.dev (`GenerateContentRequest`, `GenerationConfig`, `UsageMetadata`) and the
//! types of Google's Python SDK. The shape of a reply is asked for by `responseJsonSchema`.

use super::{
    Offered, Remote, ServerOptions,
    dialect::{Dialect, KnownDialect, ResponseFormat},
    endpoint::Endpoint,
    http::{Server, key_header},
    offered, shape,
};
use crate::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, FinishReason, Role, Usage, reasoning,
};
use reqwest::{
    Url,
    header::{HeaderMap, HeaderName},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A model behind the Gemini API.
#[derive(Debug)]
pub struct Gemini {
    server: Server,
    endpoint: Endpoint,
    generate: Url,
    model: String,
    dialect: KnownDialect,
}

impl Gemini {
    /// Prepares the connection; nothing is sent before the first request. Fails on an address or a key that cannot be
    /// sent at all.
    pub fn new(options: &ServerOptions) -> Result<Self, ChatError> {
        let endpoint = Endpoint::parse_with(&options.base_url, "/v1beta")?;
        let mut headers = HeaderMap::new();
        key_header(
            &mut headers,
            HeaderName::from_static("x-goog-api-key"),
            "",
            options.api_key.as_deref(),
        )?;
        let server = Server::new(
            endpoint.to_string(),
            headers,
            options.timeout,
            options.n_connections,
        )?;
        let model = options
            .model
            .strip_prefix("models/")
            .unwrap_or(&options.model)
            .to_owned();
        let generate = endpoint.at(&format!("models/{model}:generateContent"));
        Ok(Self {
            server,
            endpoint,
            generate,
            model,
            dialect: KnownDialect::new(options.dialect),
        })
    }

    async fn ask_in(
        &self,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<ChatReply, ChatError> {
        let body = body(request, dialect)?;
        let text = self
            .server
            .post(&self.generate, &body)
            .await
            .map_err(with_own_status)?;
        let reply = self.read(self.server.parse(&text)?)?;
        shape::unwrap_choice(reply, request.constraint.as_ref(), self.server.url())
    }

    fn read(&self, answer: Answer) -> Result<ChatReply, ChatError> {
        let blocked = |reason: &str| ChatError::Refused(format!("Gemini blocked it: {reason}"));
        let Some(candidate) = answer.candidates.into_iter().next() else {
            let reason = answer
                .prompt_feedback
                .and_then(|feedback| feedback.block_reason);
            return Err(reason.map_or_else(
                || self.server.malformed("it has no candidates"),
                |why| blocked(&why),
            ));
        };
        let finish = match candidate.finish_reason.as_deref() {
            Some("MAX_TOKENS") => FinishReason::Length,
            None | Some("STOP" | "FINISH_REASON_UNSPECIFIED") => FinishReason::Stop,
            Some(reason) => return Err(blocked(reason)),
        };
        let parts = candidate
            .content
            .map(|content| content.parts)
            .unwrap_or_default();
        let text: String = parts
            .into_iter()
            .filter(|part| !part.thought)
            .map(|part| part.text)
            .collect();
        Ok(ChatReply {
            text: reasoning::strip(&text).to_owned(),
            finish,
            usage: answer.usage_metadata.into(),
        })
    }
}

/// A bad key is answered with 400, where everybody else says 401.
fn with_own_status(error: ChatError) -> ChatError {
    match error {
        ChatError::Status {
            url,
            status: 400,
            body,
            retry_after,
        } if body.contains("API key") => ChatError::Status {
            url,
            status: 401,
            body,
            retry_after,
        },
        error => error,
    }
}

fn body(request: &ChatRequest, dialect: Dialect) -> Result<Value, ChatError> {
    let parts = |role: Role| {
        let of_role = request
            .messages
            .iter()
            .filter(move |message| message.role == role);
        of_role
            .map(|message| json!({"text": message.content}))
            .collect::<Vec<_>>()
    };
    let turn = |role: &str, text: &str| json!({"role": role, "parts": [{"text": text}]});
    let turns = request
        .messages
        .iter()
        .filter_map(|message| match message.role {
            Role::System => None,
            Role::User => Some(turn("user", &message.content)),
            Role::Assistant => Some(turn("model", &message.content)),
        });
    let mut body = Map::new();
    body.insert("contents".to_owned(), turns.collect());
    let system = parts(Role::System);
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({"parts": system}));
    }
    body.insert("generationConfig".to_owned(), config(request, dialect)?);
    Ok(Value::Object(body))
}

fn config(request: &ChatRequest, dialect: Dialect) -> Result<Value, ChatError> {
    let sampling = &request.sampling;
    let mut config = Map::new();
    let mut set = |name: &str, value: Value| config.insert(name.to_owned(), value);
    set("maxOutputTokens", json!(sampling.max_tokens));
    if !dialect.without_temperature {
        set("temperature", json!(sampling.temperature));
        set("topP", json!(sampling.top_p));
    }
    if let Some(top_k) = sampling.top_k.filter(|_| !dialect.without_extra_sampling) {
        set("topK", json!(top_k));
    }
    if !dialect.without_seed {
        // It is a signed 32-bit number there.
        set("seed", json!(sampling.seed & 0x7fff_ffff));
    }
    if !sampling.stop.is_empty() {
        set("stopSequences", json!(sampling.stop));
    }
    let format = dialect.response_format;
    let schema = shape::schema(request.constraint.as_ref(), format)?;
    if schema.is_some()
        && matches!(
            format,
            ResponseFormat::JsonSchema | ResponseFormat::JsonObject
        )
    {
        set("responseMimeType", json!("application/json"));
    }
    if let Some(schema) = schema.filter(|_| format == ResponseFormat::JsonSchema) {
        set("responseJsonSchema", json!(schema));
    }
    Ok(Value::Object(config))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<PromptFeedback>,
    #[serde(default)]
    usage_metadata: UsageMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Part {
    text: String,
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UsageMetadata {
    prompt_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

impl From<UsageMetadata> for Usage {
    /// Thoughts are billed as output.
    fn from(usage: UsageMetadata) -> Self {
        let sum = |counts: [Option<u64>; 2]| counts.into_iter().flatten().sum();
        Self {
            input_tokens: sum([usage.prompt_token_count, usage.tool_use_prompt_token_count]),
            output_tokens: sum([usage.candidates_token_count, usage.thoughts_token_count]),
        }
    }
}

impl ChatModel for Gemini {
    fn id(&self) -> &str {
        &self.model
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(
            self.dialect
                .ask(&self.model, |dialect| self.ask_in(request, dialect)),
        )
    }
}

impl Remote for Gemini {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn dialect(&self) -> Dialect {
        self.dialect.get()
    }

    fn limits(&self) -> BTreeMap<String, String> {
        self.server.limits()
    }

    fn offered(&self) -> BoxFuture<'_, Result<Vec<Offered>, ChatError>> {
        Box::pin(async {
            let mut url = self.endpoint.at("models");
            url.query_pairs_mut().append_pair("pageSize", "1000");
            let text = self.server.get(&url).await.map_err(with_own_status)?;
            Ok(offered::read(&self.server.parse(&text)?))
        })
    }

    fn chat_in<'a>(
        &'a self,
        request: &'a ChatRequest,
        dialect: Dialect,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.ask_in(request, dialect))
    }

    fn gives_log_probs<'a>(&'a self, _: &'a ChatRequest) -> BoxFuture<'a, Result<bool, ChatError>> {
        Box::pin(async { Ok(false) })
    }
}
