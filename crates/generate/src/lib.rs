//! From a folder of documents to multiple-choice questions, each with its passage, its quote and what the checks said.
//!
//! ```text
//! documents ─▶ decode · language · chunk ─▶ rounds ─▶ prompts ─▶ model ─▶ parse ─▶ checks ─▶ output
//! (formats)                                          └── journal: no finished call is made twice
//! ```
//! [`check`] says whether a run can begin, [`plan`] what it would do; [`run`] does it. Knows models only through [`examen_llm::ChatModel`]; prints
//! nothing.

mod ask;
mod boilerplate;
pub mod checks;
pub mod chunk;
pub mod decode;
pub mod documents;
mod error;
pub mod formats;
pub mod language;
mod output;
pub mod parse;
mod passages;
mod plan;
pub mod prompts;
pub mod quote;
pub mod reader;
mod rounds;
mod run;
pub mod schema;
pub mod sentences;
mod settings;
pub mod similarity;

pub use chunk::CountTokens;
pub use error::GenerateError;
pub use plan::{Plan, PlannedDocument, check, plan};
pub use run::{Summary, run};
pub use settings::Settings;
