//! Selects a row's text: a column, a path such as `doc.pages[].text` into nested values, or a template of several such as
//! `{title}: {body}`.

use serde_json::Value;

/// Columns that make the text of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Words of a template.
    Words(String),
    Path(Vec<Step>),
}

/// A key, and whether the texts of every element of the list that it holds are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    key: String,
    is_each: bool,
}

/// Values are nested no deeper.
const MAX_DEPTH: usize = 32;
/// Texts of a list are paragraphs.
const BETWEEN: &str = "\n\n";

impl Selection {
    /// What a user named; the name of a column is that column, whatever characters it has.
    pub(super) fn new(named: &str, columns: &[String]) -> Self {
        let is_column = columns.iter().any(|column| column == named);
        let parts = match named.contains('{') && named.contains('}') && !is_column {
            true => template(named, columns),
            false => vec![Part::Path(path(named, columns))],
        };
        Self { parts }
    }

    /// The first keys of its paths.
    pub(super) fn roots(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Words(_) => None,
            Part::Path(path) => path.first().map(|step| step.key.as_str()),
        })
    }

    /// The one column that it is, if it is that.
    pub(super) fn column(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Path(path)] if path.len() == 1 => Some(&path[0].key),
            _ => None,
        }
    }

    /// The text; `None` where no column says anything.
    pub(super) fn text<'a>(&self, column: impl Fn(&str) -> Option<&'a Value>) -> Option<String> {
        let (mut text, mut says_something) = (String::new(), false);
        // A number is no text, but may stand in one.
        let takes_numbers = self.parts.len() > 1;
        for part in &self.parts {
            match part {
                Part::Words(words) => text.push_str(words),
                Part::Path(path) => {
                    let (first, rest) = path.split_first()?;
                    let mut texts = Vec::new();
                    if let Some(value) = column(&first.key) {
                        collect(value, rest, takes_numbers, &mut texts, 0);
                    }
                    says_something |= texts.iter().any(|text| !text.trim().is_empty());
                    text.push_str(&texts.join(BETWEEN));
                }
            }
        }
        says_something.then_some(text)
    }
}

fn template(named: &str, columns: &[String]) -> Vec<Part> {
    let mut parts = Vec::new();
    // Shells hand on `\n` as it is written.
    let named = named.replace("\\n", "\n").replace("\\t", "\t");
    let mut rest = named.as_str();
    while let Some((words, after)) = rest.split_once('{') {
        let Some((column, after)) = after.split_once('}') else {
            break;
        };
        parts.push(Part::Words(words.to_owned()));
        parts.push(Part::Path(path(column.trim(), columns)));
        rest = after;
    }
    parts.push(Part::Words(rest.to_owned()));
    parts
}

fn path(named: &str, columns: &[String]) -> Vec<Step> {
    if columns.iter().any(|column| column == named) {
        return vec![Step {
            key: named.to_owned(),
            is_each: false,
        }];
    }
    let step = |key: &str| match key.strip_suffix("[]") {
        Some(key) => Step {
            key: key.to_owned(),
            is_each: true,
        },
        None => Step {
            key: key.to_owned(),
            is_each: false,
        },
    };
    named.split('.').map(step).collect()
}

/// The texts at the end of a path. Lists are gone through where the path does not say so, too.
fn collect(
    value: &Value,
    path: &[Step],
    takes_numbers: bool,
    texts: &mut Vec<String>,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    match (value, path.split_first()) {
        (Value::Array(values), _) => values
            .iter()
            .for_each(|value| collect(value, path, takes_numbers, texts, depth + 1)),
        (Value::Object(object), Some((step, rest))) => {
            if let Some(value) = object.get(&step.key) {
                collect(value, rest, takes_numbers, texts, depth + 1);
            }
        }
        (Value::String(text), None) => texts.push(text.clone()),
        (Value::Number(number), None) if takes_numbers => texts.push(number.to_string()),
        (Value::Bool(truth), None) if takes_numbers => texts.push(truth.to_string()),
        _ => {}
    }
}

/// Names of what can be selected from a value: its keys, with paths where they hold others.
pub(super) fn paths(value: &Value) -> Vec<String> {
    fn add(value: &Value, name: &str, paths: &mut Vec<String>) {
        const MOST: usize = 40;
        match value {
            _ if paths.len() >= MOST => {}
            Value::Object(object) => {
                for (key, value) in object {
                    let name = if name.is_empty() {
                        key.clone()
                    } else {
                        format!("{name}.{key}")
                    };
                    if name.matches('.').count() < 6 {
                        add(value, &name, paths);
                    }
                }
            }
            Value::Array(values) if !name.is_empty() => {
                let name = format!("{name}[]");
                match values.first() {
                    Some(first @ (Value::Object(_) | Value::Array(_))) => add(first, &name, paths),
                    _ => paths.push(name),
                }
            }
            _ => paths.push(name.to_owned()),
        }
    }
    let mut paths = Vec::new();
    add(value, "", &mut paths);
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selected(named: &str, row: &Value) -> Option<String> {
        let columns: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
        Selection::new(named, &columns).text(|column| row.get(column))
    }

    #[test]
    fn paths_lists_and_templates_select_texts() {
        let row = json!({"title": "T", "a.b": "dotted", "doc": {"pages": [{"text": "one"}, {"text": "two"}, {}], "n": 2}, "tags": ["x", "y"]});
        let is = |named, expected: Option<&str>| {
            assert_eq!(selected(named, &row).as_deref(), expected, "{named}")
        };
        is("doc.pages[].text", Some("one\n\ntwo"));
        is("doc.pages.text", Some("one\n\ntwo"));
        is("a.b", Some("dotted"));
        is("tags", Some("x\n\ny"));
        is("{title}: {doc.n} {tags[]}", Some("T: 2 x\n\ny"));
        is("{title}\\n{doc.pages[].text}", Some("T\none\n\ntwo"));
        is("doc.none", None);
        is("doc", None);
        assert_eq!(
            paths(&row),
            ["title", "a.b", "doc.pages[].text", "doc.n", "tags[]"]
        );
    }
}
