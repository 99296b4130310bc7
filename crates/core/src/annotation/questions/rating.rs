//! A number out of several.

use super::{
    Answer, AnswerError, Comparison, Example, Key, QuestionKind, SettingsError, Shape, label,
};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Takes one of several whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The numbers, in order.
    pub options: Vec<RatingOption>,
}

/// One number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingOption {
    /// The number that is stored.
    pub value: i64,
}

impl Rating {
    fn values(&self) -> impl Iterator<Item = String> {
        self.options.iter().map(|option| option.value.to_string())
    }
}

impl QuestionKind for Rating {
    const KEYS: &'static [Key] = &[Key::required(
        "options",
        Shape::List(2..=11, &[Key::required("value", Shape::Integer(0..=10))]),
    )];
    const EXAMPLE: Example = Example {
        settings: r#"{"type": "rating", "options": [{"value": 1}, {"value": 2}, {"value": 3}]}"#,
        answer: "2",
        refused: "9",
    };

    fn check_settings(&self) -> Result<(), SettingsError> {
        label::check_unique(&self.values().collect::<Vec<_>>(), str::to_owned)
    }

    fn checked(&self, value: Value, _: Answer) -> Result<Value, AnswerError> {
        let is_option = |rating| self.options.iter().any(|option| option.value == rating);
        if value.as_i64().is_some_and(is_option) {
            return Ok(value);
        }
        Err(AnswerError::NoOption {
            question: "rating question",
            noun: "rating",
            value: python::repr(&value),
            known: python::list(self.values()),
        })
    }

    fn check_change(&self, new: &Self) -> Result<(), SettingsError> {
        if self == new {
            return Ok(());
        }
        Err(SettingsError::Fixed {
            what: "the options of a rating question",
        })
    }

    fn compared_as(&self) -> Option<Comparison> {
        Some(Comparison::Number)
    }
}
