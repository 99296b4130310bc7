//! JSON schemas as grammars. llguidance compiles them; what this adds is the keyword `x-substring-of`, which
//! [`Constraint::JsonSchema`](examen_llm::Constraint::JsonSchema) documents.
//!
//! llguidance can put schemas into a grammar, but no grammar into a schema. So the objects and arrays that lead to a
//! quote are written as rules here, and each part without a quote is handed on as it is.

use super::ConstraintError;
use super::lark::{literal, of_rules};
use super::substring::{self, Writing};
use examen_llm::SUBSTRING_OF;
use llguidance::JsonCompileOptions;
use llguidance::api::TopLevelGrammar;
use serde_json::{Map, Value};
use std::fmt::Write;

/// Keywords that say nothing about the value.
const ANNOTATIONS: [&str; 8] = [
    "title",
    "description",
    "default",
    "examples",
    "$schema",
    "$comment",
    "$defs",
    "definitions",
];

const ITEM_SEPARATOR: &str = ", ";
const KEY_SEPARATOR: &str = ": ";

/// The values of a schema.
pub(super) fn grammar(schema: &Value) -> Result<TopLevelGrammar, ConstraintError> {
    let Value::Object(members) = schema else {
        return Err(ConstraintError::SchemaIsNoObject);
    };
    let n_quotes = n_quotes(schema);
    if n_quotes == 0 {
        return Ok(TopLevelGrammar::from_json_schema(with_options(
            members.clone(),
        )));
    }
    let mut rules = Rules {
        root: members,
        text: String::new(),
        n: 0,
        n_quotes: 0,
    };
    let start = rules.value(schema)?;
    if rules.n_quotes != n_quotes {
        return Err(ConstraintError::QuoteElsewhere);
    }
    Ok(of_rules(&format!("start: {start}\n{}", rules.text)))
}

/// Number of times that the keyword stands in a schema. A property of that name has a schema for its value, not a text.
fn n_quotes(schema: &Value) -> usize {
    match schema {
        Value::Object(members) => {
            let own = members.get(SUBSTRING_OF).is_some_and(Value::is_string);
            usize::from(own) + members.values().map(n_quotes).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(n_quotes).sum(),
        _ => 0,
    }
}

/// Written as most JSON on one line is. Free white space would let a small model write it for ever.
fn with_options(schema: Map<String, Value>) -> Value {
    let options = JsonCompileOptions {
        item_separator: ITEM_SEPARATOR.into(),
        key_separator: KEY_SEPARATOR.into(),
        whitespace_flexible: false,
        ..JsonCompileOptions::default()
    };
    let mut schema = Value::Object(schema);
    options.apply_to(&mut schema);
    schema
}

/// The rules on the way to quotes.
struct Rules<'a> {
    /// The whole schema, whose definitions every part may refer to.
    root: &'a Map<String, Value>,
    text: String,
    n: usize,
    n_quotes: usize,
}

impl Rules<'_> {
    /// An expression for the values of a schema.
    fn value(&mut self, schema: &Value) -> Result<String, ConstraintError> {
        if n_quotes(schema) == 0 {
            return self.without_quotes(schema);
        }
        let Value::Object(schema) = schema else {
            return Err(ConstraintError::PartIsNoObject);
        };
        if let Some(text) = schema.get(SUBSTRING_OF).and_then(Value::as_str) {
            return self.quote(text, schema);
        }
        match (schema.get("properties"), schema.get("items")) {
            (Some(Value::Object(properties)), None) => self.object(properties, schema),
            (None, Some(items)) => self.array(items, schema),
            _ => Err(ConstraintError::QuoteInNeither),
        }
    }

    fn without_quotes(&self, schema: &Value) -> Result<String, ConstraintError> {
        let mut schema = match schema {
            Value::Object(schema) => schema.clone(),
            Value::Bool(true) => Map::new(),
            _ => return Err(ConstraintError::PartBesideQuote(schema.clone())),
        };
        for definitions in ["$defs", "definitions"] {
            if let Some(value) = self.root.get(definitions) {
                schema.insert(definitions.into(), value.clone());
            }
        }
        Ok(format!("%json {}", with_options(schema)))
    }

    fn quote(
        &mut self,
        text: &str,
        schema: &Map<String, Value>,
    ) -> Result<String, ConstraintError> {
        only(schema, "string", &[SUBSTRING_OF, "minLength", "maxLength"])?;
        let (min, max_length) = (size(schema, "minLength")?, size(schema, "maxLength")?);
        let writing = Writing::Json {
            min_length: min.unwrap_or(0),
            max_length,
        };
        self.n_quotes += 1;
        let name = format!("QUOTE{}", self.n_quotes);
        self.define(&name, &substring::token(text, &writing)?);
        Ok(format!(r#""\"" {name} "\"""#))
    }

    fn object(
        &mut self,
        properties: &Map<String, Value>,
        schema: &Map<String, Value>,
    ) -> Result<String, ConstraintError> {
        only(
            schema,
            "object",
            &["properties", "required", "additionalProperties"],
        )?;
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        if let Some(missing) = required
            .filter_map(Value::as_str)
            .find(|name| !properties.contains_key(*name))
        {
            return Err(ConstraintError::NotDescribed(missing.to_owned()));
        }
        let mut expression = String::new();
        let mut before = "{";
        for (name, value) in properties {
            let key = literal(&format!(
                "{before}{}{KEY_SEPARATOR}",
                Value::from(name.as_str())
            ));
            let value = self.value(value)?;
            write!(expression, "{key} {value} ").expect("a String takes all");
            before = ITEM_SEPARATOR;
        }
        Ok(expression + r#""}""#)
    }

    fn array(
        &mut self,
        items: &Value,
        schema: &Map<String, Value>,
    ) -> Result<String, ConstraintError> {
        only(schema, "array", &["items", "minItems", "maxItems"])?;
        let (min, max) = (
            size(schema, "minItems")?.unwrap_or(0),
            size(schema, "maxItems")?,
        );
        if max.is_some_and(|max| max < min) {
            return Err(ConstraintError::MaxBelowMin);
        }
        let item = self.value(items)?;
        if max == Some(0) {
            return Ok(r#""[]""#.into());
        }
        self.n += 1;
        let name = format!("item{}", self.n);
        self.define(&name, &item);
        let more = match max {
            Some(1) => String::new(),
            _ => {
                let max = max.map_or_else(String::new, |max| (max - 1).to_string());
                format!(
                    " ({} {name}){{{},{max}}}",
                    literal(ITEM_SEPARATOR),
                    min.saturating_sub(1)
                )
            }
        };
        Ok(if min == 0 {
            format!(r#""[" ({name}{more})? "]""#)
        } else {
            format!(r#""[" {name}{more} "]""#)
        })
    }

    fn define(&mut self, name: &str, expression: &str) {
        writeln!(self.text, "{name}: {expression}").expect("a String takes all");
    }
}

/// A keyword that counts.
fn size(
    schema: &Map<String, Value>,
    keyword: &'static str,
) -> Result<Option<u64>, ConstraintError> {
    let number = |value: &Value| {
        value
            .as_u64()
            .filter(|&number| i32::try_from(number).is_ok())
    };
    match schema.get(keyword) {
        Some(value) => number(value)
            .map(Some)
            .ok_or_else(|| ConstraintError::NotACount {
                keyword,
                found: value.clone(),
            }),
        None => Ok(None),
    }
}

/// An error if a schema on the way to a quote is of another type, or says something that would be passed over.
fn only(
    schema: &Map<String, Value>,
    of_type: &'static str,
    known: &[&str],
) -> Result<(), ConstraintError> {
    if let Some(other) = schema.get("type").filter(|found| *found != of_type) {
        return Err(ConstraintError::QuoteInOtherType {
            found: other.clone(),
            wanted: of_type,
        });
    }
    let is_known =
        |name: &str| name == "type" || known.contains(&name) || ANNOTATIONS.contains(&name);
    match schema.keys().find(|name| !is_known(name)) {
        Some(name) => Err(ConstraintError::KeywordBesideQuote(name.clone())),
        None => Ok(()),
    }
}
