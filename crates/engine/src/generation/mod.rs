//! Replies: chat template → tokens → sampled tokens → text.
//!
//! One thread a loaded engine serves all chats together ([`desk`]): every forward carries one token of each reply
//! that is being written and a piece of each prompt that is still being read, so that the weights are read once for
//! all of them.

mod desk;
mod grammar;
mod reply;
mod sampler;
mod shared_prompt;

pub(crate) use grammar::Grammars;

use crate::engine::{Engine, Model};
use desk::Desk;
use examen_llm::{BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest};
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

impl ChatModel for Engine {
    fn id(&self) -> &str {
        &self.model.id
    }

    fn count_tokens(&self, text: &str) -> usize {
        Engine::count_tokens(self, text)
    }

    /// Chats that wait at the same time are written together. Dropping the future abandons the reply.
    ///
    /// Under a constraint the grammar alone says where the reply ends: stop strings are not looked at, and a reply that
    /// finishes with [`Stop`](examen_llm::FinishReason::Stop) always parses.
    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        let worker = self.worker.get_or_init(|| Worker::start(Arc::clone(&self.model)));
        let reply = worker.send(request.clone());
        Box::pin(async move { reply.await.unwrap_or_else(|_| Err(ended())) })
    }
}

/// A chat on its way to the worker thread.
struct Job {
    request: ChatRequest,
    reply: Answerer,
}

/// Takes the reply, or the reason why there is none.
type Answerer = oneshot::Sender<Result<ChatReply, ChatError>>;

/// The thread that writes replies. Ends when it is dropped and the last reply is done or abandoned.
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
}

impl Worker {
    fn start(model: Arc<Model>) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("engine-replies".into());
        let started = thread.spawn(move || work(&model, &receiver));
        Self { jobs: started.is_ok().then_some(sender) }
    }

    fn send(&self, request: ChatRequest) -> oneshot::Receiver<Result<ChatReply, ChatError>> {
        let (reply, receiver) = oneshot::channel();
        match &self.jobs {
            // A worker that is gone drops the job, and the receiver hears of it.
            Some(jobs) => drop(jobs.send(Job { request, reply })),
            None => drop(reply),
        }
        receiver
    }
}

fn work(model: &Model, jobs: &mpsc::Receiver<Job>) {
    let mut desk = Desk::new(model);
    loop {
        if desk.is_idle() {
            let Ok(job) = jobs.recv() else { return };
            desk.receive(job);
        }
        jobs.try_iter().for_each(|job| desk.receive(job));
        model.pool.install(|| desk.step());
    }
}

fn ended() -> ChatError {
    ChatError::Refused("the engine's thread has ended".into())
}
