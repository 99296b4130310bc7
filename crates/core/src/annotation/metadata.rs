//! The kinds of metadata properties, and the values that they take.

use super::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of value that a metadata property takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MetadataSettings {
    /// A term, or a list of terms.
    Terms {
        /// Terms that are allowed; `None` allows any.
        values: Option<Vec<Value>>,
    },
    /// A whole number.
    Integer {
        /// The smallest that is allowed.
        min: Option<i64>,
        /// The largest that is allowed.
        max: Option<i64>,
    },
    /// A number.
    Float {
        /// The smallest that is allowed.
        min: Option<f64>,
        /// The largest that is allowed.
        max: Option<f64>,
    },
}

impl MetadataSettings {
    /// The `type` by which Argilla knows the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Terms { .. } => "terms",
            Self::Integer { .. } => "integer",
            Self::Float { .. } => "float",
        }
    }

    /// Checks a value of the property `name`. `null` is always allowed, and an integer is a number too (Argilla 2.8.0
    /// refuses it).
    ///
    /// # Errors
    /// If the property does not take the value.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), MetadataError> {
        self.check_value(value).map_err(|problem| MetadataError {
            name: name.to_owned(),
            problem,
        })
    }

    fn check_value(&self, value: &Value) -> Result<(), MetadataProblem> {
        match (self, value) {
            (_, Value::Null) => Ok(()),
            (Self::Terms { values }, Value::Array(terms)) => terms
                .iter()
                .try_for_each(|term| check_term(values.as_deref(), term)),
            (Self::Terms { values }, term) => check_term(values.as_deref(), term),
            (Self::Integer { min, max }, value) => match integer(value) {
                Some(number) => check_range(value, number, *min, *max),
                None => Err(MetadataProblem::NotAnInteger(shown(value))),
            },
            (Self::Float { min, max }, value) => match value.as_f64() {
                Some(number) => check_range(&Value::from(number), number, *min, *max),
                None => Err(MetadataProblem::NotAFloat(shown(value))),
            },
        }
    }
}

/// A value that a metadata property does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' metadata property validation failed because {problem}")]
pub struct MetadataError {
    /// The property.
    pub name: String,
    /// The rule that the value breaks.
    pub problem: MetadataProblem,
}

/// A rule that a value breaks, with the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataProblem {
    /// The property lists its terms.
    #[error("'{0}' is not an allowed term.")]
    NotAllowed(String),
    /// Terms are texts or numbers.
    #[error("'{0}' is not a string.")]
    NotAString(String),
    /// The property takes whole numbers.
    #[error("'{0}' is not an integer.")]
    NotAnInteger(String),
    /// The property takes numbers.
    #[error("'{0}' is not a float.")]
    NotAFloat(String),
    /// The number is below the property's minimum.
    #[error("'{value}' is less than the minimum value of '{min}'.")]
    TooSmall {
        /// The number.
        value: String,
        /// The minimum.
        min: String,
    },
    /// The number is above the property's maximum.
    #[error("'{value}' is greater than the maximum value of '{max}'.")]
    TooLarge {
        /// The number.
        value: String,
        /// The maximum.
        max: String,
    },
}

/// `true` is 1 in Python, and Argilla takes it.
fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_bool().map(i64::from))
}

fn check_term(allowed: Option<&[Value]>, term: &Value) -> Result<(), MetadataProblem> {
    match allowed {
        Some(allowed) if !allowed.contains(term) => Err(MetadataProblem::NotAllowed(shown(term))),
        None if term.is_object() || term.is_array() => {
            Err(MetadataProblem::NotAString(shown(term)))
        }
        _ => Ok(()),
    }
}

fn check_range<T: PartialOrd + Into<Value>>(
    value: &Value,
    number: T,
    min: Option<T>,
    max: Option<T>,
) -> Result<(), MetadataProblem> {
    match (min, max) {
        (Some(min), _) if number < min => Err(MetadataProblem::TooSmall {
            value: shown(value),
            min: min.into().to_string(),
        }),
        (_, Some(max)) if number > max => Err(MetadataProblem::TooLarge {
            value: shown(value),
            max: max.into().to_string(),
        }),
        _ => Ok(()),
    }
}

/// As Python's `str` writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(200).collect(),
        other => python::repr(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_floats_and_null_is_anything() {
        let float = MetadataSettings::Float {
            min: Some(0.0),
            max: Some(1.0),
        };
        for good in [json!(1), json!(0.5), json!(null)] {
            assert_eq!(float.check("score", &good), Ok(()));
        }
        assert_eq!(
            float.check("score", &json!(1.5)).unwrap_err().to_string(),
            "'score' metadata property validation failed because '1.5' is greater than the maximum value of '1.0'."
        );
        let integer = MetadataSettings::Integer {
            min: None,
            max: Some(1000),
        };
        assert_eq!(integer.check("n", &json!(true)), Ok(()));
        integer.check("n", &json!(1.0)).unwrap_err();
        integer.check("n", &json!(1001)).unwrap_err();
        let terms = MetadataSettings::Terms {
            values: Some(vec![json!("web"), json!("book")]),
        };
        assert_eq!(terms.check("source", &json!(["web", "book"])), Ok(()));
        terms.check("source", &json!(["web", "radio"])).unwrap_err();
    }
}
