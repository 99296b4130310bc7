//! The kinds of questions. A new kind is a file beside this one, a variant of [`QuestionSettings`] and a line in each of
//! its methods.

mod label;
mod ranking;
mod rating;
mod span;
mod text;

pub use label::{LabelOption, LabelSelection, MultiLabelSelection, OptionsOrder};
pub use ranking::Ranking;
pub use rating::{Rating, RatingOption};
pub use span::Span;
pub use text::Text;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The kind of answer that a question takes, as Argilla writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuestionSettings {
    /// One of several labels; the value is the label's `value`.
    LabelSelection(LabelSelection),
    /// Some of several labels; the value is a list of their `value`s.
    MultiLabelSelection(MultiLabelSelection),
    /// A number out of several.
    Rating(Rating),
    /// Several things in an order.
    Ranking(Ranking),
    /// Labelled parts of a field's text.
    Span(Span),
    /// Free text; the value is a string.
    Text(Text),
}

/// What a value is given in.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The fields of the record.
    pub fields: &'a Map<String, Value>,
    /// Whether it is a submitted response, which must be whole; drafts, discarded ones and suggestions need not be.
    pub submitted: bool,
}

impl QuestionSettings {
    /// The `type` by which Argilla knows the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LabelSelection(_) => "label_selection",
            Self::MultiLabelSelection(_) => "multi_label_selection",
            Self::Rating(_) => "rating",
            Self::Ranking(_) => "ranking",
            Self::Span(_) => "span",
            Self::Text(_) => "text",
        }
    }

    /// Checks a value, and brings it into the form in which it is stored; `Err` says what is wrong with it.
    pub fn checked(&self, value: Value, answer: Answer) -> Result<Value, String> {
        match self {
            Self::LabelSelection(settings) => settings.check(&value)?,
            Self::MultiLabelSelection(settings) => settings.check(&value)?,
            Self::Rating(settings) => settings.check(&value)?,
            Self::Ranking(settings) => return settings.checked(value, answer.submitted),
            Self::Span(settings) => settings.check(&value, answer.fields)?,
            Self::Text(settings) => settings.check(&value)?,
        }
        Ok(value)
    }

    /// The option values, for kinds whose options stay the same for good.
    pub fn fixed_options(&self) -> Option<Vec<&str>> {
        let options = match self {
            Self::LabelSelection(settings) => &settings.options,
            Self::MultiLabelSelection(settings) => &settings.options,
            Self::Span(settings) => &settings.options,
            Self::Rating(_) | Self::Ranking(_) | Self::Text(_) => return None,
        };
        Some(options.iter().map(|option| option.value.as_str()).collect())
    }
}
