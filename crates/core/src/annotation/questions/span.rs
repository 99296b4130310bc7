//! Labelled parts of a field's text.

use super::{
    Answer, AnswerError, Example, Key, LabelOption, QuestionKind, SettingsError, Shape, label,
};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most spans of an answer.
const MAX_SPANS: usize = 10_000;

/// Takes parts of a text, `[{"label", "start", "end"}]`, counted in Unicode code points from 0, `end` excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The field whose text is marked.
    pub field: String,
    /// The labels, in order.
    pub options: Vec<LabelOption>,
    /// Number of labels that a page shows before it folds the rest.
    #[serde(default)]
    pub visible_options: Option<u64>,
    /// Allows spans that overlap.
    #[serde(default)]
    pub allow_overlapping: bool,
    /// Allows spans that begin or end within words.
    #[serde(default = "yes")]
    pub allow_character_annotation: bool,
}

fn yes() -> bool {
    true
}

/// A list of spans that is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum SpanError {
    #[error("span question requires the record to have the field `{field}`")]
    NoField { field: String },
    #[error("undefined label {label} for span question.\nValid labels are: {known}")]
    Label { label: String, known: String },
    #[error("span question response value '{key}' must be a whole number from 0")]
    NoNumber { key: &'static str },
    #[error("span question response value 'end' must have a value greater than 'start'")]
    Empty,
    #[error(
        "span question response value `{key}` must have a value {relation} than record field `{field}` length that is \
         `{length}`"
    )]
    Outside {
        key: &'static str,
        relation: &'static str,
        field: String,
        length: u64,
    },
    #[error("overlapping values found between spans at index idx={first} and idx={second}")]
    Overlap { first: usize, second: usize },
}

impl From<SpanError> for AnswerError {
    fn from(error: SpanError) -> Self {
        Self::Rule(Box::new(error))
    }
}

impl QuestionKind for Span {
    const KEYS: &'static [Key] = &[
        Key::required("field", Shape::Text(1..=200)),
        Key::required("options", Shape::List(1..=500, label::LABEL)),
        label::VISIBLE,
        Key::optional("allow_overlapping", Shape::Boolean),
        Key::optional("allow_character_annotation", Shape::Boolean),
    ];
    const EXAMPLE: Example = Example {
        settings: r#"{"type": "span", "field": "text", "options": [
            {"value": "PERSON", "text": "Person", "description": null},
            {"value": "PLACE", "text": "Place", "description": null}
        ], "visible_options": null, "allow_overlapping": true, "allow_character_annotation": false}"#,
        answer: r#"[{"label": "PERSON", "start": 0, "end": 3}, {"label": "PLACE", "start": 13, "end": 17}]"#,
        refused: r#"[{"label": "PLACE", "start": 13, "end": 99}]"#,
    };

    fn check_settings(&self) -> Result<(), SettingsError> {
        label::check_labels(&self.options, self.visible_options)
    }

    fn checked(&self, value: Value, answer: Answer) -> Result<Value, AnswerError> {
        self.check(&value, answer.fields)?;
        Ok(value)
    }

    fn fixed_options(&self) -> Option<Vec<&str>> {
        Some(label::values(&self.options).collect())
    }

    fn check_change(&self, new: &Self) -> Result<(), SettingsError> {
        if self.field != new.field {
            let what = "the field of a span question";
            return Err(SettingsError::Fixed { what });
        }
        if self.allow_overlapping && !new.allow_overlapping {
            let key = "allow_overlapping";
            return Err(SettingsError::StillUsed { key });
        }
        Ok(())
    }

    fn marked_field(&self) -> Option<&str> {
        Some(&self.field)
    }
}

impl Span {
    fn check(&self, value: &Value, fields: &Map<String, Value>) -> Result<(), AnswerError> {
        let Value::Array(items) = value else {
            return Err(expected(
                "a list of values".to_owned(),
                python::class(value),
            ));
        };
        if items.len() > MAX_SPANS {
            let wanted = format!("at most {MAX_SPANS} values");
            return Err(expected(wanted, &items.len().to_string()));
        }
        if items.is_empty() {
            return Ok(());
        }
        let Some(text) = fields.get(&self.field).and_then(Value::as_str) else {
            let field = self.field.clone();
            return Err(SpanError::NoField { field }.into());
        };
        let length = text.chars().count() as u64;
        let spans = items
            .iter()
            .map(|item| self.bounds(item, length))
            .collect::<Result<Vec<_>, _>>()?;
        if !self.allow_overlapping {
            check_overlap(&spans)?;
        }
        Ok(())
    }

    /// Start and end of one span.
    fn bounds(&self, item: &Value, length: u64) -> Result<(u64, u64), SpanError> {
        let found = &item["label"];
        if !label::is_known(&self.options, found) {
            return Err(SpanError::Label {
                label: python::repr(found),
                known: label::known(&self.options),
            });
        }
        let bound = |key: &'static str| item[key].as_u64().ok_or(SpanError::NoNumber { key });
        let (start, end) = (bound("start")?, bound("end")?);
        if end <= start {
            return Err(SpanError::Empty);
        }
        for (key, fits, relation) in [
            ("start", start < length, "lower"),
            ("end", end <= length, "lower or equal"),
        ] {
            if !fits {
                return Err(SpanError::Outside {
                    key,
                    relation,
                    field: self.field.clone(),
                    length,
                });
            }
        }
        Ok((start, end))
    }
}

/// Refuses spans that share a character, naming their indices in the list.
fn check_overlap(spans: &[(u64, u64)]) -> Result<(), SpanError> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| spans[index]);
    for pair in order.windows(2) {
        if spans[pair[1]].0 < spans[pair[0]].1 {
            let (first, second) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            return Err(SpanError::Overlap { first, second });
        }
    }
    Ok(())
}

fn expected(wanted: String, found: &str) -> AnswerError {
    AnswerError::Expected {
        question: "span question",
        wanted,
        found: found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn offsets_are_code_points() {
        let option = LabelOption {
            value: "PER".to_owned(),
            text: "PER".to_owned(),
            description: None,
        };
        let span = Span {
            field: "text".to_owned(),
            options: vec![option],
            visible_options: None,
            allow_overlapping: false,
            allow_character_annotation: true,
        };
        let fields = Map::from_iter([("text".to_owned(), json!("Ana 😀 é"))]);
        let check = |spans: Value| span.check(&spans, &fields);
        check(json!([{"label": "PER", "start": 4, "end": 7}])).unwrap();
        check(json!([])).unwrap();
        check(json!([{"label": "PER", "start": 4, "end": 8}])).unwrap_err();
        check(json!([{"label": "PER", "start": 3, "end": 3}])).unwrap_err();
        check(json!([{"label": "ORG", "start": 0, "end": 3}])).unwrap_err();
        let overlapping =
            json!([{"label": "PER", "start": 2, "end": 5}, {"label": "PER", "start": 0, "end": 3}]);
        let refused = check(overlapping).unwrap_err().to_string();
        assert!(refused.ends_with("idx=0 and idx=1"), "{refused}");
    }
}
