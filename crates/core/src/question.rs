//! Questions as a model wrote them, with where they come from and what the checks said.
//! These structs are the rows of a Distiset's `questions` and `rejected` configs, column by column.

use crate::{ChunkId, DocumentId, Language, QuestionId};
use serde::{Deserialize, Serialize};

/// What the checks decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Goes to review.
    Accepted,
    /// Kept, with its reasons, out of review.
    Rejected,
}

/// One multiple-choice question in lineage: document → passage → quote → question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Made of passage, stem and options.
    pub question_id: QuestionId,
    /// The document that it was written from.
    pub document_id: DocumentId,
    /// The document's path below the input folder.
    pub document: String,
    /// The passage that it was written from.
    pub chunk_id: ChunkId,
    /// First byte of the passage in the document's text.
    pub chunk_start: u64,
    /// One past the passage's last byte.
    pub chunk_end: u64,
    /// What it is written in.
    pub language: Language,
    /// The stem.
    pub question: String,
    /// The key.
    pub answer: String,
    /// The wrong options; three when accepted, whatever the model wrote when rejected.
    pub distractors: Vec<String>,
    /// The words of the passage that the key rests on, as the model quoted them.
    pub quote: Option<String>,
    /// First byte of the quote in the document's text, where it was found verbatim.
    pub quote_start: Option<u64>,
    /// One past the quote's last byte.
    pub quote_end: Option<u64>,
    /// The passage's text.
    pub passage: String,
    /// The model that wrote the question.
    pub generation_model: String,
    /// What the checks decided.
    pub verdict: Verdict,
    /// Why it was rejected, one sentence a reason; empty when accepted.
    pub reasons: Vec<String>,
}
