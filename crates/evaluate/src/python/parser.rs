//! Tokens → syntax trees. What is not evaluated here is no error where it is only defined: the definition's name is bound
//! to the reason, and asking for it gives that.

mod expressions;
mod statements;

use super::{
    error::{PythonError, Result},
    lexer::{Token, tokens},
    syntax::{Expression, Statement},
};

/// Nesting of expressions and statements.
const MAX_DEPTH: usize = 60;

/// The statements of a module.
pub(super) fn module(source: &str) -> Result<Vec<Statement>> {
    let mut parser = Parser::new(source)?;
    let mut statements = Vec::new();
    while *parser.peek() != Token::End {
        if parser.peek() == &Token::Newline {
            parser.at += 1;
            continue;
        }
        let start = parser.at;
        match parser.statement() {
            Ok(more) => statements.extend(more),
            Err(error) => statements.push(parser.skip(start, &error)?),
        }
        parser.depth = 0;
    }
    Ok(statements)
}

/// One expression.
pub(super) fn expression(source: &str) -> Result<Expression> {
    let mut parser = Parser::new(source.trim())?;
    let expression = parser.expressions()?;
    match (parser.next(), parser.peek()) {
        (Token::Newline, Token::End) => Ok(expression),
        _ => Err(parser.wrong("more than one expression")),
    }
}

pub(super) struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn new(source: &str) -> Result<Self> {
        Ok(Self {
            tokens: tokens(source)?,
            at: 0,
            depth: 0,
        })
    }

    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens
            .get(self.at + ahead)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn line(&self) -> usize {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens
            .get(self.at.min(last))
            .map_or(1, |(_, line)| *line)
    }

    fn wrong(&self, what: &str) -> PythonError {
        PythonError::unsupported(format!("{what} in line {}", self.line()))
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(found) if found == word)
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect_sign(&mut self, sign: &str) -> Result<()> {
        match self.takes_sign(sign) {
            true => Ok(()),
            false => Err(self.wrong(&format!("no `{sign}`"))),
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        match self.takes_word(word) {
            true => Ok(()),
            false => Err(self.wrong(&format!("no `{word}`"))),
        }
    }

    fn name(&mut self) -> Result<String> {
        match self.next() {
            Token::Name(name) => Ok(name),
            _ => Err(self.wrong("no name")),
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(PythonError::TooMuch {
                what: "nested expressions",
                limit: MAX_DEPTH as u64,
            });
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Skips a statement of the module that is not evaluated here. A definition binds its name to the reason.
    fn skip(&mut self, start: usize, error: &PythonError) -> Result<Statement> {
        let PythonError::Unsupported(reason) = error else {
            return Err(error.clone());
        };
        self.at = start;
        while self.is_sign("@") {
            self.skip_line();
        }
        self.takes_word("async");
        let name = match (self.peek(), self.peek_at(1)) {
            (Token::Name(word), Token::Name(name)) if word == "def" || word == "class" => {
                name.clone()
            }
            (Token::Name(name), Token::Sign("=" | ":")) if !is_keyword(name) => name.clone(),
            _ => return Err(error.clone()),
        };
        self.skip_line();
        if self.peek() == &Token::Indent {
            self.skip_block();
        }
        Ok(Statement::Unknown(name, reason.clone()))
    }

    fn skip_line(&mut self) {
        while !matches!(self.peek(), Token::Newline | Token::End) {
            self.at += 1;
        }
        self.at += 1;
    }

    fn skip_block(&mut self) {
        let mut depth = 0;
        loop {
            match self.next() {
                Token::Indent => depth += 1,
                Token::Dedent => depth -= 1,
                Token::End => return,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// Words that name nothing.
const KEYWORDS: [&str; 33] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "match_",
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}
