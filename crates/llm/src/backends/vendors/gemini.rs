//! Google's Gemini API: `POST /v1beta/models/MODEL:generateContent`.
//!
//! Source: the API reference at ai.google.dev (`GenerateContentRequest`, `GenerationConfig`, `UsageMetadata`) and the
//! types of Google's Python SDK. The shape of a reply is asked for by `responseJsonSchema`.

use crate::{
    backends::{
        dialect::{Dialect, ResponseFormat},
        endpoint::Endpoint,
        options::ServerOptions,
        shape, usage,
        vendor::{Api, Received, Site, Vendor},
    },
    chat::{ChatReply, ChatRequest, FinishReason, Role, Usage},
    error::ChatError,
    reasoning,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The Gemini API.
pub(super) const API: Api = Api::new("gemini", &Gemini);

struct Gemini;

impl Vendor for Gemini {
    fn site(&self, options: &ServerOptions) -> Result<Site, ChatError> {
        let endpoint = Endpoint::parse_with(&options.base_url, "/v1beta")?;
        let given = options.model.as_str();
        let model = given.strip_prefix("models/").unwrap_or(given);
        let part = format!("models/{model}:generateContent");
        let site = Site {
            model: model.to_owned(),
            key_header: ("x-goog-api-key", ""),
            ..Site::new(endpoint, &part, options)
        };
        Ok(site.with_models_query("pageSize", "1000"))
    }

    fn body(&self, _: &str, request: &ChatRequest, dialect: Dialect) -> Result<Vec<u8>, ChatError> {
        Ok(body(request, dialect)?.to_string().into_bytes())
    }

    fn read(&self, received: Received<'_>) -> Result<ChatReply, ChatError> {
        let answer: Answer = received.parse()?;
        let blocked = |reason: &str| ChatError::Refused(format!("Gemini blocked it: {reason}"));
        let Some(candidate) = answer.candidates.into_iter().next() else {
            let reason = answer
                .prompt_feedback
                .and_then(|feedback| feedback.block_reason);
            return Err(reason.map_or_else(
                || received.malformed("it has no candidates"),
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
        Ok(ChatReply {
            text: text_of(parts),
            finish,
            usage: answer.usage_metadata.into(),
            extra: Default::default(),
        })
    }

    /// A bad key is answered with 400, where everybody else says 401.
    fn corrected(&self, error: ChatError) -> ChatError {
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

/// The text of the parts that are no thoughts; else the arguments of functions that nobody offered.
fn text_of(parts: Vec<Part>) -> String {
    let (mut text, mut called) = (String::new(), String::new());
    for part in parts.into_iter().filter(|part| !part.thought) {
        text += &part.text;
        called.extend(part.function_call.map(|call| call.args.to_string()));
    }
    match reasoning::strip(&text) {
        "" => called,
        text => text.to_owned(),
    }
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    text: String,
    thought: bool,
    function_call: Option<FunctionCall>,
}

#[derive(Deserialize)]
struct FunctionCall {
    #[serde(default)]
    args: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UsageMetadata {
    #[serde(deserialize_with = "usage::count")]
    prompt_token_count: Option<u64>,
    #[serde(deserialize_with = "usage::count")]
    tool_use_prompt_token_count: Option<u64>,
    #[serde(deserialize_with = "usage::count")]
    candidates_token_count: Option<u64>,
    #[serde(deserialize_with = "usage::count")]
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
