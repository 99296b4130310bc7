//! Tasks: a row of an exam becomes a question to a model. One file a task, and one line in [`ALL`].

mod custom;
mod exam_questions;
mod spec;

pub use custom::CustomTask;
pub use spec::TaskSpec;

use crate::exam::Item;
use std::fmt;

/// Every task there is.
pub const ALL: &[&dyn Task] = &[&exam_questions::ExamQuestions];

/// Turns rows of an exam into prompts.
pub trait Task: fmt::Debug + Send + Sync {
    /// Name on the command line and in results.
    fn name(&self) -> &'static str;
    /// Other names by which the original workflow calls it.
    fn aliases(&self) -> &'static [&'static str];
    /// Version, increased whenever the same exam would be asked in other words.
    fn version(&self) -> u32;
    /// Sentence before every question.
    fn instruction(&self) -> &'static str;
    /// The question that `item` makes after the solved questions `shots`.
    fn prompt(&self, item: &Item, shots: &[&Item]) -> Prompt;
}

/// One question as a model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Instruction and question as one line: LightEval's `Doc.query`.
    pub query: String,
    /// Text before the answers; not scored.
    pub context: String,
    /// The answers in the exam's order, each as it follows the context (with its leading space).
    pub continuations: Vec<String>,
}
