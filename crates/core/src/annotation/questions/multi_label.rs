//! Several labels out of a list.

use super::{
    Answer, AnswerError, Comparison, Example, Key, LabelOption, QuestionKind, SettingsError, Shape,
    label,
};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Takes several of several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiLabelSelection {
    /// The labels, in order.
    pub options: Vec<LabelOption>,
    /// Number of labels that a page shows before it folds the rest.
    #[serde(default)]
    pub visible_options: Option<u64>,
    /// The order in which a page shows them.
    #[serde(default)]
    pub options_order: OptionsOrder,
}

/// The order in which a page shows labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionsOrder {
    /// As they were given.
    #[default]
    Natural,
    /// Suggested ones first.
    Suggestion,
}

impl QuestionKind for MultiLabelSelection {
    const KEYS: &'static [Key] = &[
        label::OPTIONS,
        label::VISIBLE,
        Key::optional("options_order", Shape::Word(&["natural", "suggestion"])),
    ];
    const EXAMPLE: Example = Example {
        settings: r#"{"type": "multi_label_selection", "options": [
            {"value": "person", "text": "Person", "description": null},
            {"value": "place", "text": "Place", "description": null},
            {"value": "date", "text": "Date", "description": null}
        ], "visible_options": 3, "options_order": "suggestion"}"#,
        answer: r#"["person", "place"]"#,
        refused: r#"["person", "person"]"#,
    };
    const IS_ON_PAGE: bool = true;

    fn check_settings(&self) -> Result<(), SettingsError> {
        label::check_labels(&self.options, self.visible_options)
    }

    fn checked(&self, value: Value, _: Answer) -> Result<Value, AnswerError> {
        self.check(&value)?;
        Ok(value)
    }

    fn fixed_options(&self) -> Option<Vec<&str>> {
        Some(label::values(&self.options).collect())
    }

    fn compared_as(&self) -> Option<Comparison> {
        Some(Comparison::Text)
    }
}

impl MultiLabelSelection {
    fn check(&self, value: &Value) -> Result<(), AnswerError> {
        let labels = value
            .as_array()
            .ok_or_else(|| expected(python::class(value)))?;
        if labels.is_empty() {
            return Err(expected("empty list"));
        }
        if (1..labels.len()).any(|index| labels[..index].contains(&labels[index])) {
            return Err(AnswerError::Duplicates {
                expects: "multi label selection questions expect",
            });
        }
        let unknown: Vec<String> = labels
            .iter()
            .filter(|label| !label::is_known(&self.options, label))
            .map(python::repr)
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(AnswerError::NoOptions {
            question: "multi label selection question",
            noun: "label",
            values: python::list(unknown.into_iter()),
            known: label::known(&self.options),
        })
    }
}

fn expected(found: &str) -> AnswerError {
    AnswerError::Expected {
        question: "multi label selection questions",
        wanted: "a list of values".to_owned(),
        found: found.to_owned(),
    }
}
