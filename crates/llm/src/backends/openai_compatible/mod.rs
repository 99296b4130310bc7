//! Any server that speaks OpenAI's `POST /chat/completions`: OpenAI, vLLM, TGI, llama.cpp, Ollama, LM Studio, Together,
//! Groq, Mistral and others; Azure with its own addresses. What a server does not understand is left out from then on
//! (see [`dialect`](super::dialect)).

mod wire;

use super::{
    Offered, Remote, ServerOptions, azure,
    dialect::{Dialect, KnownDialect},
    endpoint::Endpoint,
    http::{Server, key_header},
    offered, shape,
};
use crate::{BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName},
};
use std::collections::BTreeMap;

/// A model behind an OpenAI-compatible server.
#[derive(Debug)]
pub struct OpenAiCompatible {
    server: Server,
    endpoint: Endpoint,
    completions: Url,
    model: String,
    dialect: KnownDialect,
}

impl OpenAiCompatible {
    /// Prepares the connection; nothing is sent before the first request. Fails on an address or a key that cannot be
    /// sent at all.
    pub fn new(options: &ServerOptions) -> Result<Self, ChatError> {
        Self::at(
            Endpoint::parse(&options.base_url)?,
            AUTHORIZATION,
            "Bearer ",
            options,
        )
    }

    /// The same for Azure OpenAI, with its addresses (see `azure`) and its header for the key.
    pub fn azure(options: &ServerOptions) -> Result<Self, ChatError> {
        let endpoint = azure::endpoint(&options.base_url, &options.model)?;
        Self::at(endpoint, HeaderName::from_static("api-key"), "", options)
    }

    fn at(
        endpoint: Endpoint,
        header: HeaderName,
        prefix: &str,
        options: &ServerOptions,
    ) -> Result<Self, ChatError> {
        let mut headers = HeaderMap::new();
        key_header(&mut headers, header, prefix, options.api_key.as_deref())?;
        let server = Server::new(
            endpoint.to_string(),
            headers,
            options.timeout,
            options.n_connections,
        )?;
        let (completions, model) = (endpoint.at("chat/completions"), options.model.clone());
        Ok(Self {
            server,
            endpoint,
            completions,
            model,
            dialect: KnownDialect::new(options.dialect),
        })
    }

    async fn ask_in(
        &self,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<ChatReply, ChatError> {
        let body = wire::Body::new(&self.model, request, dialect)?;
        let text = self.server.post(&self.completions, &body).await?;
        let reply = wire::read_reply(&text, self.server.url())?;
        shape::unwrap_choice(reply, request.constraint.as_ref(), self.server.url())
    }

    async fn ask_for_log_probs(&self, request: &ChatRequest) -> Result<bool, ChatError> {
        let body = wire::Body::new(&self.model, request, self.dialect.get())?.with_log_probs();
        match self.server.post(&self.completions, &body).await {
            Ok(text) => Ok(wire::has_log_probs(&text)),
            Err(ChatError::Status {
                status: 400 | 404 | 422 | 501,
                ..
            }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl ChatModel for OpenAiCompatible {
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

impl Remote for OpenAiCompatible {
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
            let text = self.server.get(&self.endpoint.at("models")).await?;
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

    fn gives_log_probs<'a>(
        &'a self,
        request: &'a ChatRequest,
    ) -> BoxFuture<'a, Result<bool, ChatError>> {
        Box::pin(self.ask_for_log_probs(request))
    }
}
