//! From a folder of documents to multiple-choice questions, each with its passage, its quote and what the checks said.
//!
//! ```text
//! documents ─▶ reading ─▶ turns ─▶ ask ─▶ in order ─▶ judge ─▶ output
//! (formats)    (chunk)    (ledger)  │                 (limits, duplicates, cues)
//!                                   └── prompts ─▶ model ─▶ journal ─▶ parse ─▶ checks ─▶ verify (a second model)
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
mod in_order;
mod judge;
pub mod language;
mod ledger;
mod models;
mod output;
mod pairs;
pub mod parse;
mod passage;
mod place;
mod plan;
pub mod prompts;
pub mod quote;
pub mod reader;
mod reading;
pub mod report;
mod run;
pub mod schema;
pub mod sentences;
mod settings;
pub mod similarity;
mod spool;
mod summary;
mod turn;
pub mod verify;
mod watch;

pub use chunk::CountTokens;
pub use error::GenerateError;
pub use models::{Models, Spent, spent};
pub use plan::{Plan, PlannedChecks, PlannedDocument, check, plan};
pub use report::Report;
pub use run::run;
pub use settings::Settings;
pub use summary::Summary;
