//! Text that a terminal would obey rather than print: names of files, replies of models and messages of servers may hold
//! it. It is shown instead.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
};

/// True for a character that moves the cursor, changes colours or the order of the letters around it.
fn is_obeyed(c: char) -> bool {
    let is_bidirectional = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_bidirectional || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// The text with `\u{1b}` in place of what would be obeyed.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |c, out| write!(out, "{}", c.escape_unicode()))
}

/// JSON with `\u001b` in place of what would be obeyed: the same value.
pub(crate) fn shown_json(json: &str) -> Cow<'_, str> {
    // All of these have four digits, and none stands outside of a string.
    replaced(json, |c, out| write!(out, "\\u{:04x}", u32::from(c)))
}

fn replaced(text: &str, write: impl Fn(char, &mut String) -> std::fmt::Result) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_obeyed(c) {
            true => write(c, &mut out).expect("a string takes everything"),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Stderr for lines of the log: text, whose own colours are obeyed, or JSON.
#[derive(Debug)]
pub(crate) struct LogLines {
    pub(crate) is_json: bool,
}

impl Write for LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let shown = match self.is_json {
            true => shown_json(&text).into_owned(),
            false => with_colours(&text),
        };
        io::stderr().write_all(shown.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The text with everything shown but codes of colours, such as `ESC[2m`.
fn with_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = shown(parts.next().unwrap_or_default()).into_owned();
    for part in parts {
        let code = part.strip_prefix('[').and_then(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            rest[end..].starts_with('m').then_some(end)
        });
        out.push_str(if code.is_some() { "\u{1b}" } else { "\\u{1b}" });
        out.push_str(&shown(part));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_the_rest_is_as_it_was() {
        let plain = "ñ 心 🫀 a\tb\nc";
        assert!(matches!(shown(plain), Cow::Borrowed(text) if text == plain));
        let hostile = "a\u{1b}]0;title\u{7}\r\u{9b}31m\u{202e}cba\u{7f}";
        assert_eq!(
            shown(hostile),
            r"a\u{1b}]0;title\u{7}\u{d}\u{9b}31m\u{202e}cba\u{7f}"
        );
    }

    #[test]
    fn json_keeps_its_value() {
        let value = "a\u{1b}[2J\u{9b}\u{202e}\u{7f}";
        let json = serde_json::to_string(value).unwrap();
        let shown = shown_json(&json);
        assert!(!shown.contains(is_obeyed), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
    }

    #[test]
    fn a_log_has_its_colours_and_no_other_codes() {
        let line = "\u{1b}[2mtime\u{1b}[0m a\u{1b}[2Jb\u{9b}c\n";
        assert_eq!(
            with_colours(line),
            "\u{1b}[2mtime\u{1b}[0m a\\u{1b}[2Jb\\u{9b}c\n"
        );
    }
}
