//! A number out of several.

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
    /// What is stored.
    pub value: i64,
}

impl Rating {
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        if value
            .as_i64()
            .is_some_and(|rating| self.options.iter().any(|option| option.value == rating))
        {
            return Ok(());
        }
        let known = python::list(self.options.iter().map(|option| option.value.to_string()));
        Err(format!(
            "{} is not a valid rating for rating question.\nValid ratings are: {known}",
            python::repr(value)
        ))
    }
}
