//! A model on a server, whatever API it speaks.

use super::{
    completions, cut,
    dialect::{Dialect, KnownDialect, ResponseFormat},
    echo::{EchoWay, Echoed, Prompt},
    endpoint::Endpoint,
    offered::{self, Offered},
    options::ServerOptions,
    server::{Server, echo_bytes, reply_bytes, stream_bytes},
    shape,
    vendor::{Api, Received, Vendor},
    vendors,
};
use crate::{
    chat::{BoxFuture, ChatModel, ChatReply, ChatRequest, Completion, Usage},
    error::ChatError,
    first_token::FirstToken,
    limit,
};
use reqwest::Url;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fmt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// A model on a server. Parts of a request that the server refuses are left out from then on (see
/// [`dialect`](super::dialect)).
pub struct Remote {
    vendor: &'static dyn Vendor,
    server: Server,
    endpoint: Endpoint,
    replies: Url,
    models: Url,
    lists_model_names: bool,
    model: String,
    dialect: KnownDialect,
    extra_body: Map<String, Value>,
    /// `true` once the log has said that a prompt was cut.
    has_told_cut: AtomicBool,
}

/// Parts of a request that a server understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// Strongest way in which the shape of a reply can be asked for.
    pub response_format: ResponseFormat,
    /// Temperature and top-p.
    pub temperature: bool,
    /// The seed, though the server may not keep to it.
    pub seed: bool,
    /// Top-k, min-p and the repetition penalty, or some of them.
    pub extra_sampling: bool,
    /// Messages of the system role; else instructions are folded into the user's turn.
    pub system_role: bool,
    /// Replies that come at once; else they are streamed.
    pub whole_replies: bool,
}

impl From<Dialect> for Capabilities {
    fn from(dialect: Dialect) -> Self {
        Self {
            response_format: dialect.response_format,
            temperature: !dialect.without_temperature,
            seed: !dialect.without_seed,
            extra_sampling: !dialect.without_extra_sampling,
            system_role: !dialect.without_system,
            whole_replies: !dialect.stream,
        }
    }
}

impl fmt::Debug for Remote {
    /// Neither headers nor queries, which may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("url", &self.server.url())
            .field("model", &self.model)
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

impl Remote {
    /// Prepares the connection to a server that speaks `api`; nothing is sent before the first request.
    ///
    /// # Errors
    /// [`ChatError::Setting`]: an address or a key that cannot be sent at all.
    pub fn connect(api: Api, options: &ServerOptions) -> Result<Self, ChatError> {
        let site = api.vendor.site(options)?;
        let is_known = vendors::is_a_vendors_own(&site.endpoint);
        Ok(Self {
            vendor: api.vendor,
            server: Server::new(&site, options, is_known)?,
            endpoint: site.endpoint,
            replies: site.replies,
            models: site.models,
            lists_model_names: site.lists_model_names,
            model: site.model,
            dialect: KnownDialect::new(site.dialect),
            extra_body: options.extra_body.clone(),
            has_told_cut: AtomicBool::new(false),
        })
    }

    /// Address of the server.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Dialect that the server was found to understand; before the first reply, the one that it is assumed to.
    pub fn dialect(&self) -> Dialect {
        self.dialect.get()
    }

    /// The same as a summary.
    pub fn capabilities(&self) -> Capabilities {
        self.dialect().into()
    }

    /// Limits that the headers of the server's first answer name, such as `x-ratelimit-limit-requests: 500`.
    pub fn limits(&self) -> BTreeMap<String, String> {
        self.server.limits()
    }

    /// Models that the server offers.
    ///
    /// # Errors
    /// As of a chat.
    pub async fn offered(&self) -> Result<Vec<Offered>, ChatError> {
        let answer = self.server.get(&self.models).await;
        let list = answer.map_err(|error| self.corrected(error))?;
        let list = self.received(&list).parse();
        Ok(offered::read(&list.map_err(|error| self.corrected(error))?))
    }

    /// `true` if [`offered`](Self::offered) names models as requests do. Azure lists models, and requests name
    /// deployments.
    pub fn lists_model_names(&self) -> bool {
        self.lists_model_names
    }

    /// Answers one request in exactly this dialect.
    ///
    /// # Errors
    /// As of a chat.
    pub async fn chat_in(
        &self,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<ChatReply, ChatError> {
        let request = &*dialect.applied(request);
        let body = self.vendor.body(&self.model, request, dialect)?;
        let answer = self.post(body, request, dialect).await?;
        let reply = self.vendor.read(self.received(&answer));
        let reply = reply.map_err(|error| self.server.without_secrets(error))?;
        self.tell_if_cut(request, reply.usage);
        shape::unwrap_choice(reply, request.constraint.as_ref(), self.server.url())
    }

    /// The likeliest `n` first tokens of the reply to `request`.
    ///
    /// # Errors
    /// As of a chat; [`ChatError::Setting`] for an API without them.
    pub async fn first_token(
        &self,
        request: &ChatRequest,
        n: usize,
    ) -> Result<FirstToken, ChatError> {
        let ask_in = |dialect| self.first_token_in(request, n, dialect);
        self.dialect.ask(&self.model, request, ask_in).await
    }

    async fn first_token_in(
        &self,
        request: &ChatRequest,
        n: usize,
        dialect: Dialect,
    ) -> Result<FirstToken, ChatError> {
        let Some(ask) = self.vendor.first_token() else {
            return Err(ChatError::Setting {
                setting: "top_logprobs",
                reason: "this vendor's API has none".to_owned(),
            });
        };
        let request = &*dialect.applied(request);
        let body = (ask.body)(&self.model, request, dialect, n)?;
        let answer = self.post(body, request, dialect).await?;
        let read = (ask.read)(self.received(&answer));
        read.map_err(|error| self.server.without_secrets(error))
    }

    /// `true` if the server's API has a way to echo prompts, though the server may not.
    pub fn may_echo(&self) -> bool {
        self.vendor.may_echo()
    }

    /// The tokens of a prompt with their log-probabilities, asked for in one way.
    ///
    /// # Errors
    /// As of a chat; an answer without them is [`ChatError::Malformed`].
    pub async fn echo(&self, way: &EchoWay, prompt: Prompt<'_>) -> Result<Echoed, ChatError> {
        let Some(body) = (way.body)(&self.model, prompt) else {
            return Err(ChatError::Refused(format!(
                "{} takes no token ids",
                way.name
            )));
        };
        let limit = echo_bytes(prompt.max_tokens());
        let url = (way.url)(&self.endpoint);
        let answer = self.server.post(&url, body.to_string().into_bytes(), limit);
        let answer = answer.await.map_err(|error| self.corrected(error))?;
        let read = (way.read)(self.received(&answer));
        read.map_err(|error| self.server.without_secrets(error))
    }

    /// Goes on from a bare text.
    ///
    /// # Errors
    /// As of a chat; [`ChatError::Refused`] by an API that only takes messages.
    pub async fn go_on(&self, request: &Completion) -> Result<ChatReply, ChatError> {
        if !self.may_echo() {
            return Err(ChatError::Refused(
                "this vendor's API takes messages only".to_owned(),
            ));
        }
        let body = completions::body(&self.model, request).to_string();
        let body = self.with_extra(body.into_bytes());
        let limit = reply_bytes(request.sampling.max_tokens);
        let url = self.endpoint.at("completions");
        let answer = self.server.post(&url, body, limit).await;
        let answer = answer.map_err(|error| self.corrected(error))?;
        let read = completions::read(self.received(&answer), &request.sampling.stop);
        read.map_err(|error| self.server.without_secrets(error))
    }

    fn received<'a>(&'a self, text: &'a str) -> Received<'a> {
        Received {
            text,
            url: self.server.url(),
        }
    }

    async fn post(
        &self,
        body: Vec<u8>,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<String, ChatError> {
        let max_tokens = request.sampling.max_tokens;
        let limit = match dialect.stream {
            true => stream_bytes(max_tokens),
            false => reply_bytes(max_tokens),
        };
        let body = self.with_extra(body);
        let answer = self.server.post(&self.replies, body, limit).await;
        answer.map_err(|error| self.corrected(error))
    }

    /// The body with what the user adds to every request, merged as RFC 7396 has it.
    fn with_extra(&self, body: Vec<u8>) -> Vec<u8> {
        if self.extra_body.is_empty() {
            return body;
        }
        let mut body: Value = serde_json::from_slice(&body).expect("our own body is JSON");
        merge(&mut body, &Value::Object(self.extra_body.clone()));
        body.to_string().into_bytes()
    }

    /// Says once that the server reads less than it is sent.
    fn tell_if_cut(&self, request: &ChatRequest, usage: Usage) {
        let Some(warning) = cut::warning(request, usage) else {
            return;
        };
        if !self.has_told_cut.swap(true, Relaxed) {
            tracing::warn!(model = self.model, "{warning}");
        }
    }

    /// The error with the lengths of the request, if that is too long.
    fn explained(&self, error: ChatError, request: &ChatRequest) -> ChatError {
        let ChatError::Status {
            url,
            status: 400..=428 | 500..=501,
            body,
            ..
        } = &error
        else {
            return error;
        };
        if limit::too_long(body).is_none() {
            return error;
        }
        let texts = request.messages.iter();
        ChatError::TooLong {
            url: url.clone(),
            prompt_tokens: texts.map(|it| self.count_tokens(&it.content)).sum(),
            max_tokens: request.sampling.max_tokens,
            limit: limit::context_tokens(body),
            words: body.clone(),
        }
    }

    fn corrected(&self, error: ChatError) -> ChatError {
        self.server.without_secrets(self.vendor.corrected(error))
    }
}

impl ChatModel for Remote {
    fn id(&self) -> &str {
        &self.model
    }

    fn count_tokens(&self, text: &str) -> usize {
        crate::estimated_tokens(text)
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(async move {
            let ask_in = |dialect| self.chat_in(request, dialect);
            let reply = self.dialect.ask(&self.model, request, ask_in).await;
            reply.map_err(|error| self.explained(error, request))
        })
    }

    fn can_complete(&self) -> bool {
        self.may_echo()
    }

    fn complete<'a>(
        &'a self,
        request: &'a Completion,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.go_on(request))
    }
}

/// Merges `patch` into `value`: members of objects one by one, `null` takes a member away (RFC 7396).
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let members = value.as_object_mut().expect("it is one by now");
    for (name, patch) in patch {
        match patch.is_null() {
            true => drop(members.remove(name)),
            false => merge(members.entry(name.clone()).or_insert(Value::Null), patch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vendor::Site;
    use super::*;
    use crate::chat::{FinishReason, Message, Role, Sampling};
    use serde_json::json;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{body_json, header, path},
    };

    /// An API of which nothing else knows: these lines are all that a new one takes.
    struct Telegraph;

    const TELEGRAPH: Api = Api::new("telegraph", &Telegraph);

    impl Vendor for Telegraph {
        fn site(&self, options: &ServerOptions) -> Result<Site, ChatError> {
            let endpoint = Endpoint::parse(&options.base_url)?;
            Ok(Site {
                key_header: ("x-stamp", ""),
                ..Site::new(endpoint, "telegrams", options)
            })
        }

        fn body(
            &self,
            model: &str,
            request: &ChatRequest,
            dialect: Dialect,
        ) -> Result<Vec<u8>, ChatError> {
            let seed = (!dialect.without_seed).then_some(request.sampling.seed);
            let words: Vec<_> = request.messages.iter().map(|m| &*m.content).collect();
            let body = json!({"to": model, "words": words, "seed": seed});
            Ok(body.to_string().into_bytes())
        }

        fn read(&self, received: Received<'_>) -> Result<ChatReply, ChatError> {
            Ok(ChatReply {
                text: received.text.to_lowercase(),
                finish: FinishReason::Stop,
                usage: Usage::default(),
                extra: Default::default(),
            })
        }
    }

    #[test]
    fn bodies_are_merged_member_by_member() {
        let mut body = json!({"model": "m", "seed": 7, "stop": [1], "nested": {"a": 1}});
        merge(
            &mut body,
            &json!({"seed": null, "stop": [2], "nested": {"b": {"c": 2}}, "new": true}),
        );
        let expected =
            json!({"model": "m", "stop": [2], "nested": {"a": 1, "b": {"c": 2}}, "new": true});
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn a_vendor_is_its_four_parts_and_gets_everything_else() {
        let server = MockServer::start().await;
        let telegram = |seed: Value| {
            Mock::given(path("/v1/telegrams"))
                .and(header("x-stamp", "s3cret"))
                .and(body_json(
                    json!({"to": "tester", "words": ["ready"], "seed": seed}),
                ))
        };
        let refusal = json!({"error": {"message": "no seed, please"}});
        telegram(json!(0))
            .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
            .mount(&server)
            .await;
        telegram(Value::Null)
            .respond_with(ResponseTemplate::new(200).set_body_string("READY STOP"))
            .mount(&server)
            .await;
        let models = json!({"data": [{"id": "tester"}]});
        Mock::given(path("/v1/models"))
            .respond_with(ResponseTemplate::new(200).set_body_json(models))
            .mount(&server)
            .await;
        let options = ServerOptions {
            api_key: Some("s3cret".to_owned()),
            ..ServerOptions::new(server.uri(), "tester")
        };
        let remote = Remote::connect(TELEGRAPH, &options).unwrap();
        let message = Message {
            role: Role::User,
            content: "ready".into(),
        };
        let request = ChatRequest {
            messages: vec![message],
            constraint: None,
            sampling: Sampling::greedy(9),
        };
        assert_eq!(remote.chat(&request).await.unwrap().text, "ready stop");
        assert!(!remote.capabilities().seed, "the refused seed is left out");
        assert_eq!(remote.offered().await.unwrap()[0].id, "tester");
        assert!(!remote.may_echo());
        let error = remote.first_token(&request, 5).await.unwrap_err();
        assert!(matches!(error, ChatError::Setting { .. }), "{error}");
    }
}
