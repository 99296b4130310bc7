//! Builtin functions.

use super::{
    error::{PythonError, Result},
    evaluator::{Evaluator, MAX_SIZE},
    operators, text,
    value::Value,
};
use std::cmp::Ordering;

const KNOWN: [&str; 32] = [
    "abs",
    "all",
    "any",
    "bool",
    "chr",
    "dict",
    "enumerate",
    "filter",
    "float",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "open",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
    "next",
    "frozenset",
    "iter",
];

/// True if there is a builtin function of this name.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

type Named = Vec<(String, Value)>;

pub(super) fn call(
    evaluator: &Evaluator,
    name: &str,
    positional: Vec<Value>,
    named: Named,
) -> Result<Value> {
    let made = match (name, &positional[..]) {
        ("map", [function, rest @ ..]) if !rest.is_empty() => map(evaluator, function, rest)?,
        ("filter", [function, values]) => filter(evaluator, function, values)?,
        ("sorted", [values]) => sorted_by(evaluator, values, &named)?,
        ("max" | "min", [_, ..]) => extreme(evaluator, name, &positional, &named)?,
        ("open", [path, ..]) => path.clone(),
        ("print", _) => Value::None,
        ("dict", _) => dict(&positional, named)?,
        ("enumerate", [values, rest @ ..]) => {
            let start = rest
                .first()
                .or(named.first().map(|(_, value)| value))
                .and_then(Value::integer)
                .unwrap_or(0);
            let pairs = values.elements()?.into_iter().zip(start..);
            Value::list(
                pairs
                    .map(|(value, n)| Value::Tuple([Value::Int(n), value].into()))
                    .collect(),
            )
        }
        ("zip", lists) => zip(lists)?,
        ("int", [Value::Str(digits), base]) if base.integer() == Some(10) => {
            int(&Value::Str(digits.clone()))?
        }
        _ if !named.is_empty() => {
            return Err(PythonError::unsupported(format!(
                "{name}() with `{}`",
                named[0].0
            )));
        }
        _ => plain(name, &positional)?,
    };
    evaluator.charge(&made)?;
    Ok(made)
}

/// Functions of values alone.
fn plain(name: &str, positional: &[Value]) -> Result<Value> {
    Ok(match (name, positional) {
        ("len", [value]) => Value::Int(i64::try_from(length(value)?).unwrap_or(i64::MAX)),
        ("str", []) => Value::string(""),
        ("str", [value]) => Value::string(text::str_of(value)?),
        ("repr", [value]) => Value::string(text::repr(value)?),
        ("int", []) => Value::Int(0),
        ("int", [value]) => int(value)?,
        ("float", [value]) => float(value)?,
        ("bool", [value]) => Value::Bool(value.is_true()),
        ("list", []) | ("set" | "frozenset", []) => Value::list(Vec::new()),
        ("list" | "iter", [values]) => Value::list(values.elements()?),
        ("tuple", []) => Value::Tuple([].into()),
        ("tuple", [values]) => Value::Tuple(values.elements()?.into()),
        // Only asked for what it holds: its order is another in Python.
        ("set" | "frozenset", [values]) => distinct(values.elements()?),
        ("range", bounds) => range(bounds)?,
        ("reversed", [values]) => Value::list(values.elements()?.into_iter().rev().collect()),
        ("sum", [values]) => sum(&values.elements()?, Value::Int(0))?,
        ("sum", [values, start]) => sum(&values.elements()?, start.clone())?,
        ("any", [values]) => Value::Bool(values.elements()?.iter().any(Value::is_true)),
        ("all", [values]) => Value::Bool(values.elements()?.iter().all(Value::is_true)),
        ("abs", [Value::Float(value)]) => Value::Float(value.abs()),
        ("abs", [value]) if value.integer().is_some() => {
            Value::Int(value.integer().unwrap_or_default().saturating_abs())
        }
        ("chr", [value]) => {
            let c = value
                .integer()
                .and_then(|code| u32::try_from(code).ok())
                .and_then(char::from_u32);
            Value::string(
                c.ok_or_else(|| PythonError::raised("ValueError", "chr() arg not in range"))?
                    .to_string(),
            )
        }
        ("ord", [Value::Str(text)]) if text.chars().count() == 1 => {
            Value::Int(text.chars().next().map_or(0, |c| i64::from(u32::from(c))))
        }
        ("isinstance", [value, kinds]) => Value::Bool(is_instance(value, kinds)?),
        _ => {
            return Err(PythonError::unsupported(format!(
                "{name}() with {} arguments",
                positional.len()
            )));
        }
    })
}

fn length(value: &Value) -> Result<usize> {
    match value {
        Value::Str(text) => Ok(text.chars().count()),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::None => Err(
            PythonError::type_error(format!("object of type '{}' has no len()", value.kind())),
        ),
        other => Ok(other.elements()?.len()),
    }
}

fn int(value: &Value) -> Result<Value> {
    match value {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "int() cuts off; what is too large stays at the border"
        )]
        Value::Float(value) if value.is_finite() => Ok(Value::Int(value.trunc() as i64)),
        Value::Str(text) => {
            let digits = text.trim().replace('_', "");
            let wrong = || {
                PythonError::raised(
                    "ValueError",
                    format!(
                        "invalid literal for int() with base 10: {}",
                        text::quoted(text)
                    ),
                )
            };
            digits.parse().map(Value::Int).map_err(|_| wrong())
        }
        other => other.integer().map(Value::Int).ok_or_else(|| {
            PythonError::type_error(format!(
                "int() argument must be a string or a number, not '{}'",
                other.kind()
            ))
        }),
    }
}

fn float(value: &Value) -> Result<Value> {
    let wrong = || PythonError::raised("ValueError", "could not convert to float");
    match value {
        Value::Str(text) => text.trim().parse().map(Value::Float).map_err(|_| wrong()),
        other => other.number().map(Value::Float).ok_or_else(wrong),
    }
}

fn distinct(values: Vec<Value>) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for value in values {
        if !all.iter().any(|known| known.equals(&value)) {
            all.push(value);
        }
    }
    Value::list(all)
}

fn range(bounds: &[Value]) -> Result<Value> {
    let numbers: Option<Vec<i64>> = bounds.iter().map(Value::integer).collect();
    let (start, end, step) = match numbers.as_deref() {
        Some([end]) => (0, *end, 1),
        Some([start, end]) => (*start, *end, 1),
        Some([start, end, step]) if *step != 0 => (*start, *end, *step),
        _ => return Err(PythonError::type_error("range() needs integers")),
    };
    let mut all = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        if all.len() as u64 >= MAX_SIZE {
            return Err(PythonError::TooMuch {
                what: "elements",
                limit: MAX_SIZE,
            });
        }
        all.push(Value::Int(at));
        at = at.saturating_add(step);
    }
    Ok(Value::list(all))
}

fn sum(values: &[Value], start: Value) -> Result<Value> {
    values.iter().try_fold(start, |sum, value| {
        operators::binary(super::syntax::Operator::Add, &sum, value)
    })
}

fn is_instance(value: &Value, kinds: &Value) -> Result<bool> {
    if let Value::Tuple(kinds) = kinds {
        let all: Result<Vec<bool>> = kinds.iter().map(|kind| is_instance(value, kind)).collect();
        return Ok(all?.contains(&true));
    }
    let Value::Builtin(kind) = kinds else {
        return Err(PythonError::unsupported("isinstance() with a class"));
    };
    Ok(value.kind() == &**kind || (&**kind == "int" && matches!(value, Value::Bool(_))))
}

fn dict(positional: &[Value], named: Named) -> Result<Value> {
    let mut dict = super::value::Dict::default();
    match positional {
        [] => {}
        [Value::Dict(other)] => dict = other.borrow().clone(),
        [pairs] => {
            for pair in pairs.elements()? {
                let [key, value] = &pair.elements()?[..] else {
                    return Err(PythonError::raised("ValueError", "dict() needs pairs"));
                };
                dict.set(key.clone(), value.clone());
            }
        }
        _ => return Err(PythonError::type_error("dict() takes one argument")),
    }
    for (name, value) in named {
        dict.set(Value::string(name), value);
    }
    Ok(Value::dict(dict.0))
}

fn zip(lists: &[Value]) -> Result<Value> {
    let lists: Vec<Vec<Value>> = lists.iter().map(Value::elements).collect::<Result<_>>()?;
    let n = lists.iter().map(Vec::len).min().unwrap_or(0);
    let tuple = |at: usize| Value::Tuple(lists.iter().map(|list| list[at].clone()).collect());
    Ok(Value::list((0..n).map(tuple).collect()))
}

fn map(evaluator: &Evaluator, function: &Value, lists: &[Value]) -> Result<Value> {
    let mut all = Vec::new();
    for arguments in zip(lists)?.elements()? {
        all.push(evaluator.call(function, arguments.elements()?, Vec::new())?);
    }
    Ok(Value::list(all))
}

fn filter(evaluator: &Evaluator, function: &Value, values: &Value) -> Result<Value> {
    let mut all = Vec::new();
    for value in values.elements()? {
        let keeps = match function {
            Value::None => value.is_true(),
            function => evaluator
                .call(function, vec![value.clone()], Vec::new())?
                .is_true(),
        };
        if keeps {
            all.push(value);
        }
    }
    Ok(Value::list(all))
}

/// Values and what they are ordered by.
fn keyed(evaluator: &Evaluator, values: Vec<Value>, named: &Named) -> Result<Vec<(Value, Value)>> {
    let key = named
        .iter()
        .find(|(name, _)| name == "key")
        .map(|(_, function)| function);
    let with_key = |value: Value| match key {
        None | Some(Value::None) => Ok((value.clone(), value)),
        Some(function) => Ok((
            evaluator.call(function, vec![value.clone()], Vec::new())?,
            value,
        )),
    };
    values.into_iter().map(with_key).collect()
}

fn sorted_by(evaluator: &Evaluator, values: &Value, named: &Named) -> Result<Value> {
    let is_reversed = named
        .iter()
        .any(|(name, value)| name == "reverse" && value.is_true());
    let mut all = keyed(evaluator, values.elements()?, named)?;
    if is_reversed {
        all.reverse();
    }
    let mut all = ordered(all)?;
    if is_reversed {
        all.reverse();
    }
    Ok(Value::list(all))
}

/// Sorts by key; equal ones stay as they are.
fn ordered(mut all: Vec<(Value, Value)>) -> Result<Vec<Value>> {
    let mut failure = None;
    all.sort_by(|(a, _), (b, _)| match operators::order(a, b) {
        Ok(order) => order.unwrap_or(Ordering::Equal),
        Err(error) => {
            failure = Some(error);
            Ordering::Equal
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(all.into_iter().map(|(_, value)| value).collect()),
    }
}

/// Values in order, as `sorted` gives them.
pub(super) fn sorted(values: Vec<Value>) -> Result<Vec<Value>> {
    ordered(
        values
            .into_iter()
            .map(|value| (value.clone(), value))
            .collect(),
    )
}

fn extreme(
    evaluator: &Evaluator,
    name: &str,
    positional: &[Value],
    named: &Named,
) -> Result<Value> {
    let values = match positional {
        [values] => values.elements()?,
        several => several.to_vec(),
    };
    if named.iter().any(|(name, _)| name != "key") {
        return Err(PythonError::unsupported(format!("{name}() with a default")));
    }
    let wanted = if name == "max" {
        Ordering::Greater
    } else {
        Ordering::Less
    };
    let mut best: Option<(Value, Value)> = None;
    for (key, value) in keyed(evaluator, values, named)? {
        let is_better = match &best {
            None => true,
            Some((known, _)) => operators::order(&key, known)? == Some(wanted),
        };
        if is_better {
            best = Some((key, value));
        }
    }
    let found = best.map(|(_, value)| value);
    found.ok_or_else(|| {
        PythonError::raised("ValueError", format!("{name}() arg is an empty sequence"))
    })
}
