//! Statements and blocks.

use super::{Parser, is_keyword};
use crate::python::{
    error::Result,
    lexer::Token,
    syntax::{Expression, Function, Operator, Parameter, Statement},
};
use std::rc::Rc;

impl Parser {
    /// One statement, or several in one line.
    pub(super) fn statement(&mut self) -> Result<Vec<Statement>> {
        let Token::Name(word) = self.peek().clone() else {
            return self.simple_line();
        };
        let compound = match word.as_str() {
            "def" => self.define()?,
            "if" => self.conditional_block()?,
            "for" => self.for_loop()?,
            "while" => self.while_loop()?,
            "with" => self.with()?,
            "try" => self.try_block()?,
            _ => return self.simple_line(),
        };
        Ok(vec![compound])
    }

    fn simple_line(&mut self) -> Result<Vec<Statement>> {
        let mut all = vec![self.simple()?];
        while self.takes_sign(";") {
            if self.peek() == &Token::Newline {
                break;
            }
            all.push(self.simple()?);
        }
        match self.next() {
            Token::Newline => Ok(all),
            _ => {
                self.at -= 1;
                Err(self.wrong("a statement that is not known"))
            }
        }
    }

    fn simple(&mut self) -> Result<Statement> {
        let Token::Name(word) = self.peek().clone() else {
            return self.assignment();
        };
        let ends = |parser: &Self| matches!(parser.peek(), Token::Newline | Token::Sign(";"));
        self.at += 1;
        Ok(match word.as_str() {
            "return" if ends(self) => Statement::Return(None),
            "return" => Statement::Return(Some(self.expressions()?)),
            "pass" => Statement::Pass,
            "break" => Statement::Break,
            "continue" => Statement::Continue,
            "import" => self.import()?,
            "from" => self.import_from()?,
            "assert" => {
                let test = self.expression()?;
                let message = self
                    .takes_sign(",")
                    .then(|| self.expression())
                    .transpose()?;
                Statement::Assert(test, message)
            }
            "raise" if ends(self) => Statement::Raise(None),
            "raise" => Statement::Raise(Some(self.expression()?)),
            "del" => Statement::Delete(vec![self.expression()?]),
            _ => {
                self.at -= 1;
                return self.assignment();
            }
        })
    }

    fn assignment(&mut self) -> Result<Statement> {
        if matches!(self.peek(), Token::Name(word) if is_keyword(word) && word != "not" && word != "lambda")
        {
            let Token::Name(word) = self.next() else {
                unreachable!("it was a name")
            };
            return Err(self.wrong(&format!("`{word}`")));
        }
        let first = self.expressions()?;
        // A type says nothing.
        if self.takes_sign(":") {
            self.expression()?;
            if !self.is_sign("=") {
                return Ok(Statement::Pass);
            }
        }
        for (sign, operator) in AUGMENTED {
            if self.takes_sign(sign) {
                return Ok(Statement::Augment(first, operator, self.expressions()?));
            }
        }
        if !self.is_sign("=") {
            return Ok(Statement::Expression(first));
        }
        let mut all = vec![first];
        while self.takes_sign("=") {
            all.push(self.expressions()?);
        }
        let value = all.pop().unwrap_or(Expression::None);
        Ok(Statement::Assign(all, value))
    }

    fn import(&mut self) -> Result<Statement> {
        let mut names = Vec::new();
        loop {
            let module = self.dotted()?;
            let bound = match self.takes_word("as") {
                true => (self.name()?, module),
                false => {
                    let first = module.split('.').next().unwrap_or_default().to_owned();
                    (first.clone(), first)
                }
            };
            names.push(bound);
            if !self.takes_sign(",") {
                return Ok(Statement::Import(names));
            }
        }
    }

    fn import_from(&mut self) -> Result<Statement> {
        let mut module = String::new();
        while self.takes_sign(".") || self.takes_sign("...") {
            module.push('.');
        }
        if !self.is_word("import") {
            module.push_str(&self.dotted()?);
        }
        self.expect_word("import")?;
        let is_wrapped = self.takes_sign("(");
        let mut names = Vec::new();
        if self.takes_sign("*") {
            names.push(("*".to_owned(), module));
            return Ok(Statement::Import(names));
        }
        while let Token::Name(_) = self.peek() {
            let name = self.name()?;
            let bound = if self.takes_word("as") {
                self.name()?
            } else {
                name.clone()
            };
            names.push((bound, format!("{module}.{name}")));
            if !self.takes_sign(",") {
                break;
            }
        }
        if is_wrapped {
            self.expect_sign(")")?;
        }
        Ok(Statement::Import(names))
    }

    fn dotted(&mut self) -> Result<String> {
        let mut name = self.name()?;
        while self.takes_sign(".") {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(name)
    }

    fn define(&mut self) -> Result<Statement> {
        self.expect_word("def")?;
        let name = self.name()?;
        self.expect_sign("(")?;
        let (mut parameters, mut takes_rest, mut takes_named) = (Vec::new(), None, None);
        while !self.takes_sign(")") {
            if self.takes_sign("**") {
                takes_named = Some(self.name()?);
                self.skip_type()?;
            } else if self.takes_sign("*") {
                if !self.is_sign(",") {
                    takes_rest = Some(self.name()?);
                    self.skip_type()?;
                }
            } else if self.takes_sign("/") {
            } else {
                let name = self.name()?;
                self.skip_type()?;
                let default = self
                    .takes_sign("=")
                    .then(|| self.expression())
                    .transpose()?;
                parameters.push(Parameter { name, default });
            }
            if !self.is_sign(")") {
                self.expect_sign(",")?;
            }
        }
        if self.takes_sign("->") {
            self.expression()?;
        }
        let body = self.block()?;
        Ok(Statement::Define(Rc::new(Function {
            name,
            parameters,
            takes_rest,
            takes_named,
            body,
        })))
    }

    fn skip_type(&mut self) -> Result<()> {
        if self.takes_sign(":") {
            self.expression()?;
        }
        Ok(())
    }

    fn block(&mut self) -> Result<Vec<Statement>> {
        self.expect_sign(":")?;
        if self.peek() != &Token::Newline {
            return self.simple_line();
        }
        self.at += 1;
        if self.next() != Token::Indent {
            return Err(self.wrong("an empty block"));
        }
        let statements = self.deeper(|parser| {
            let mut statements = Vec::new();
            while !matches!(parser.peek(), Token::Dedent | Token::End) {
                statements.extend(parser.statement()?);
            }
            Ok(statements)
        })?;
        self.at += 1;
        Ok(statements)
    }

    fn conditional_block(&mut self) -> Result<Statement> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        self.expect_word("if")?;
        loop {
            let test = self.expression()?;
            branches.push((test, self.block()?));
            if self.takes_word("elif") {
                continue;
            }
            if self.takes_word("else") {
                otherwise = self.block()?;
            }
            return Ok(Statement::If(branches, otherwise));
        }
    }

    fn for_loop(&mut self) -> Result<Statement> {
        self.expect_word("for")?;
        let target = self.targets()?;
        self.expect_word("in")?;
        let iterable = self.expressions()?;
        let body = self.block()?;
        let otherwise = match self.takes_word("else") {
            true => self.block()?,
            false => Vec::new(),
        };
        Ok(Statement::For {
            target,
            iterable,
            body,
            otherwise,
        })
    }

    fn while_loop(&mut self) -> Result<Statement> {
        self.expect_word("while")?;
        let test = self.expression()?;
        Ok(Statement::While(test, self.block()?))
    }

    fn with(&mut self) -> Result<Statement> {
        self.expect_word("with")?;
        let value = self.expression()?;
        let name = self.takes_word("as").then(|| self.targets()).transpose()?;
        Ok(Statement::With(value, name, self.block()?))
    }

    fn try_block(&mut self) -> Result<Statement> {
        self.expect_word("try")?;
        let body = self.block()?;
        let mut handlers = Vec::new();
        while self.takes_word("except") {
            let kinds = match self.is_sign(":") {
                true => Vec::new(),
                false => exceptions(&self.expression()?)
                    .ok_or_else(|| self.wrong("an exception that is not known"))?,
            };
            let name = self.takes_word("as").then(|| self.name()).transpose()?;
            handlers.push((kinds, name, self.block()?));
        }
        let otherwise = if self.takes_word("else") {
            self.block()?
        } else {
            Vec::new()
        };
        let finally = if self.takes_word("finally") {
            self.block()?
        } else {
            Vec::new()
        };
        Ok(Statement::Try {
            body,
            handlers,
            otherwise,
            finally,
        })
    }
}

/// Names of the exceptions after `except`.
fn exceptions(expression: &Expression) -> Option<Vec<String>> {
    match expression {
        Expression::Name(name) => Some(vec![name.clone()]),
        Expression::Tuple(all) => all
            .iter()
            .map(|one| match one {
                Expression::Name(name) => Some(name.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

const AUGMENTED: [(&str, Operator); 6] = [
    ("+=", Operator::Add),
    ("-=", Operator::Subtract),
    ("*=", Operator::Multiply),
    ("/=", Operator::Divide),
    ("//=", Operator::FloorDivide),
    ("%=", Operator::Modulo),
];
