//! From a folder of documents to multiple-choice questions, each with its passage, its quote and what the checks said.
//!
//! ```text
//! reading ─▶ passages ─▶ run: turns ─▶ asking ─▶ in order ─▶ judge ─▶ writing ─▶ report
//! (formats)  (chunk)         (ledger)   │                    (limits, duplicates, cues)
//!                                       └── prompts ─▶ model ─▶ journal ─▶ parse ─▶ checks ─▶ verify (a second model)
//!                                                      (calls)
//! ```
//! A folder is a step of this; `text`, `settings`, `calls`, `reasons` and `error` are what the steps share. A step uses those that
//! come before it and what they share, never one that comes after it.
//!
//! [`check`] says whether a run can begin, [`plan`] what it would do; [`run`] does it. Knows models only through
//! [`examen_llm::ChatModel`]; prints nothing.

pub mod asking;
mod calls;
pub mod checks;
mod error;
pub mod passages;
pub mod reading;
mod reasons;
pub mod report;
mod run;
#[cfg(test)]
mod seams;
mod settings;
pub mod text;
pub mod verify;
mod writing;

pub use calls::{Models, Spent};
pub use error::GenerateError;
pub use passages::chunk::CountTokens;
pub use reasons::{CheckReason, Finding, Reason, Severity, Step};
pub use report::Report;
pub use run::{Anew, Change, Earlier, Plan, PlannedChecks, PlannedDocument, check, plan, run};
pub use settings::{
    BadRule, CheckSettings, Dataset, Format, Inputs, LanguageRule, MAX_ORDERS, ModelCheck, Ocr,
    Settings, UnknownCheck,
};
pub use writing::{Kept, Summary};
