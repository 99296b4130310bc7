//! Statements: assignments, branches, loops, definitions.

use super::Evaluator;
use crate::python::{
    error::{PythonError, Result},
    operators, parser,
    syntax::{Expression, Operator, Statement},
    value::{Scope, Value},
};
use std::{path::Path, rc::Rc};

/// The way on after a statement.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

type Handler = (Vec<String>, Option<String>, Vec<Statement>);

impl Evaluator {
    /// Runs a module. A name whose value is not evaluated here is bound to the reason.
    pub(in crate::python) fn module(&self, path: &Path) -> Result<Rc<Scope>> {
        let _level = self.enter()?;
        let source = self.files.read(path)?;
        let scope = Rc::<Scope>::default();
        scope.set("__file__", Value::string(path.to_string_lossy()));
        scope.set(
            "__name__",
            Value::string(path.file_stem().unwrap_or_default().to_string_lossy()),
        );
        for statement in parser::module(&source)? {
            match (self.statement(&statement, &scope), &statement) {
                (Ok(_), _) => {}
                (Err(PythonError::Unsupported(reason)), Statement::Assign(targets, _)) => {
                    for target in targets {
                        let Expression::Name(name) = target else {
                            return Err(PythonError::Unsupported(reason));
                        };
                        scope.set(name, Value::Unknown(reason.as_str().into()));
                    }
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(scope)
    }

    pub(super) fn block(&self, statements: &[Statement], scope: &Rc<Scope>) -> Result<Flow> {
        for statement in statements {
            match self.statement(statement, scope)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&self, statement: &Statement, scope: &Rc<Scope>) -> Result<Flow> {
        let _level = self.enter()?;
        match statement {
            Statement::Expression(value) => {
                self.expression(value, scope)?;
            }
            Statement::Assign(targets, value) => {
                let value = self.expression(value, scope)?;
                for target in targets {
                    self.bind(target, value.clone(), scope)?;
                }
            }
            Statement::Augment(target, operator, value) => {
                self.augment(target, *operator, value, scope)?;
            }
            Statement::Return(value) => {
                let value = value
                    .as_ref()
                    .map_or(Ok(Value::None), |value| self.expression(value, scope));
                return Ok(Flow::Return(value?));
            }
            Statement::Define(function) => {
                scope.set(&function.name, self.closure(function, scope)?)
            }
            Statement::Import(names) => self.import(names, scope)?,
            Statement::Assert(test, message) => self.assert(test, message.as_ref(), scope)?,
            Statement::Raise(value) => return Err(self.raise(value.as_ref())),
            Statement::Delete(targets) => self.delete(targets, scope)?,
            Statement::Unknown(name, reason) => {
                scope.set(name, Value::Unknown(reason.as_str().into()))
            }
            Statement::Pass => {}
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            compound => return self.compound(compound, scope),
        }
        Ok(Flow::Next)
    }

    /// Runs a statement with statements in it.
    fn compound(&self, statement: &Statement, scope: &Rc<Scope>) -> Result<Flow> {
        match statement {
            Statement::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.truth(test, scope)? {
                        return self.block(body, scope);
                    }
                }
                self.block(otherwise, scope)
            }
            Statement::For {
                target,
                iterable,
                body,
                otherwise,
            } => {
                let elements = self.expression(iterable, scope)?.elements()?;
                self.for_each(elements, (target, body, otherwise), scope)
            }
            Statement::While(test, body) => {
                while self.truth(test, scope)? {
                    match self.block(body, scope)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        returned => return Ok(returned),
                    }
                }
                Ok(Flow::Next)
            }
            Statement::With(value, name, body) => {
                let value = self.expression(value, scope)?;
                if let Some(name) = name {
                    self.bind(name, value, scope)?;
                }
                self.block(body, scope)
            }
            Statement::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let flow = match self.handled(body, handlers, scope)? {
                    Flow::Next => self.block(otherwise, scope)?,
                    other => other,
                };
                self.block(finally, scope)?;
                Ok(flow)
            }
            _ => unreachable!("a simple statement"),
        }
    }

    fn augment(
        &self,
        target: &Expression,
        operator: Operator,
        value: &Expression,
        scope: &Rc<Scope>,
    ) -> Result<()> {
        let old = self.expression(target, scope)?;
        let value = self.expression(value, scope)?;
        let new = match (&old, operator) {
            (Value::List(list), Operator::Add) => {
                let more = value.elements()?;
                list.borrow_mut().extend(more);
                self.charge(&old)?;
                old.clone()
            }
            _ => self.binary(operator, &old, &value)?,
        };
        self.bind(target, new, scope)
    }

    fn for_each(
        &self,
        elements: Vec<Value>,
        (target, body, otherwise): (&Expression, &[Statement], &[Statement]),
        scope: &Rc<Scope>,
    ) -> Result<Flow> {
        for element in elements {
            self.spend(1)?;
            self.bind(target, element, scope)?;
            match self.block(body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                returned => return Ok(returned),
            }
        }
        self.block(otherwise, scope)
    }

    fn handled(&self, body: &[Statement], handlers: &[Handler], scope: &Rc<Scope>) -> Result<Flow> {
        let error = match self.block(body, scope) {
            Err(PythonError::Raised { kind, message }) => (kind, message),
            other => return other,
        };
        let catches = |(kinds, ..): &&Handler| {
            kinds.is_empty() || kinds.iter().any(|name| is_a(error.0, name))
        };
        let Some((_, name, body)) = handlers.iter().find(catches) else {
            return Err(PythonError::raised(error.0, error.1));
        };
        if let Some(name) = name {
            scope.set(name, Value::string(&error.1));
        }
        // A handler that ends without a word goes on after the `try`, not in its `else`.
        match self.block(body, scope)? {
            Flow::Next => Ok(Flow::Next),
            other => Ok(other),
        }
    }

    fn assert(
        &self,
        test: &Expression,
        message: Option<&Expression>,
        scope: &Rc<Scope>,
    ) -> Result<()> {
        if self.truth(test, scope)? {
            return Ok(());
        }
        let message = message
            .map(|message| self.expression(message, scope))
            .transpose()?;
        let message = message.as_ref().map(crate::python::str_of).transpose()?;
        Err(PythonError::raised(
            "AssertionError",
            message.unwrap_or_default(),
        ))
    }

    fn raise(&self, value: Option<&Expression>) -> PythonError {
        let name = match value {
            Some(Expression::Name(name)) => name,
            Some(Expression::Call(function, _)) => match &**function {
                Expression::Name(name) => name,
                _ => return PythonError::unsupported("`raise`"),
            },
            _ => return PythonError::unsupported("`raise`"),
        };
        match EXCEPTIONS.iter().find(|known| **known == name) {
            Some(known) => PythonError::raised(known, "raised by the hook"),
            None => PythonError::unsupported(format!("the exception {name}")),
        }
    }

    fn delete(&self, targets: &[Expression], scope: &Rc<Scope>) -> Result<()> {
        for target in targets {
            let Expression::Index(parts) = target else {
                return Err(PythonError::unsupported("`del`"));
            };
            let (Value::Dict(dict), key) = (
                self.expression(&parts.0, scope)?,
                self.expression(&parts.1, scope)?,
            ) else {
                return Err(PythonError::unsupported("`del`"));
            };
            dict.borrow_mut().0.retain(|(known, _)| !known.equals(&key));
        }
        Ok(())
    }

    /// Binds names, elements and parts of them.
    pub(super) fn bind(&self, target: &Expression, value: Value, scope: &Rc<Scope>) -> Result<()> {
        match target {
            Expression::Name(name) => scope.set(name, value),
            Expression::Tuple(targets) | Expression::List(targets) => {
                let values = value.elements()?;
                if values.len() != targets.len() {
                    let words = format!("{} values for {} names", values.len(), targets.len());
                    return Err(PythonError::raised("ValueError", words));
                }
                for (target, value) in targets.iter().zip(values) {
                    self.bind(target, value, scope)?;
                }
            }
            Expression::Index(parts) if parts.0.is_globals() => {
                let name = self.expression(&parts.1, scope)?;
                let name = name
                    .text()
                    .ok_or_else(|| PythonError::unsupported("a global that is no name"))?;
                scope.module().set(name, value);
            }
            Expression::Index(parts) => {
                let (container, index) = (
                    self.expression(&parts.0, scope)?,
                    self.expression(&parts.1, scope)?,
                );
                operators::set_index(&container, index, value)?;
            }
            _ => return Err(PythonError::unsupported("an assignment to an attribute")),
        }
        Ok(())
    }
}

/// Exceptions that a hook may raise and catch.
const EXCEPTIONS: [&str; 8] = [
    "ValueError",
    "KeyError",
    "IndexError",
    "TypeError",
    "AttributeError",
    "AssertionError",
    "SyntaxError",
    "ZeroDivisionError",
];

fn is_a(kind: &str, name: &str) -> bool {
    kind == name
        || matches!(name, "Exception" | "BaseException")
        || (name == "LookupError" && matches!(kind, "KeyError" | "IndexError"))
}
