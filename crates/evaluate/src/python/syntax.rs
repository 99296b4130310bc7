//! Syntax trees of the Python that is evaluated here.

use std::rc::Rc;

#[derive(Debug, Clone)]
pub(super) enum Expression {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    /// An f-string.
    Format(Vec<Piece>),
    Name(String),
    List(Vec<Self>),
    Tuple(Vec<Self>),
    /// Pairs; a pair without a key is `**value`.
    Dict(Vec<(Option<Self>, Self)>),
    Set(Vec<Self>),
    Not(Box<Self>),
    Negate(Box<Self>),
    Binary(Operator, Box<(Self, Self)>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Compare(Box<Self>, Vec<(Comparison, Self)>),
    Conditional(Box<(Self, Self, Self)>),
    Call(Box<Self>, Vec<Argument>),
    Attribute(Box<Self>, String),
    Index(Box<(Self, Self)>),
    Slice(Box<Self>, [Option<Box<Self>>; 3]),
    Lambda(Rc<Function>),
    Comprehension(Box<Comprehension>),
}

impl Expression {
    /// True for `globals()`.
    pub(super) fn is_globals(&self) -> bool {
        let Self::Call(function, arguments) = self else {
            return false;
        };
        arguments.is_empty() && matches!(&**function, Self::Name(name) if name == "globals")
    }
}

/// A part of an f-string.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Rc<str>),
    Value {
        value: Expression,
        conversion: Option<char>,
        format: Vec<Self>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Union,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

#[derive(Debug, Clone)]
pub(super) enum Argument {
    Positional(Expression),
    Named(String, Expression),
    Unpacked(Expression),
    UnpackedNamed(Expression),
}

#[derive(Debug, Clone)]
pub(super) struct Comprehension {
    pub(super) kind: Collection,
    pub(super) element: Expression,
    /// The value of a dict's pair.
    pub(super) value: Option<Expression>,
    pub(super) clauses: Vec<Clause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    List,
    Set,
    Dict,
}

#[derive(Debug, Clone)]
pub(super) struct Clause {
    pub(super) target: Expression,
    pub(super) iterable: Expression,
    pub(super) conditions: Vec<Expression>,
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) takes_rest: Option<String>,
    pub(super) takes_named: Option<String>,
    pub(super) body: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) default: Option<Expression>,
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Expression(Expression),
    Assign(Vec<Expression>, Expression),
    Augment(Expression, Operator, Expression),
    Return(Option<Expression>),
    If(Vec<(Expression, Vec<Self>)>, Vec<Self>),
    For {
        target: Expression,
        iterable: Expression,
        body: Vec<Self>,
        otherwise: Vec<Self>,
    },
    While(Expression, Vec<Self>),
    With(Expression, Option<Expression>, Vec<Self>),
    Try {
        body: Vec<Self>,
        /// Names of exceptions (none: all), and what follows.
        handlers: Vec<(Vec<String>, Option<String>, Vec<Self>)>,
        otherwise: Vec<Self>,
        finally: Vec<Self>,
    },
    Define(Rc<Function>),
    /// Names and the parts of modules that they stand for.
    Import(Vec<(String, String)>),
    Assert(Expression, Option<Expression>),
    Raise(Option<Expression>),
    Delete(Vec<Expression>),
    Pass,
    Break,
    Continue,
    /// A definition that is not evaluated here: the name that it binds, and the reason.
    Unknown(String, String),
}
