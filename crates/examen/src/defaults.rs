//! Defaults of the commands where nothing is named. Each step reads what the one before it writes, so the whole path
//! needs no option but the model.

/// The documents that `generate` reads.
pub(crate) const DOCUMENTS: &str = "data";
/// The questions that `generate` writes and `annotate` reads.
pub(crate) const QUESTIONS: &str = "exam_questions";
/// The review store that `annotate` fills, `serve` opens and `publish` reads.
pub(crate) const STORE: &str = "examen-data";
/// The name of the review dataset in it.
pub(crate) const REVIEW: &str = "exam_questions";
/// The dataset that `publish` writes and `evaluate` reads.
pub(crate) const DATASET: &str = "published";
/// The results that `evaluate` writes.
pub(crate) const RUNS: &str = "evals";
