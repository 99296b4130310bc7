//! Language of chat templates: Jinja with the settings, functions and tags that transformers adds
//! (`utils/chat_template_utils.py`), and the methods of Python's strings that templates call.

use super::python_json;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat;

/// An environment without a template. `now` is what `strftime_now` tells; without it there is no such function.
pub(super) fn environment(now: Option<DateTime>) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_unknown_method_callback(method);
    environment.add_function("raise_exception", refuse);
    environment.add_filter("tojson", to_json);
    environment.add_test("iterable", is_iterable);
    if let Some(now) = now {
        environment.add_function("strftime_now", move |format: &str| time(format, now));
    }
    Ok(environment)
}

/// The template with `{% generation %}` as a plain scope: the tag only marks the assistant's part, for training.
pub(super) fn without_own_tags(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start + "{%".len());
        out.push_str(before);
        rest = tag;
        let Some((inner, _)) = tag.split_once("%}") else {
            break;
        };
        let word = inner.trim_matches(|c: char| c.is_whitespace() || "-+".contains(c));
        let own = match word {
            "generation" => "with",
            "endgeneration" => "endwith",
            _ => continue,
        };
        out.push_str(&inner.replacen(word, own, 1));
        rest = &tag[inner.len()..];
    }
    out + rest
}

/// As in Python: nothing can be iterated over in `none`, and undefined values are as good as empty.
fn is_iterable(value: &Value) -> bool {
    let has_items = value.as_str().is_some() || value.try_iter().is_ok();
    value.is_undefined() || has_items && !value.is_none()
}

fn refuse(message: &str) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_owned()))
}

fn time(format: &str, now: DateTime) -> Result<String, Error> {
    strtime::format(format, now)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// Python's `json.dumps` with transformers' defaults.
fn to_json(value: &Value, ensure_ascii: Option<bool>, options: Kwargs) -> Result<Value, Error> {
    let named: Option<bool> = options.get("ensure_ascii")?;
    let style = python_json::Style {
        is_ascii: ensure_ascii.or(named).unwrap_or(false),
        indent: options.get::<Option<Value>>("indent")?,
        separators: options.get::<Option<Vec<String>>>("separators")?,
        is_sorted: options.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
    };
    options.assert_all_used()?;
    let text = python_json::dump(value, &style)?;
    Ok(Value::from_safe_string(text))
}

/// Methods of Python's strings that `pycompat` lacks, else what it has.
fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    match value.as_str() {
        Some(text) if value.kind() == ValueKind::String => match string_method(text, name, args) {
            Some(result) => result,
            None => pycompat::unknown_method_callback(state, value, name, args),
        },
        _ => pycompat::unknown_method_callback(state, value, name, args),
    }
}

/// `None` for a method that is none of these.
fn string_method(text: &str, name: &str, args: &[Value]) -> Option<Result<Value, Error>> {
    let affix = || from_args::<(&str,)>(args).map(|(affix,)| affix);
    let parts = |parts: Vec<&str>| Value::from_iter(parts.iter().copied().map(Value::from));
    let result = match name {
        "removeprefix" => affix().map(|affix| text.strip_prefix(affix).unwrap_or(text).into()),
        "removesuffix" => affix().map(|affix| text.strip_suffix(affix).unwrap_or(text).into()),
        "partition" => affix().map(|separator| match text.split_once(separator) {
            Some((before, after)) => parts(vec![before, separator, after]),
            None => parts(vec![text, "", ""]),
        }),
        "rpartition" => affix().map(|separator| match text.rsplit_once(separator) {
            Some((before, after)) => parts(vec![before, separator, after]),
            None => parts(vec!["", "", text]),
        }),
        "rsplit" => from_args::<(&str, Option<usize>)>(args).map(|(separator, most)| {
            let most = most.unwrap_or(usize::MAX - 1);
            let mut split: Vec<&str> = text.rsplitn(most.saturating_add(1), separator).collect();
            split.reverse();
            parts(split)
        }),
        _ => return None,
    };
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generation_becomes_a_scope_with_the_same_blanks() {
        let template = "a {%- generation -%} b {% endgeneration %} {% if generation %}{% endif %}";
        assert_eq!(
            without_own_tags(template),
            "a {%- with -%} b {% endwith %} {% if generation %}{% endif %}"
        );
        assert_eq!(without_own_tags("{% generation"), "{% generation");
    }
}
