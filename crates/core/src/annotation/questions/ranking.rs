//! Several things in an order.

use super::{
    Answer, AnswerError, Example, Key, LabelOption, QuestionKind, SettingsError, Shape, label,
};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const QUESTION: &str = "ranking question";

/// Takes its options in an order, with ties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// The things to put in order.
    pub options: Vec<LabelOption>,
}

impl QuestionKind for Ranking {
    const KEYS: &'static [Key] = &[Key::required("options", Shape::List(2..=50, label::LABEL))];
    const EXAMPLE: Example = Example {
        settings: r#"{"type": "ranking", "options": [
            {"value": "first", "text": "The first answer", "description": null},
            {"value": "second", "text": "The second answer", "description": null}
        ]}"#,
        answer: r#"[{"value": "second", "rank": 1}, {"value": "first", "rank": 2}]"#,
        refused: r#"[{"value": "second", "rank": 7}, {"value": "first", "rank": 2}]"#,
    };

    fn check_settings(&self) -> Result<(), SettingsError> {
        label::check_unique_labels(&self.options)
    }

    /// Checks a ranking and writes it as `[{"value", "rank"}]`. A submitted one names every option; where it is a plain
    /// list without ranks, its order gives the ranks (Argilla 2.8.0 refuses those). Other ones may name some only, with
    /// `null` for a rank that is not known.
    fn checked(&self, value: Value, answer: Answer) -> Result<Value, AnswerError> {
        let submitted = answer.submitted;
        let Value::Array(items) = value else {
            return Err(expected("a list of values", python::class(&value)));
        };
        let mut ranked: Vec<(Value, Value)> =
            items.into_iter().map(split).collect::<Result<_, _>>()?;
        let (found, wanted) = (ranked.len(), self.options.len());
        if submitted && found != wanted {
            return Err(expected(
                &format!("a list containing {wanted} values"),
                &format!("a list of {found} values"),
            ));
        }
        if submitted && ranked.iter().all(|(_, rank)| rank.is_null()) {
            ranked
                .iter_mut()
                .zip(1..)
                .for_each(|((_, rank), number)| *rank = Value::from(number));
        }
        self.check_ranks(&ranked, submitted)?;
        self.check_values(&ranked)?;
        Ok(ranked
            .into_iter()
            .map(|(value, rank)| json!({"value": value, "rank": rank}))
            .collect())
    }
}

impl Ranking {
    fn check_ranks(&self, ranked: &[(Value, Value)], submitted: bool) -> Result<(), AnswerError> {
        let is_good = |rank: &Value| {
            (rank.is_null() && !submitted)
                || rank
                    .as_u64()
                    .is_some_and(|rank| (1..=self.options.len() as u64).contains(&rank))
        };
        let bad: Vec<String> = ranked
            .iter()
            .filter(|(_, rank)| !is_good(rank))
            .map(|(_, rank)| python::repr(rank))
            .collect();
        if bad.is_empty() {
            return Ok(());
        }
        Err(AnswerError::NoOptions {
            question: QUESTION,
            noun: "rank",
            values: python::list(bad.into_iter()),
            known: python::list((1..=self.options.len()).map(|rank| rank.to_string())),
        })
    }

    fn check_values(&self, ranked: &[(Value, Value)]) -> Result<(), AnswerError> {
        let unknown: Vec<String> = ranked
            .iter()
            .filter(|(value, _)| !label::is_known(&self.options, value))
            .map(|(value, _)| python::repr(value))
            .collect();
        if !unknown.is_empty() {
            return Err(AnswerError::NoOptions {
                question: QUESTION,
                noun: "value",
                values: python::list(unknown.into_iter()),
                known: label::known(&self.options),
            });
        }
        let values: Vec<&Value> = ranked.iter().map(|(value, _)| value).collect();
        if (1..values.len()).any(|index| values[..index].contains(&values[index])) {
            return Err(AnswerError::Duplicates {
                expects: "ranking question expects",
            });
        }
        Ok(())
    }
}

/// The value and the rank of an item: `{"value", "rank"}`, or the value alone.
fn split(item: Value) -> Result<(Value, Value), AnswerError> {
    match item {
        Value::String(value) => Ok((Value::String(value), Value::Null)),
        Value::Object(mut item) => {
            let rank = item.remove("rank").unwrap_or_default();
            Ok((item.remove("value").unwrap_or_default(), rank))
        }
        other => Err(expected(
            "items with a value and a rank",
            python::class(&other),
        )),
    }
}

fn expected(wanted: &str, found: &str) -> AnswerError {
    AnswerError::Expected {
        question: QUESTION,
        wanted: wanted.to_owned(),
        found: found.to_owned(),
    }
}
