//! Rows of a published exam. The first six columns are the original workflow's; the rest says where the key comes from.

use crate::{Letter, annotation::ReviewMode, exam::N_OPTIONS};
use serde::{Deserialize, Serialize};

/// Source of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// Every reviewer who submitted chose it, and as many as were asked for did.
    Reviewed,
    /// Fewer reviewers answered than were asked for; most votes, or all, are for it.
    PartlyReviewed,
    /// Reviewers disagreed and the majority chose it.
    Adjudicated,
    /// Nobody reviewed it: the model that wrote the question says so.
    Suggested,
}

/// One reviewer's decision, without their name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The option that they chose; `None` if they discarded the question.
    pub answer: Option<Letter>,
    /// The option that they had chosen before they saw the model's; `None` if they saw it first, or it was not noted.
    pub first_answer: Option<Letter>,
    /// What they had seen; `None` if it was not noted.
    pub mode: Option<ReviewMode>,
}

/// One row: question, options, key, provenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamRow {
    /// The stem.
    pub question: String,
    /// First option.
    pub answer_a: String,
    /// Second option.
    pub answer_b: String,
    /// Third option.
    pub answer_c: String,
    /// Fourth option.
    pub answer_d: String,
    /// The key's column.
    pub correct_answer: Letter,
    /// The key's index, from 0 on: what tools take that know letters by their number.
    pub answer: u32,
    /// Source of the key.
    pub key_source: KeySource,
    /// Reviewers who submitted an answer.
    pub n_votes: u32,
    /// Those of them who chose the key.
    pub n_agree: u32,
    /// Reviewers who discarded the question.
    pub n_discards: u32,
    /// The votes, in the order in which they were given or last changed.
    #[serde(default)]
    pub votes: Vec<Vote>,
    /// The flaws that reviewers named, each as often as it was named, in alphabetical order.
    #[serde(default)]
    pub flaws: Vec<String>,
    /// The reviewers' comments, in the order in which they were given or last changed.
    #[serde(default)]
    pub comments: Vec<String>,
    /// `true` if a reviewer's improved wording replaced the model's.
    pub improved: bool,
    /// Reviewers who gave that wording, of question and key the fewer: 1 means that nobody else saw it. 0 if not improved.
    pub n_improved: u32,
    /// Id of the question as generated.
    pub question_id: String,
    /// Path of the source document, if known.
    pub document: Option<String>,
    /// Id of the source document, if known.
    pub document_id: Option<String>,
    /// Id of the source passage, if known.
    pub chunk_id: Option<String>,
    /// The words that the key rests on, if known.
    pub quote: Option<String>,
    /// The words of a second passage that it rests on too, if it needs two.
    pub second_quote: Option<String>,
    /// The skill that the question asks for, if known: `recall`, `application`, `analysis`.
    pub kind: Option<String>,
    /// Its difficulty according to the model that wrote it, if known: `easy`, `medium`, `hard`.
    pub difficulty: Option<String>,
    /// Language code, if known.
    pub language: Option<String>,
    /// The model that wrote the question, if known.
    pub generation_model: Option<String>,
}

impl ExamRow {
    /// The options in order.
    pub fn answers(&self) -> [&str; N_OPTIONS] {
        [
            &self.answer_a,
            &self.answer_b,
            &self.answer_c,
            &self.answer_d,
        ]
    }
}
