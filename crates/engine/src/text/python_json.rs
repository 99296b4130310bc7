//! JSON as Python's `json.dumps` writes it: blanks after commas and colons, keys in their order, numbers as `repr`.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// Deepest nesting that is written.
const MAX_DEPTH: usize = 200;

/// Arguments of `json.dumps`.
pub(super) struct Style {
    /// `ensure_ascii`.
    pub(super) is_ascii: bool,
    /// `indent`: a number of blanks or a text.
    pub(super) indent: Option<Value>,
    /// `separators`: between items, and between a key and its value.
    pub(super) separators: Option<Vec<String>>,
    /// `sort_keys`.
    pub(super) is_sorted: bool,
}

/// The value as JSON.
pub(super) fn dump(value: &Value, style: &Style) -> Result<String, Error> {
    let indent = style.indent.as_ref().filter(|indent| !indent.is_none());
    let indent = match indent {
        None => None,
        Some(indent) => Some(match indent.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(indent.clone())?.min(MAX_DEPTH)),
        }),
    };
    let (item, key) = match style.separators.as_deref() {
        Some([item, key]) => (item.clone(), key.clone()),
        Some(_) => return Err(wrong("separators are not a pair")),
        None if indent.is_some() => (",".into(), ": ".into()),
        None => (", ".into(), ": ".into()),
    };
    let mut writer = Writer {
        out: String::new(),
        is_ascii: style.is_ascii,
        is_sorted: style.is_sorted,
        indent,
        item,
        key,
    };
    writer.value(value, 0)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    is_ascii: bool,
    is_sorted: bool,
    indent: Option<String>,
    item: String,
    key: String,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(wrong("a value is nested too deeply for JSON"));
        }
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self
                .out
                .push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.out.push_str(&number(value)),
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => self.list(value, depth)?,
            ValueKind::Map => self.object(value, depth)?,
            kind => return Err(wrong(&format!("a value of kind {kind} is not JSON"))),
        }
        Ok(())
    }

    fn list(&mut self, list: &Value, depth: usize) -> Result<(), Error> {
        self.out.push('[');
        let mut is_empty = true;
        for value in list.try_iter()? {
            self.separate(is_empty, depth + 1);
            is_empty = false;
            self.value(&value, depth + 1)?;
        }
        self.close(is_empty, depth, ']');
        Ok(())
    }

    fn object(&mut self, object: &Value, depth: usize) -> Result<(), Error> {
        self.out.push('{');
        let mut keys: Vec<Value> = object.try_iter()?.collect();
        if self.is_sorted {
            keys.sort();
        }
        for (index, key) in keys.iter().enumerate() {
            self.separate(index == 0, depth + 1);
            match key.kind() {
                ValueKind::String => self.text(key.as_str().unwrap_or_default()),
                ValueKind::None => self.text("null"),
                ValueKind::Bool => self.text(if key.is_true() { "true" } else { "false" }),
                ValueKind::Number => self.text(&number(key)),
                kind => return Err(wrong(&format!("a key of kind {kind} is not JSON"))),
            }
            let separator = self.key.clone();
            self.out.push_str(&separator);
            self.value(&object.get_item(key)?, depth + 1)?;
        }
        self.close(keys.is_empty(), depth, '}');
        Ok(())
    }

    fn separate(&mut self, is_first: bool, depth: usize) {
        if !is_first {
            self.out.push_str(&self.item);
        }
        self.line(depth);
    }

    fn close(&mut self, is_empty: bool, depth: usize, bracket: char) {
        if !is_empty {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(depth));
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for char in text.chars() {
            match char {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                char if char < ' '
                    || self.is_ascii && !char.is_ascii()
                    || char == '\u{7f}' && self.is_ascii =>
                {
                    let mut units = [0; 2];
                    for unit in char.encode_utf16(&mut units) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                char => self.out.push(char),
            }
        }
        self.out.push('"');
    }
}

/// A number as Python's `repr` writes it.
fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    let Ok(number) = f64::try_from(value.clone()) else {
        return value.to_string();
    };
    if !number.is_finite() {
        let name = if number.is_nan() { "NaN" } else { "Infinity" };
        return if number < 0.0 {
            format!("-{name}")
        } else {
            name.to_owned()
        };
    }
    let text = format!("{number:?}");
    match text.split_once('e') {
        // Python writes a sign and at least two digits.
        Some((digits, exponent)) => {
            let (sign, size) = match exponent.strip_prefix('-') {
                Some(size) => ('-', size),
                None => ('+', exponent),
            };
            format!("{}e{sign}{size:0>2}", digits.trim_end_matches(".0"))
        }
        None => text,
    }
}

fn wrong(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason.to_owned())
}
