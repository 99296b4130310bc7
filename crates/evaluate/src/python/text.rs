//! Values as text: `str`, `repr`, format specifications and `%`.

use super::{
    error::{PythonError, Result},
    operators,
    value::Value,
};
use std::fmt::Write as _;

/// Nesting of lists and dicts that are printed.
const MAX_NESTING: usize = 40;
/// Width and precision of a format.
const MAX_WIDTH: usize = 10_000;

/// Python's `str`.
pub(crate) fn str_of(value: &Value) -> Result<String> {
    match value {
        Value::Str(text) => Ok(text.to_string()),
        Value::Path(path) => Ok(path.to_string_lossy().into_owned()),
        other => repr(other),
    }
}

/// Python's `repr`.
pub(crate) fn repr(value: &Value) -> Result<String> {
    let mut out = String::new();
    write_repr(value, &mut out, 0)?;
    Ok(out)
}

fn write_repr(value: &Value, out: &mut String, depth: usize) -> Result<()> {
    if depth > MAX_NESTING {
        return Err(PythonError::TooMuch {
            what: "nested values",
            limit: MAX_NESTING as u64,
        });
    }
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => write!(out, "{number}").unwrap_or_default(),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::Str(text) => out.push_str(&quoted(text)),
        Value::List(values) => sequence(&values.borrow(), ('[', ']'), out, depth)?,
        Value::Tuple(values) => sequence(values, ('(', ')'), out, depth)?,
        Value::Dict(dict) => {
            out.push('{');
            for (n, (key, value)) in dict.borrow().0.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                write_repr(key, out, depth + 1)?;
                out.push_str(": ");
                write_repr(value, out, depth + 1)?;
            }
            out.push('}');
        }
        Value::Unknown(reason) => return Err(PythonError::unsupported(reason.as_ref())),
        other => {
            return Err(PythonError::unsupported(format!(
                "the text of a {}",
                other.kind()
            )));
        }
    }
    Ok(())
}

fn sequence(
    values: &[Value],
    (open, close): (char, char),
    out: &mut String,
    depth: usize,
) -> Result<()> {
    out.push(open);
    for (n, value) in values.iter().enumerate() {
        out.push_str(if n > 0 { ", " } else { "" });
        write_repr(value, out, depth + 1)?;
    }
    if open == '(' && values.len() == 1 {
        out.push(',');
    }
    out.push(close);
    Ok(())
}

/// The `repr` of a float: the shortest digits that give it back.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = number.abs();
    if number != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    let text = format!("{number}");
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// The `repr` of a string.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let width = if code <= 0xff {
                    ('x', 2)
                } else if code <= 0xffff {
                    ('u', 4)
                } else {
                    ('U', 8)
                };
                write!(out, "\\{}{code:0width$x}", width.0, width = width.1).unwrap_or_default();
            }
        }
    }
    out.push(quote);
    out
}

/// Python's `str.isprintable` for one character, as far as Unicode's general categories are known here.
fn is_printable(c: char) -> bool {
    if c == ' ' {
        return true;
    }
    let is_format = matches!(u32::from(c), 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f
        | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe000..=0xf8ff | 0xe0001..=0xe007f | 0xf0000..=0x0010_ffff);
    !(c.is_control() || c.is_whitespace() || is_format)
}

/// A value by a format specification, as in `{x:>10.2f}`.
pub(crate) fn formatted(value: &Value, specification: &str) -> Result<String> {
    if specification.is_empty() {
        return str_of(value);
    }
    let unknown = || PythonError::unsupported(format!("the format `{specification}`"));
    let Specification {
        fill,
        align,
        sign,
        zero,
        width,
        comma,
        precision,
        kind,
    } = Specification::parse(specification).ok_or_else(unknown)?;
    let number = value.number().filter(|_| !matches!(value, Value::Str(_)));
    let mut body = match (kind, number, value.integer()) {
        (Some('d') | None, _, Some(integer)) if precision.is_none() => integer.to_string(),
        (Some('f' | 'F'), Some(number), _) => format!("{number:.*}", precision.unwrap_or(6)),
        (Some('%'), Some(number), _) => format!("{:.*}%", precision.unwrap_or(6), number * 100.0),
        (Some('s') | None, None, _) => match precision {
            Some(limit) => str_of(value)?.chars().take(limit).collect(),
            None => str_of(value)?,
        },
        (None, Some(_), None) if precision.is_none() => str_of(value)?,
        _ => return Err(unknown()),
    };
    if comma {
        body = thousands(&body);
    }
    if number.is_some() && matches!(sign, Some('+' | ' ')) && !body.starts_with('-') {
        body.insert(0, sign.unwrap_or('+'));
    }
    let padding = width.saturating_sub(body.chars().count());
    let fill = fill.unwrap_or(if zero { '0' } else { ' ' });
    let default = if number.is_some() { '>' } else { '<' };
    let fills = |n: usize| fill.to_string().repeat(n);
    Ok(match align.unwrap_or(if zero { '=' } else { default }) {
        '<' => format!("{body}{}", fills(padding)),
        '^' => format!(
            "{}{body}{}",
            fills(padding / 2),
            fills(padding - padding / 2)
        ),
        '=' if body.starts_with(['-', '+']) => {
            format!("{}{}{}", &body[..1], fills(padding), &body[1..])
        }
        _ => format!("{}{body}", fills(padding)),
    })
}

fn thousands(digits: &str) -> String {
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let (sign, whole) = whole
        .strip_prefix('-')
        .map_or(("", whole), |whole| ("-", whole));
    let mut out = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}{rest}")
}

#[derive(Debug, Default)]
struct Specification {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    zero: bool,
    width: usize,
    comma: bool,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Specification {
    fn parse(text: &str) -> Option<Self> {
        let mut rest: Vec<char> = text.chars().collect();
        let mut made = Self::default();
        let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
        if is_align(rest.get(1)) {
            (made.fill, made.align) = (rest.first().copied(), rest.get(1).copied());
            rest.drain(..2);
        } else if is_align(rest.first()) {
            made.align = Some(rest.remove(0));
        }
        if matches!(rest.first(), Some('+' | '-' | ' ')) {
            made.sign = Some(rest.remove(0));
        }
        if rest.first() == Some(&'0') {
            made.zero = true;
            rest.remove(0);
        }
        made.width = digits(&mut rest)?.unwrap_or(0);
        if rest.first() == Some(&',') {
            made.comma = true;
            rest.remove(0);
        }
        if rest.first() == Some(&'.') {
            rest.remove(0);
            made.precision = Some(digits(&mut rest)??);
        }
        made.kind = rest.pop();
        let is_known = matches!(made.kind, None | Some('d' | 'f' | 'F' | 's' | '%'));
        (rest.is_empty() && is_known).then_some(made)
    }
}

/// The number at the beginning, if there is one; `None` where it is too large.
fn digits(rest: &mut Vec<char>) -> Option<Option<usize>> {
    let n = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    if n == 0 {
        return Some(None);
    }
    let number: usize = rest.drain(..n).collect::<String>().parse().ok()?;
    (number <= MAX_WIDTH).then_some(Some(number))
}

/// `template % arguments`.
pub(super) fn percent(template: &str, arguments: &Value) -> Result<String> {
    let mut values = match arguments {
        Value::Tuple(values) => values.iter(),
        other => std::slice::from_ref(other).iter(),
    };
    let mut out = String::new();
    let mut characters = template.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let kind = characters.next();
        if kind == Some('%') {
            out.push('%');
            continue;
        }
        let value = values
            .next()
            .ok_or_else(|| PythonError::type_error("not enough arguments for format string"))?;
        match kind {
            Some('s') => out.push_str(&str_of(value)?),
            Some('r') => out.push_str(&repr(value)?),
            Some('d' | 'i') if value.integer().is_some() => out.push_str(&str_of(value)?),
            other => {
                return Err(PythonError::unsupported(format!(
                    "`%{}`",
                    other.unwrap_or(' ')
                )));
            }
        }
    }
    match values.next() {
        Some(_) if !matches!(arguments, Value::Dict(_)) => Err(PythonError::type_error(
            "not all arguments converted during string formatting",
        )),
        _ => Ok(out),
    }
}

/// `template.format(…)`.
pub(super) fn format(
    template: &str,
    positional: &[Value],
    named: &[(String, Value)],
) -> Result<String> {
    let mut out = String::new();
    let mut n_automatic = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let sign = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(sign) {
            out.push_str(sign);
            rest = after;
            continue;
        }
        let end = match (sign, rest.find('}')) {
            ("{", Some(end)) => end,
            _ => {
                return Err(PythonError::raised(
                    "ValueError",
                    "single brace in format string",
                ));
            }
        };
        let (field, specification) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        if specification.contains('{') {
            return Err(PythonError::unsupported("a format within a format"));
        }
        let (field, conversion) = field.split_once('!').unwrap_or((field, ""));
        let value = field_value(field, positional, named, &mut n_automatic)?;
        let value = if conversion == "r" {
            Value::string(repr(&value)?)
        } else {
            value
        };
        out.push_str(&formatted(&value, specification)?);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The value of `{name[key]}`, `{0}` or `{}`.
fn field_value(
    field: &str,
    positional: &[Value],
    named: &[(String, Value)],
    n_automatic: &mut usize,
) -> Result<Value> {
    let (name, keys) = field.split_at(field.find('[').unwrap_or(field.len()));
    let by_index = |index: usize| {
        let value = positional.get(index).cloned();
        value.ok_or_else(|| PythonError::raised("IndexError", "Replacement index out of range"))
    };
    let mut value = if name.is_empty() {
        *n_automatic += 1;
        by_index(*n_automatic - 1)?
    } else if let Ok(index) = name.parse() {
        by_index(index)?
    } else if name.contains('.') {
        return Err(PythonError::unsupported("an attribute in a format"));
    } else {
        let found = named.iter().find(|(known, _)| known == name);
        found
            .ok_or_else(|| PythonError::raised("KeyError", quoted(name)))?
            .1
            .clone()
    };
    for key in keys.split('[').skip(1) {
        let key = key.trim_end_matches(']');
        let key = key.parse().map_or_else(|_| Value::string(key), Value::Int);
        value = operators::index(&value, &key)?;
    }
    Ok(value)
}
