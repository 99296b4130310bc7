//! The kinds of metadata properties, and which values they take.

use super::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of value that a metadata property takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MetadataSettings {
    /// A term, or a list of terms.
    Terms {
        /// Those that are allowed; any where there are none.
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

    /// Checks a value of the property `name`; `Err` says what is wrong with it. `null` is always allowed, and an integer
    /// is a number too (Argilla 2.8.0 refuses it).
    pub fn check(&self, name: &str, value: &Value) -> Result<(), String> {
        let failed =
            |reason| format!("'{name}' metadata property validation failed because {reason}");
        match (self, value) {
            (_, Value::Null) => Ok(()),
            (Self::Terms { values }, Value::Array(terms)) => terms
                .iter()
                .try_for_each(|term| check_term(values.as_deref(), term))
                .map_err(failed),
            (Self::Terms { values }, term) => check_term(values.as_deref(), term).map_err(failed),
            (Self::Integer { min, max }, value) => match integer(value) {
                Some(number) => check_range(value, number, *min, *max).map_err(failed),
                None => Err(failed(format!("'{}' is not an integer.", shown(value)))),
            },
            (Self::Float { min, max }, value) => match value.as_f64() {
                Some(number) => {
                    check_range(&Value::from(number), number, *min, *max).map_err(failed)
                }
                None => Err(failed(format!("'{}' is not a float.", shown(value)))),
            },
        }
    }
}

/// `true` is 1 in Python, and Argilla takes it.
fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_bool().map(i64::from))
}

fn check_term(allowed: Option<&[Value]>, term: &Value) -> Result<(), String> {
    match allowed {
        Some(allowed) if !allowed.contains(term) => {
            Err(format!("'{}' is not an allowed term.", shown(term)))
        }
        None if term.is_object() || term.is_array() => {
            Err(format!("'{}' is not a string.", shown(term)))
        }
        _ => Ok(()),
    }
}

fn check_range<T: PartialOrd + Into<Value>>(
    value: &Value,
    number: T,
    min: Option<T>,
    max: Option<T>,
) -> Result<(), String> {
    match (min, max) {
        (Some(min), _) if number < min => Err(format!(
            "'{}' is less than the minimum value of '{}'.",
            shown(value),
            min.into()
        )),
        (_, Some(max)) if number > max => Err(format!(
            "'{}' is greater than the maximum value of '{}'.",
            shown(value),
            max.into()
        )),
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
            float.check("score", &json!(1.5)).unwrap_err(),
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
