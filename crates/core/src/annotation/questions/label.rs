//! One label out of a list, and what all lists of labels have in common.

use super::{Answer, AnswerError, Comparison, Example, Key, QuestionKind, SettingsError, Shape};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelOption {
    /// The word that is stored.
    pub value: String,
    /// The text that is shown.
    pub text: String,
    /// A short explanation.
    #[serde(default)]
    pub description: Option<String>,
}

/// Takes one of several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelSelection {
    /// The labels, in order.
    pub options: Vec<LabelOption>,
    /// Number of labels that a page shows before it folds the rest.
    #[serde(default)]
    pub visible_options: Option<u64>,
}

impl QuestionKind for LabelSelection {
    const KEYS: &'static [Key] = &[OPTIONS, VISIBLE];
    const EXAMPLE: Example = Example {
        settings: r#"{"type": "label_selection", "options": [
            {"value": "yes", "text": "Yes", "description": "She does."},
            {"value": "no", "text": "No", "description": null},
            {"value": "unsure", "text": "Unsure", "description": null}
        ], "visible_options": 3}"#,
        answer: r#""yes""#,
        refused: r#""maybe""#,
    };
    const IS_ON_PAGE: bool = true;

    fn check_settings(&self) -> Result<(), SettingsError> {
        check_labels(&self.options, self.visible_options)
    }

    fn checked(&self, value: Value, _: Answer) -> Result<Value, AnswerError> {
        if is_known(&self.options, &value) {
            return Ok(value);
        }
        Err(AnswerError::NoOption {
            question: "label selection question",
            noun: "label",
            value: python::repr(&value),
            known: known(&self.options),
        })
    }

    fn fixed_options(&self) -> Option<Vec<&str>> {
        Some(values(&self.options).collect())
    }

    fn compared_as(&self) -> Option<Comparison> {
        Some(Comparison::Text)
    }
}

/// The keys of a label.
pub(super) const LABEL: &[Key] = &[
    Key::required("value", Shape::Text(1..=200)),
    Key::required("text", Shape::Text(1..=500)),
    Key::nullable("description", Shape::Text(1..=1_000)),
];

/// The key of at least two labels.
pub(super) const OPTIONS: Key = Key::required("options", Shape::List(2..=500, LABEL));

/// The key of the number of labels that are shown at first.
pub(super) const VISIBLE: Key = Key::nullable("visible_options", Shape::Integer(3..=i64::MAX));

/// Checks a list of labels of which some are shown at first.
pub(super) fn check_labels(
    options: &[LabelOption],
    visible: Option<u64>,
) -> Result<(), SettingsError> {
    check_unique_labels(options)?;
    let n_options = options.len();
    if visible.is_some_and(|visible| visible > n_options as u64) {
        return Err(SettingsError::TooManyVisible { n_options });
    }
    Ok(())
}

/// Checks that no label is there twice.
pub(super) fn check_unique_labels(options: &[LabelOption]) -> Result<(), SettingsError> {
    let values: Vec<String> = values(options).map(str::to_owned).collect();
    check_unique(&values, |value| format!("'{value}'"))
}

/// Checks that no value is there twice.
pub(super) fn check_unique(
    values: &[String],
    shown: impl Fn(&str) -> String,
) -> Result<(), SettingsError> {
    let mut twice: Vec<&String> = (1..values.len())
        .filter(|&index| values[..index].contains(&values[index]))
        .map(|index| &values[index])
        .collect();
    twice.dedup();
    if twice.is_empty() {
        return Ok(());
    }
    let values = twice.into_iter().map(|value| shown(value)).collect();
    Err(SettingsError::DuplicateOptions { values })
}

/// `true` if the value is that of a label.
pub(super) fn is_known(options: &[LabelOption], value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|value| options.iter().any(|option| option.value == value))
}

/// The values of the labels, for a message.
pub(super) fn known(options: &[LabelOption]) -> String {
    python::quoted_list(values(options))
}

/// The values of the labels.
pub(super) fn values(options: &[LabelOption]) -> impl Iterator<Item = &str> {
    options.iter().map(|option| option.value.as_str())
}
