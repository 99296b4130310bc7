//! From a passage to its questions: what the model is asked, what its replies hold, and what is asked again.

mod answer;
mod ask;
mod entities;
pub mod parse;
pub mod prompts;
mod questions;
pub mod schema;
pub(crate) mod summaries;

pub(crate) use answer::{Answer, Unread};
pub(crate) use ask::{Asker, ask};
