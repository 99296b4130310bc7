//! The names that an exam's fields, questions and metadata have where people annotate it: loading writes them, publishing
//! reads them back. The options' fields are named by [`Letter::column`](crate::Letter::column).

/// The field with the stem.
pub const QUESTION: &str = "question";
/// The field with the passage that the question was written from.
pub const PASSAGE: &str = "passage";

/// The question for the right option.
pub const CORRECT_ANSWER: &str = "correct_answer";
/// The question for a better stem.
pub const IMPROVED_QUESTION: &str = "improved_question";
/// The question for a better key.
pub const IMPROVED_ANSWER: &str = "improved_answer";

/// The question for what is wrong with the question: names of [`Flaw`](super::Flaw).
pub const FLAWS: &str = "flaws";
/// The question for a comment on the decision.
pub const REVIEW_COMMENT: &str = "review_comment";

/// The question for what the reviewer had seen when they answered, which the review page answers; and, in the metadata of a
/// dataset, its usual mode: names of [`ReviewMode`](super::ReviewMode).
pub const REVIEW_MODE: &str = "review_mode";
/// The question for the option that was chosen before the model's was shown, which the review page answers.
pub const FIRST_ANSWER: &str = "first_answer";

/// Metadata: id of the question as generated.
pub const QUESTION_ID: &str = "question_id";
/// Metadata: path of the source document.
pub const DOCUMENT: &str = "document";
/// Metadata: id of the source document.
pub const DOCUMENT_ID: &str = "document_id";
/// Metadata: id of the source passage.
pub const CHUNK_ID: &str = "chunk_id";
/// Metadata: the words of the passage that the key rests on.
pub const QUOTE: &str = "quote";
/// Metadata: the words of the second passage that the key rests on too, for a question that needs two.
pub const SECOND_QUOTE: &str = "second_quote";
/// Metadata: what the question asks of the reader.
pub const KIND: &str = "kind";
/// Metadata: how hard the model thinks it is.
pub const DIFFICULTY: &str = "difficulty";
/// Metadata: the headings above the source passage.
pub const SECTION: &str = "section";
/// Metadata: the page that the source passage begins on, from 1.
pub const PAGE: &str = "page";
/// Metadata: a list of what the checks remarked on the question, a sentence each.
pub const REMARKS: &str = "remarks";
/// Metadata: language code.
pub const LANGUAGE: &str = "language";
/// Metadata: the model that wrote the question.
pub const GENERATION_MODEL: &str = "generation_model";
/// Metadata: what the order of the options was drawn from.
pub const SHUFFLE_SEED: &str = "shuffle_seed";
