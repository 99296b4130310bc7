//! Replies: chat template → tokens → sampled tokens → text.
//!
//! One thread a loaded engine serves all chats together ([`desk`]): every forward carries one token of each reply
//! that is being written and a piece of each prompt that is still being read, so that the weights are read once for
//! all of them.

mod desk;
mod error;
mod reply;
mod sampler;
mod shared_prompt;
mod written;

pub use written::{Piece, Prompt, WriteError, WriteRequest, Written, WrittenToken};

use crate::model::Model;
use desk::Desk;
use examen_llm::{BoxFuture, ChatError, ChatReply};
use std::sync::{Arc, mpsc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A reply that is asked for, on its way to the worker thread.
struct Job {
    request: WriteRequest,
    asker: Asker,
}

/// Whoever waits for a reply. The pieces of one are as many as its tokens, at most.
struct Asker {
    events: UnboundedSender<Written>,
    /// False for one who waits for the whole reply.
    takes_pieces: bool,
}

/// The thread that writes replies. Ends when it is dropped and the last reply is done or abandoned.
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
}

impl Worker {
    pub(crate) fn start(model: Arc<Model>) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("engine-replies".into());
        let started = thread.spawn(move || work(&model, &receiver));
        Self {
            jobs: started.is_ok().then_some(sender),
        }
    }

    /// Hands a request to the thread at once, and waits for its reply when it is polled.
    pub(crate) fn reply(
        &self,
        request: WriteRequest,
    ) -> BoxFuture<'static, Result<ChatReply, ChatError>> {
        let mut events = self.hand_over(request, false);
        Box::pin(async move {
            match events.recv().await {
                Some(Written::End(reply)) => Ok(reply?),
                Some(Written::Piece(_)) | None => Err(ended().into()),
            }
        })
    }

    /// Hands a request to the thread at once. Its reply comes in pieces, and ends with [`Written::End`].
    pub(crate) fn pieces(&self, request: WriteRequest) -> UnboundedReceiver<Written> {
        self.hand_over(request, true)
    }

    fn hand_over(&self, request: WriteRequest, takes_pieces: bool) -> UnboundedReceiver<Written> {
        let (events, receiver) = unbounded_channel();
        let asker = Asker {
            events,
            takes_pieces,
        };
        // A worker that is gone drops the job, and the receiver hears of it.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(Job { request, asker }));
        }
        receiver
    }
}

fn work(model: &Model, jobs: &mpsc::Receiver<Job>) {
    let mut desk = Desk::new(model);
    loop {
        let mut new = Vec::new();
        if desk.is_idle() {
            let Ok(job) = jobs.recv() else { return };
            new.push(job);
        }
        new.extend(jobs.try_iter());
        model.pool.install(|| {
            desk.receive(new);
            desk.step();
        });
    }
}

fn ended() -> WriteError {
    WriteError::Failed("the engine's thread has ended".into())
}
