//! Values of Python as far as hooks use them.

use super::{error::Result, syntax::Function as Definition};
use std::{cell::RefCell, path::PathBuf, rc::Rc};

/// One value. Lists, dicts and datasets are shared, as in Python.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    List(Rc<RefCell<Vec<Self>>>),
    Tuple(Rc<[Self]>),
    Dict(Rc<RefCell<Dict>>),
    /// Rows: what `datasets` calls a `Dataset`.
    Rows(Rc<Vec<Self>>),
    Path(Rc<PathBuf>),
    Function(Rc<Closure>),
    Partial(Rc<Partial>),
    /// A function of Python's own, by its qualified name.
    Builtin(Rc<str>),
    /// A module that was imported, or a part of one.
    Module(Rc<str>),
    /// A method that has not been called yet.
    Method(Rc<(Self, String)>),
    /// A name whose definition is not evaluated here, with the reason.
    Unknown(Rc<str>),
}

/// A dict: keys stay in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dict(pub(super) Vec<(Value, Value)>);

/// A function with the names that it sees.
#[derive(Debug)]
pub(crate) struct Closure {
    pub(super) definition: Rc<Definition>,
    pub(super) defaults: Vec<Value>,
    pub(super) scope: Rc<Scope>,
}

/// `functools.partial`.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(super) function: Value,
    pub(super) positional: Vec<Value>,
    pub(super) named: Vec<(String, Value)>,
}

/// Names and their values, with those around them.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(super) names: RefCell<Vec<(String, Value)>>,
    pub(super) outer: Option<Rc<Self>>,
}

impl Scope {
    pub(super) fn inside(outer: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            outer: Some(Rc::clone(outer)),
        })
    }

    /// The outermost: the names of the module.
    pub(super) fn module(self: &Rc<Self>) -> Rc<Self> {
        let mut scope = Rc::clone(self);
        while let Some(outer) = &scope.outer {
            scope = Rc::clone(outer);
        }
        scope
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let names = self.names.borrow();
        let found = names.iter().find(|(known, _)| known == name);
        match found {
            Some((_, value)) => Some(value.clone()),
            None => self.outer.as_ref()?.get(name),
        }
    }

    pub(super) fn set(&self, name: &str, value: Value) {
        let mut names = self.names.borrow_mut();
        match names.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = value,
            None => names.push((name.to_owned(), value)),
        }
    }
}

impl Dict {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(crate) fn get(&self, key: &Value) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| known.equals(key));
        found.map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, key: Value, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known.equals(&key)) {
            Some(known) => known.1 = value,
            None => self.0.push((key, value)),
        }
    }
}

impl Value {
    pub(crate) fn string(text: impl AsRef<str>) -> Self {
        Self::Str(text.as_ref().into())
    }

    pub(crate) fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(values)))
    }

    pub(crate) fn dict(pairs: Vec<(Self, Self)>) -> Self {
        Self::Dict(Rc::new(RefCell::new(Dict(pairs))))
    }

    /// Python's truth.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(values) => !values.borrow().is_empty(),
            Self::Tuple(values) => !values.is_empty(),
            Self::Dict(dict) => !dict.borrow().0.is_empty(),
            Self::Rows(rows) => !rows.is_empty(),
            _ => true,
        }
    }

    /// Python's `==`.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return a == b;
        }
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                Rc::ptr_eq(a, b) || all_equal(&a.borrow(), &b.borrow())
            }
            (Self::Tuple(a), Self::Tuple(b)) => all_equal(a, b),
            (Self::Dict(a), Self::Dict(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                let is_same = |(key, value): &(Self, Self)| {
                    b.get(key).is_some_and(|other| value.equals(other))
                };
                a.0.len() == b.0.len() && a.0.iter().all(is_same)
            }
            (Self::Path(a), Self::Path(b)) => a == b,
            (Self::Builtin(a), Self::Builtin(b)) => a == b,
            _ => false,
        }
    }

    /// The number of an int, float or bool.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            #[expect(clippy::cast_precision_loss, reason = "as Python compares them")]
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The number of an int or bool.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Name of the type.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Rows(_) => "Dataset",
            Self::Path(_) => "Path",
            Self::Function(_) | Self::Partial(_) | Self::Builtin(_) | Self::Method(_) => "function",
            Self::Module(_) => "module",
            Self::Unknown(_) => "object",
        }
    }

    /// Its elements, as a loop takes them.
    pub(crate) fn elements(&self) -> Result<Vec<Self>> {
        use super::error::PythonError;
        Ok(match self {
            Self::List(values) => values.borrow().clone(),
            Self::Tuple(values) => values.to_vec(),
            Self::Rows(rows) => rows.to_vec(),
            Self::Str(text) => text.chars().map(|c| Self::string(c.to_string())).collect(),
            Self::Dict(dict) => dict.borrow().0.iter().map(|(key, _)| key.clone()).collect(),
            Self::Unknown(reason) => return Err(PythonError::unsupported(reason.as_ref())),
            other => {
                let kind = other.kind();
                return Err(PythonError::type_error(format!(
                    "'{kind}' object is not iterable"
                )));
            }
        })
    }

    /// A copy that shares nothing: what `map` hands to a function.
    pub(crate) fn deep_copy(&self) -> Self {
        match self {
            Self::List(values) => Self::list(values.borrow().iter().map(Self::deep_copy).collect()),
            Self::Dict(dict) => {
                let dict = dict.borrow();
                let pairs = dict
                    .0
                    .iter()
                    .map(|(key, value)| (key.clone(), value.deep_copy()));
                Self::dict(pairs.collect())
            }
            other => other.clone(),
        }
    }
}

fn all_equal(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
}
