//! Asks many requests at once, as many as are worth it at the moment.

use crate::{
    error::ChatError,
    scoring::{ScoreError, ScoreFault, ScoreReply, ScoreRequest},
    served::Served,
};
use futures::stream::{FuturesUnordered, StreamExt};
use std::ops::ControlFlow;
use tokio::runtime::Handle;

/// Takes a reply.
pub(crate) type OnReply<'a> = dyn FnMut(usize, ScoreReply) -> ControlFlow<()> + Send + 'a;
/// Takes a reply or a fault.
pub(crate) type OnOutcome<'a> =
    dyn FnMut(usize, Result<ScoreReply, ScoreFault>) -> ControlFlow<()> + Send + 'a;

/// Reason why one request has no scores, or none of them will have.
pub(crate) enum CallError {
    Chat(ChatError),
    Fault(ScoreFault),
}

impl CallError {
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Fault(ScoreFault::Refused(reason.into()))
    }

    /// The fault of one request; the error of all of them otherwise.
    fn into_fault(self) -> Result<ScoreFault, ChatError> {
        match self {
            Self::Fault(fault) => Ok(fault),
            Self::Chat(error) => error.into_fault(),
        }
    }
}

impl From<ChatError> for CallError {
    fn from(error: ChatError) -> Self {
        Self::Chat(error)
    }
}

/// Asks a server `requests` on `runtime`, and waits for them. An error of all of them ends the run only after those in flight,
/// which may be paid for.
pub(crate) fn ask_all<'a, F: Future<Output = Result<ScoreReply, CallError>>>(
    (served, runtime): (&Served, &Handle),
    requests: &'a [ScoreRequest],
    ask: impl Fn(&'a ScoreRequest) -> F,
    on_outcome: &mut OnOutcome<'_>,
) -> Result<(), ScoreError> {
    runtime.block_on(answers(served, requests, ask, on_outcome))
}

async fn answers<'a, F: Future<Output = Result<ScoreReply, CallError>>>(
    served: &Served,
    requests: &'a [ScoreRequest],
    ask: impl Fn(&'a ScoreRequest) -> F,
    on_outcome: &mut OnOutcome<'_>,
) -> Result<(), ScoreError> {
    let mut open = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    let mut end = None;
    let ask = &ask;
    loop {
        while end.is_none() && in_flight.len() < served.n_calls_at_once() {
            let Some((index, request)) = open.next() else {
                break;
            };
            in_flight.push(async move { (index, ask(request).await) });
        }
        let Some((index, result)) = in_flight.next().await else {
            return end.map_or(Ok(()), |error| Err(ScoreError::Server(error)));
        };
        let outcome = match result.map_err(CallError::into_fault) {
            Ok(reply) => Ok(reply),
            Err(Ok(fault)) => Err(fault),
            Err(Err(error)) => {
                end.get_or_insert(error);
                continue;
            }
        };
        if on_outcome(index, outcome).is_break() {
            return Err(ScoreError::Cancelled);
        }
    }
}

/// Hands replies over and, when all are there, returns the first fault as an error.
pub(crate) fn first_refused(
    on_reply: &mut OnReply<'_>,
    try_each: impl FnOnce(&mut OnOutcome<'_>) -> Result<(), ScoreError>,
) -> Result<(), ScoreError> {
    let mut refused = None;
    try_each(&mut |index, outcome| match outcome {
        Ok(reply) => on_reply(index, reply),
        Err(fault) => {
            refused.get_or_insert((index, fault.to_string()));
            ControlFlow::Continue(())
        }
    })?;
    match refused {
        None => Ok(()),
        Some((index, reason)) => Err(ScoreError::Request { index, reason }),
    }
}
