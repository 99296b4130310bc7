//! How an exam is held.

use crate::TaskSpec;
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
    /// Questions that are scored, and journalled, together; at least 1.
    pub batch_size: usize,
    /// Only so many questions from the start of the exam; all if `None`.
    pub max_samples: Option<usize>,
    /// The confidence of intervals.
    pub confidence: Confidence,
    /// What time it is.
    pub clock: fn() -> jiff::Timestamp,
}

impl Settings {
    /// The defaults: batches of 32, every question, 95 %.
    pub fn new(task: TaskSpec, output_dir: impl Into<PathBuf>, clock: fn() -> jiff::Timestamp) -> Self {
        Self {
            task,
            output_dir: output_dir.into(),
            model_fingerprint: String::new(),
            batch_size: 32,
            max_samples: None,
            confidence: Confidence::P95,
            clock,
        }
    }
}
