//! Tasks that are built in: an exam becomes questions to a model. One file a task, and one line in [`ALL`].

mod exam_questions;
mod name;
mod spec;
pub mod yaml;

pub use name::TaskName;
pub use spec::TaskSpec;

use crate::{doc::Dataset, exam::Exam};

/// Every built-in task.
pub const ALL: &[&BuiltIn] = &[&exam_questions::TASK];

/// A wording of an exam. [`TaskSpec::task_on`] makes a [`Task`](crate::Task) of it.
#[derive(Debug)]
pub struct BuiltIn {
    /// Name on the command line and in results.
    pub name: &'static str,
    /// Other names by which the original workflow calls it.
    pub aliases: &'static [&'static str],
    /// Version, increased whenever the same exam would be asked in other words.
    pub version: u32,
    /// Sentence before every question.
    pub instruction: &'static str,
    /// The questions that the rows of an exam make.
    pub(crate) dataset: fn(&Exam) -> Dataset,
}
