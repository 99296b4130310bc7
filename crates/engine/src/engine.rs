//! A loaded model as callers hold it: a scorer and a chat model.

use crate::error::EngineError;
use crate::generation::{Prompt, Worker, WriteRequest, Written};
use crate::model::{Description, EngineOptions, Model};
use crate::scoring::{self, ScoredTokens, TokensRequest};
use examen_llm::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, Completion, ContinuationScorer,
    Message, ScoreError, ScoreReply, ScoreRequest,
};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::UnboundedReceiver;

/// A language model in this process. Implements `ContinuationScorer` and `ChatModel` of `examen-llm`.
///
/// Replies are written by one thread that serves all chats of this engine together; it ends with the engine.
pub struct Engine {
    model: Arc<Model>,
    worker: OnceLock<Worker>,
}

impl Engine {
    /// Loads a `.gguf` file, a `.safetensors` file, or a folder with `config.json`, `tokenizer.json` and safetensors
    /// weights. Weights are widened to f32. Blocks for as long as that takes.
    ///
    /// # Errors
    /// Files that cannot be read, are damaged, or hold a model that the engine cannot run; never a panic, and never
    /// more memory than the files' own tensors need in f32.
    pub fn load(path: &Path, options: EngineOptions) -> Result<Self, EngineError> {
        Ok(Self {
            model: Arc::new(Model::load(path, options)?),
            worker: OnceLock::new(),
        })
    }

    /// Description of the model.
    pub fn description(&self) -> &Description {
        &self.model.description
    }

    /// Tokens that the model can take in at once: its own limit, or the shorter one asked for.
    pub fn context_length(&self) -> usize {
        self.model.description.context_length
    }

    /// Tokens of a text, without special tokens around it.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.model
            .tokenizer
            .encode_plain(text)
            .map_or(0, |ids| ids.len())
    }

    /// Token ids of a text that begins a sequence, with the special token in front if the model has one there.
    ///
    /// # Errors
    /// If the tokenizer fails on the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        self.model.tokenizer.encode(text)
    }

    /// Token ids of a text that begins a sequence, as [`score_each`](ContinuationScorer::score_each) reads it: with one begin token
    /// where the model has one there, also if the text brings it.
    ///
    /// # Errors
    /// If the tokenizer fails on the text, or the embedding has no row for a token.
    pub fn encode_prompt(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        scoring::encode(&self.model, text)
    }

    /// Scores every request that can be scored, as [`score_each`](ContinuationScorer::score_each) does, and hands over the
    /// reason of each that cannot. [`ControlFlow::Break`] stops the run before the model computes again.
    ///
    /// # Errors
    /// [`ScoreError::Model`]; [`ScoreError::Cancelled`] after a `Break`. What was handed over before is good.
    pub fn score_good(
        &self,
        requests: &[ScoreRequest],
        on_outcome: &mut (dyn FnMut(usize, Result<ScoreReply, String>) -> ControlFlow<()> + Send),
    ) -> Result<(), ScoreError> {
        self.model
            .pool
            .install(|| scoring::score_good(&self.model, requests, on_outcome))
    }

    /// Token ids of a text without special tokens around it.
    ///
    /// # Errors
    /// If the tokenizer fails on the text.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        self.model.tokenizer.encode_plain(text)
    }

    /// Bytes of a token in a text. Special tokens are written out, unknown ids are empty.
    pub fn token_bytes(&self, id: u32) -> Vec<u8> {
        match self.model.grammars().bytes(id) {
            [] => self.model.tokenizer.token(id).into_bytes(),
            bytes => bytes.to_vec(),
        }
    }

    /// True for a token that ends a reply.
    pub fn is_end(&self, id: u32) -> bool {
        self.model.tokenizer.ends().contains(&id)
    }

    /// Text of the token that begins a sequence, where there is one.
    pub fn begin_token(&self) -> Option<String> {
        self.model
            .tokenizer
            .bos()
            .map(|id| self.model.tokenizer.token(id))
    }

    /// Text of the token that ends a sequence, where there is one.
    pub fn end_token(&self) -> Option<String> {
        self.model
            .tokenizer
            .eos()
            .map(|id| self.model.tokenizer.token(id))
    }

    /// Jinja source of the chat template, where it can be used.
    pub fn chat_template(&self) -> Option<&str> {
        self.model
            .template
            .as_ref()
            .ok()
            .map(|template| template.text())
    }

    /// Scores every token of the requests that the model can read, and hands over the reason of each that it cannot. What requests
    /// begin with together is computed once. [`ControlFlow::Break`] stops the run before the model computes again.
    ///
    /// # Errors
    /// [`ScoreError::Model`]; [`ScoreError::Cancelled`] after a `Break`. What was handed over before is good.
    pub fn score_tokens(
        &self,
        requests: &[TokensRequest],
        on_scored: &mut (
                 dyn FnMut(usize, Result<ScoredTokens, EngineError>) -> ControlFlow<()> + Send
             ),
    ) -> Result<(), ScoreError> {
        self.model
            .pool
            .install(|| scoring::score_tokens(&self.model, requests, on_scored))
    }

    /// Writes a reply, which comes in pieces. All replies that wait at the same time are written together; dropping the receiver
    /// abandons one.
    pub fn write(&self, request: WriteRequest) -> UnboundedReceiver<Written> {
        self.worker().pieces(request)
    }

    fn worker(&self) -> &Worker {
        self.worker
            .get_or_init(|| Worker::start(Arc::clone(&self.model)))
    }

    /// A conversation as the model's chat template writes it; with `adds_generation_prompt`, up to where the reply
    /// begins.
    ///
    /// # Errors
    /// If the model has no chat template, or the template refuses the conversation.
    pub fn render_chat(
        &self,
        messages: &[Message],
        adds_generation_prompt: bool,
    ) -> Result<String, EngineError> {
        self.model.render_chat(messages, adds_generation_prompt)
    }
}

impl ContinuationScorer for Engine {
    fn id(&self) -> &str {
        &self.model.id
    }

    /// The tokens of a continuation are those of `context + continuation` after the first `len(encode(context))`;
    /// white space at the end of a context is scored with the continuation, as LightEval and lm-evaluation-harness
    /// do, because tokenizers join it to the word that follows. After an empty context the model's begin token (else
    /// its end token) is the context. What does not fit the model's window is cut off the left of the context, for
    /// each continuation on its own; the reply names the largest cut.
    fn score_each(
        &self,
        requests: &[ScoreRequest],
        on_reply: &mut (dyn FnMut(usize, ScoreReply) -> ControlFlow<()> + Send),
    ) -> Result<(), ScoreError> {
        self.model
            .pool
            .install(|| scoring::score_each(&self.model, requests, on_reply))
    }

    fn fits(&self, request: &ScoreRequest) -> bool {
        scoring::fits(&self.model, request)
    }

    fn chat_prompt(&self, messages: &[Message]) -> Option<Result<String, String>> {
        match self.model.render_chat(messages, true) {
            Err(EngineError::NoChatTemplate) => None,
            rendered => Some(rendered.map_err(|error| error.to_string())),
        }
    }
}

impl ChatModel for Engine {
    fn id(&self) -> &str {
        &self.model.id
    }

    fn count_tokens(&self, text: &str) -> usize {
        Engine::count_tokens(self, text)
    }

    /// Chats that wait at the same time are written together. Dropping the future abandons the reply.
    ///
    /// No reply depends on the others: each has its own seed. Under a constraint the grammar alone says where the reply
    /// ends: stop strings are not looked at, and a reply that finishes with [`Stop`](examen_llm::FinishReason::Stop)
    /// always keeps the constraint.
    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        self.worker().reply(request.clone().into())
    }

    fn can_chat(&self) -> bool {
        self.model.description.can_chat
    }

    fn can_complete(&self) -> bool {
        true
    }

    /// The text begins a sequence: it is given the begin token where the model was trained so.
    fn complete<'a>(
        &'a self,
        request: &'a Completion,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        let prompt = match scoring::encode(&self.model, &request.prompt) {
            Ok(prompt) => prompt,
            Err(error) => {
                let refused = ChatError::Refused(error.to_string());
                return Box::pin(std::future::ready(Err(refused)));
            }
        };
        self.worker().reply(WriteRequest {
            prompt: Prompt::Tokens(prompt),
            constraint: None,
            sampling: request.sampling.clone(),
            n_top: None,
        })
    }
}
