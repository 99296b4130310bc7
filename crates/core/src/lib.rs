//! The data model of Examen: what stages hand to each other.
//!
//! A document is cut into chunks, a chunk yields questions, a question becomes a record that people annotate, a record
//! becomes a row of the published exam, and a row gets an outcome. Opens nothing: no files, no network, no clock.

pub mod annotation;
mod caught;
pub mod document;
pub mod exam;
mod format;
pub mod ids;
pub mod language;
pub mod log_prob;
mod nearest;
pub mod outcome;
pub mod progress;
pub mod question;
pub mod row;
pub mod seed;
pub mod text;

pub use caught::{caught, caught_on_deep_stack, is_caught};
pub use document::{Chunk, Contents, Document, Heading, Notice, NoticeKind, Span};
pub use exam::{Letter, Options, OptionsError};
pub use format::{Format, Picture};
pub use ids::{ChunkId, DocumentId, QuestionId};
pub use language::Language;
pub use log_prob::LogProb;
pub use nearest::nearest;
pub use outcome::{Outcome, UnscoredReason};
pub use progress::{Progress, Silent};
pub use question::{Difficulty, Kind, Question, SecondSource, Verdict};
pub use row::{ExamRow, KeySource, Vote};
pub use seed::Seed;
