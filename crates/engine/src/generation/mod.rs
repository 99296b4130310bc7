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

use crate::model::Model;
use desk::Desk;
use examen_llm::{BoxFuture, ChatError, ChatReply, ChatRequest, Sampling};
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// A chat on its way to the worker thread.
struct Job {
    request: ChatRequest,
    /// Token ids in place of the messages.
    prompt: Option<Vec<u32>>,
    reply: Answerer,
}

/// Takes the reply, or the reason why there is none.
type Answerer = oneshot::Sender<Result<ChatReply, ChatError>>;

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

    /// Hands a chat to the thread at once, and waits for its reply when it is polled.
    pub(crate) fn chat(
        &self,
        request: ChatRequest,
    ) -> BoxFuture<'static, Result<ChatReply, ChatError>> {
        self.hand_over(request, None)
    }

    /// The same for token ids that no chat template is put around.
    pub(crate) fn go_on(
        &self,
        prompt: Vec<u32>,
        sampling: Sampling,
    ) -> BoxFuture<'static, Result<ChatReply, ChatError>> {
        let request = ChatRequest {
            messages: Vec::new(),
            constraint: None,
            sampling,
        };
        self.hand_over(request, Some(prompt))
    }

    fn hand_over(
        &self,
        request: ChatRequest,
        prompt: Option<Vec<u32>>,
    ) -> BoxFuture<'static, Result<ChatReply, ChatError>> {
        let (reply, receiver) = oneshot::channel();
        match &self.jobs {
            // A worker that is gone drops the job, and the receiver hears of it.
            Some(jobs) => drop(jobs.send(Job {
                request,
                prompt,
                reply,
            })),
            None => drop(reply),
        }
        Box::pin(async move { receiver.await.unwrap_or_else(|_| Err(ended())) })
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

fn ended() -> ChatError {
    ChatError::Refused("the engine's thread has ended".into())
}
