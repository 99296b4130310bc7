//! OpenAI's `POST /chat/completions`, as OpenAI, vLLM, TGI, llama.cpp, Ollama, LM Studio, Together, Groq, Mistral and
//! others speak it.

mod stream;
mod wire;

use crate::{
    backends::{
        dialect::Dialect,
        endpoint::Endpoint,
        options::ServerOptions,
        vendor::{Api, AskFirstToken, Received, Site, Vendor},
    },
    chat::{ChatReply, ChatRequest},
    error::ChatError,
};

/// OpenAI's API, at OpenAI's kind of address.
pub(super) const API: Api = Api::new("openai", &OpenAiCompatible { site });

/// OpenAI's API at one kind of address.
pub(super) struct OpenAiCompatible {
    /// Addresses and headers.
    pub(super) site: fn(&ServerOptions) -> Result<Site, ChatError>,
}

fn site(options: &ServerOptions) -> Result<Site, ChatError> {
    let endpoint = Endpoint::parse(&options.base_url)?;
    Ok(Site::new(endpoint, "chat/completions", options))
}

impl Vendor for OpenAiCompatible {
    fn site(&self, options: &ServerOptions) -> Result<Site, ChatError> {
        (self.site)(options)
    }

    fn body(
        &self,
        model: &str,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<Vec<u8>, ChatError> {
        Ok(wire::Body::new(model, request, dialect)?.to_json())
    }

    fn read(&self, received: Received<'_>) -> Result<ChatReply, ChatError> {
        wire::read_reply(received)
    }

    fn first_token(&self) -> Option<AskFirstToken> {
        Some(AskFirstToken {
            body: |model, request, dialect, n| {
                let body = wire::Body::new(model, request, dialect)?;
                Ok(body.with_top_log_probs(n).to_json())
            },
            read: wire::read_first_token,
        })
    }

    fn may_echo(&self) -> bool {
        true
    }
}
