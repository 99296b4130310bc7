//! Published exam → scores → run folder.
//!
//! [`run`] asks a [`ContinuationScorer`](examen_llm::ContinuationScorer) how likely each answer is after the question,
//! takes the likeliest (never the unlikeliest), and writes what LightEval's consumers read, plus `run.json`. Work in
//! progress goes to a journal, so that a rerun after a crash repeats no finished question.
//!
//! A [`Task`] is data: questions ([`Doc`]), what stands around them, and how examples are drawn. Rooms, in the order of the
//! data: [`tasks`] make tasks of exams, `wording` has them answered in another way, `few_shot` draws examples, `answering` has a model answer, `judging` has a second model (`judge`) say what replies are worth, [`metrics`] grade the
//! answers (`graded`), `summary` counts, `runs` writes the run folder, and the same in the formats of others. A new built-in task is one file in [`tasks`] and one
//! line in its list; a new metric likewise in [`metrics`].

mod answering;
pub mod bridge;
mod doc;
mod error;
mod exam;
mod few_shot;
pub mod filters;
mod graded;
mod judge;
mod judging;
pub mod measures;
pub mod metrics;
mod model;
pub mod model_args;
mod pace;
mod python;
mod run;
mod runs;
mod settings;
mod summary;
mod task;
pub mod tasks;
mod way;
mod wording;

pub use doc::{Dataset, Doc, Labels, Original};
pub use error::EvaluateError;
pub use exam::{Exam, Item};
pub use examen_files::exam::{Columns, ColumnsError, Reading};
pub use few_shot::{FewShot, Sampler};
pub use judge::{Agreement, Judge, JudgeLabels, JudgeSummary, Rubric};
pub use measures::read_verdict;
pub use model::Model;
pub use model_args::ModelArgs;
pub use run::run;
pub use runs::{
    also::{ALL as ALSO, Also},
    stored::{StoredQuestion, StoredRun, find_runs},
};
pub use settings::{
    ChatTemplate, HubDataset, NoReasoning, Reasoning, Selection, Settings, Writing,
};
pub use summary::{
    FewShotSummary, Group, Grouping, IntervalKind, KeySources, MetricSummary, RunSummary,
    SampleSummary, SummaryTable, UnscoredQuestion, comparison,
};
pub use task::{ChatForm, Generation, Kind, Question, Task};
pub use tasks::{TaskName, TaskSpec};
pub use way::Way;
pub use wording::Wording;
