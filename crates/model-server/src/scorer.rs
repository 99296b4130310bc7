//! One thread that scores the prompts of all requests: those that wait at the same time as one token tree, so that what they begin
//! with together is computed once.

use crate::refusal::Refusal;
use examen_engine::{Engine, ScoredTokens, TokensRequest};
use std::{
    collections::VecDeque,
    ops::ControlFlow,
    sync::{Arc, mpsc},
};
use tokio::sync::oneshot;

/// Tokens of one tree: more would have the first wait long for the last.
const MAX_TOKENS: usize = 32 * 1024;

struct Job {
    request: TokensRequest,
    reply: oneshot::Sender<Result<ScoredTokens, Refusal>>,
}

/// The thread. It ends with the last clone.
#[derive(Clone)]
pub(crate) struct Scorer {
    jobs: Option<mpsc::Sender<Job>>,
}

impl Scorer {
    pub(crate) fn start(engine: Arc<Engine>) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("scorer".into());
        let started = thread.spawn(move || work(&engine, &receiver));
        Self {
            jobs: started.is_ok().then_some(sender),
        }
    }

    /// Hands a prompt over at once, and waits for its scores.
    pub(crate) fn score(
        &self,
        request: TokensRequest,
    ) -> impl Future<Output = Result<ScoredTokens, Refusal>> + use<> {
        let (reply, receiver) = oneshot::channel();
        // A thread that is gone drops the job, and the receiver hears of it.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(Job { request, reply }));
        }
        async move {
            let ended = || Refusal::failed("the thread that scores has ended");
            receiver.await.unwrap_or_else(|_| Err(ended()))
        }
    }
}

fn work(engine: &Engine, jobs: &mpsc::Receiver<Job>) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Ok(job) = jobs.recv() else { return };
            waiting.push_back(job);
        }
        waiting.extend(jobs.try_iter());
        let batch = next_batch(&mut waiting);
        score(engine, batch);
    }
}

/// The jobs that have waited longest, as many as one tree takes; at least one. Those that nobody waits for are gone.
fn next_batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    waiting.retain(|job| !job.reply.is_closed());
    let mut n_tokens = 0;
    let mut batch: Vec<Job> = Vec::new();
    while let Some(job) = waiting.front() {
        n_tokens += job.request.tokens.len();
        if !batch.is_empty() && n_tokens > MAX_TOKENS {
            break;
        }
        batch.extend(waiting.pop_front());
    }
    batch
}

fn score(engine: &Engine, batch: Vec<Job>) {
    let (requests, mut replies): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|job| (job.request, Some(job.reply)))
        .unzip();
    let ended = engine.score_tokens(&requests, &mut |index, scored| {
        if let Some(reply) = replies[index].take() {
            // The asker may be gone; then nobody needs it.
            drop(reply.send(scored.map_err(Refusal::from)));
        }
        match replies.iter().flatten().all(oneshot::Sender::is_closed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    if let Err(error) = ended {
        let refusal = Refusal::failed(error.to_string());
        for reply in replies.into_iter().flatten() {
            drop(reply.send(Err(refusal.clone())));
        }
    }
}
