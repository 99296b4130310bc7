//! Expressions, by rising strength of their operators.

use super::{Parser, is_keyword};
use crate::python::{
    error::Result,
    lexer::{Token, tokens, unescaped},
    syntax::{
        Argument, Clause, Collection, Comparison, Comprehension, Expression, Function, Operator,
        Parameter, Piece,
    },
};
use std::rc::Rc;

impl Parser {
    /// One expression, or several with commas between: a tuple.
    pub(super) fn expressions(&mut self) -> Result<Expression> {
        let first = self.starred_or_expression()?;
        if !self.is_sign(",") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes_sign(",") {
            if self.ends_tuple() {
                break;
            }
            all.push(self.expression()?);
        }
        Ok(Expression::Tuple(all))
    }

    fn starred_or_expression(&mut self) -> Result<Expression> {
        match self.is_sign("*") {
            true => Err(self.wrong("`*` before an element")),
            false => self.expression(),
        }
    }

    fn ends_tuple(&self) -> bool {
        match self.peek() {
            Token::Newline | Token::End => true,
            Token::Sign(sign) => matches!(*sign, ")" | "]" | "}" | "=" | ":"),
            Token::Name(word) => word == "in" || word == "for",
            _ => false,
        }
    }

    pub(super) fn expression(&mut self) -> Result<Expression> {
        self.deeper(Self::conditional)
    }

    fn conditional(&mut self) -> Result<Expression> {
        if self.takes_word("lambda") {
            return self.lambda();
        }
        let value = self.or()?;
        if self.is_sign(":=") {
            return Err(self.wrong("`:=`"));
        }
        if !self.takes_word("if") {
            return Ok(value);
        }
        let test = self.or()?;
        self.expect_word("else")?;
        let otherwise = self.expression()?;
        Ok(Expression::Conditional(Box::new((test, value, otherwise))))
    }

    fn lambda(&mut self) -> Result<Expression> {
        let mut parameters = Vec::new();
        while !self.is_sign(":") {
            let name = self.name()?;
            let default = self
                .takes_sign("=")
                .then(|| self.expression())
                .transpose()?;
            parameters.push(Parameter { name, default });
            if !self.takes_sign(",") {
                break;
            }
        }
        self.expect_sign(":")?;
        let body = self.expression()?;
        Ok(Expression::Lambda(Rc::new(Function {
            name: "<lambda>".to_owned(),
            parameters,
            takes_rest: None,
            takes_named: None,
            body: vec![crate::python::syntax::Statement::Return(Some(body))],
        })))
    }

    fn or(&mut self) -> Result<Expression> {
        let mut all = vec![self.and()?];
        while self.takes_word("or") {
            all.push(self.and()?);
        }
        Ok(single(all, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression> {
        let mut all = vec![self.not()?];
        while self.takes_word("and") {
            all.push(self.not()?);
        }
        Ok(single(all, Expression::And))
    }

    fn not(&mut self) -> Result<Expression> {
        match self.takes_word("not") {
            true => Ok(Expression::Not(Box::new(self.deeper(Self::not)?))),
            false => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Result<Expression> {
        let first = self.union()?;
        let mut rest = Vec::new();
        while let Some(comparison) = self.takes_comparison() {
            rest.push((comparison, self.union()?));
        }
        Ok(match rest.is_empty() {
            true => first,
            false => Expression::Compare(Box::new(first), rest),
        })
    }

    fn takes_comparison(&mut self) -> Option<Comparison> {
        let follows = |word: &str| matches!(self.peek_at(1), Token::Name(next) if next == word);
        let (comparison, width) = match self.peek() {
            Token::Sign("==") => (Comparison::Equal, 1),
            Token::Sign("!=") => (Comparison::NotEqual, 1),
            Token::Sign("<") => (Comparison::Less, 1),
            Token::Sign("<=") => (Comparison::LessEqual, 1),
            Token::Sign(">") => (Comparison::Greater, 1),
            Token::Sign(">=") => (Comparison::GreaterEqual, 1),
            Token::Name(word) if word == "in" => (Comparison::In, 1),
            Token::Name(word) if word == "not" && follows("in") => (Comparison::NotIn, 2),
            Token::Name(word) if word == "is" && follows("not") => (Comparison::IsNot, 2),
            Token::Name(word) if word == "is" => (Comparison::Is, 1),
            _ => return None,
        };
        self.at += width;
        Some(comparison)
    }

    fn union(&mut self) -> Result<Expression> {
        self.binary(&[("|", Operator::Union)], Self::sum)
    }

    fn sum(&mut self) -> Result<Expression> {
        self.binary(
            &[("+", Operator::Add), ("-", Operator::Subtract)],
            Self::product,
        )
    }

    fn product(&mut self) -> Result<Expression> {
        let signs = [
            ("*", Operator::Multiply),
            ("/", Operator::Divide),
            ("//", Operator::FloorDivide),
            ("%", Operator::Modulo),
        ];
        self.binary(&signs, Self::unary)
    }

    fn binary(
        &mut self,
        signs: &[(&str, Operator)],
        operand: fn(&mut Self) -> Result<Expression>,
    ) -> Result<Expression> {
        let mut left = operand(self)?;
        let mut n = 0;
        while let Some((sign, operator)) = signs.iter().find(|(sign, _)| self.is_sign(sign)) {
            self.expect_sign(sign)?;
            // A long sum is a deep tree.
            n += 1;
            if n > 500 {
                return Err(self.wrong("a sum of more than 500 parts"));
            }
            left = Expression::Binary(*operator, Box::new((left, operand(self)?)));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression> {
        if self.takes_sign("-") {
            return Ok(Expression::Negate(Box::new(self.deeper(Self::unary)?)));
        }
        if self.takes_sign("+") {
            return self.deeper(Self::unary);
        }
        let base = self.postfix()?;
        match self.takes_sign("**") {
            true => {
                let exponent = self.deeper(Self::unary)?;
                Ok(Expression::Binary(
                    Operator::Power,
                    Box::new((base, exponent)),
                ))
            }
            false => Ok(base),
        }
    }

    fn postfix(&mut self) -> Result<Expression> {
        let mut value = self.atom()?;
        let mut n = 0;
        loop {
            n += 1;
            if n > 200 {
                return Err(self.wrong("more than 200 calls in a row"));
            }
            value = if self.takes_sign("(") {
                Expression::Call(Box::new(value), self.arguments()?)
            } else if self.takes_sign("[") {
                self.subscript(value)?
            } else if self.takes_sign(".") {
                Expression::Attribute(Box::new(value), self.name()?)
            } else {
                return Ok(value);
            };
        }
    }

    fn arguments(&mut self) -> Result<Vec<Argument>> {
        let mut all = Vec::new();
        while !self.takes_sign(")") {
            all.push(self.argument()?);
            if !self.is_sign(")") {
                self.expect_sign(",")?;
            }
        }
        Ok(all)
    }

    fn argument(&mut self) -> Result<Argument> {
        if self.takes_sign("**") {
            return Ok(Argument::UnpackedNamed(self.expression()?));
        }
        if self.takes_sign("*") {
            return Ok(Argument::Unpacked(self.expression()?));
        }
        if let (Token::Name(name), Token::Sign("=")) = (self.peek(), self.peek_at(1)) {
            let name = name.clone();
            self.at += 2;
            return Ok(Argument::Named(name, self.expression()?));
        }
        let value = self.expression()?;
        match self.is_word("for") {
            // A generator that is handed over is consumed at once: a list serves.
            true => Ok(Argument::Positional(self.comprehension(
                Collection::List,
                value,
                None,
            )?)),
            false => Ok(Argument::Positional(value)),
        }
    }

    fn subscript(&mut self, value: Expression) -> Result<Expression> {
        let mut bounds = [None, None, None];
        let mut n_colons = 0;
        loop {
            if self.takes_sign(":") {
                n_colons += 1;
                if n_colons > 2 {
                    return Err(self.wrong("a slice of four parts"));
                }
            } else if self.takes_sign("]") {
                break;
            } else {
                let bound = if n_colons == 0 {
                    self.expressions()?
                } else {
                    self.expression()?
                };
                bounds[n_colons] = Some(Box::new(bound));
            }
        }
        if n_colons > 0 {
            return Ok(Expression::Slice(Box::new(value), bounds));
        }
        let [Some(index), ..] = bounds else {
            return Err(self.wrong("no index"));
        };
        Ok(Expression::Index(Box::new((value, *index))))
    }

    fn atom(&mut self) -> Result<Expression> {
        match self.next() {
            Token::Int(value) => Ok(Expression::Int(value)),
            Token::Float(value) => Ok(Expression::Float(value)),
            Token::Str(_) | Token::Format { .. } => {
                self.at -= 1;
                self.strings()
            }
            Token::Name(word) => self.named(word),
            Token::Sign("(") => self.parenthesised(),
            Token::Sign("[") => self.list(),
            Token::Sign("{") => self.braces(),
            _ => {
                self.at -= 1;
                Err(self.wrong("an expression that is not known"))
            }
        }
    }

    fn named(&mut self, word: String) -> Result<Expression> {
        Ok(match word.as_str() {
            "None" => Expression::None,
            "True" => Expression::Bool(true),
            "False" => Expression::Bool(false),
            _ if is_keyword(&word) => {
                self.at -= 1;
                return Err(self.wrong(&format!("`{word}`")));
            }
            _ => Expression::Name(word),
        })
    }

    fn parenthesised(&mut self) -> Result<Expression> {
        if self.takes_sign(")") {
            return Ok(Expression::Tuple(Vec::new()));
        }
        let value = self.expressions()?;
        let value = match self.is_word("for") {
            true => self.comprehension(Collection::List, value, None)?,
            false => value,
        };
        self.expect_sign(")")?;
        Ok(value)
    }

    fn list(&mut self) -> Result<Expression> {
        let mut all = Vec::new();
        while !self.takes_sign("]") {
            all.push(self.starred_or_expression()?);
            if all.len() == 1 && self.is_word("for") {
                let element = all.remove(0);
                let list = self.comprehension(Collection::List, element, None)?;
                self.expect_sign("]")?;
                return Ok(list);
            }
            if !self.is_sign("]") {
                self.expect_sign(",")?;
            }
        }
        Ok(Expression::List(all))
    }

    fn braces(&mut self) -> Result<Expression> {
        let mut pairs = Vec::new();
        let mut elements = Vec::new();
        while !self.takes_sign("}") {
            if self.takes_sign("**") {
                pairs.push((None, self.expression()?));
            } else {
                let key = self.expression()?;
                let value = self
                    .takes_sign(":")
                    .then(|| self.expression())
                    .transpose()?;
                if self.is_word("for") && pairs.is_empty() && elements.is_empty() {
                    let kind = if value.is_some() {
                        Collection::Dict
                    } else {
                        Collection::Set
                    };
                    let made = self.comprehension(kind, key, value)?;
                    self.expect_sign("}")?;
                    return Ok(made);
                }
                match value {
                    Some(value) => pairs.push((Some(key), value)),
                    None => elements.push(key),
                }
            }
            if !self.is_sign("}") {
                self.expect_sign(",")?;
            }
        }
        match (pairs.is_empty(), elements.is_empty()) {
            (_, true) => Ok(Expression::Dict(pairs)),
            (true, false) => Ok(Expression::Set(elements)),
            (false, false) => Err(self.wrong("a dict that is a set as well")),
        }
    }

    fn comprehension(
        &mut self,
        kind: Collection,
        element: Expression,
        value: Option<Expression>,
    ) -> Result<Expression> {
        let mut clauses = Vec::new();
        while self.takes_word("for") {
            let target = self.targets()?;
            self.expect_word("in")?;
            let iterable = self.or()?;
            let mut conditions = Vec::new();
            while self.takes_word("if") {
                conditions.push(self.or()?);
            }
            clauses.push(Clause {
                target,
                iterable,
                conditions,
            });
        }
        Ok(Expression::Comprehension(Box::new(Comprehension {
            kind,
            element,
            value,
            clauses,
        })))
    }

    /// What a loop binds: one name, or several.
    pub(super) fn targets(&mut self) -> Result<Expression> {
        let first = self.postfix()?;
        if !self.is_sign(",") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes_sign(",") {
            if self.is_word("in") {
                break;
            }
            all.push(self.postfix()?);
        }
        Ok(Expression::Tuple(all))
    }

    /// String literals that follow each other are one.
    fn strings(&mut self) -> Result<Expression> {
        let mut pieces: Vec<Piece> = Vec::new();
        loop {
            match self.peek() {
                Token::Str(text) => pieces.push(Piece::Text(text.as_str().into())),
                Token::Format { text, is_raw } => {
                    let (text, is_raw) = (text.clone(), *is_raw);
                    pieces.extend(self.deeper(|parser| parser.format(&text, is_raw))?);
                }
                _ => break,
            }
            self.at += 1;
        }
        let is_text = |piece: &Piece| matches!(piece, Piece::Text(_));
        if !pieces.iter().all(is_text) {
            return Ok(Expression::Format(pieces));
        }
        let text: String = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.as_ref()),
                Piece::Value { .. } => None,
            })
            .collect();
        Ok(Expression::Str(text.into()))
    }

    /// The pieces of an f-string.
    fn format(&mut self, text: &str, is_raw: bool) -> Result<Vec<Piece>> {
        let characters: Vec<char> = text.chars().collect();
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(&c) = characters.get(at) {
            let is_doubled = characters.get(at + 1) == Some(&c);
            match c {
                '{' | '}' if is_doubled => {
                    literal.push(c);
                    at += 2;
                }
                '}' => return Err(self.wrong("a single `}` in an f-string")),
                '{' => {
                    self.flush(&mut literal, is_raw, &mut pieces)?;
                    let end =
                        closing(&characters, at + 1).ok_or_else(|| self.wrong("an open `{`"))?;
                    pieces.push(self.replacement(&characters[at + 1..end], is_raw)?);
                    at = end + 1;
                }
                _ => {
                    literal.push(c);
                    at += 1;
                }
            }
        }
        self.flush(&mut literal, is_raw, &mut pieces)?;
        Ok(pieces)
    }

    fn flush(&self, literal: &mut String, is_raw: bool, pieces: &mut Vec<Piece>) -> Result<()> {
        if literal.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(literal);
        let text = match is_raw {
            true => text,
            false => unescaped(&text).ok_or_else(|| self.wrong("an escape"))?,
        };
        pieces.push(Piece::Text(text.into()));
        Ok(())
    }

    /// One `{…}` of an f-string.
    fn replacement(&mut self, inside: &[char], is_raw: bool) -> Result<Piece> {
        let (mut expression, format) = match top_level(inside, ':') {
            Some(at) => (&inside[..at], inside[at + 1..].iter().collect()),
            None => (inside, String::new()),
        };
        let mut conversion = None;
        if let [rest @ .., '!', c @ ('r' | 's' | 'a')] = expression {
            (expression, conversion) = (rest, Some(*c));
        }
        let source: String = expression.iter().collect();
        if source.trim_end().ends_with('=') {
            return Err(self.wrong("`=` in an f-string"));
        }
        let mut inner = Self {
            // Parentheses, so that it may go over several lines.
            tokens: tokens(&format!("({source})"))?,
            at: 0,
            depth: self.depth,
        };
        let value = inner.expressions()?;
        if !matches!(inner.peek(), Token::Newline) {
            return Err(self.wrong("more than one expression in an f-string"));
        }
        let format = self.deeper(|parser| parser.format(&format, is_raw))?;
        Ok(Piece::Value {
            value,
            conversion,
            format,
        })
    }
}

fn single(mut all: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match all.len() {
        1 => all.remove(0),
        _ => several(all),
    }
}

/// Index of the `}` that ends an f-string's `{`, which stood before `from`.
fn closing(characters: &[char], from: usize) -> Option<usize> {
    top_level(&characters[from..], '}').map(|at| from + at)
}

/// Index of a character that is outside brackets and strings.
fn top_level(characters: &[char], wanted: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, &c) in characters.iter().enumerate() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if depth == 0 && c == wanted => {
                // `!=` and `:=` are no ends.
                return Some(at);
            }
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, _) => {}
        }
    }
    None
}
