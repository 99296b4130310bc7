//! A model behind a server's gate: the window adapts to what the server takes, limits a minute are kept, what failed in
//! passing is retried, and a straggler may be asked twice.

mod bucket;
mod gate;
mod hedge;
mod waiting;
mod window;

pub use gate::{Gate, GateOptions, Gates};
pub use waiting::Waiting;

use crate::{
    calls::Charged,
    chat::{BoxFuture, ChatModel, ChatReply, ChatRequest, Usage},
    error::ChatError,
    retry::{Health, RetryPolicy},
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
use waiting::WaitGuard;

/// The way of calls to one model: through its server's gate, retried where that may help, hedged if asked for. It serves
/// calls of every kind: chats, echoed prompts, first tokens.
#[derive(Debug)]
pub struct Throttle {
    gate: Arc<Gate>,
    retry: RetryPolicy,
    hedge: Option<Hedge>,
    /// Running mean of a reply's tokens; 0 before the first.
    typical_output: AtomicU64,
}

impl Throttle {
    /// With `hedge`, a call that takes longer than 99 % of the latest is made a second time when its turn at the gate
    /// comes, and the first good answer is taken.
    pub fn new(gate: Arc<Gate>, retry: RetryPolicy, hedge: bool) -> Self {
        let hedge = hedge.then(Hedge::default);
        Self {
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

    /// Number of calls that are worth making at once: the window, and some more that wait at the gate, for the disk or for
    /// their next try.
    pub fn n_at_once(&self) -> usize {
        let window = self.gate.window();
        window + window / 4 + 4 + self.gate.n_waiting().min(window)
    }

    /// Makes a call, again where that may help. `call` is one try; `input_tokens` estimates the tokens of the prompt,
    /// where the gate asks for them, and `max_output` bounds those of the reply.
    pub async fn run<T: Charged, F: Future<Output = Result<T, ChatError>>>(
        &self,
        input_tokens: impl Fn() -> u64,
        max_output: u64,
        call: impl Fn() -> F,
    ) -> Result<T, ChatError> {
        let mut retries = self.retry.begin();
        // Any answer before the first try counts too: a server that works is not given a pause for one failure.
        let mut n_answered = self.gate.n_answered().saturating_sub(1);
        let mut waiting = None;
        loop {
            let tokens = self.estimate(&input_tokens, max_output);
            let error = match self.pass(tokens, waiting.take(), &call).await {
                Ok(reply) => return Ok(reply),
                Err(error) => self.gate.judge(error),
            };
            let health = self.health_since(&mut n_answered);
            let Some(delay) = retries.after(&error, health) else {
                return Err(error);
            };
            tracing::debug!(%error, ?delay, "retrying");
            waiting = Some(self.gate.wait(&error, delay));
            sleep(delay).await;
        }
    }

    /// Health of the server since it had answered `n_answered` requests; their number is updated.
    fn health_since(&self, n_answered: &mut u64) -> Health {
        let before = std::mem::replace(n_answered, self.gate.n_answered());
        Health {
            others_are_answered: *n_answered > before,
            failure_share: self.gate.failure_share(),
        }
    }

    /// Goes through the gate once. A request that is `waiting` for its next try has ended that by its turn.
    async fn pass<T: Charged, F: Future<Output = Result<T, ChatError>>>(
        &self,
        tokens: u64,
        waiting: Option<WaitGuard<'_>>,
        call: &impl Fn() -> F,
    ) -> Result<T, ChatError> {
        let ticket = self.gate.enter(tokens).await;
        drop(waiting);
        match self.hedge.as_ref().and_then(Hedge::patience) {
            None => self.send(call(), ticket).await,
            Some(patience) => {
                let (first, late) = (pin!(self.send(call(), ticket)), pin!(sleep(patience)));
                let first = match select(first, late).await {
                    Either::Left((result, _)) => return result,
                    Either::Right((_, first)) => first,
                };
                let again = async {
                    let ticket = self.gate.enter(tokens).await;
                    tracing::debug!(?patience, "hedging: sending a slow request a second time");
                    self.send(call(), ticket).await
                };
                first_good(first, pin!(again)).await
            }
        }
    }

    async fn send<T: Charged>(
        &self,
        call: impl Future<Output = Result<T, ChatError>>,
        ticket: Ticket<'_>,
    ) -> Result<T, ChatError> {
        let result = call.await;
        let latency = ticket.end(result.as_ref().map(Charged::usage));
        if let Ok(reply) = &result {
            self.learn(reply.usage());
            self.hedge.iter().for_each(|hedge| hedge.saw(latency));
        }
        result
    }

    /// Tokens that the call and its reply are likely to have; 0 where nobody asks.
    fn estimate(&self, input_tokens: &impl Fn() -> u64, max_output: u64) -> u64 {
        if !self.gate.counts_tokens() {
            return 0;
        }
        let output = match self.typical_output.load(Relaxed) {
            0 => max_output,
            typical => typical.min(max_output),
        };
        input_tokens() + output
    }

    fn learn(&self, usage: Usage) {
        let (known, new) = (self.typical_output.load(Relaxed), usage.output_tokens);
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

/// A model whose requests go through a gate. Requests that wait cost no more than their future.
pub struct Throttled {
    model: Arc<dyn ChatModel>,
    throttle: Throttle,
}

impl Throttled {
    /// `model` must answer each request with one try. `hedge` as for [`Throttle::new`].
    pub fn new(
        model: Arc<dyn ChatModel>,
        gate: Arc<Gate>,
        retry: RetryPolicy,
        hedge: bool,
    ) -> Self {
        Self {
            model,
            throttle: Throttle::new(gate, retry, hedge),
        }
    }

    /// The gate.
    pub fn gate(&self) -> &Arc<Gate> {
        self.throttle.gate()
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let input_tokens = || {
            let counts = request
                .messages
                .iter()
                .map(|message| self.model.count_tokens(&message.content));
            counts.sum::<usize>() as u64
        };
        let max_output = request.sampling.max_tokens as u64;
        self.throttle
            .run(input_tokens, max_output, || self.model.chat(request))
            .await
    }
}

impl ChatModel for Throttled {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }

    fn n_at_once(&self) -> Option<usize> {
        Some(self.throttle.n_at_once())
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
