//! Rows → questions, as lm-evaluation-harness makes them.

use super::{
    config::{Config, Field, OutputType, Samples},
    error::YamlError,
    hooks::{HookError, Hooks, PythonRunner},
    node::{FunctionName, Node},
    template::{self, Templates},
};
use crate::{
    doc::{Dataset, Doc},
    few_shot::{FewShot, Sampler},
    python::{self, Value},
    task::{ChatForm, Kind, Task},
    way::Way,
};
use examen_core::UnscoredReason;
use serde_json::Value as Json;
use std::sync::Arc;

/// Seed with which lm-evaluation-harness draws examples.
const FEWSHOT_SEED: u64 = 1234;

/// Rows of the splits that a task asks for. Keys are names of splits.
pub type Splits = std::collections::BTreeMap<String, Vec<Json>>;

/// A task's questions and what was found on the way.
#[derive(Debug)]
pub struct Made {
    /// The task.
    pub task: Task,
    /// Functions that a real Python ran.
    pub ran: Vec<String>,
}

impl Config {
    /// The task that the rows of `splits` make. Functions that are not evaluated here are run by `runner`.
    ///
    /// # Errors
    /// A split that is not there, a part that fails for all rows, a function that needs Python where there is no runner.
    pub fn task(
        &self,
        splits: &Splits,
        runner: Option<&dyn PythonRunner>,
    ) -> Result<Made, YamlError> {
        let maker = Maker {
            config: self,
            templates: Templates::new(),
            hooks: Hooks::new(runner),
        };
        maker.task(splits)
    }
}

struct Maker<'a> {
    config: &'a Config,
    templates: Templates,
    hooks: Hooks<'a>,
}

/// How one kind of rows is worded: those that are asked, or the examples.
struct Wording<'a> {
    text: &'a Field,
    target: &'a Field,
    choice: Option<&'a Field>,
    prefix: Option<&'a str>,
    target_delimiter: &'a str,
}

/// The values of a row before they are joined.
struct Parts {
    text: Value,
    target: Value,
    choices: Option<Vec<String>>,
}

impl Maker<'_> {
    fn task(&self, splits: &Splits) -> Result<Made, YamlError> {
        let config = self.config;
        let asked = config.source.asked().ok_or_else(|| {
            self.failed(
                "test_split",
                "neither `test_split` nor `validation_split` is named",
            )
        })?;
        let rows = self.rows(splits, asked, config.process_docs.as_ref())?;
        let wording = Wording {
            text: &config.text,
            target: &config.target,
            choice: config.choice.as_ref(),
            prefix: config.prefix.as_deref(),
            target_delimiter: &config.target_delimiter,
        };
        let docs = self.docs(&rows, &wording)?;
        let pool = self.pool(splits, asked, &rows)?;
        Ok(Made {
            task: Task {
                name: config.task.clone(),
                version: config.version.clone(),
                instruction: String::new(),
                instruction_delimiter: String::new(),
                example_delimiter: config
                    .fewshot
                    .fewshot_delimiter
                    .clone()
                    .unwrap_or_else(|| config.fewshot_delimiter.clone()),
                dataset: Dataset::new(
                    config.source.path.clone().unwrap_or_default(),
                    Some(asked.to_owned()),
                    docs,
                ),
                way: match config.output_type {
                    OutputType::GenerateUntil => Way::Generate,
                    _ => Way::Likelihood,
                },
                kind: match config.output_type {
                    OutputType::MultipleChoice => Kind::Choice,
                    OutputType::Loglikelihood => Kind::Continuation,
                    OutputType::LoglikelihoodRolling => Kind::Text,
                    OutputType::GenerateUntil => Kind::Reply(config.replies()?),
                },
                wording: None,
                chat: ChatForm::Harness {
                    target_delimiter: config.target_delimiter.clone(),
                },
                few_shot: FewShot {
                    pool,
                    ..self.examples()
                },
            },
            ran: self.hooks.ran.take(),
        })
    }

    /// How examples are drawn.
    fn examples(&self) -> FewShot {
        let config = self.config;
        FewShot {
            n_shots: match config.output_type {
                // Nothing stands before a whole text.
                OutputType::LoglikelihoodRolling => 0,
                _ => config.num_fewshot,
            },
            sampler: match config.fewshot.is_first_n {
                true => Sampler::FirstN,
                false => Sampler::Random,
            },
            seed: FEWSHOT_SEED,
            ..FewShot::default()
        }
    }

    fn failed(&self, part: &'static str, reason: impl Into<String>) -> YamlError {
        YamlError::Part {
            task: self.config.task.clone(),
            part,
            reason: reason.into(),
        }
    }

    fn hook(&self, part: &'static str, error: HookError) -> YamlError {
        match error {
            HookError::NeedsPython(reason) => YamlError::NeedsPython {
                task: self.config.task.clone(),
                part,
                reason,
            },
            HookError::Failed(reason) => self.failed(part, reason),
        }
    }

    /// The rows of a split, after `process_docs`.
    fn rows(
        &self,
        splits: &Splits,
        split: &str,
        process: Option<&FunctionName>,
    ) -> Result<Vec<Value>, YamlError> {
        let Some(rows) = splits.get(split) else {
            let known: Vec<&str> = splits.keys().map(String::as_str).collect();
            return Err(self.failed(
                "test_split",
                format!("the data has no split `{split}`, only {}", known.join(", ")),
            ));
        };
        let rows: Vec<Value> = rows.iter().map(python::from_json).collect();
        match process {
            None => Ok(rows),
            Some(function) => self
                .hooks
                .process(function, rows)
                .map_err(|error| self.hook("process_docs", error)),
        }
    }

    /// The examples; `None` where they are drawn from the questions themselves.
    fn pool(
        &self,
        splits: &Splits,
        asked: &str,
        rows: &[Value],
    ) -> Result<Option<Dataset>, YamlError> {
        let (config, fewshot) = (self.config, &self.config.fewshot);
        if config.num_fewshot == 0 {
            return Ok(None);
        }
        let process = fewshot
            .process_docs
            .as_ref()
            .or(config.process_docs.as_ref());
        let default = config
            .source
            .training
            .as_deref()
            .or(config.source.validation.as_deref())
            .unwrap_or(asked);
        let is_own_wording =
            fewshot.text.is_none() && fewshot.target.is_none() && fewshot.choice.is_none();
        let mut pool = match (&fewshot.split, &fewshot.samples) {
            (Some(split), _) if split == asked && fewshot.process_docs.is_none() => rows.to_vec(),
            (Some(split), _) => self.rows(splits, split, process)?,
            (None, Some(Samples::Rows(rows))) => rows.iter().map(python::from_json).collect(),
            (None, Some(Samples::Function(function))) => self
                .hooks
                .rows(function)
                .map_err(|error| self.hook("samples", error))?,
            (None, None) => self.rows(splits, default, config.process_docs.as_ref())?,
        };
        if let Some(indices) = &fewshot.indices {
            pool = indices
                .iter()
                .filter_map(|&index| pool.get(index).cloned())
                .collect();
        }
        let wording = Wording {
            text: fewshot.text.as_ref().unwrap_or(&config.text),
            target: fewshot.target.as_ref().unwrap_or(&config.target),
            choice: fewshot.choice.as_ref().or(config.choice.as_ref()),
            prefix: fewshot.prefix.as_deref().or(config.prefix.as_deref()),
            target_delimiter: fewshot
                .target_delimiter
                .as_deref()
                .unwrap_or(&config.target_delimiter),
        };
        // Only then does lm-evaluation-harness leave out the question that is asked.
        let is_own = fewshot.split.as_deref() == config.source.test.as_deref()
            && is_own_wording
            && fewshot.indices.is_none();
        let name = fewshot.split.clone().unwrap_or_else(|| default.to_owned());
        let docs = self.docs(&pool, &wording)?;
        Ok((!is_own || fewshot.split.is_none())
            .then(|| Dataset::new(name, fewshot.split.clone(), docs)))
    }

    /// One question a row. A row that makes none is kept, with the reason; where no row makes one, that is an error.
    fn docs(&self, rows: &[Value], wording: &Wording<'_>) -> Result<Vec<Doc>, YamlError> {
        let features = rows.first().map(columns).unwrap_or_default();
        let texts = self.called("doc_to_text", wording.text.function(), rows)?;
        let targets = self.called("doc_to_target", wording.target.function(), rows)?;
        let choices = self.called(
            "doc_to_choice",
            wording.choice.and_then(Field::function),
            rows,
        )?;
        let mut docs = Vec::with_capacity(rows.len());
        let mut first_failure = None;
        for (n, row) in rows.iter().enumerate() {
            let called = |all: &Option<Vec<Value>>| all.as_ref().map(|all| all[n].clone());
            let calls = [called(&texts), called(&targets), called(&choices)];
            let doc = self.doc(row, &features, wording, calls);
            docs.push(match doc {
                Ok(doc) => Doc {
                    id: id(row, n),
                    row: python::to_json(row).ok().map(Arc::new),
                    ..doc
                },
                Err((part, reason)) => {
                    first_failure.get_or_insert((part, reason.clone()));
                    Doc {
                        id: id(row, n),
                        unaskable: Some(UnscoredReason::Refused(format!("{part}: {reason}"))),
                        ..Doc::default()
                    }
                }
            });
        }
        if has_twins(&docs) {
            for (n, doc) in docs.iter_mut().enumerate() {
                doc.id = row_id(n);
            }
        }
        match first_failure {
            Some((part, reason)) if docs.iter().all(|doc| doc.unaskable.is_some()) => {
                Err(self.failed(part, reason))
            }
            _ => Ok(docs),
        }
    }

    fn called(
        &self,
        part: &'static str,
        function: Option<&FunctionName>,
        rows: &[Value],
    ) -> Result<Option<Vec<Value>>, YamlError> {
        let Some(function) = function else {
            return Ok(None);
        };
        let made = self
            .hooks
            .call_each(function, rows)
            .map_err(|error| self.hook(part, error))?;
        let made = made
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| self.hook(part, error))?;
        Ok(Some(made))
    }

    fn doc(
        &self,
        row: &Value,
        features: &[String],
        wording: &Wording<'_>,
        [text, target, choices]: [Option<Value>; 3],
    ) -> Result<Doc, (&'static str, String)> {
        let within = |part: &'static str| move |reason: String| (part, reason);
        let context = Row {
            templates: &self.templates,
            value: row,
            template: template::row(row).map_err(within("doc_to_text"))?,
            features,
        };
        let has_choices = wording.choice.is_some();
        let parts = Parts {
            text: context
                .text(wording.text, text, has_choices)
                .map_err(within("doc_to_text"))?,
            target: context
                .target(wording.target, target, has_choices)
                .map_err(within("doc_to_target"))?,
            choices: wording
                .choice
                .map(|field| context.choices(field, choices))
                .transpose()
                .map_err(within("doc_to_choice"))?,
        };
        let prefix = wording
            .prefix
            .map(|prefix| context.resolved(prefix))
            .transpose()
            .map_err(within("gen_prefix"))?;
        let description = Some(&self.config.description).filter(|text| !text.is_empty());
        let description = description
            .map(|text| context.resolved(text))
            .transpose()
            .map_err(within("description"))?;
        let doc = match self.config.output_type {
            OutputType::MultipleChoice => multiple_choice(&parts, wording),
            OutputType::Loglikelihood => continued(&parts),
            OutputType::LoglikelihoodRolling => {
                return whole(&parts).map_err(within("doc_to_target"));
            }
            OutputType::GenerateUntil => written(&parts),
        };
        let doc = doc.map_err(within("doc_to_target"))?;
        Ok(with_prefix(
            Doc {
                instruction: description,
                ..doc
            },
            &parts,
            wording,
            prefix.as_deref(),
        ))
    }
}

/// A question of several choices.
fn multiple_choice(parts: &Parts, wording: &Wording<'_>) -> Result<Doc, String> {
    let choices = parts.choices.clone().ok_or("`doc_to_choice` is missing")?;
    if choices.is_empty() {
        return Err("there are no choices".to_owned());
    }
    // A number instead of a text: the choices stand before one continuation.
    let is_inverted = matches!(parts.text, Value::Int(_));
    let golds = golds(
        if is_inverted {
            &parts.text
        } else {
            &parts.target
        },
        &choices,
    )?;
    let (query, contexts, scored) = if is_inverted {
        let text = string(&parts.target)?;
        let continuation = format!("{}{text}", wording.target_delimiter);
        let right = choices[golds[0]].clone();
        (
            right,
            Some(choices.clone()),
            vec![continuation; choices.len()],
        )
    } else {
        let query = query(parts)?;
        let scored = choices
            .iter()
            .map(|choice| format!("{}{choice}", wording.target_delimiter));
        (query, None, scored.collect())
    };
    Ok(Doc {
        query,
        contexts,
        choices: scored,
        golds,
        ..Doc::default()
    })
}

/// A text with one continuation, which stands after it as it is: no delimiter comes between.
fn continued(parts: &Parts) -> Result<Doc, String> {
    let continuation = string(&parts.target)?;
    if continuation.is_empty() {
        return Err("the continuation is empty".to_owned());
    }
    Ok(Doc {
        query: query(parts)?,
        choices: vec![continuation],
        golds: vec![0],
        ..Doc::default()
    })
}

/// A whole text.
fn whole(parts: &Parts) -> Result<Doc, String> {
    let text = string(&parts.target)?;
    if text.is_empty() {
        return Err("the text is empty".to_owned());
    }
    Ok(Doc {
        query: String::new(),
        choices: vec![text.clone()],
        golds: vec![0],
        target: text,
        ..Doc::default()
    })
}

/// A question to be answered in words, with the texts that a reply is compared with.
fn written(parts: &Parts) -> Result<Doc, String> {
    let references = match (&parts.target, &parts.choices) {
        (target, Some(choices)) => golds(target, choices)?
            .into_iter()
            .map(|gold| choices[gold].clone())
            .collect(),
        (Value::List(all), None) => all
            .borrow()
            .iter()
            .map(string)
            .collect::<Result<Vec<_>, _>>()?,
        (target, None) => vec![string(target)?],
    };
    Ok(Doc {
        query: query(parts)?,
        references,
        ..Doc::default()
    })
}

fn query(parts: &Parts) -> Result<String, String> {
    let text = parts.text.text();
    Ok(text
        .ok_or("the text of the question is no text")?
        .to_owned())
}

/// Python's `str`.
fn string(value: &Value) -> Result<String, String> {
    python::str_of(value).map_err(|error| error.to_string())
}

/// The indices of right choices: an index, several, or a choice's text.
fn golds(target: &Value, choices: &[String]) -> Result<Vec<usize>, String> {
    let names_none =
        |shown: String| format!("the key {shown} names none of {} choices", choices.len());
    let one = |value: &Value| -> Result<usize, String> {
        let found = match value {
            Value::Str(text) => choices.iter().position(|choice| **choice == **text),
            other => other
                .integer()
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n < choices.len()),
        };
        found.ok_or_else(|| names_none(python::repr(value).unwrap_or_default()))
    };
    let mut golds = match target {
        Value::List(all) => all
            .borrow()
            .iter()
            .map(one)
            .collect::<Result<Vec<_>, _>>()?,
        other => vec![one(other)?],
    };
    golds.sort_unstable();
    golds.dedup();
    match golds.is_empty() {
        true => Err("no choice is right".to_owned()),
        false => Ok(golds),
    }
}

/// Puts what the answer begins with after the question, and joins the answer as an example shows it.
fn with_prefix(mut doc: Doc, parts: &Parts, wording: &Wording<'_>, prefix: Option<&str>) -> Doc {
    let answer = match (&parts.target, &parts.choices) {
        (_, Some(_)) if doc.contexts.is_some() => python::str_of(&parts.target).ok(),
        (target, Some(choices)) if target.integer().is_some() => {
            let index = target.integer().and_then(|n| usize::try_from(n).ok());
            index.and_then(|index| choices.get(index)).cloned()
        }
        (Value::List(all), _) => all
            .borrow()
            .first()
            .and_then(|first| python::str_of(first).ok()),
        (target, _) => python::str_of(target).ok(),
    };
    let answer = answer.unwrap_or_default();
    let delimiter = wording.target_delimiter;
    let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else {
        doc.target = format!("{delimiter}{answer}");
        return doc;
    };
    let ends_blank = |text: &str| text.chars().last().is_some_and(char::is_whitespace);
    let starts_blank = |text: &str| text.chars().next().is_some_and(char::is_whitespace);
    let between = match doc.query.is_empty() || ends_blank(&doc.query) || starts_blank(prefix) {
        true => "",
        false => delimiter,
    };
    let space = if answer.is_empty() || ends_blank(prefix) || starts_blank(&answer) {
        ""
    } else {
        " "
    };
    doc.target = format!("{space}{answer}");
    for text in doc.contexts.iter_mut().flatten().chain([&mut doc.query]) {
        *text = format!("{text}{between}{prefix}");
    }
    doc
}

/// A row with the ways to make values of it.
struct Row<'a> {
    templates: &'a Templates,
    value: &'a Value,
    template: minijinja::Value,
    features: &'a [String],
}

impl Row<'_> {
    fn column(&self, name: &str) -> Option<Value> {
        let is_column = self.features.iter().any(|known| known == name);
        match self.value {
            Value::Dict(dict) if is_column => Some(
                dict.borrow()
                    .get(&Value::string(name))
                    .cloned()
                    .unwrap_or(Value::None),
            ),
            _ => None,
        }
    }

    /// A column's text, or what a template makes.
    fn resolved(&self, field: &str) -> Result<String, String> {
        match self.column(field) {
            Some(value) => python::str_of(&value).map_err(|error| error.to_string()),
            None => self.templates.render(field, &self.template),
        }
    }

    /// A column's value, or what `read` makes of the text of a template.
    fn column_or(
        &self,
        text: &str,
        read: impl FnOnce(String) -> Result<Value, String>,
    ) -> Result<Value, String> {
        match self.column(text) {
            Some(value) => Ok(value),
            None => read(self.templates.render(text, &self.template)?),
        }
    }

    fn text(
        &self,
        field: &Field,
        called: Option<Value>,
        has_choices: bool,
    ) -> Result<Value, String> {
        match (field, called) {
            (_, Some(value)) => Ok(value),
            (Field::Int(value), _) => Ok(Value::Int(*value)),
            (Field::Text(text), _) => self.column_or(text, |made| {
                let number = number(&made).filter(|_| has_choices);
                Ok(number.unwrap_or_else(|| Value::string(made)))
            }),
            (Field::List(_) | Field::Function(_), None) => Err("a list is no text".to_owned()),
        }
    }

    fn target(
        &self,
        field: &Field,
        called: Option<Value>,
        has_choices: bool,
    ) -> Result<Value, String> {
        match (field, called) {
            (_, Some(value)) => Ok(value),
            (Field::Int(value), _) => Ok(Value::Int(*value)),
            (Field::List(all), _) => Ok(Value::list(
                all.iter()
                    .map(|node| python::from_json(&node.to_json()))
                    .collect(),
            )),
            (Field::Text(text), _) => self.column_or(text, |made| {
                if let Some(number) = number(&made).filter(|_| has_choices) {
                    return Ok(number);
                }
                let is_list = made.len() >= 2 && made.starts_with('[') && made.ends_with(']');
                let list = is_list.then(|| python::literal(&made).ok()).flatten();
                Ok(list.unwrap_or_else(|| Value::string(made)))
            }),
            (Field::Function(_), None) => Err("the function was not called".to_owned()),
        }
    }

    fn choices(&self, field: &Field, called: Option<Value>) -> Result<Vec<String>, String> {
        let value = match (field, called) {
            (_, Some(value)) => value,
            (Field::List(all), _) => return all.iter().map(choice).collect(),
            (Field::Text(text), _) => self.column_or(text, |made| {
                python::literal(&made).map_err(|error| error.to_string())
            })?,
            (Field::Int(_) | Field::Function(_), None) => return Err("it is no list".to_owned()),
        };
        let elements = match &value {
            Value::List(_) | Value::Tuple(_) => {
                value.elements().map_err(|error| error.to_string())?
            }
            other => {
                return Err(format!(
                    "it gives {}, not a list",
                    python::repr(other).unwrap_or_default()
                ));
            }
        };
        let texts = elements.iter().map(|element| match element {
            Value::Str(text) => Ok(text.to_string()),
            other => Err(format!(
                "the choice {} is no text",
                python::repr(other).unwrap_or_default()
            )),
        });
        texts.collect()
    }
}

fn choice(node: &Node) -> Result<String, String> {
    match node {
        Node::Text(text) => Ok(text.clone()),
        Node::Bool(value) => Err(format!(
            "a choice is the boolean {value}: write it in quotes"
        )),
        other => Err(format!("a choice is {}: write it in quotes", other.kind())),
    }
}

/// Python's `isdigit`, then the number.
fn number(text: &str) -> Option<Value> {
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    // `literal_eval` refuses leading zeros.
    let is_plain = text == "0" || !text.starts_with('0');
    (is_number && is_plain)
        .then(|| text.parse().ok().map(Value::Int))
        .flatten()
}

fn columns(row: &Value) -> Vec<String> {
    match row {
        Value::Dict(dict) => dict
            .borrow()
            .keys()
            .filter_map(Value::text)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// The row's own id, or its number.
fn id(row: &Value, n: usize) -> String {
    let Value::Dict(dict) = row else {
        return row_id(n);
    };
    let dict = dict.borrow();
    let found = ["id", "question_id"]
        .into_iter()
        .find_map(|key| dict.get(&Value::string(key)).cloned());
    match found {
        Some(Value::Str(text)) if !text.is_empty() => format!("{text}"),
        _ => row_id(n),
    }
}

fn row_id(n: usize) -> String {
    format!("row-{:05}", n + 1)
}

/// True if two questions have one id.
fn has_twins(docs: &[Doc]) -> bool {
    let ids: std::collections::BTreeSet<&str> = docs.iter().map(|doc| doc.id.as_str()).collect();
    ids.len() < docs.len()
}
