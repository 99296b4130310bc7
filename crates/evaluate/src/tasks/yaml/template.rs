//! Templates of lm-evaluation-harness: Jinja with Python's values. Steps are bounded.

use crate::python::{self, PythonError, Value};
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, syntax::SyntaxConfig,
    value::Value as Template,
};

/// Steps of one rendering.
const MAX_STEPS: u64 = 200_000;
/// Characters of what a rendering gives.
const MAX_OUTPUT: usize = 4 << 20;

/// Renders templates as lm-evaluation-harness's `apply_template` does: trailing line ends kept, unknown names refused,
/// values written as Python writes them.
#[derive(Debug)]
pub(super) struct Templates(Environment<'static>);

impl Templates {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
        environment.set_syntax(syntax.expect("the usual delimiters are fine"));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_fuel(Some(MAX_STEPS));
        environment.set_recursion_limit(50);
        environment.set_formatter(|out, _, value| {
            if value.is_undefined() {
                return Err(Error::from(ErrorKind::UndefinedError));
            }
            let text = python::from_template(value)
                .and_then(|value| python::str_of(&value))
                .map_err(refused)?;
            out.write_str(&text).map_err(Error::from)
        });
        environment.set_unknown_method_callback(|_, value, name, arguments| {
            let value = python::from_template(value).map_err(refused)?;
            let arguments = arguments
                .iter()
                .map(python::from_template)
                .collect::<Result<Vec<_>, _>>()
                .map_err(refused)?;
            let made = python::call_method(&value, name, &arguments, &[]).map_err(refused)?;
            python::to_template(&made).map_err(refused)
        });
        environment.add_filter("regex_replace", regex_replace);
        environment.add_filter("string", |value: Template| {
            python::from_template(&value)
                .and_then(|value| python::str_of(&value))
                .map_err(refused)
        });
        environment.add_function("str", |value: Template| {
            python::from_template(&value)
                .and_then(|value| python::str_of(&value))
                .map_err(refused)
        });
        Self(environment)
    }

    /// The text that `template` makes of a row.
    pub(super) fn render(&self, template: &str, row: &Template) -> Result<String, String> {
        if !template.contains('{') {
            return Ok(with_line_feeds(template));
        }
        let text = self
            .0
            .render_str(&with_line_feeds(template), row)
            .map_err(words)?;
        match text.len() > MAX_OUTPUT {
            true => Err(format!("the template makes more than {MAX_OUTPUT} bytes")),
            false => Ok(text),
        }
    }
}

/// Line ends as Jinja reads them.
fn with_line_feeds(template: &str) -> String {
    template.replace("\r\n", "\n").replace('\r', "\n")
}

fn words(error: Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

fn refused(error: PythonError) -> Error {
    Error::new(ErrorKind::InvalidOperation, error.to_string())
}

/// `re.sub`, lm-evaluation-harness's own filter.
fn regex_replace(text: String, pattern: String, new: String) -> Result<String, Error> {
    python::substituted(&pattern, &new, &text).map_err(refused)
}

/// A row for templates.
pub(super) fn row(value: &Value) -> Result<Template, String> {
    python::to_template(value).map_err(|error| error.to_string())
}
