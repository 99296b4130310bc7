//! Anthropic's Messages API: `POST /v1/messages`.
//!
//! Source: Anthropic's API reference ("Create a Message", "List Models", "Errors") and the types of its Python SDK. The
//! shape of a reply is asked for by `output_config.format`; models without structured outputs are made to call a tool of
//! that schema instead.

use crate::{
    backends::{
        dialect::{Dialect, ResponseFormat},
        endpoint::Endpoint,
        options::ServerOptions,
        shape::{self, Schema},
        usage,
        vendor::{Api, Received, Site, Vendor},
    },
    chat::{ChatReply, ChatRequest, FinishReason, Message, Role, Usage},
    error::ChatError,
    reasoning,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Anthropic's API.
pub(super) const API: Api = Api::new("anthropic", &Anthropic);

/// The only version there is, since 2023.
const VERSION: &str = "2023-06-01";

/// The tool that the model is made to call.
const TOOL: &str = "reply";

struct Anthropic;

impl Vendor for Anthropic {
    fn site(&self, options: &ServerOptions) -> Result<Site, ChatError> {
        let endpoint = Endpoint::parse(&options.base_url)?;
        let site = Site {
            key_header: ("x-api-key", ""),
            headers: &[("anthropic-version", VERSION)],
            dialect: Dialect {
                has_tools: true,
                without_seed: true,
                ..options.dialect
            },
            ..Site::new(endpoint, "messages", options)
        };
        Ok(site.with_models_query("limit", "1000"))
    }

    fn body(
        &self,
        model: &str,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<Vec<u8>, ChatError> {
        Ok(body(model, request, dialect)?.to_string().into_bytes())
    }

    fn read(&self, received: Received<'_>) -> Result<ChatReply, ChatError> {
        let answer: Answer = received.parse()?;
        let finish = match answer.stop_reason.as_deref() {
            Some("refusal") => {
                return Err(ChatError::Refused(
                    "the model refuses to answer it".to_owned(),
                ));
            }
            Some("max_tokens" | "model_context_window_exceeded") => FinishReason::Length,
            _ => FinishReason::Stop,
        };
        let text = answer.content.into_text();
        Ok(ChatReply {
            text,
            finish,
            usage: answer.usage.into(),
            extra: Default::default(),
        })
    }
}

fn body(model: &str, request: &ChatRequest, dialect: Dialect) -> Result<Value, ChatError> {
    let sampling = &request.sampling;
    let of_role = |is_system: bool| {
        request
            .messages
            .iter()
            .filter(move |m| (m.role == Role::System) == is_system)
    };
    let conversation: Vec<&Message> = of_role(false).collect();
    let system: Vec<&str> = of_role(true).map(|message| &*message.content).collect();
    // A reply that is begun for the model can be continued in words only.
    let is_begun = conversation
        .last()
        .is_some_and(|message| message.role == Role::Assistant);
    let format = if is_begun {
        ResponseFormat::Prompt
    } else {
        dialect.response_format
    };
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("model", json!(model));
    set("max_tokens", json!(sampling.max_tokens));
    set("messages", json!(conversation));
    if !system.is_empty() {
        set("system", json!(system.join("\n\n")));
    }
    if !dialect.without_temperature {
        // Newer models refuse top-p beside it, and all refuse more than 1.
        set("temperature", json!(sampling.temperature.min(1.0)));
    }
    if let Some(top_k) = sampling.top_k.filter(|_| !dialect.without_extra_sampling) {
        set("top_k", json!(top_k));
    }
    if !sampling.stop.is_empty() {
        set("stop_sequences", json!(sampling.stop));
    }
    if let Some(schema) = shape::schema(request.constraint.as_ref(), format)? {
        body.extend(shape_members(&schema, format));
    }
    Ok(Value::Object(body))
}

/// Members of the body that ask for a schema.
fn shape_members(schema: &Schema<'_>, format: ResponseFormat) -> Vec<(String, Value)> {
    match format {
        ResponseFormat::JsonSchema => {
            let format = json!({"type": "json_schema", "schema": schema.without_bounds()});
            vec![("output_config".to_owned(), json!({"format": format}))]
        }
        ResponseFormat::Tool => {
            let tool =
                json!({"name": TOOL, "description": "Gives the reply.", "input_schema": schema});
            vec![
                ("tools".to_owned(), json!([tool])),
                (
                    "tool_choice".to_owned(),
                    json!({"type": "tool", "name": TOOL}),
                ),
            ]
        }
        ResponseFormat::JsonObject | ResponseFormat::Prompt => Vec::new(),
    }
}

#[derive(Deserialize)]
struct Answer {
    content: Content,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: WireUsage,
}

/// Servers that imitate the API may send the text by itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

impl Content {
    /// The input of the tool that was offered; else the text; else the input of a tool that nobody offered.
    fn into_text(self) -> String {
        let blocks = match self {
            Self::Text(text) => return reasoning::strip(&text).to_owned(),
            Self::Blocks(blocks) => blocks,
        };
        let (mut text, mut called, mut other) = (String::new(), None, None);
        for block in blocks {
            match block {
                Block::Text { text: part } => text += &part,
                Block::ToolUse { name, input } if name == TOOL => called = Some(input),
                Block::ToolUse { input, .. } => other = Some(input),
                Block::Other => {}
            }
        }
        let text = reasoning::strip(&text);
        match called.or(other.filter(|_| text.is_empty())) {
            Some(Value::String(input)) => input,
            Some(input) => input.to_string(),
            None => text.to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        name: String,
        input: Value,
    },
    /// Thinking, and what is not there yet.
    #[serde(other)]
    Other,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    #[serde(deserialize_with = "usage::count")]
    input_tokens: Option<u64>,
    #[serde(deserialize_with = "usage::count")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(deserialize_with = "usage::count")]
    cache_read_input_tokens: Option<u64>,
    #[serde(deserialize_with = "usage::count")]
    output_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(usage: WireUsage) -> Self {
        let input = [
            usage.input_tokens,
            usage.cache_creation_input_tokens,
            usage.cache_read_input_tokens,
        ];
        Self {
            input_tokens: input.into_iter().flatten().sum(),
            output_tokens: usage.output_tokens.unwrap_or(0),
        }
    }
}
