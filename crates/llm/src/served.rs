//! A model on a server, within its limits. Every kind of call (chats, echoed prompts, first tokens) goes through the same
//! gate, is retried by the same rules and is charged to the same budget.

use crate::{
    backends::{
        Remote,
        dialect::Dialect,
        echo::{EchoWay, Echoed, Prompt},
    },
    budget::Account,
    calls::CallSize,
    chat::{BoxFuture, ChatModel, ChatReply, ChatRequest, Completion, Usage},
    error::ChatError,
    first_token::FirstToken,
    throttle::Throttle,
};

/// A model on a server, with its gate and its account.
#[derive(Debug)]
pub struct Served {
    remote: Remote,
    throttle: Throttle,
    account: Account,
}

impl Served {
    /// `remote`'s calls go through `throttle` and are charged to `account`.
    pub fn new(remote: Remote, throttle: Throttle, account: Account) -> Self {
        Self {
            remote,
            throttle,
            account,
        }
    }

    /// The server.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Number of calls that are worth making at once.
    pub fn n_calls_at_once(&self) -> usize {
        self.throttle.n_at_once()
    }

    /// [`Remote::echo`] within the limits.
    ///
    /// # Errors
    /// As of a chat.
    pub async fn echo(&self, way: &EchoWay, prompt: Prompt<'_>) -> Result<Echoed, ChatError> {
        let most = prompt.max_tokens() as u64;
        let size = CallSize {
            prompt_bytes: most,
            n_messages: 1,
            max_tokens: 1,
        };
        let typical = match prompt {
            Prompt::Text(text) => self.remote.count_tokens(text) as u64,
            Prompt::Ids(ids) => ids.len() as u64,
        };
        let call = || self.account.pay(size, self.remote.echo(way, prompt));
        self.throttle.run(|| typical, 1, call).await
    }

    /// [`Remote::first_token`] within the limits.
    ///
    /// # Errors
    /// As of a chat.
    pub async fn first_token(
        &self,
        request: &ChatRequest,
        n: usize,
    ) -> Result<FirstToken, ChatError> {
        let size = CallSize::of(request);
        let call = || self.account.pay(size, self.remote.first_token(request, n));
        let typical = || self.input_tokens(request);
        self.throttle.run(typical, size.max_tokens, call).await
    }

    /// [`Remote::chat_in`] within the limits.
    ///
    /// # Errors
    /// As of a chat.
    pub async fn chat_in(
        &self,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<ChatReply, ChatError> {
        let size = CallSize::of(request);
        let call = || {
            self.account
                .pay(size, self.remote.chat_in(request, dialect))
        };
        let typical = || self.input_tokens(request);
        self.throttle.run(typical, size.max_tokens, call).await
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let size = CallSize::of(request);
        let call = || self.account.pay(size, self.remote.chat(request));
        let typical = || self.input_tokens(request);
        self.throttle.run(typical, size.max_tokens, call).await
    }

    async fn go_on(&self, request: &Completion) -> Result<ChatReply, ChatError> {
        let size = CallSize {
            prompt_bytes: request.prompt.len() as u64,
            n_messages: 1,
            max_tokens: request.sampling.max_tokens as u64,
        };
        let call = || self.account.pay(size, self.remote.go_on(request));
        let typical = || self.remote.count_tokens(&request.prompt) as u64;
        self.throttle.run(typical, size.max_tokens, call).await
    }

    fn input_tokens(&self, request: &ChatRequest) -> u64 {
        let messages = request.messages.iter();
        let counts = messages.map(|message| self.remote.count_tokens(&message.content));
        counts.sum::<usize>() as u64
    }
}

impl ChatModel for Served {
    fn id(&self) -> &str {
        self.remote.id()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.remote.count_tokens(text)
    }

    fn n_at_once(&self) -> Option<usize> {
        Some(self.n_calls_at_once())
    }

    fn already_spent(&self, usage: Usage) {
        self.account.already_spent(usage);
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.ask(request))
    }

    fn can_complete(&self) -> bool {
        self.remote.may_echo()
    }

    fn complete<'a>(
        &'a self,
        request: &'a Completion,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.go_on(request))
    }
}
