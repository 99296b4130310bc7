//! Filters of lm-evaluation-harness: what a task file does with a model's replies before its metrics read them. A pipeline is a
//! list of filters, applied one after the other. One file a family, and one line a filter in `FILTERS`.

mod cases;
mod choices;
mod patterns;
mod selection;

use crate::{doc::Doc, metrics::Missing};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Every filter by its name in `filter_list`.
const FILTERS: &[(&str, Read)] = &[
    ("take_first", selection::take_first),
    ("take_first_k", selection::take_first_k),
    ("majority_vote", selection::majority_vote),
    ("remove_whitespace", cases::remove_whitespace),
    ("lowercase", cases::lowercase),
    ("uppercase", cases::uppercase),
    ("map", cases::map),
    ("regex", patterns::regex),
    ("regex_pos", patterns::regex_pos),
    ("multi_choice_regex", choices::multi_choice_regex),
];

/// Makes a filter of the other keys beside `function`.
type Read = fn(&mut Arguments) -> Result<Box<dyn Filter>, String>;

/// One step of a pipeline. Replies are texts, unless a step made other values of them.
trait Filter: fmt::Debug + Send + Sync {
    /// The replies to one question after this step.
    fn apply(&self, replies: Vec<Json>, doc: &Doc) -> Result<Vec<Json>, Missing>;

    /// True if it leaves one of several replies.
    fn leaves_one(&self) -> bool {
        false
    }

    /// True if it leaves the first reply as it stands.
    fn is_take_first(&self) -> bool {
        false
    }
}

/// A named list of filters.
#[derive(Debug)]
pub struct Pipeline {
    /// Its name in the task file; `None` where the file has no `filter_list`.
    pub name: Option<String>,
    filters: Vec<Box<dyn Filter>>,
}

/// What of a `filter_list` cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filter `{filter}` {reason}")]
pub struct FilterError {
    /// Name of the filter or of its pipeline.
    pub filter: String,
    /// Reason, as a half sentence.
    pub reason: String,
}

impl Pipeline {
    /// The pipelines of a `filter_list`; without one, the first reply as it stands.
    ///
    /// # Errors
    /// A filter, or a key of one, that is not known here.
    pub fn read(list: &[Json]) -> Result<Vec<Self>, FilterError> {
        if list.is_empty() {
            let first = selection::take_first(&mut Arguments::default());
            return Ok(vec![Self {
                name: None,
                filters: vec![first.expect("it has no keys")],
            }]);
        }
        list.iter().map(pipeline).collect()
    }

    /// True if one reply a question is left, however many there were.
    pub fn leaves_one(&self) -> bool {
        self.filters.iter().any(|filter| filter.leaves_one())
    }

    /// True if it changes nothing where there is one reply.
    pub fn only_takes_first(&self) -> bool {
        self.filters.iter().all(|filter| filter.is_take_first())
    }

    /// The replies after all filters.
    ///
    /// # Errors
    /// A pattern that takes too long.
    pub fn apply(&self, replies: &[String], doc: &Doc) -> Result<Vec<Json>, Missing> {
        let mut replies: Vec<Json> = replies.iter().map(|reply| reply.as_str().into()).collect();
        for filter in &self.filters {
            replies = filter.apply(replies, doc)?;
        }
        Ok(replies)
    }

    /// The replies after all filters as texts; other values as Python writes them.
    ///
    /// # Errors
    /// As [`apply`](Self::apply); a value that is none.
    pub fn texts(&self, replies: &[String], doc: &Doc) -> Result<Vec<String>, Missing> {
        let replies = self.apply(replies, doc)?;
        replies.iter().map(text).collect()
    }
}

fn text(value: &Json) -> Result<String, Missing> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Null => Err(Missing::Filtered),
        other => {
            crate::python::str_of(&crate::python::from_json(other)).map_err(|_| Missing::Other)
        }
    }
}

fn pipeline(entry: &Json) -> Result<Pipeline, FilterError> {
    let name = entry.get("name").and_then(Json::as_str).unwrap_or("none");
    let wrong = |reason: &str| FilterError {
        filter: name.to_owned(),
        reason: reason.to_owned(),
    };
    let steps = entry.get("filter").and_then(Json::as_array);
    let steps = steps.ok_or_else(|| wrong("has no list `filter`"))?;
    let filters = steps.iter().map(|step| {
        let Some(function) = step.get("function").and_then(Json::as_str) else {
            return Err(wrong("has a step without the name of a `function`"));
        };
        let refused = |reason: String| FilterError {
            filter: function.to_owned(),
            reason,
        };
        let read = FILTERS.iter().find(|(known, _)| *known == function);
        let (_, read) = read.ok_or_else(|| {
            let known: Vec<_> = FILTERS.iter().map(|(name, _)| *name).collect();
            refused(format!("is not known here, only {}", known.join(", ")))
        })?;
        let mut arguments = Arguments(step.as_object().cloned().unwrap_or_default());
        arguments.0.remove("function");
        let filter = read(&mut arguments).map_err(refused)?;
        match arguments.0.keys().next() {
            Some(key) => Err(refused(format!("has a key `{key}` that is not known here"))),
            None => Ok(filter),
        }
    });
    Ok(Pipeline {
        name: Some(name.to_owned()),
        filters: filters.collect::<Result<_, _>>()?,
    })
}

/// Keys of a filter. Those that are left in the end are not known.
#[derive(Debug, Default)]
struct Arguments(Map<String, Json>);

impl Arguments {
    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.0.remove(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("has the `{key}` {other}, which is no text")),
        }
    }

    fn integer(&mut self, key: &str) -> Result<Option<i64>, String> {
        match self.0.remove(key) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(format!("has the `{key}` {value}, which is no whole number")),
            },
        }
    }

    fn flag(&mut self, key: &str) -> Result<bool, String> {
        match self.0.remove(key) {
            None | Some(Json::Null) => Ok(false),
            Some(Json::Bool(flag)) => Ok(flag),
            Some(other) => Err(format!("has the `{key}` {other}, neither true nor false")),
        }
    }

    fn texts(&mut self, key: &str) -> Result<Vec<String>, String> {
        let all = match self.0.remove(key) {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::Array(all)) => all,
            Some(other) => vec![other],
        };
        let text = |value: Json| match value {
            Json::String(text) => Ok(text),
            other => Err(format!("has in `{key}` {other}, which is no text")),
        };
        all.into_iter().map(text).collect()
    }
}

/// Applies `change` to each reply that is a text; others count as empty texts.
fn each(
    replies: Vec<Json>,
    change: impl Fn(&str) -> Result<Json, Missing>,
) -> Result<Vec<Json>, Missing> {
    let texts = replies.iter().map(|reply| reply.as_str().unwrap_or(""));
    texts.map(change).collect()
}

#[cfg(test)]
mod tests;
