//! Backslashes in strings. Models write LaTeX and paths into JSON without doubling them; a parser of JSON then makes
//! control characters of `\frac`, `\times` and `C:\new`. Here they come out as they were written.

/// LaTeX commands that begin as an escape of JSON does and whose other letters are no word that a line begins with. Those
/// with `b`, `f` and `r` need no list: nobody means a backspace, a form feed or a carriage return before a letter.
const COMMANDS: [&str; 59] = [
    "nabla",
    "neq",
    "neg",
    "not",
    "notin",
    "nleq",
    "ngeq",
    "nsubseteq",
    "nsupseteq",
    "nrightarrow",
    "nleftarrow",
    "nolimits",
    "nonumber",
    "ncong",
    "ngtr",
    "nvdash",
    "nearrow",
    "nwarrow",
    "nsupset",
    "nprec",
    "nsucc",
    "nleqslant",
    "ngeqslant",
    "nRightarrow",
    "nLeftrightarrow",
    "nicefrac",
    "natural",
    "newline",
    "times",
    "theta",
    "tau",
    "tan",
    "tanh",
    "text",
    "textbf",
    "textit",
    "textrm",
    "textsf",
    "texttt",
    "textstyle",
    "textsuperscript",
    "textsubscript",
    "textdegree",
    "textmu",
    "tilde",
    "tfrac",
    "tbinom",
    "triangle",
    "triangleq",
    "triangleleft",
    "triangleright",
    "therefore",
    "thinspace",
    "thicksim",
    "thickapprox",
    "twoheadrightarrow",
    "tag",
    "to",
    "top",
];
/// Those whose other letters are a word (`\ne`, a line break and the Spanish or Italian *e*): commands where there is other
/// LaTeX around.
const UNSURE_COMMANDS: [&str; 9] = [
    "ne",
    "nu",
    "ni",
    "nless",
    "nsim",
    "nmid",
    "nexists",
    "nparallel",
    "nsubset",
];
/// Behind an unsure command, a sign that no line of prose begins with.
const MATH_SIGNS: &str = "_^{}=<>+*/()|$\\";

/// The text of a string, as far as it is read.
#[derive(Debug, Default)]
pub(super) struct Escapes {
    text: String,
    /// True within a path whose backslashes are not doubled.
    is_path: bool,
}

impl Escapes {
    /// Takes a character that is none of an escape.
    pub(super) fn push(&mut self, c: char) {
        if "\n\"'<>|*?,;".contains(c) {
            self.is_path = false;
        }
        self.text.push(c);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Takes what is behind a backslash, and says how many bytes; `None` at the end of the text.
    pub(super) fn take(&mut self, rest: &str) -> Option<usize> {
        let next = rest.chars().next()?;
        match next {
            '"' | '\'' | '/' | '`' | '\\' => {
                self.text.push(next);
                return Some(1);
            }
            'u' if !self.is_path && !self.begins_path() => {
                if let Some((c, length)) = unicode(rest) {
                    self.text.push(c);
                    return Some(length);
                }
            }
            'n' | 't' | 'r' if !self.is_literal(rest) => {
                self.push(if next == 't' { '\t' } else { '\n' });
                return Some(1);
            }
            '\n' => {
                self.text.push(' ');
                return Some(1);
            }
            _ => {}
        }
        self.is_path |= self.begins_path();
        self.text.push('\\');
        Some(0)
    }

    /// True if the backslash before `rest` was meant: a command of LaTeX, or a part of a path.
    fn is_literal(&self, rest: &str) -> bool {
        let name = letters(rest);
        let is_one_of = |commands: &[&str]| commands.contains(&name);
        let has_latex = self.text.contains(['\\', '$']);
        let after = rest[name.len()..].chars().next();
        let is_sure = is_one_of(&COMMANDS)
            || rest.starts_with('r') && name.len() > 1
            || is_one_of(&UNSURE_COMMANDS)
                && (has_latex || after.is_some_and(|c| MATH_SIGNS.contains(c)));
        is_sure || self.is_path || self.begins_path()
    }

    /// True if the text ends with a drive: `C:`.
    fn begins_path(&self) -> bool {
        let mut last = self.text.chars().rev();
        let (colon, drive, before) = (last.next(), last.next(), last.next());
        colon == Some(':')
            && drive.is_some_and(|c| c.is_ascii_alphabetic())
            && !before.is_some_and(char::is_alphanumeric)
    }
}

/// The letters at the start.
fn letters(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphabetic());
    &text[..end.unwrap_or(text.len())]
}

/// The character of `u` and four hexadecimal digits, or of two such escapes (UTF-16), and their length.
fn unicode(rest: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 4)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let first = unit(1)?;
    let second = rest
        .get(5..7)
        .filter(|escape| *escape == "\\u")
        .and_then(|_| unit(7));
    let mut decoded = char::decode_utf16(std::iter::once(first).chain(second));
    match decoded.next()? {
        Ok(c) if c.len_utf16() == 2 => Some((c, 11)),
        Ok(c) => Some((c, 5)),
        Err(_) => Some((char::REPLACEMENT_CHARACTER, 5)),
    }
}

/// Control characters that a parser before us has made of LaTeX (a tool call's arguments that were JSON twice), as they
/// were written.
pub(super) fn restored(text: &str) -> String {
    let mut restored = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        let rest = &text[index + c.len_utf8()..];
        let has_letter = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        let letter = match c {
            '\u{7}' => "a",
            '\u{8}' => "b",
            '\u{b}' => "v",
            '\u{c}' => "f",
            '\r' => "r",
            '\t' if COMMANDS.contains(&format!("t{}", letters(rest)).as_str()) => "t",
            _ => "",
        };
        if has_letter && !letter.is_empty() {
            restored.push('\\');
            restored.push_str(letter);
        } else {
            restored.push(c);
        }
    }
    restored
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string of JSON without its quotes, as it comes out.
    fn read(string: &str) -> String {
        let (mut escapes, mut rest) = (Escapes::default(), string);
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\\' => rest = &rest[escapes.take(rest).unwrap()..],
                _ => escapes.push(c),
            }
        }
        escapes.into_text()
    }

    #[test]
    fn latex_comes_out_as_it_was_written() {
        for latex in [
            r"\frac{a}{b}",
            r"a \times b",
            r"\beta and \underbrace{x}",
            r"\rho, \nabla f, \theta",
            r"\nu_e",
            r"$x \ne 0$",
            r"\sum_i \not\in \upsilon",
            r"\(\tau\) and \[\rightarrow\]",
            r"\boldsymbol{v}\to\infty",
        ] {
            assert_eq!(read(latex), latex);
        }
    }

    #[test]
    fn paths_come_out_as_they_were_written() {
        for path in [
            r"C:\users\new\table\bin",
            r"D:\Program Files\nodejs\run.exe",
        ] {
            assert_eq!(read(path), path);
        }
        assert_eq!(read(r"C:\\users\\new\nNext"), "C:\\users\\new\nNext");
    }

    #[test]
    fn escapes_of_json_are_read() {
        assert_eq!(
            read(r#"\"a\" \\ b\/c\nnext\tone\u00e9\ud83d\ude00 \ud83d"#),
            "\"a\" \\ b/c\nnext\tone\u{e9}\u{1f600} \u{fffd}"
        );
        assert_eq!(read(r"one\nnot two\r\nthree"), "one\nnot two\n\nthree");
        assert_eq!(read(r"\\frac{1}{2}"), r"\frac{1}{2}");
    }

    #[test]
    fn what_was_decoded_twice_is_restored() {
        assert_eq!(
            restored("\u{c}rac{1}{2} \u{8}eta 2\times \r\n a\tb"),
            "\\frac{1}{2} \\beta 2\\times \r\n a\tb"
        );
    }
}
