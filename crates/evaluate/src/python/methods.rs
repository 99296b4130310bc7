//! Methods of strings, lists and dicts. Templates call them too.

use super::{
    error::{PythonError, Result},
    operators, text,
    value::{Dict, Value},
};
use std::{cell::RefCell, rc::Rc};

type Arguments<'a> = (&'a [Value], &'a [(String, Value)]);

/// Calls a method.
pub(crate) fn call_method(
    value: &Value,
    name: &str,
    positional: &[Value],
    named: &[(String, Value)],
) -> Result<Value> {
    let arguments = (positional, named);
    match value {
        Value::Str(text) => of_string(text, name, arguments),
        Value::List(values) => of_list(values, name, arguments),
        Value::Tuple(values) => of_elements(values, name, positional),
        Value::Dict(dict) => of_dict(dict, name, arguments),
        Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
        other => Err(no_method(other.kind(), name)),
    }
}

fn no_method(kind: &str, name: &str) -> PythonError {
    // It may well exist in Python.
    PythonError::unsupported(format!("`.{name}` of '{kind}'"))
}

fn argument<'a>(positional: &'a [Value], at: usize, name: &str) -> Result<&'a str> {
    let text = positional.get(at).and_then(Value::text);
    text.ok_or_else(|| PythonError::type_error(format!("{name}() needs a string")))
}

fn of_string(text: &str, name: &str, (positional, named): Arguments<'_>) -> Result<Value> {
    let string = |text: &str| Ok(Value::string(text));
    let is_each =
        |test: fn(char) -> bool| Ok(Value::Bool(!text.is_empty() && text.chars().all(test)));
    match name {
        "strip" => string(stripped(text, positional, true, true)?),
        "lstrip" => string(stripped(text, positional, true, false)?),
        "rstrip" => string(stripped(text, positional, false, true)?),
        "lower" => string(&text.to_lowercase()),
        "casefold" => string(&text.to_lowercase()),
        "upper" => string(&text.to_uppercase()),
        "capitalize" => string(&capitalized(text)),
        "title" => string(&titled(text)),
        "swapcase" => Err(no_method("str", name)),
        "isdigit" => is_each(|c| c.is_ascii_digit()),
        "isalpha" => is_each(char::is_alphabetic),
        "isalnum" => is_each(char::is_alphanumeric),
        "isspace" => is_each(char::is_whitespace),
        "isupper" => Ok(Value::Bool(
            text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        )),
        "islower" => Ok(Value::Bool(
            text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        )),
        "startswith" | "endswith" => affix(text, name, positional),
        "removeprefix" => string(
            text.strip_prefix(argument(positional, 0, name)?)
                .unwrap_or(text),
        ),
        "removesuffix" => string(
            text.strip_suffix(argument(positional, 0, name)?)
                .unwrap_or(text),
        ),
        "replace" => replace(text, positional),
        "split" | "rsplit" => split(text, name, positional, named),
        "splitlines" => Ok(Value::list(text.lines().map(Value::string).collect())),
        "partition" | "rpartition" => partition(text, name, argument(positional, 0, name)?),
        "join" => join(text, positional),
        "find" | "rfind" | "index" => find(text, name, positional),
        "count" => count(text, argument(positional, 0, name)?),
        "format" => Ok(Value::string(text::format(text, positional, named)?)),
        "zfill" => {
            let width = positional
                .first()
                .and_then(Value::integer)
                .unwrap_or(0)
                .clamp(0, 10_000);
            Ok(Value::string(text::formatted(
                &Value::string(text),
                &format!("0>{width}"),
            )?))
        }
        _ => Err(no_method("str", name)),
    }
}

fn stripped<'a>(text: &'a str, positional: &[Value], start: bool, end: bool) -> Result<&'a str> {
    let characters: Option<Vec<char>> = match positional.first() {
        None | Some(Value::None) => None,
        Some(_) => Some(argument(positional, 0, "strip")?.chars().collect()),
    };
    let goes = |c: char| {
        characters
            .as_ref()
            .map_or(c.is_whitespace(), |all| all.contains(&c))
    };
    let text = if start {
        text.trim_start_matches(goes)
    } else {
        text
    };
    Ok(if end {
        text.trim_end_matches(goes)
    } else {
        text
    })
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + &characters.as_str().to_lowercase()
}

fn titled(text: &str) -> String {
    let mut out = String::new();
    let mut is_inside = false;
    for c in text.chars() {
        match is_inside {
            true => out.extend(c.to_lowercase()),
            false => out.extend(c.to_uppercase()),
        }
        is_inside = c.is_alphabetic();
    }
    out
}

fn affix(text: &str, name: &str, positional: &[Value]) -> Result<Value> {
    let fits = |affix: &str| match name {
        "startswith" => text.starts_with(affix),
        _ => text.ends_with(affix),
    };
    if let [Value::Tuple(all)] = positional {
        return Ok(Value::Bool(all.iter().filter_map(Value::text).any(fits)));
    }
    Ok(Value::Bool(fits(argument(positional, 0, name)?)))
}

fn replace(text: &str, positional: &[Value]) -> Result<Value> {
    let (old, new) = (
        argument(positional, 0, "replace")?,
        argument(positional, 1, "replace")?,
    );
    let made = match positional.get(2).and_then(Value::integer) {
        Some(count) if count >= 0 => {
            text.replacen(old, new, usize::try_from(count).unwrap_or_default())
        }
        _ => {
            let n = if old.is_empty() {
                text.len() + 1
            } else {
                text.len() / old.len()
            };
            check_size(text.len().saturating_add(n.saturating_mul(new.len())))?;
            text.replace(old, new)
        }
    };
    Ok(Value::string(made))
}

fn check_size(size: usize) -> Result<()> {
    match size as u64 > super::evaluator::MAX_SIZE {
        true => Err(PythonError::TooMuch {
            what: "characters",
            limit: super::evaluator::MAX_SIZE,
        }),
        false => Ok(()),
    }
}

fn split(text: &str, name: &str, positional: &[Value], named: &[(String, Value)]) -> Result<Value> {
    let limit = named
        .iter()
        .find(|(name, _)| name == "maxsplit")
        .map(|(_, value)| value);
    let limit = positional
        .get(1)
        .or(limit)
        .and_then(Value::integer)
        .filter(|limit| *limit >= 0);
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let parts: Vec<&str> = match (positional.first(), limit, name) {
        (None | Some(Value::None), None, _) => text.split_whitespace().collect(),
        (None | Some(Value::None), Some(_), _) => {
            return Err(PythonError::unsupported("a limited split at white space"));
        }
        (Some(_), limit, name) => {
            let separator = argument(positional, 0, "split")?;
            if separator.is_empty() {
                return Err(PythonError::raised("ValueError", "empty separator"));
            }
            match (limit, name) {
                (None, _) => text.split(separator).collect(),
                (Some(limit), "split") => text.splitn(limit.saturating_add(1), separator).collect(),
                (Some(limit), _) => {
                    let mut parts: Vec<_> =
                        text.rsplitn(limit.saturating_add(1), separator).collect();
                    parts.reverse();
                    parts
                }
            }
        }
    };
    Ok(Value::list(parts.into_iter().map(Value::string).collect()))
}

fn partition(text: &str, name: &str, separator: &str) -> Result<Value> {
    let split = if name == "partition" {
        text.split_once(separator)
    } else {
        text.rsplit_once(separator)
    };
    let parts = match (split, name) {
        (Some((before, after)), _) => [before, separator, after],
        (None, "partition") => [text, "", ""],
        (None, _) => ["", "", text],
    };
    Ok(Value::Tuple(parts.map(Value::string).into()))
}

fn join(separator: &str, positional: &[Value]) -> Result<Value> {
    let parts = positional
        .first()
        .ok_or_else(|| PythonError::type_error("join() needs an argument"))?
        .elements()?;
    let mut out = String::new();
    for (n, part) in parts.iter().enumerate() {
        out.push_str(if n > 0 { separator } else { "" });
        let words = || {
            PythonError::type_error(format!(
                "sequence item {n}: expected str instance, {} found",
                part.kind()
            ))
        };
        out.push_str(part.text().ok_or_else(words)?);
        check_size(out.len())?;
    }
    Ok(Value::string(out))
}

fn find(text: &str, name: &str, positional: &[Value]) -> Result<Value> {
    if positional.len() > 1 {
        return Err(PythonError::unsupported(format!(
            "`.{name}` from a place on"
        )));
    }
    let part = argument(positional, 0, name)?;
    let at = if name == "rfind" {
        text.rfind(part)
    } else {
        text.find(part)
    };
    match (at, name) {
        (Some(at), _) => Ok(Value::Int(
            i64::try_from(text[..at].chars().count()).unwrap_or(i64::MAX),
        )),
        (None, "index") => Err(PythonError::raised("ValueError", "substring not found")),
        (None, _) => Ok(Value::Int(-1)),
    }
}

fn count(text: &str, part: &str) -> Result<Value> {
    let n = if part.is_empty() {
        text.chars().count() + 1
    } else {
        text.matches(part).count()
    };
    Ok(Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
}

/// `index` and `count`, which lists and tuples have.
fn of_elements(values: &[Value], name: &str, positional: &[Value]) -> Result<Value> {
    let wanted = positional
        .first()
        .ok_or_else(|| PythonError::type_error(format!("{name}() needs an argument")))?;
    match name {
        "index" => {
            let at = values.iter().position(|value| value.equals(wanted));
            let at = at.ok_or_else(|| {
                PythonError::raised(
                    "ValueError",
                    format!("{} is not in list", text::repr(wanted).unwrap_or_default()),
                )
            })?;
            Ok(Value::Int(i64::try_from(at).unwrap_or(i64::MAX)))
        }
        "count" => {
            let n = values.iter().filter(|value| value.equals(wanted)).count();
            Ok(Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
        }
        _ => Err(no_method("list", name)),
    }
}

fn of_list(
    list: &Rc<RefCell<Vec<Value>>>,
    name: &str,
    (positional, named): Arguments<'_>,
) -> Result<Value> {
    let first = || {
        positional
            .first()
            .cloned()
            .ok_or_else(|| PythonError::type_error(format!("{name}() needs an argument")))
    };
    match name {
        "append" => list.borrow_mut().push(first()?),
        "extend" => {
            let more = first()?.elements()?;
            list.borrow_mut().extend(more);
        }
        "insert" => {
            let length = list.borrow().len();
            let at = first()?
                .integer()
                .unwrap_or_default()
                .clamp(0, i64::try_from(length).unwrap_or(i64::MAX));
            let value = positional.get(1).cloned().unwrap_or(Value::None);
            list.borrow_mut()
                .insert(usize::try_from(at).unwrap_or_default(), value);
        }
        "pop" => {
            let length = list.borrow().len();
            let index = positional.first().cloned().unwrap_or(Value::Int(-1));
            let at = operators::position(&index, length, "pop")?;
            return Ok(list.borrow_mut().remove(at));
        }
        "remove" => {
            let at = of_elements(&list.borrow(), "index", positional)?;
            list.borrow_mut()
                .remove(operators::position(&at, usize::MAX, "list")?);
        }
        "reverse" => list.borrow_mut().reverse(),
        "copy" => return Ok(Value::list(list.borrow().clone())),
        "sort" if named.is_empty() => {
            let sorted = super::builtins::sorted(list.borrow().clone())?;
            *list.borrow_mut() = sorted;
        }
        _ => return of_elements(&list.borrow(), name, positional),
    }
    Ok(Value::None)
}

fn update(dict: &Rc<RefCell<Dict>>, (positional, named): Arguments<'_>) -> Result<()> {
    if let Some(Value::Dict(more)) = positional.first() {
        let more = more.borrow().0.clone();
        for (key, value) in more {
            dict.borrow_mut().set(key, value);
        }
    } else if !positional.is_empty() {
        return Err(PythonError::unsupported("`.update` with a list"));
    }
    for (name, value) in named {
        dict.borrow_mut().set(Value::string(name), value.clone());
    }
    Ok(())
}

fn of_dict(
    dict: &Rc<RefCell<Dict>>,
    name: &str,
    (positional, named): Arguments<'_>,
) -> Result<Value> {
    let key = || {
        positional
            .first()
            .ok_or_else(|| PythonError::type_error(format!("{name}() needs an argument")))
    };
    let default = || positional.get(1).cloned();
    match name {
        "get" => Ok(dict
            .borrow()
            .get(key()?)
            .cloned()
            .or_else(default)
            .unwrap_or(Value::None)),
        "keys" => Ok(Value::list(
            dict.borrow().0.iter().map(|(key, _)| key.clone()).collect(),
        )),
        "values" => Ok(Value::list(
            dict.borrow()
                .0
                .iter()
                .map(|(_, value)| value.clone())
                .collect(),
        )),
        "items" => {
            let pairs = dict.borrow();
            let pairs = pairs
                .0
                .iter()
                .map(|(key, value)| Value::Tuple([key.clone(), value.clone()].into()));
            Ok(Value::list(pairs.collect()))
        }
        "copy" => Ok(Value::dict(dict.borrow().0.clone())),
        "pop" => {
            let key = key()?;
            let found = dict.borrow().get(key).cloned();
            dict.borrow_mut().0.retain(|(known, _)| !known.equals(key));
            found
                .or_else(default)
                .ok_or_else(|| PythonError::raised("KeyError", text::repr(key).unwrap_or_default()))
        }
        "setdefault" => {
            let found = dict.borrow().get(key()?).cloned();
            let value = found.or_else(default).unwrap_or(Value::None);
            dict.borrow_mut().set(key()?.clone(), value.clone());
            Ok(value)
        }
        "update" => {
            update(dict, (positional, named))?;
            Ok(Value::None)
        }
        _ => Err(no_method("dict", name)),
    }
}
