//! Labelled parts of a field's text.

use super::{LabelOption, label};
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
    /// How many a page shows before it folds the rest.
    #[serde(default)]
    pub visible_options: Option<u32>,
    /// Whether spans may overlap.
    #[serde(default)]
    pub allow_overlapping: bool,
    /// Whether spans may begin and end within words.
    #[serde(default = "yes")]
    pub allow_character_annotation: bool,
}

fn yes() -> bool {
    true
}

impl Span {
    pub(super) fn check(&self, value: &Value, fields: &Map<String, Value>) -> Result<(), String> {
        let Value::Array(items) = value else {
            return Err(format!(
                "span question expects a list of values, found {}",
                python::class(value)
            ));
        };
        if items.len() > MAX_SPANS {
            return Err(format!(
                "span question expects at most {MAX_SPANS} values, found {}",
                items.len()
            ));
        }
        if items.is_empty() {
            return Ok(());
        }
        let field = &self.field;
        let Some(text) = fields.get(field).and_then(Value::as_str) else {
            return Err(format!(
                "span question requires the record to have the field `{field}`"
            ));
        };
        let length = text.chars().count() as u64;
        let spans = items
            .iter()
            .map(|item| self.bounds(item, length))
            .collect::<Result<Vec<_>, _>>()?;
        if self.allow_overlapping {
            Ok(())
        } else {
            check_overlap(&spans)
        }
    }

    /// Start and end of one span.
    fn bounds(&self, item: &Value, length: u64) -> Result<(u64, u64), String> {
        let found = &item["label"];
        if !found
            .as_str()
            .is_some_and(|found| label::is_known(&self.options, found))
        {
            let known = python::quoted_list(label::values(&self.options));
            return Err(format!(
                "undefined label {} for span question.\nValid labels are: {known}",
                python::repr(found)
            ));
        }
        let bound = |key: &str| {
            item[key].as_u64().ok_or_else(|| {
                format!("span question response value '{key}' must be a whole number from 0")
            })
        };
        let (start, end) = (bound("start")?, bound("end")?);
        if end <= start {
            return Err(
                "span question response value 'end' must have a value greater than 'start'"
                    .to_owned(),
            );
        }
        for (key, fits, relation) in [
            ("start", start < length, "lower"),
            ("end", end <= length, "lower or equal"),
        ] {
            if !fits {
                return Err(format!(
                    "span question response value `{key}` must have a value {relation} than record field `{}` length that \
                     is `{length}`",
                    self.field
                ));
            }
        }
        Ok((start, end))
    }
}

/// Refuses spans that share a character, naming their places in the list.
fn check_overlap(spans: &[(u64, u64)]) -> Result<(), String> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&place| spans[place]);
    for pair in order.windows(2) {
        if spans[pair[1]].0 < spans[pair[0]].1 {
            let (first, second) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            return Err(format!(
                "overlapping values found between spans at index idx={first} and idx={second}"
            ));
        }
    }
    Ok(())
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
        assert_eq!(
            check(json!([{"label": "PER", "start": 4, "end": 7}])),
            Ok(())
        );
        assert_eq!(check(json!([])), Ok(()));
        check(json!([{"label": "PER", "start": 4, "end": 8}])).unwrap_err();
        check(json!([{"label": "PER", "start": 3, "end": 3}])).unwrap_err();
        check(json!([{"label": "ORG", "start": 0, "end": 3}])).unwrap_err();
        let overlapping =
            json!([{"label": "PER", "start": 2, "end": 5}, {"label": "PER", "start": 0, "end": 3}]);
        assert!(check(overlapping).unwrap_err().ends_with("idx=0 and idx=1"));
    }
}
