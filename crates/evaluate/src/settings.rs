//! How an exam is held.

use crate::{FewShot, TaskSpec};
use examen_statistics::Confidence;
use std::path::PathBuf;

/// How an exam is held.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which task.
    pub task: TaskSpec,
    /// The run folder: results of several models and runs may share it.
    pub output_dir: PathBuf,
    /// Tells this model's weights from others of the same name (a hash, or size and date of the file); may be empty.
    pub model_fingerprint: String,
    /// Where the examples before each question come from, if the task asks for any.
    pub few_shot: FewShot,
    /// Questions that are handed to the model together; at least 1. What they have in common is computed once a batch.
    /// Each is journalled by itself.
    pub batch_size: usize,
    /// Only so many questions from the start of the exam; all if `None`.
    pub max_samples: Option<usize>,
    /// The confidence of intervals.
    pub confidence: Confidence,
    /// What time it is.
    pub clock: fn() -> jiff::Timestamp,
}

impl Settings {
    /// The defaults: LightEval's examples without its leak, batches of 1024, every question, 95 %.
    pub fn new(
        task: TaskSpec,
        output_dir: impl Into<PathBuf>,
        clock: fn() -> jiff::Timestamp,
    ) -> Self {
        Self {
            task,
            output_dir: output_dir.into(),
            model_fingerprint: String::new(),
            few_shot: FewShot::default(),
            batch_size: 1024,
            max_samples: None,
            confidence: Confidence::P95,
            clock,
        }
    }
}
