//! Tasks of lm-evaluation-harness's YAML, read natively: files → configurations → questions.
//!
//! `node` reads YAML, `loading` what a file includes, `config` the keys, `template` and `hooks` make values of rows, and
//! `data` reads rows, and
//! `questions` makes questions of the values; `generation`, `scoring` and `own_scoring` say how replies are drawn and what is measured. `index` finds the tasks of folders.

mod config;
mod data;
mod error;
mod exact_match;
mod generation;
mod hooks;
mod index;
mod loading;
mod node;
mod own_scoring;
mod questions;
mod scoring;
mod template;

pub use config::{Config, MetricEntry, OutputType, Source};
pub use error::YamlError;
pub use hooks::PythonRunner;
pub use index::{Entry, Found, Index, files, read_file};
pub use own_scoring::{OwnScoring, Results};
pub use questions::{Made, Splits};
pub use scoring::Scoring;
#[cfg(test)]
pub(crate) use {exact_match::HarnessExactMatch, scoring::ignored};
