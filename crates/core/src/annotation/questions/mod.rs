//! The kinds of questions. A new kind is a file beside this one with a type that is a [`QuestionKind`], and its line in
//! the list below. Whatever depends on a question's kind asks [`QuestionSettings`].

mod error;
mod kind;
mod label;
mod multi_label;
mod ranking;
mod rating;
mod span;
mod text;

pub use error::{AnswerError, SettingsError};
pub use kind::{Answer, Comparison, Example, Key, ListedKind, Presence, QuestionKind, Shape};
pub use label::LabelOption;
pub use multi_label::OptionsOrder;
pub use rating::RatingOption;

use serde_json::Value;

kind::kinds! {
    /// The kind of answer that a question takes, with its settings, as Argilla writes them.
    pub enum QuestionSettings {
        "text" => text::Text,
        "rating" => rating::Rating,
        "label_selection" => label::LabelSelection,
        "multi_label_selection" => multi_label::MultiLabelSelection,
        "ranking" => ranking::Ranking,
        "span" => span::Span,
    }
}

#[cfg(test)]
mod tests;
