//! Several things in an order.

use super::{LabelOption, label};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Takes its options in an order, with ties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// What is put in order.
    pub options: Vec<LabelOption>,
}

impl Ranking {
    /// Checks a ranking and writes it as `[{"value", "rank"}]`. A submitted one names every option; where it is a plain
    /// list without ranks, the places are the ranks (Argilla 2.8.0 refuses those). Other ones may name some only, with
    /// `null` for a rank that is not known.
    pub(super) fn checked(&self, value: Value, submitted: bool) -> Result<Value, String> {
        let Value::Array(items) = value else {
            return Err(format!(
                "ranking question expects a list of values, found {}",
                python::class(&value)
            ));
        };
        let mut ranked: Vec<(Value, Value)> =
            items.into_iter().map(split).collect::<Result<_, _>>()?;
        let (found, wanted) = (ranked.len(), self.options.len());
        if submitted && found != wanted {
            return Err(format!(
                "ranking question expects a list containing {wanted} values, found a list of {found} values"
            ));
        }
        if submitted && ranked.iter().all(|(_, rank)| rank.is_null()) {
            ranked
                .iter_mut()
                .zip(1..)
                .for_each(|((_, rank), place)| *rank = Value::from(place));
        }
        self.check_ranks(&ranked, submitted)?;
        self.check_values(&ranked)?;
        Ok(ranked
            .into_iter()
            .map(|(value, rank)| json!({"value": value, "rank": rank}))
            .collect())
    }

    fn check_ranks(&self, ranked: &[(Value, Value)], submitted: bool) -> Result<(), String> {
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
        let good = python::list((1..=self.options.len()).map(|rank| rank.to_string()));
        let bad = python::list(bad.into_iter());
        Err(format!(
            "{bad} are not valid ranks for ranking question.\nValid ranks are: {good}"
        ))
    }

    fn check_values(&self, ranked: &[(Value, Value)]) -> Result<(), String> {
        let is_known = |value: &Value| {
            value
                .as_str()
                .is_some_and(|value| label::is_known(&self.options, value))
        };
        let unknown: Vec<String> = ranked
            .iter()
            .filter(|(value, _)| !is_known(value))
            .map(|(value, _)| python::repr(value))
            .collect();
        if !unknown.is_empty() {
            let (unknown, known) = (
                python::list(unknown.into_iter()),
                python::quoted_list(label::values(&self.options)),
            );
            return Err(format!(
                "{unknown} are not valid values for ranking question.\nValid values are: {known}"
            ));
        }
        if (1..ranked.len()).any(|place| {
            ranked[..place]
                .iter()
                .any(|(value, _)| *value == ranked[place].0)
        }) {
            return Err(
                "ranking question expects a list of unique values, but duplicates were found"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// The value and the rank of an item: `{"value", "rank"}`, or the value alone.
fn split(item: Value) -> Result<(Value, Value), String> {
    match item {
        Value::String(value) => Ok((Value::String(value), Value::Null)),
        Value::Object(mut item) => {
            let rank = item.remove("rank").unwrap_or_default();
            Ok((item.remove("value").unwrap_or_default(), rank))
        }
        other => Err(format!(
            "ranking question expects items with a value and a rank, found {}",
            python::class(&other)
        )),
    }
}
