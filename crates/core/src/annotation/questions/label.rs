//! One label or several out of a list.

use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelOption {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub text: String,
    /// A word of explanation.
    #[serde(default)]
    pub description: Option<String>,
}

/// Takes one of several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelSelection {
    /// The labels, in order.
    pub options: Vec<LabelOption>,
    /// How many a page shows before it folds the rest.
    #[serde(default)]
    pub visible_options: Option<u32>,
}

/// Takes several of several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiLabelSelection {
    /// The labels, in order.
    pub options: Vec<LabelOption>,
    /// How many a page shows before it folds the rest.
    #[serde(default)]
    pub visible_options: Option<u32>,
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

impl LabelSelection {
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        if value
            .as_str()
            .is_some_and(|label| is_known(&self.options, label))
        {
            return Ok(());
        }
        let known = python::quoted_list(values(&self.options));
        let value = python::repr(value);
        Err(format!(
            "{value} is not a valid label for label selection question.\nValid labels are: {known}"
        ))
    }
}

impl MultiLabelSelection {
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let Value::Array(labels) = value else {
            let class = python::class(value);
            return Err(format!(
                "multi label selection questions expects a list of values, found {class}"
            ));
        };
        if labels.is_empty() {
            return Err(
                "multi label selection questions expects a list of values, found empty list"
                    .to_owned(),
            );
        }
        if (1..labels.len()).any(|place| labels[..place].contains(&labels[place])) {
            let wanted = "multi label selection questions expect a list of unique values";
            return Err(format!("{wanted}, but duplicates were found"));
        }
        let unknown = labels.iter().filter(|label| {
            !label
                .as_str()
                .is_some_and(|label| is_known(&self.options, label))
        });
        let unknown: Vec<String> = unknown.map(python::repr).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let (unknown, known) = (
            python::list(unknown.into_iter()),
            python::quoted_list(values(&self.options)),
        );
        Err(format!(
            "{unknown} are not valid labels for multi label selection question.\nValid labels are: {known}"
        ))
    }
}

pub(super) fn is_known(options: &[LabelOption], value: &str) -> bool {
    options.iter().any(|option| option.value == value)
}

pub(super) fn values(options: &[LabelOption]) -> impl Iterator<Item = &str> {
    options.iter().map(|option| option.value.as_str())
}
