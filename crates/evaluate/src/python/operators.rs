//! Operators, indices and slices, as Python defines them.

use super::{
    error::{PythonError, Result},
    evaluator::MAX_SIZE,
    syntax::{Comparison, Operator},
    text,
    value::Value,
};
use std::{cmp::Ordering, rc::Rc};

pub(super) fn binary(operator: Operator, left: &Value, right: &Value) -> Result<Value> {
    if let (Some(a), Some(b)) = (left.integer(), right.integer()) {
        return integers(operator, a, b);
    }
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return floats(operator, a, b);
    }
    match (operator, left, right) {
        (Operator::Add, Value::Str(a), Value::Str(b)) => Ok(Value::string(format!("{a}{b}"))),
        (Operator::Add, Value::List(a), Value::List(b)) => {
            Ok(Value::list([&a.borrow()[..], &b.borrow()[..]].concat()))
        }
        (Operator::Add, Value::Tuple(a), Value::Tuple(b)) => {
            Ok(Value::Tuple([&a[..], &b[..]].concat().into()))
        }
        (Operator::Multiply, values, count) | (Operator::Multiply, count, values)
            if count.integer().is_some() =>
        {
            repeat(values, count.integer().unwrap_or_default())
        }
        (Operator::Modulo, Value::Str(template), arguments) => {
            Ok(Value::string(text::percent(template, arguments)?))
        }
        (Operator::Divide, Value::Path(path), Value::Str(name)) => {
            Ok(Value::Path(Rc::new(path.join(&**name))))
        }
        (Operator::Union, Value::Dict(a), Value::Dict(b)) => {
            let mut all = a.borrow().clone();
            for (key, value) in &b.borrow().0 {
                all.set(key.clone(), value.clone());
            }
            Ok(Value::dict(all.0))
        }
        _ => Err(mismatch(operator, left, right)),
    }
}

fn mismatch(operator: Operator, left: &Value, right: &Value) -> PythonError {
    for value in [left, right] {
        match value {
            Value::Unknown(reason) => return PythonError::unsupported(reason.as_ref()),
            Value::Module(name) => return PythonError::unsupported(name.as_ref()),
            _ => {}
        }
    }
    let words = format!(
        "unsupported operands for {operator:?}: '{}' and '{}'",
        left.kind(),
        right.kind()
    );
    PythonError::type_error(words)
}

fn repeat(values: &Value, count: i64) -> Result<Value> {
    let count = usize::try_from(count).unwrap_or(0);
    let length = match values {
        Value::Str(text) => text.len(),
        Value::List(values) => values.borrow().len(),
        Value::Tuple(values) => values.len(),
        other => {
            return Err(PythonError::type_error(format!(
                "can't multiply '{}'",
                other.kind()
            )));
        }
    };
    if length.saturating_mul(count) as u64 > MAX_SIZE {
        return Err(PythonError::TooMuch {
            what: "elements",
            limit: MAX_SIZE,
        });
    }
    Ok(match values {
        Value::Str(text) => Value::string(text.repeat(count)),
        Value::List(values) => Value::list(values.borrow().repeat_n(count)),
        Value::Tuple(values) => Value::Tuple(values.repeat_n(count).into()),
        _ => unreachable!("it has a length"),
    })
}

trait Repeat {
    fn repeat_n(&self, count: usize) -> Vec<Value>;
}

impl Repeat for [Value] {
    fn repeat_n(&self, count: usize) -> Vec<Value> {
        (0..count).flat_map(|_| self.iter().cloned()).collect()
    }
}

fn integers(operator: Operator, a: i64, b: i64) -> Result<Value> {
    let large = || PythonError::unsupported("a number beyond 64 bits");
    let by_zero = || PythonError::raised("ZeroDivisionError", "division by zero");
    Ok(Value::Int(match operator {
        Operator::Add => a.checked_add(b).ok_or_else(large)?,
        Operator::Subtract => a.checked_sub(b).ok_or_else(large)?,
        Operator::Multiply => a.checked_mul(b).ok_or_else(large)?,
        Operator::Power if b >= 0 => {
            let exponent = u32::try_from(b).map_err(|_| large())?;
            a.checked_pow(exponent).ok_or_else(large)?
        }
        Operator::Divide | Operator::FloorDivide | Operator::Modulo if b == 0 => {
            return Err(by_zero());
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "as Python divides small integers"
        )]
        Operator::Divide => return Ok(Value::Float(a as f64 / b as f64)),
        Operator::FloorDivide => {
            let quotient = a.checked_div(b).ok_or_else(large)?;
            quotient - i64::from(a % b != 0 && (a < 0) != (b < 0))
        }
        Operator::Modulo => {
            let rest = a.checked_rem(b).ok_or_else(large)?;
            if rest != 0 && (rest < 0) != (b < 0) {
                rest + b
            } else {
                rest
            }
        }
        Operator::Power | Operator::Union => {
            return Err(PythonError::unsupported(format!("{operator:?}")));
        }
    }))
}

fn floats(operator: Operator, a: f64, b: f64) -> Result<Value> {
    let divides = matches!(
        operator,
        Operator::Divide | Operator::FloorDivide | Operator::Modulo
    );
    if divides && b == 0.0 {
        return Err(PythonError::raised(
            "ZeroDivisionError",
            "float division by zero",
        ));
    }
    Ok(Value::Float(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::FloorDivide => (a / b).floor(),
        Operator::Modulo => a - b * (a / b).floor(),
        Operator::Power => a.powf(b),
        Operator::Union => return Err(PythonError::type_error("unsupported operands for |")),
    }))
}

pub(super) fn negate(value: &Value) -> Result<Value> {
    match value {
        Value::Float(value) => Ok(Value::Float(-value)),
        other => {
            let number = other.integer().and_then(i64::checked_neg);
            number.map(Value::Int).ok_or_else(|| {
                PythonError::type_error(format!("bad operand for -: '{}'", other.kind()))
            })
        }
    }
}

pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<bool> {
    check_known(left)?;
    check_known(right)?;
    Ok(match comparison {
        Comparison::Equal => left.equals(right),
        Comparison::NotEqual => !left.equals(right),
        Comparison::In => contains(right, left)?,
        Comparison::NotIn => !contains(right, left)?,
        Comparison::Is => is(left, right)?,
        Comparison::IsNot => !is(left, right)?,
        Comparison::Less => order(left, right)?.is_some_and(Ordering::is_lt),
        Comparison::LessEqual => order(left, right)?.is_some_and(Ordering::is_le),
        Comparison::Greater => order(left, right)?.is_some_and(Ordering::is_gt),
        Comparison::GreaterEqual => order(left, right)?.is_some_and(Ordering::is_ge),
    })
}

/// Refuses what only a real Python could compare.
fn check_known(value: &Value) -> Result<()> {
    match value {
        Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
        Value::Module(name) => Err(PythonError::unsupported(name.as_ref())),
        _ => Ok(()),
    }
}

/// Identity, where it does not depend on how Python stores its values.
fn is(left: &Value, right: &Value) -> Result<bool> {
    match (left, right) {
        (Value::None, other) | (other, Value::None) => Ok(matches!(other, Value::None)),
        (Value::Bool(a), other) | (other, Value::Bool(a)) => {
            Ok(matches!(other, Value::Bool(b) if a == b))
        }
        _ => Err(PythonError::unsupported("`is` between values")),
    }
}

fn contains(container: &Value, element: &Value) -> Result<bool> {
    match (container, element) {
        (Value::Str(text), Value::Str(part)) => Ok(text.contains(&**part)),
        (Value::Str(_), other) => {
            let kind = other.kind();
            Err(PythonError::type_error(format!(
                "'in <string>' requires string as left operand, not {kind}"
            )))
        }
        (Value::Dict(dict), key) => Ok(dict.borrow().get(key).is_some()),
        (other, element) => Ok(other.elements()?.iter().any(|known| known.equals(element))),
    }
}

/// Order of two values; `None` where one is no number.
pub(super) fn order(left: &Value, right: &Value) -> Result<Option<Ordering>> {
    if let (Some(a), Some(b)) = (left.integer(), right.integer()) {
        return Ok(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return Ok(a.partial_cmp(&b));
    }
    match (left, right) {
        // By code point, as UTF-8's bytes are ordered too.
        (Value::Str(a), Value::Str(b)) => Ok(Some(a.cmp(b))),
        (Value::List(_), Value::List(_)) | (Value::Tuple(_), Value::Tuple(_)) => {
            let (a, b) = (left.elements()?, right.elements()?);
            for (a, b) in a.iter().zip(&b) {
                if !a.equals(b) {
                    return order(a, b);
                }
            }
            Ok(Some(a.len().cmp(&b.len())))
        }
        _ => {
            let words = format!(
                "'<' not supported between '{}' and '{}'",
                left.kind(),
                right.kind()
            );
            Err(PythonError::type_error(words))
        }
    }
}

pub(super) fn index(value: &Value, index: &Value) -> Result<Value> {
    match value {
        Value::Dict(dict) => {
            let found = dict.borrow().get(index).cloned();
            found.ok_or_else(|| {
                PythonError::raised("KeyError", text::repr(index).unwrap_or_default())
            })
        }
        Value::Rows(rows) => super::rows::index(rows, index),
        Value::Str(text) => {
            let at = position(index, text.chars().count(), "string")?;
            Ok(Value::string(
                text.chars().skip(at).take(1).collect::<String>(),
            ))
        }
        Value::List(values) => {
            let values = values.borrow();
            Ok(values[position(index, values.len(), "list")?].clone())
        }
        Value::Tuple(values) => Ok(values[position(index, values.len(), "tuple")?].clone()),
        Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
        Value::Module(name) => Err(PythonError::unsupported(name.as_ref())),
        other => Err(PythonError::type_error(format!(
            "'{}' object is not subscriptable",
            other.kind()
        ))),
    }
}

/// The place that an index names, counted from the end where it is negative.
pub(super) fn position(index: &Value, length: usize, kind: &str) -> Result<usize> {
    let index = index.integer().ok_or_else(|| {
        PythonError::type_error(format!(
            "{kind} indices must be integers, not {}",
            index.kind()
        ))
    })?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if index < 0 { index + length } else { index };
    match (0..length).contains(&at) {
        true => Ok(usize::try_from(at).unwrap_or_default()),
        false => Err(PythonError::raised(
            "IndexError",
            format!("{kind} index out of range"),
        )),
    }
}

pub(super) fn set_index(container: &Value, index: Value, value: Value) -> Result<()> {
    match container {
        Value::Dict(dict) => dict.borrow_mut().set(index, value),
        Value::List(values) => {
            let at = position(&index, values.borrow().len(), "list")?;
            values.borrow_mut()[at] = value;
        }
        other => {
            let kind = other.kind();
            return Err(PythonError::type_error(format!(
                "'{kind}' object does not support item assignment"
            )));
        }
    }
    Ok(())
}

pub(super) fn slice(value: &Value, bounds: [Option<i64>; 3]) -> Result<Value> {
    match value {
        Value::Str(text) => {
            let characters: Vec<char> = text.chars().collect();
            let picked = places(characters.len(), bounds)?;
            Ok(Value::string(
                picked
                    .into_iter()
                    .map(|at| characters[at])
                    .collect::<String>(),
            ))
        }
        Value::List(values) => {
            let values = values.borrow();
            let picked = places(values.len(), bounds)?;
            Ok(Value::list(
                picked.into_iter().map(|at| values[at].clone()).collect(),
            ))
        }
        Value::Tuple(values) => {
            let picked = places(values.len(), bounds)?;
            Ok(Value::Tuple(
                picked.into_iter().map(|at| values[at].clone()).collect(),
            ))
        }
        other => Err(PythonError::unsupported(format!(
            "a slice of '{}'",
            other.kind()
        ))),
    }
}

/// The indices that a slice picks.
fn places(length: usize, [start, end, step]: [Option<i64>; 3]) -> Result<Vec<usize>> {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(PythonError::raised(
            "ValueError",
            "slice step cannot be zero",
        ));
    }
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let bound = |given: Option<i64>, default: i64| match given {
        None => default,
        Some(at) if at < 0 => at.saturating_add(length).clamp(lowest, highest),
        Some(at) => at.clamp(lowest, highest),
    };
    let (mut at, end) = match step > 0 {
        true => (bound(start, 0), bound(end, length)),
        false => (bound(start, length - 1), bound(end, -1)),
    };
    let mut picked = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        picked.push(usize::try_from(at).unwrap_or_default());
        at = at.saturating_add(step);
    }
    Ok(picked)
}
