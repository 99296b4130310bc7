//! Anthropic's Messages API: `POST /v1/messages`.
//!
//! Source: Anthropic's API reference ("Create a Message", "List Models", "Errors") and the types of its Python SDK. The
//! shape of a reply is asked for by `output_config.format`; models without structured outputs are made to call a tool of
//! that schema instead.

use super::{
    Offered, Remote, ServerOptions,
    dialect::{Dialect, KnownDialect, ResponseFormat},
    endpoint::Endpoint,
    http::{Server, clip, key_header},
    offered, shape,
};
use crate::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, FinishReason, Message, Role, Usage,
    reasoning,
};
use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The only version there is, since 2023.
const VERSION: &str = "2023-06-01";

/// The tool that the model is made to call.
const TOOL: &str = "reply";

/// A model behind Anthropic's API.
#[derive(Debug)]
pub struct Anthropic {
    server: Server,
    endpoint: Endpoint,
    messages: Url,
    model: String,
    dialect: KnownDialect,
}

impl Anthropic {
    /// Prepares the connection; nothing is sent before the first request. Fails on an address or a key that cannot be
    /// sent at all.
    pub fn new(options: &ServerOptions) -> Result<Self, ChatError> {
        let endpoint = Endpoint::parse(&options.base_url)?;
        let mut headers = HeaderMap::new();
        headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
        key_header(
            &mut headers,
            HeaderName::from_static("x-api-key"),
            "",
            options.api_key.as_deref(),
        )?;
        let server = Server::new(
            endpoint.to_string(),
            headers,
            options.timeout,
            options.n_connections,
        )?;
        let (messages, model) = (endpoint.at("messages"), options.model.clone());
        let dialect = Dialect {
            has_tools: true,
            without_seed: true,
            ..options.dialect
        };
        Ok(Self {
            server,
            endpoint,
            messages,
            model,
            dialect: KnownDialect::new(dialect),
        })
    }

    async fn ask_in(
        &self,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<ChatReply, ChatError> {
        let body = body(&self.model, request, dialect)?;
        let text = self.server.post(&self.messages, &body).await?;
        let reply = self.read(self.server.parse(&text)?)?;
        shape::unwrap_choice(reply, request.constraint.as_ref(), self.server.url())
    }

    fn read(&self, answer: Answer) -> Result<ChatReply, ChatError> {
        let finish = match answer.stop_reason.as_deref() {
            Some("refusal") => {
                return Err(ChatError::Refused(
                    "the model refuses to answer it".to_owned(),
                ));
            }
            Some("max_tokens" | "model_context_window_exceeded") => FinishReason::Length,
            _ => FinishReason::Stop,
        };
        let mut text = String::new();
        let mut called = None;
        for block in answer.content {
            match block {
                Block::Text { text: part } => text += &part,
                Block::ToolUse { name, input } if name == TOOL => called = Some(input),
                Block::ToolUse { name, .. } => {
                    return Err(self
                        .server
                        .malformed(format!("it calls the tool {}", clip(&name))));
                }
                Block::Other => {}
            }
        }
        let text = match called {
            Some(input) => input.to_string(),
            None => reasoning::strip(&text).to_owned(),
        };
        Ok(ChatReply {
            text,
            finish,
            usage: answer.usage.into(),
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
        match format {
            ResponseFormat::JsonSchema => {
                let format = json!({"type": "json_schema", "schema": schema.without_bounds()});
                set("output_config", json!({"format": format}));
            }
            ResponseFormat::Tool => {
                set(
                    "tools",
                    json!([{"name": TOOL, "description": "Gives the reply.", "input_schema": schema}]),
                );
                set("tool_choice", json!({"type": "tool", "name": TOOL}));
            }
            ResponseFormat::JsonObject | ResponseFormat::Prompt => {}
        }
    }
    Ok(Value::Object(body))
}

#[derive(Deserialize)]
struct Answer {
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: WireUsage,
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
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
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

impl ChatModel for Anthropic {
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

impl Remote for Anthropic {
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
            url.query_pairs_mut().append_pair("limit", "1000");
            let text = self.server.get(&url).await?;
            Ok(offered::read(&self.server.parse(&text)?))
        })
    }

    fn chat_in<'a>(
        &'a self,
        request: &'a ChatRequest,
        dialect: Dialect,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.ask_in(
            request,
            Dialect {
                has_tools: true,
                without_seed: true,
                ..dialect
            },
        ))
    }

    fn gives_log_probs<'a>(&'a self, _: &'a ChatRequest) -> BoxFuture<'a, Result<bool, ChatError>> {
        Box::pin(async { Ok(false) })
    }
}
