//! What people annotate, in Argilla's terms: a dataset has fields to show and questions to ask; a record carries
//! field values, suggestions and responses.

pub mod names;
mod record;
mod settings;

pub use record::{Record, RecordStatus, Response, ResponseStatus, Suggestion};
pub use settings::{DatasetSettings, Field, LabelOption, Question, QuestionSettings};
