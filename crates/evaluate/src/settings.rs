//! Settings of an evaluation.

use crate::metrics::{self, Metric};
use examen_statistics::Confidence;
use std::path::PathBuf;

/// Settings of an evaluation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The run folder: results of several models and runs may share it.
    pub output_dir: PathBuf,
    /// Tells this model's weights from others of the same name (a hash, or size and date of the file); may be empty.
    pub model_fingerprint: String,
    /// Metrics that grade the answers, the headline first; at least one.
    pub metrics: Vec<&'static dyn Metric>,
    /// Questions that are handed to the model together; at least 1. What they have in common is computed once a batch.
    /// Each is journalled by itself.
    pub batch_size: usize,
    /// Only so many questions from the start of the task; all if `None`.
    pub max_samples: Option<usize>,
    /// The confidence of intervals.
    pub confidence: Confidence,
    /// The time of day.
    pub clock: fn() -> jiff::Timestamp,
}

impl Settings {
    /// The defaults: every metric, batches of 1024, every question, 95 %.
    pub fn new(output_dir: impl Into<PathBuf>, clock: fn() -> jiff::Timestamp) -> Self {
        Self {
            output_dir: output_dir.into(),
            model_fingerprint: String::new(),
            metrics: metrics::ALL.to_vec(),
            batch_size: 1024,
            max_samples: None,
            confidence: Confidence::P95,
            clock,
        }
    }
}
