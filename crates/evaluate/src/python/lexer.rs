//! Text of a module → tokens, with Python's indentation.

use super::error::{PythonError, Result};

/// Size of a module in bytes.
const MAX_SOURCE: usize = 4 << 20;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Int(i64),
    Float(f64),
    Str(String),
    /// The text between the quotes of an f-string, and whether escapes are kept.
    Format {
        text: String,
        is_raw: bool,
    },
    Sign(&'static str),
    Newline,
    Indent,
    Dedent,
    End,
}

/// Longest first.
const SIGNS: [&str; 47] = [
    "**=", "//=", ">>=", "<<=", "...", "!=", "==", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=",
    "%=", "|=", "&=", "^=", "**", "//", "<<", ">>", "@=", "(", ")", "[", "]", "{", "}", ",", ":",
    ".", ";", "=", "+", "-", "*", "/", "%", "<", ">", "|", "&", "^", "~", "@",
];

/// Tokens, each with its line.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>> {
    if source.len() > MAX_SOURCE {
        return Err(PythonError::TooMuch {
            what: "bytes of source",
            limit: MAX_SOURCE as u64,
        });
    }
    let mut lexer = Lexer {
        characters: source.chars().collect(),
        at: 0,
        line: 1,
        depth: 0,
        indents: vec![0],
        tokens: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
    line: usize,
    /// Open brackets: line ends do not count within them.
    depth: usize,
    indents: Vec<usize>,
    tokens: Vec<(Token, usize)>,
}

impl Lexer {
    fn run(&mut self) -> Result<()> {
        self.indentation()?;
        while let Some(c) = self.peek(0) {
            match c {
                '\n' => self.line_end()?,
                ' ' | '\t' | '\r' | '\u{c}' => self.at += 1,
                '#' => self.skip_comment(),
                '\\' if self.peek(1) == Some('\n') => {
                    self.at += 2;
                    self.line += 1;
                }
                '0'..='9' => self.number()?,
                '.' if self.peek(1).is_some_and(|c| c.is_ascii_digit()) => self.number()?,
                '"' | '\'' => self.string("")?,
                c if c == '_' || c.is_alphabetic() => self.word()?,
                _ => self.sign()?,
            }
        }
        if !matches!(self.tokens.last(), None | Some((Token::Newline, _))) {
            self.push(Token::Newline);
        }
        for _ in 1..self.indents.len() {
            self.push(Token::Dedent);
        }
        self.push(Token::End);
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn push(&mut self, token: Token) {
        self.tokens.push((token, self.line));
    }

    fn wrong(&self, what: &str) -> PythonError {
        PythonError::unsupported(format!("{what} in line {}", self.line))
    }

    fn skip_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    fn line_end(&mut self) -> Result<()> {
        if self.depth == 0
            && !matches!(
                self.tokens.last(),
                None | Some((Token::Newline | Token::Indent | Token::Dedent, _))
            )
        {
            self.push(Token::Newline);
        }
        self.at += 1;
        self.line += 1;
        if self.depth == 0 {
            self.indentation()?;
        }
        Ok(())
    }

    /// Reads the spaces of a new line; an empty line says nothing.
    fn indentation(&mut self) -> Result<()> {
        let start = self.at;
        let mut width = 0;
        while let Some(c @ (' ' | '\t' | '\u{feff}')) = self.peek(0) {
            width += match c {
                ' ' => 1,
                '\t' => 8 - width % 8,
                _ => 0,
            };
            self.at += 1;
        }
        if matches!(self.peek(0), None | Some('\n' | '\r' | '#')) {
            self.at = self.at.max(start);
            return Ok(());
        }
        let current = self.indents.last().copied().unwrap_or_default();
        if width > current {
            self.indents.push(width);
            self.push(Token::Indent);
        }
        while width < self.indents.last().copied().unwrap_or_default() {
            self.indents.pop();
            self.push(Token::Dedent);
            if width > self.indents.last().copied().unwrap_or_default() {
                return Err(self.wrong("an indentation that fits none before"));
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let start = self.at;
        let is_prefixed =
            self.peek(0) == Some('0') && self.peek(1).is_some_and(|c| "xXoObB".contains(c));
        let mut previous = ' ';
        while let Some(c) = self.peek(0) {
            let is_sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !is_prefixed;
            if !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || is_sign) {
                break;
            }
            previous = c;
            self.at += 1;
        }
        let text: String = self.characters[start..self.at]
            .iter()
            .filter(|c| **c != '_')
            .collect();
        let token = number(&text).ok_or_else(|| self.wrong(&format!("the number {text}")))?;
        self.push(token);
        Ok(())
    }

    fn word(&mut self) -> Result<()> {
        let start = self.at;
        while self
            .peek(0)
            .is_some_and(|c| c == '_' || c.is_alphanumeric())
        {
            self.at += 1;
        }
        let word: String = self.characters[start..self.at].iter().collect();
        let is_prefix = word.len() <= 2 && word.chars().all(|c| "rRbBfFuU".contains(c));
        if is_prefix && matches!(self.peek(0), Some('"' | '\'')) {
            return self.string(&word.to_ascii_lowercase());
        }
        self.push(Token::Name(word));
        Ok(())
    }

    fn string(&mut self, prefix: &str) -> Result<()> {
        if prefix.contains('b') {
            return Err(self.wrong("bytes"));
        }
        let quote = self.peek(0).unwrap_or('"');
        let is_long = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        let width = if is_long { 3 } else { 1 };
        self.at += width;
        let start = self.at;
        let first_line = self.line;
        loop {
            match self.peek(0) {
                None => return Err(self.wrong("a string without an end")),
                Some('\n') if !is_long => return Err(self.wrong("a string without an end")),
                Some('\\') => {
                    self.line += usize::from(self.peek(1) == Some('\n'));
                    self.at += 2;
                }
                Some(c)
                    if c == quote && (0..width).all(|ahead| self.peek(ahead) == Some(quote)) =>
                {
                    break;
                }
                Some(c) => {
                    self.line += usize::from(c == '\n');
                    self.at += 1;
                }
            }
        }
        let end = self.at.min(self.characters.len());
        let text: String = self.characters[start..end].iter().collect();
        self.at = end + width;
        let is_raw = prefix.contains('r');
        let token = match (prefix.contains('f'), is_raw) {
            (true, is_raw) => Token::Format { text, is_raw },
            (false, true) => Token::Str(text),
            (false, false) => Token::Str(unescaped(&text).ok_or_else(|| self.wrong("an escape"))?),
        };
        self.tokens.push((token, first_line));
        Ok(())
    }

    fn sign(&mut self) -> Result<()> {
        let fits = |sign: &&str| {
            sign.chars()
                .enumerate()
                .all(|(ahead, c)| self.peek(ahead) == Some(c))
        };
        let Some(sign) = SIGNS.iter().copied().find(fits) else {
            return Err(self.wrong(&format!("`{}`", self.peek(0).unwrap_or(' '))));
        };
        match sign {
            "(" | "[" | "{" => self.depth += 1,
            ")" | "]" | "}" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.at += sign.len();
        self.push(Token::Sign(sign));
        Ok(())
    }
}

fn number(text: &str) -> Option<Token> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(Token::Int);
        }
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().ok().map(Token::Int);
    }
    let is_decimal = text
        .chars()
        .all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    is_decimal
        .then(|| text.parse().ok().map(Token::Float))
        .flatten()
}

/// A string with its escapes resolved.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next()? {
            '\n' => {}
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            c @ ('\\' | '\'' | '"') => out.push(c),
            'x' => out.push(code(&mut characters, 2)?),
            'u' => out.push(code(&mut characters, 4)?),
            'U' => out.push(code(&mut characters, 8)?),
            'N' => return None,
            c @ '0'..='7' => {
                let mut number = c.to_digit(8)?;
                let mut rest = characters.clone();
                for _ in 0..2 {
                    let Some(digit) = rest.next().and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    number = number * 8 + digit;
                    characters.next();
                }
                out.push(char::from_u32(number)?);
            }
            other => out.extend(['\\', other]),
        }
    }
    Some(out)
}

fn code(characters: &mut std::str::Chars<'_>, n_digits: usize) -> Option<char> {
    let digits: String = characters.take(n_digits).collect();
    if digits.len() != n_digits {
        return None;
    }
    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
}
