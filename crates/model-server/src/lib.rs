//! A model of this process behind OpenAI's API, for programs that know no other: `/v1/completions` (also with the
//! log-probabilities of the prompt), `/v1/chat/completions`, `/v1/models`, and the tokenizer as vLLM offers it.
//!
//! A path through the code: `application` is the list of routes and what stands before them (`guard`); `parameters` reads
//! what requests have in common, `completions` and `chats` the rest, and write the answers; `choices` has the model write;
//! `scorer` gathers the prompts of all requests that wait, and has them scored as one token tree.

mod answers;
mod application;
mod chats;
mod choices;
mod completions;
mod guard;
mod models;
mod parameters;
mod refusal;
mod scorer;
mod settings;
mod state;
mod tokenizer;

pub use application::{router, serve};
pub use settings::Settings;
