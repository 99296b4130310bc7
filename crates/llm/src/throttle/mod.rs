//! A model behind a server's gate: the window adapts to what the server takes, limits a minute are kept, what failed in
//! passing is retried, and a straggler may be asked twice.

mod bucket;
mod gate;
mod hedge;
mod window;

pub use gate::{Gate, GateOptions, Gates};

use crate::{
    chat::{BoxFuture, ChatModel, ChatReply, ChatRequest},
    error::ChatError,
    retry::RetryPolicy,
};
use futures::future::{Either, select};
use gate::Ticket;
use hedge::Hedge;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::time::sleep;

/// A model whose requests go through a gate. Requests that wait cost no more than their future.
pub struct Throttled {
    model: Arc<dyn ChatModel>,
    gate: Arc<Gate>,
    retry: RetryPolicy,
    hedge: Option<Hedge>,
    /// Running mean of a reply's tokens; 0 before the first.
    typical_output: AtomicU64,
}

impl Throttled {
    /// `model` must answer each request with one try. With `hedge`, a request that takes longer than 99 % of the latest
    /// is made a second time when its turn at the gate comes, and the first good answer is taken.
    pub fn new(
        model: Arc<dyn ChatModel>,
        gate: Arc<Gate>,
        retry: RetryPolicy,
        hedge: bool,
    ) -> Self {
        let hedge = hedge.then(Hedge::default);
        Self {
            model,
            gate,
            retry,
            hedge,
            typical_output: AtomicU64::new(0),
        }
    }

    /// The gate.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let mut retries = self.retry.begin();
        loop {
            let n_answered = self.gate.n_answered();
            let error = match self.pass(request).await {
                Ok(reply) => return Ok(reply),
                Err(error) => self.gate.judge(error),
            };
            let others_are_answered = self.gate.n_answered() > n_answered;
            let Some(delay) = retries.after(&error, others_are_answered) else {
                return Err(error);
            };
            tracing::debug!(%error, ?delay, "retrying");
            sleep(delay).await;
        }
    }

    /// Goes through the gate once.
    async fn pass(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let tokens = self.estimate(request);
        let ticket = self.gate.enter(tokens).await;
        match self.hedge.as_ref().and_then(Hedge::patience) {
            None => self.send(request, ticket).await,
            Some(patience) => {
                let (first, late) = (pin!(self.send(request, ticket)), pin!(sleep(patience)));
                let first = match select(first, late).await {
                    Either::Left((result, _)) => return result,
                    Either::Right((_, first)) => first,
                };
                let again = async {
                    let ticket = self.gate.enter(tokens).await;
                    tracing::debug!(?patience, "hedging: sending a slow request a second time");
                    self.send(request, ticket).await
                };
                first_good(first, pin!(again)).await
            }
        }
    }

    async fn send(
        &self,
        request: &ChatRequest,
        ticket: Ticket<'_>,
    ) -> Result<ChatReply, ChatError> {
        let result = self.model.chat(request).await;
        let latency = ticket.end(&result);
        if let Ok(reply) = &result {
            self.learn(reply);
            self.hedge.iter().for_each(|hedge| hedge.saw(latency));
        }
        result
    }

    /// Tokens that the request and its reply are likely to have; 0 where nobody asks.
    fn estimate(&self, request: &ChatRequest) -> u64 {
        if !self.gate.counts_tokens() {
            return 0;
        }
        let input: usize = request
            .messages
            .iter()
            .map(|message| self.model.count_tokens(&message.content))
            .sum();
        let max_output = request.sampling.max_tokens as u64;
        let output = match self.typical_output.load(Relaxed) {
            0 => max_output,
            typical => typical.min(max_output),
        };
        input as u64 + output
    }

    fn learn(&self, reply: &ChatReply) {
        let (known, new) = (self.typical_output.load(Relaxed), reply.usage.output_tokens);
        // Two replies at once may overwrite each other's share of the mean.
        self.typical_output.store(
            if known == 0 {
                new
            } else {
                (known * 7 + new).div_ceil(8)
            },
            Relaxed,
        );
    }
}

impl ChatModel for Throttled {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }

    /// The window, and some more that wait at the gate or for the disk.
    fn n_at_once(&self) -> Option<usize> {
        let window = self.gate.window();
        Some(window + window / 4 + 4)
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.ask(request))
    }
}

/// The first good answer of two, or the last error. The loser is dropped.
async fn first_good<T, E>(
    one: impl Future<Output = Result<T, E>> + Unpin,
    other: impl Future<Output = Result<T, E>> + Unpin,
) -> Result<T, E> {
    match select(one, other).await {
        Either::Left((Ok(reply), _)) | Either::Right((Ok(reply), _)) => Ok(reply),
        Either::Left((Err(_), other)) => other.await,
        Either::Right((Err(_), one)) => one.await,
    }
}
