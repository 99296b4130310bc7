//! Values out of what is nearly JSON: single quotes, quotes that are not escaped, comments, bare words, commas too many or
//! too few, a bracket that is missing. What is JSON is read as it stands, but for escapes that are LaTeX or a path. Knows
//! no question.

use super::escapes::Escapes;

/// Deeper nesting is no reply.
const MAX_DEPTH: usize = 64;
/// Longer keys are text.
const MAX_KEY_BYTES: usize = 200;

/// A value. Numbers and words stay as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// In quotes.
    Text(String),
    /// A number, `true`, `null`, a word.
    Bare(String),
    List(Vec<Value>),
    /// Keys may come twice.
    Object(Vec<(String, Value)>),
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The text ends before it does.
    Cut,
    Invalid,
    /// Nested too deeply to be a reply.
    Deep,
}

/// The value at the start of `text`, and the bytes that it takes; with a fault, those that were looked at. Looks at
/// `budget` bytes at most, those ahead of a quote included.
pub(super) fn read(text: &str, budget: usize) -> (Result<Value, Fault>, usize) {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        has_bare_keys: false,
        looked_at: 0,
        budget,
    };
    let value = reader.value();
    let n = match value {
        Ok(_) => reader.at,
        Err(_) => reader.at.max(reader.looked_at).max(1),
    };
    (value, n)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// True once a key was not quoted: then others need not be.
    has_bare_keys: bool,
    /// Bytes that were looked at ahead.
    looked_at: usize,
    budget: usize,
}

/// Where a string stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Key,
    Object,
    List,
    Nothing,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn value(&mut self) -> Result<Value, Fault> {
        self.value_within(Within::Nothing)
    }

    fn value_within(&mut self, within: Within) -> Result<Value, Fault> {
        self.at += space(self.rest());
        if self.depth >= MAX_DEPTH {
            return Err(Fault::Deep);
        }
        if self.at + self.looked_at > self.budget {
            return Err(Fault::Invalid);
        }
        match self.peek() {
            None => Err(Fault::Cut),
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::list),
            Some(open) if closing(open).is_some() => self.string(open, within).map(Value::Text),
            Some(_) => self.bare(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut members = Vec::new();
        loop {
            self.at += space_and_commas(self.rest());
            match self.peek() {
                None => return Err(Fault::Cut),
                Some('}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                // Its own brace is missing.
                Some('{' | ']') if !members.is_empty() => return Ok(Value::Object(members)),
                Some(_) => {
                    let key = self.key()?;
                    members.push((key, self.value_within(Within::Object)?));
                }
            }
        }
    }

    /// A key with its colon.
    fn key(&mut self) -> Result<String, Fault> {
        let key = match self.peek() {
            Some(open) if closing(open).is_some() => self.string(open, Within::Key)?,
            _ => self.bare_key()?,
        };
        self.at += space(self.rest());
        let colon = match self.rest() {
            "" => return Err(Fault::Cut),
            rest if rest.starts_with("=>") => "=>",
            rest if rest.starts_with(':') => ":",
            rest if rest.starts_with('：') => "：",
            rest if rest.starts_with('=') => "=",
            _ => return Err(Fault::Invalid),
        };
        self.at += colon.len();
        Ok(key)
    }

    fn bare_key(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .ok_or(Fault::Cut)?;
        if length == 0 || length > MAX_KEY_BYTES {
            return Err(Fault::Invalid);
        }
        let key = rest[..length].to_owned();
        self.at += length;
        self.has_bare_keys = true;
        Ok(key)
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let mut values = Vec::new();
        loop {
            self.at += space_and_commas(self.rest());
            match self.peek() {
                None => return Err(Fault::Cut),
                Some(']') => {
                    self.at += 1;
                    return Ok(Value::List(values));
                }
                // Its own bracket is missing.
                Some('}') if !values.is_empty() => return Ok(Value::List(values)),
                Some('}' | ':') => return Err(Fault::Invalid),
                Some(_) => values.push(self.value_within(Within::List)?),
            }
        }
    }

    /// A number or words without quotes: up to what divides values.
    fn bare(&mut self) -> Result<Value, Fault> {
        let rest = self.rest();
        let length = rest.find([',', '}', ']', '\n']).ok_or(Fault::Cut)?;
        let word = rest[..length].trim();
        if word.is_empty() || word.contains(['{', '[', '"']) {
            return Err(Fault::Invalid);
        }
        let value = Value::Bare(word.to_owned());
        self.at += length;
        Ok(value)
    }

    fn string(&mut self, open: char, within: Within) -> Result<String, Fault> {
        let close = closing(open).unwrap_or(open);
        self.at += open.len_utf8();
        if let Some(text) = self.triple_quoted(open)? {
            return Ok(text);
        }
        let mut escapes = Escapes::default();
        loop {
            let c = self.peek().ok_or(Fault::Cut)?;
            self.at += c.len_utf8();
            match c {
                '\\' => self.at += escapes.take(&self.text[self.at..]).ok_or(Fault::Cut)?,
                _ if c == close && self.ends(within)? => return Ok(escapes.into_text()),
                _ => escapes.push(c),
            }
        }
    }

    /// The text of a string of Python in three quotes, if the first of them, which was read, begins one.
    fn triple_quoted(&mut self, open: char) -> Result<Option<String>, Fault> {
        let quotes = match open {
            '"' => "\"\"\"",
            '\'' => "'''",
            _ => return Ok(None),
        };
        let Some(text) = self.rest().strip_prefix(&quotes[1..]) else {
            return Ok(None);
        };
        let length = text.find(quotes).ok_or(Fault::Cut)?;
        let text = text[..length].to_owned();
        self.at += 2 + length + quotes.len();
        Ok(Some(text))
    }

    /// True if the quote before ends its string: what divides values comes next.
    fn ends(&mut self, within: Within) -> Result<bool, Fault> {
        let rest = self.rest();
        let blank = space(rest);
        let next = &rest[blank..];
        let has_line_end = rest[..blank].contains('\n');
        let ends = match (within, next.chars().next()) {
            (_, None) | (Within::Nothing | Within::Key, _) => true,
            (_, Some('}' | ']')) => true,
            (Within::Object, Some(comma @ (',' | '，'))) => {
                let after = &next[comma.len_utf8()..];
                let after = &after[space_and_commas(after)..];
                after.is_empty() || after.starts_with(['}', '{']) || self.is_key(after)
            }
            (Within::Object, Some(_)) => has_line_end && self.is_key(next),
            (Within::List, Some(comma @ (',' | '，'))) => begins_value(&next[comma.len_utf8()..]),
            (Within::List, Some(c)) => has_line_end && closing(c).is_some(),
        };
        self.looked_at += blank + 1;
        if self.looked_at > self.budget {
            return Err(Fault::Invalid);
        }
        Ok(ends)
    }

    /// True if `text` begins with a key and its colon, or ends within it.
    fn is_key(&self, text: &str) -> bool {
        let mut chars = text.char_indices().take(MAX_KEY_BYTES);
        let Some((_, first)) = chars.next() else {
            return true;
        };
        let length = match closing(first) {
            Some(close) => {
                let mut is_escaped = false;
                let found = chars.find(|(_, c)| {
                    let is_end = *c == close && !is_escaped;
                    is_escaped = *c == '\\' && !is_escaped;
                    is_end
                });
                found.map(|(index, c)| index + c.len_utf8())
            }
            None if self.has_bare_keys => {
                text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            }
            None => return false,
        };
        match length {
            Some(length) => {
                let after = text[length..].trim_start();
                after.is_empty() || after.starts_with([':', '：', '=']) && length > 0
            }
            None => text.chars().nth(MAX_KEY_BYTES).is_none(),
        }
    }
}

/// True if a value of a list begins after the comma before `text`, or the list ends there.
fn begins_value(text: &str) -> bool {
    let text = &text[space_and_commas(text)..];
    let Some(first) = text.chars().next() else {
        return true;
    };
    let is_sign = matches!(first, '{' | '[' | ']' | '}' | '-') || first.is_ascii_digit();
    let words = ["true", "false", "null", "None", "True", "False"];
    let is_word = words
        .iter()
        .any(|word| text.starts_with(word) || word.starts_with(text));
    is_sign || is_word || closing(first).is_some()
}

/// The quote that ends what `open` begins.
fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' | '„' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

/// Bytes of white space and comments at the start.
fn space(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let end = match rest {
            _ if rest.starts_with("//") || rest.starts_with("# ") => rest.find('\n'),
            _ if rest.starts_with("/*") => rest.find("*/").map(|end| end + 2),
            _ => return text.len() - rest.len(),
        };
        rest = end.map_or("", |end| &rest[end..]);
    }
}

fn space_and_commas(text: &str) -> usize {
    let mut n = space(text);
    // `...` stands for what the model left out.
    while let Some(comma) = [",", ";", "，", "...", "…"]
        .iter()
        .find(|comma| text[n..].starts_with(**comma))
    {
        n += comma.len();
        n += space(&text[n..]);
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn read_all(text: &str) -> Result<Value, Fault> {
        read(text, usize::MAX).0
    }

    fn object(members: &[(&str, Value)]) -> Result<Value, Fault> {
        Ok(Value::Object(
            members
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
        ))
    }

    #[test]
    fn json_is_read_as_it_stands() {
        let json = r#"{"a": "x \"y\", \"z\": \\ é", "b": [1.50, true, null], "a": {}}"#;
        let bare = |word: &str| Value::Bare(word.to_owned());
        assert_eq!(
            read_all(json),
            object(&[
                ("a", text("x \"y\", \"z\": \\ é")),
                (
                    "b",
                    Value::List(vec![bare("1.50"), bare("true"), bare("null")])
                ),
                ("a", Value::Object(vec![])),
            ])
        );
    }

    #[test]
    fn what_is_nearly_json_is_read_as_it_was_meant() {
        let expected = object(&[("a", text("the heart's")), ("b", text("c"))]);
        for nearly in [
            r#"{'a': 'the heart's', 'b': 'c'}"#,
            r#"{a: "the heart's", b: "c",}"#,
            "{\"a\": \"the heart's\" // why\n, /* and */ \"b\": \"c\"}",
            "{\"a\": \"the heart's\"\n \"b\": \"c\"}",
            "{“a”: “the heart's”, “b”: “c”}",
            r#"{"a" => "the heart's", "b" => "c"}"#,
            r#"{"a": """the heart's""", "b": '''c'''}"#,
            "{“a”：“the heart's”，“b”：“c”}",
            r#"{"a": "the heart's", "b": "c", ...}"#,
        ] {
            assert_eq!(read_all(nearly), expected, "{nearly}");
        }
        assert_eq!(
            read_all(r#"{"a": "Who said "no", and why?", "b": ["the "x" one", "y"]}"#),
            object(&[
                ("a", text("Who said \"no\", and why?")),
                ("b", Value::List(vec![text("the \"x\" one"), text("y")])),
            ])
        );
    }

    #[test]
    fn what_ends_too_early_is_cut() {
        for cut in ["{\"a\": \"b", "{\"a\"", "{", "[1, 2", "{\"a\": \"b\\"] {
            assert_eq!(read_all(cut), Err(Fault::Cut), "{cut}");
        }
        assert_eq!(read_all("{\"a\" 1}"), Err(Fault::Invalid));
    }

    #[test]
    fn no_more_is_looked_at_than_the_budget() {
        let hostile = format!("{{\"a\": \"{}x", "//\"\n".repeat(100_000));
        assert_eq!(read(&hostile, 400_000).0, Err(Fault::Invalid));
    }
}
