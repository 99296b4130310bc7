//! A small part of Python, evaluated here: what task files of lm-evaluation-harness write in their hooks.
//!
//! Strings, numbers, lists, dicts, comprehensions, functions, `dataset.map` and `dataset.filter`: enough to turn rows into
//! other rows. It is no Python: there are no classes, no generators, no network, and the only files are JSON files beside
//! the module. What it does not know is [`PythonError::Unsupported`], never guessed at; the caller hands it to a real Python.
//! Steps, sizes and depth are bounded.

mod builtins;
mod check;
mod convert;
mod error;
mod evaluator;
mod lexer;
mod methods;
mod modules;
mod operators;
mod parser;
mod pattern;
mod rows;
mod syntax;
mod text;
mod value;

pub(crate) use convert::{from_json, from_template, to_json, to_template};
pub(crate) use error::PythonError;
pub(crate) use evaluator::{Module, literal};
pub(crate) use methods::call_method;
pub(crate) use modules::substituted;
pub(crate) use pattern::{Pattern, escaped};
pub(crate) use text::{repr, str_of};
pub(crate) use value::Value;

#[cfg(test)]
mod tests;
