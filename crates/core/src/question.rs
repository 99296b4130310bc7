//! Questions as a model wrote them, with where they come from and what the checks said.
//! These structs are the rows of a Distiset's `questions` and `rejected` configs, column by column.

use crate::{ChunkId, DocumentId, Language, QuestionId};
use serde::{Deserialize, Serialize};

/// What the checks decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Goes to review.
    Accepted,
    /// Kept, with its reasons, out of review.
    #[default]
    Rejected,
}

/// One multiple-choice question in lineage: document → passage → quote → question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// What the checks remark without rejecting it, one sentence a remark (`longest_key: …`).
    #[serde(default)]
    pub remarks: Vec<String>,
    /// The headings above the passage, outermost first, with ` > ` between them.
    pub section: Option<String>,
    /// The page of the document that the passage begins on, from 1; `None` where the format has no pages.
    pub page: Option<u32>,
    /// What it asks of the reader, as the model sees it: `recall`, `application` or `analysis`.
    pub kind: Option<String>,
    /// How hard the model thinks it is: `easy`, `medium` or `hard`.
    pub difficulty: Option<String>,
    /// The model that answered it to check it; `None` where none did.
    pub check_model: Option<String>,
    /// How often that model chose the key with the passage before it, over shuffled orders of the options, from 0 to 1.
    pub open_book: Option<f64>,
    /// The same without the passage: whether it is known anyway.
    pub closed_book: Option<f64>,
    /// The same with nothing but the options: whether they give the key away.
    pub options_only: Option<f64>,
    /// Whether that model finds that the question can be understood without the passage.
    pub stands_alone: Option<bool>,
}
