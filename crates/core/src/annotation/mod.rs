//! Annotation, in Argilla's terms: a dataset has fields to show and questions to ask; a record carries
//! field values, suggestions and responses. Each kind of field, question and metadata checks its values; the messages are
//! those of Argilla 2.8.0, which its users know.

mod field;
mod flaw;
mod metadata;
mod mode;
pub mod names;
mod python;
pub mod questions;
mod record;
mod settings;
mod source;

pub use field::{ChatProblem, FieldError, FieldSettings, ImageProblem};
pub use flaw::Flaw;
pub use metadata::{MetadataError, MetadataProblem, MetadataSettings};
pub use mode::ReviewMode;
pub use questions::{Answer, AnswerError, LabelOption, QuestionSettings, SettingsError};
pub use record::{Record, RecordStatus, Response, ResponseStatus, Suggestion};
pub use settings::{DatasetSettings, Field, MetadataProperty, Question};
pub use source::RecordSource;
