//! Evaluates syntax trees, with limits on steps, sizes and depth.

mod calls;
mod statements;

use super::{
    error::{PythonError, Result},
    modules::Files,
    operators,
    parser::{self},
    syntax::{Collection, Comprehension, Expression, Piece},
    text,
    value::{Closure, Dict, Scope, Value},
};
use std::{cell::Cell, path::Path, rc::Rc};

/// Steps of a module and of each call into it.
const MAX_STEPS: u64 = 40_000_000;
/// Calls and expressions within each other.
const MAX_DEPTH: usize = 150;
/// Characters of a string, elements of a list.
pub(super) const MAX_SIZE: u64 = 4 << 20;

/// A module that was read, with its names.
pub(crate) struct Module {
    scope: Rc<Scope>,
    evaluator: Evaluator,
}

impl Module {
    /// Reads and runs a module.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let evaluator = Evaluator::new(path);
        let scope = evaluator.module(path)?;
        Ok(Self { scope, evaluator })
    }

    pub(super) fn scope(&self) -> &Rc<Scope> {
        &self.scope
    }

    /// Calls one of its functions.
    pub(crate) fn call(&self, name: &str, arguments: Vec<Value>) -> Result<Value> {
        self.evaluator.steps.set(0);
        let function = self.scope.get(name);
        let function = function.ok_or_else(|| {
            PythonError::raised("AttributeError", format!("no function '{name}'"))
        })?;
        self.evaluator.call(&function, arguments, Vec::new())
    }
}

/// The value of a literal, as `ast.literal_eval` reads it.
pub(crate) fn literal(source: &str) -> Result<Value> {
    let wrong = || {
        PythonError::raised(
            "ValueError",
            format!("malformed node or string: {}", text::quoted(source)),
        )
    };
    let expression = parser::expression(source).map_err(|_| wrong())?;
    if !is_literal(&expression) {
        return Err(wrong());
    }
    Evaluator::new(Path::new("")).expression(&expression, &Rc::default())
}

fn is_literal(expression: &Expression) -> bool {
    match expression {
        Expression::None
        | Expression::Bool(_)
        | Expression::Int(_)
        | Expression::Float(_)
        | Expression::Str(_) => true,
        Expression::List(all) | Expression::Tuple(all) | Expression::Set(all) => {
            all.iter().all(is_literal)
        }
        Expression::Dict(pairs) => pairs
            .iter()
            .all(|(key, value)| key.as_ref().is_some_and(is_literal) && is_literal(value)),
        Expression::Negate(value) => matches!(**value, Expression::Int(_) | Expression::Float(_)),
        _ => false,
    }
}

pub(super) struct Evaluator {
    steps: Cell<u64>,
    depth: Cell<usize>,
    pub(super) files: Files,
}

/// One level of depth, given back when it is dropped.
pub(super) struct Level<'a>(&'a Cell<usize>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Evaluator {
    fn new(path: &Path) -> Self {
        Self {
            steps: Cell::new(0),
            depth: Cell::new(0),
            files: Files::beside(path),
        }
    }

    /// Counts steps, or elements that are made.
    pub(super) fn spend(&self, steps: usize) -> Result<()> {
        let sum = self.steps.get().saturating_add(steps as u64);
        self.steps.set(sum);
        match sum > MAX_STEPS {
            true => Err(PythonError::TooMuch {
                what: "steps",
                limit: MAX_STEPS,
            }),
            false => Ok(()),
        }
    }

    /// Counts what a value takes, and refuses one that is too large.
    pub(super) fn charge(&self, value: &Value) -> Result<()> {
        let size = match value {
            Value::Str(text) => text.len(),
            Value::List(values) => values.borrow().len(),
            Value::Tuple(values) => values.len(),
            Value::Dict(dict) => dict.borrow().0.len(),
            _ => 0,
        };
        if size as u64 > MAX_SIZE {
            return Err(PythonError::TooMuch {
                what: "characters or elements of a value",
                limit: MAX_SIZE,
            });
        }
        self.spend(size / 8 + 1)
    }

    pub(super) fn enter(&self) -> Result<Level<'_>> {
        self.spend(1)?;
        let depth = self.depth.get() + 1;
        if depth > MAX_DEPTH {
            return Err(PythonError::TooMuch {
                what: "nested calls",
                limit: MAX_DEPTH as u64,
            });
        }
        self.depth.set(depth);
        Ok(Level(&self.depth))
    }

    pub(super) fn expression(&self, expression: &Expression, scope: &Rc<Scope>) -> Result<Value> {
        let _level = self.enter()?;
        Ok(match expression {
            Expression::None => Value::None,
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Int(value) => Value::Int(*value),
            Expression::Float(value) => Value::Float(*value),
            Expression::Str(text) => Value::Str(Rc::clone(text)),
            Expression::Format(pieces) => Value::string(self.format(pieces, scope)?),
            Expression::Name(name) => self.name(name, scope)?,
            Expression::List(all) => Value::list(self.all(all, scope)?),
            Expression::Tuple(all) => Value::Tuple(self.all(all, scope)?.into()),
            Expression::Dict(pairs) => self.dict(pairs, scope)?,
            Expression::Set(all) => Value::list(unique(self.all(all, scope)?)),
            Expression::Not(value) => Value::Bool(!self.truth(value, scope)?),
            Expression::Negate(value) => operators::negate(&self.expression(value, scope)?)?,
            Expression::Binary(operator, sides) => {
                let (left, right) = (
                    self.expression(&sides.0, scope)?,
                    self.expression(&sides.1, scope)?,
                );
                self.binary(*operator, &left, &right)?
            }
            Expression::And(all) => self.first(all, scope, false)?,
            Expression::Or(all) => self.first(all, scope, true)?,
            Expression::Compare(first, rest) => {
                let mut left = self.expression(first, scope)?;
                for (comparison, right) in rest {
                    let right = self.expression(right, scope)?;
                    if !operators::compare(*comparison, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Value::Bool(true)
            }
            Expression::Conditional(parts) => match self.truth(&parts.0, scope)? {
                true => self.expression(&parts.1, scope)?,
                false => self.expression(&parts.2, scope)?,
            },
            Expression::Call(function, arguments) => {
                self.call_expression(function, arguments, scope)?
            }
            Expression::Attribute(value, name) => {
                self.attribute(&self.expression(value, scope)?, name)?
            }
            Expression::Index(parts) if parts.0.is_globals() => {
                let name = self.expression(&parts.1, scope)?;
                self.name(name.text().unwrap_or_default(), &scope.module())?
            }
            Expression::Index(parts) => {
                let (value, index) = (
                    self.expression(&parts.0, scope)?,
                    self.expression(&parts.1, scope)?,
                );
                operators::index(&value, &index)?
            }
            Expression::Slice(value, bounds) => self.slice(value, bounds, scope)?,
            Expression::Lambda(function) => self.closure(function, scope)?,
            Expression::Comprehension(comprehension) => self.comprehension(comprehension, scope)?,
        })
    }

    pub(super) fn truth(&self, expression: &Expression, scope: &Rc<Scope>) -> Result<bool> {
        match self.expression(expression, scope)? {
            Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
            Value::Module(name) => Err(PythonError::unsupported(name.as_ref())),
            value => Ok(value.is_true()),
        }
    }

    pub(super) fn binary(
        &self,
        operator: super::syntax::Operator,
        left: &Value,
        right: &Value,
    ) -> Result<Value> {
        let value = operators::binary(operator, left, right)?;
        self.charge(&value)?;
        Ok(value)
    }

    fn name(&self, name: &str, scope: &Rc<Scope>) -> Result<Value> {
        match scope.get(name) {
            Some(value) => Ok(value),
            None if super::builtins::is_known(name) => Ok(Value::Builtin(name.into())),
            None => Err(PythonError::unsupported(format!("the name `{name}`"))),
        }
    }

    fn all(&self, all: &[Expression], scope: &Rc<Scope>) -> Result<Vec<Value>> {
        all.iter().map(|one| self.expression(one, scope)).collect()
    }

    fn dict(&self, pairs: &[(Option<Expression>, Expression)], scope: &Rc<Scope>) -> Result<Value> {
        let mut dict = Dict::default();
        for (key, value) in pairs {
            let value = self.expression(value, scope)?;
            match (key, value) {
                (Some(key), value) => dict.set(self.expression(key, scope)?, value),
                (None, Value::Dict(more)) => {
                    for (key, value) in &more.borrow().0 {
                        dict.set(key.clone(), value.clone());
                    }
                }
                (None, other) => {
                    let kind = other.kind();
                    return Err(PythonError::type_error(format!(
                        "'{kind}' object is not a mapping"
                    )));
                }
            }
        }
        Ok(Value::dict(dict.0))
    }

    /// The first value whose truth is `wanted`, or the last one.
    fn first(&self, all: &[Expression], scope: &Rc<Scope>, wanted: bool) -> Result<Value> {
        let mut last = Value::None;
        for one in all {
            last = self.expression(one, scope)?;
            if last.is_true() == wanted {
                break;
            }
        }
        Ok(last)
    }

    fn slice(
        &self,
        value: &Expression,
        bounds: &[Option<Box<Expression>>; 3],
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let value = self.expression(value, scope)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            let Some(bound) = bound else { continue };
            *number =
                match self.expression(bound, scope)? {
                    Value::None => None,
                    other => Some(other.integer().ok_or_else(|| {
                        PythonError::type_error("slice indices must be integers")
                    })?),
                };
        }
        let sliced = operators::slice(&value, numbers)?;
        self.charge(&sliced)?;
        Ok(sliced)
    }

    fn format(&self, pieces: &[Piece], scope: &Rc<Scope>) -> Result<String> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value {
                    value,
                    conversion,
                    format,
                } => {
                    let value = self.expression(value, scope)?;
                    let value = match conversion {
                        None => value,
                        Some('s') => Value::string(text::str_of(&value)?),
                        Some(_) => Value::string(text::repr(&value)?),
                    };
                    out.push_str(&text::formatted(&value, &self.format(format, scope)?)?);
                }
            }
            self.spend(out.len() / 8 + 1)?;
        }
        Ok(out)
    }

    pub(super) fn closure(
        &self,
        definition: &Rc<super::syntax::Function>,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let defaults = definition
            .parameters
            .iter()
            .filter_map(|parameter| parameter.default.as_ref())
            .map(|default| self.expression(default, scope))
            .collect::<Result<_>>()?;
        Ok(Value::Function(Rc::new(Closure {
            definition: Rc::clone(definition),
            defaults,
            scope: Rc::clone(scope),
        })))
    }

    fn comprehension(&self, comprehension: &Comprehension, scope: &Rc<Scope>) -> Result<Value> {
        let inner = Scope::inside(scope);
        let mut elements = Vec::new();
        let mut dict = Dict::default();
        self.clauses(comprehension, 0, &inner, &mut |inner| {
            let element = self.expression(&comprehension.element, inner)?;
            match &comprehension.value {
                Some(value) => dict.set(element, self.expression(value, inner)?),
                None => elements.push(element),
            }
            Ok(())
        })?;
        Ok(match comprehension.kind {
            Collection::Dict => Value::dict(dict.0),
            Collection::List => Value::list(elements),
            Collection::Set => Value::list(unique(elements)),
        })
    }

    fn clauses(
        &self,
        comprehension: &Comprehension,
        at: usize,
        scope: &Rc<Scope>,
        found: &mut dyn FnMut(&Rc<Scope>) -> Result<()>,
    ) -> Result<()> {
        let Some(clause) = comprehension.clauses.get(at) else {
            return found(scope);
        };
        for element in self.expression(&clause.iterable, scope)?.elements()? {
            self.spend(1)?;
            self.bind(&clause.target, element, scope)?;
            let mut holds = true;
            for condition in &clause.conditions {
                holds = holds && self.truth(condition, scope)?;
            }
            if holds {
                self.clauses(comprehension, at + 1, scope, found)?;
            }
        }
        Ok(())
    }
}

/// Elements of a set. It keeps their order, which Python's does not: a set whose order is seen gives other results there.
fn unique(elements: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for element in elements {
        if !all.iter().any(|known| known.equals(&element)) {
            all.push(element);
        }
    }
    all
}
