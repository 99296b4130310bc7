//! What hooks do with a `datasets.Dataset`: map, filter, select, rename.

use super::{
    error::{PythonError, Result},
    evaluator::Evaluator,
    operators,
    value::{Dict, Value},
};
use std::rc::Rc;

type Named = Vec<(String, Value)>;

pub(super) fn call(
    evaluator: &Evaluator,
    rows: &Rc<Vec<Value>>,
    name: &str,
    positional: Vec<Value>,
    named: Named,
) -> Result<Value> {
    let named = without_settings(named);
    let unsupported = || PythonError::unsupported(format!("`.{name}` of a dataset"));
    match (name, &positional[..]) {
        ("map", [function]) => map(evaluator, rows, function, &named),
        ("map", []) if named.first().is_some_and(|(name, _)| name == "function") => {
            map(evaluator, rows, &named[0].1, &named[1..])
        }
        ("filter", [function]) if named.is_empty() => filter(evaluator, rows, function),
        ("select", [indices]) if named.is_empty() => {
            let picked = indices.elements()?.into_iter().map(|at| index(rows, &at));
            Ok(Value::Rows(Rc::new(picked.collect::<Result<_>>()?)))
        }
        ("rename_column", [Value::Str(old), Value::Str(new)]) => renamed(rows, &[(old, new)]),
        ("remove_columns", [columns]) => removed(rows, &names(columns)?),
        ("to_list", []) => Ok(Value::list(rows.to_vec())),
        _ => Err(unsupported()),
    }
}

/// Arguments that change how fast something is done, not what is done.
fn without_settings(named: Named) -> Named {
    let is_setting = |name: &str| {
        matches!(
            name,
            "num_proc" | "desc" | "load_from_cache_file" | "keep_in_memory"
        )
    };
    named
        .into_iter()
        .filter(|(name, _)| !is_setting(name))
        .collect()
}

/// Rows are whole; what a function returns is put over its row.
fn map(
    evaluator: &Evaluator,
    rows: &[Value],
    function: &Value,
    named: &[(String, Value)],
) -> Result<Value> {
    let mut dropped = Vec::new();
    for (name, value) in named {
        match name.as_str() {
            "remove_columns" => dropped = names(value)?,
            _ => return Err(PythonError::unsupported(format!("`.map` with `{name}`"))),
        }
    }
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let made = evaluator.call(function, vec![row.deep_copy()], Vec::new())?;
        let Value::Dict(old) = row else {
            return Err(PythonError::unsupported("a row that is no dict"));
        };
        let mut new: Dict = old.borrow().clone();
        new.0.retain(|(key, _)| {
            !key.text()
                .is_some_and(|key| dropped.iter().any(|name| name == key))
        });
        match made {
            Value::None => {}
            Value::Dict(made) => {
                for (key, value) in &made.borrow().0 {
                    new.set(key.clone(), as_column(value));
                }
            }
            other => {
                return Err(PythonError::type_error(format!(
                    "map() function returned '{}'",
                    other.kind()
                )));
            }
        }
        all.push(Value::dict(new.0));
    }
    Ok(Value::Rows(Rc::new(all)))
}

/// A value as a column of a dataset keeps it: tuples become lists.
fn as_column(value: &Value) -> Value {
    match value {
        Value::Tuple(values) => Value::list(values.iter().map(as_column).collect()),
        Value::List(values) => Value::list(values.borrow().iter().map(as_column).collect()),
        other => other.clone(),
    }
}

fn filter(evaluator: &Evaluator, rows: &[Value], function: &Value) -> Result<Value> {
    let mut all = Vec::new();
    for row in rows {
        let keeps = evaluator.call(function, vec![row.deep_copy()], Vec::new())?;
        if keeps.is_true() {
            all.push(row.clone());
        }
    }
    Ok(Value::Rows(Rc::new(all)))
}

fn names(columns: &Value) -> Result<Vec<String>> {
    if let Value::Str(name) = columns {
        return Ok(vec![name.to_string()]);
    }
    let all = columns.elements()?;
    Ok(all
        .iter()
        .filter_map(Value::text)
        .map(str::to_owned)
        .collect())
}

fn renamed(rows: &[Value], names: &[(&str, &str)]) -> Result<Value> {
    let rename = |row: &Value| {
        let Value::Dict(dict) = row else {
            return row.clone();
        };
        let mut pairs = dict.borrow().0.clone();
        for (key, _) in &mut pairs {
            let new = names.iter().find(|(old, _)| key.text() == Some(old));
            if let Some((_, new)) = new {
                *key = Value::string(new);
            }
        }
        Value::dict(pairs)
    };
    Ok(Value::Rows(Rc::new(rows.iter().map(rename).collect())))
}

fn removed(rows: &[Value], names: &[String]) -> Result<Value> {
    let without = |row: &Value| {
        let Value::Dict(dict) = row else {
            return row.clone();
        };
        let mut pairs = dict.borrow().0.clone();
        pairs.retain(|(key, _)| {
            !key.text()
                .is_some_and(|key| names.iter().any(|name| name == key))
        });
        Value::dict(pairs)
    };
    Ok(Value::Rows(Rc::new(rows.iter().map(without).collect())))
}

/// One row, or a column.
pub(super) fn index(rows: &[Value], index: &Value) -> Result<Value> {
    match index {
        Value::Str(_) => {
            let column = rows.iter().map(|row| operators::index(row, index));
            Ok(Value::list(column.collect::<Result<_>>()?))
        }
        index => Ok(rows[operators::position(index, rows.len(), "dataset")?].clone()),
    }
}

pub(super) fn attribute(rows: &Rc<Vec<Value>>, name: &str) -> Result<Value> {
    match name {
        "column_names" | "features" => Ok(match rows.first() {
            Some(Value::Dict(first)) => Value::list(
                first
                    .borrow()
                    .0
                    .iter()
                    .map(|(key, _)| key.clone())
                    .collect(),
            ),
            _ => Value::list(Vec::new()),
        }),
        "num_rows" => Ok(Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX))),
        _ => Ok(Value::Method(Rc::new((
            Value::Rows(Rc::clone(rows)),
            name.to_owned(),
        )))),
    }
}

pub(super) fn from_list(rows: &Value) -> Result<Value> {
    let rows = rows.elements()?;
    let rows = rows.iter().map(|row| {
        let Value::Dict(dict) = row else {
            return Err(PythonError::type_error("from_list() needs dicts"));
        };
        let pairs = dict.borrow().0.clone();
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (key, as_column(&value)));
        Ok(Value::dict(pairs.collect()))
    });
    Ok(Value::Rows(Rc::new(rows.collect::<Result<_>>()?)))
}

pub(super) fn from_dict(columns: &Value) -> Result<Value> {
    let Value::Dict(columns) = columns else {
        return Err(PythonError::type_error("from_dict() needs a dict"));
    };
    let columns = columns.borrow();
    let mut rows: Vec<Vec<(Value, Value)>> = Vec::new();
    for (n, (key, values)) in columns.0.iter().enumerate() {
        let values = values.elements()?;
        if n == 0 {
            rows = vec![Vec::new(); values.len()];
        }
        if values.len() != rows.len() {
            return Err(PythonError::raised(
                "ValueError",
                "columns of different lengths",
            ));
        }
        for (row, value) in rows.iter_mut().zip(values) {
            row.push((key.clone(), as_column(&value)));
        }
    }
    Ok(Value::Rows(Rc::new(
        rows.into_iter().map(Value::dict).collect(),
    )))
}
