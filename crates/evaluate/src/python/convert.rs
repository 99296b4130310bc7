//! Values from JSON and from templates, and back.

use super::{
    error::{PythonError, Result},
    value::Value,
};
use minijinja::value::{Value as Template, ValueKind};
use std::sync::Arc;

/// A value from JSON.
pub(crate) fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::None,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::string(text),
        serde_json::Value::Array(values) => Value::list(values.iter().map(from_json).collect()),
        serde_json::Value::Object(pairs) => Value::dict(
            pairs
                .iter()
                .map(|(key, value)| (Value::string(key), from_json(value)))
                .collect(),
        ),
    }
}

/// A value as JSON; keys become strings.
pub(crate) fn to_json(value: &Value) -> Result<serde_json::Value> {
    use serde_json::Value as Json;
    Ok(match value {
        Value::None => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Str(text) => (&**text).into(),
        Value::List(values) => {
            Json::Array(values.borrow().iter().map(to_json).collect::<Result<_>>()?)
        }
        Value::Tuple(values) => Json::Array(values.iter().map(to_json).collect::<Result<_>>()?),
        Value::Rows(rows) => Json::Array(rows.iter().map(to_json).collect::<Result<_>>()?),
        Value::Dict(dict) => {
            let pairs = dict.borrow();
            let pairs = pairs
                .0
                .iter()
                .map(|(key, value)| Ok((super::str_of(key)?, to_json(value)?)));
            Json::Object(pairs.collect::<Result<_>>()?)
        }
        Value::Unknown(reason) => return Err(PythonError::unsupported(reason.as_ref())),
        other => {
            return Err(PythonError::unsupported(format!(
                "a {} in a row",
                other.kind()
            )));
        }
    })
}

/// A value from a template.
pub(crate) fn from_template(value: &Template) -> Result<Value> {
    Ok(match value.kind() {
        ValueKind::Undefined | ValueKind::None => Value::None,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(integer) if value.is_integer() => Value::Int(integer),
            _ => Value::Float(
                f64::try_from(value.clone())
                    .map_err(|_| PythonError::unsupported("a large number"))?,
            ),
        },
        ValueKind::String => Value::string(value.as_str().unwrap_or_default()),
        ValueKind::Map => {
            let mut pairs = Vec::new();
            for key in value
                .try_iter()
                .map_err(|_| PythonError::type_error("no dict"))?
            {
                let item = value
                    .get_item(&key)
                    .map_err(|_| PythonError::type_error("no item"))?;
                pairs.push((from_template(&key)?, from_template(&item)?));
            }
            Value::dict(pairs)
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let mut all = Vec::new();
            for item in value
                .try_iter()
                .map_err(|_| PythonError::type_error("no list"))?
            {
                all.push(from_template(&item)?);
                if all.len() as u64 > super::evaluator::MAX_SIZE {
                    return Err(PythonError::unsupported("a list that long"));
                }
            }
            match value.is_tuple() {
                true => Value::Tuple(all.into()),
                false => Value::list(all),
            }
        }
        other => return Err(PythonError::unsupported(format!("a {other} of a template"))),
    })
}

/// A value for a template.
pub(crate) fn to_template(value: &Value) -> Result<Template> {
    Ok(match value {
        Value::None => Template::from(()),
        Value::Bool(value) => Template::from(*value),
        Value::Int(value) => Template::from(*value),
        Value::Float(value) => Template::from(*value),
        Value::Str(text) => Template::from(Arc::<str>::from(&**text)),
        Value::List(values) => values
            .borrow()
            .iter()
            .map(to_template)
            .collect::<Result<Vec<_>>>()?
            .into(),
        Value::Tuple(values) => values
            .iter()
            .map(to_template)
            .collect::<Result<Vec<_>>>()?
            .into(),
        Value::Dict(dict) => {
            let pairs = dict.borrow();
            let pairs = pairs
                .0
                .iter()
                .map(|(key, value)| Ok((to_template(key)?, to_template(value)?)));
            Template::from_pairs(pairs.collect::<Result<Vec<_>>>()?)
        }
        other => {
            return Err(PythonError::unsupported(format!(
                "a {} in a template",
                other.kind()
            )));
        }
    })
}
