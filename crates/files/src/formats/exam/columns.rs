//! Which column of a dataset is the question, which hold the options, and which the key.

use super::{
    JsonRow, SourceRow,
    keys::KeyKind,
    options::{Options, normal},
};
use crate::error::{FilesError, Result};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, str::FromStr};

/// Names of columns with the question, the surest first.
const QUESTIONS: [&str; 16] = [
    "question",
    "question_stem",
    "stem",
    "question_text",
    "qtext",
    "query",
    "problem",
    "prompt",
    "ctx",
    "goal",
    "sentence",
    "startphrase",
    "sent1",
    "input",
    "text",
    "pregunta",
];
/// Names of a column with all options.
const CHOICES: [&str; 13] = [
    "choices",
    "options",
    "endings",
    "answer_choices",
    "alternatives",
    "mc1_targets",
    "mc2_targets",
    "candidates",
    "answers",
    "opciones",
    "alternativas",
    "answer_options",
    "choice",
];
/// Names of columns with options, for messages.
const OPTIONS_LOOKED_FOR: [&str; 4] = [
    "choices",
    "options",
    "answer_a, answer_b, …",
    "correct_answer, distractor1, …",
];
/// Names of columns with the key.
const KEYS: [&str; 25] = [
    "correct_answer",
    "answer_idx",
    "answer_index",
    "answerkey",
    "answer_key",
    "correct_option",
    "correct_index",
    "correct_choice",
    "correct_answer_idx",
    "correct_answer_id",
    "correct_answer_num",
    "gold",
    "gold_index",
    "gold_idx",
    "answer_letter",
    "key",
    "label",
    "cop",
    "ra",
    "answer",
    "correct",
    "target",
    "respuesta_correcta",
    "respuesta",
    "answer_text",
];
/// What stands before the letter or number in names of columns with one option each, the surest first.
const OPTION_PREFIXES: [&str; 19] = [
    "answer_",
    "option_",
    "choice_",
    "opt_",
    "op_",
    "answer",
    "option",
    "choice",
    "opt",
    "op",
    "ending",
    "mc_answer",
    "ans_",
    "ans",
    "sol",
    "opcion_",
    "respuesta_",
    "alternative_",
    "",
];
/// Names of a column with the right option, where others hold the wrong ones.
const RIGHT_OPTIONS: [&str; 2] = ["correct_answer", "right_answer"];
/// What stands before the number in names of columns with one wrong option each, and names of a column with all of them.
const WRONG_OPTIONS: [&str; 6] = [
    "distractor",
    "distractor_",
    "incorrect_answer_",
    "incorrect_answer",
    "wrong_answer_",
    "wrong_answer",
];
const ALL_WRONG_OPTIONS: [&str; 3] = ["distractors", "incorrect_answers", "wrong_answers"];
/// Names of columns with what a question is asked about.
const PASSAGES: [&str; 7] = [
    "passage",
    "article",
    "context",
    "premise",
    "narrative",
    "flores_passage",
    "dialogue",
];

/// Columns that are named instead of recognised: `question=stem,choices=options,answer=key`.
///
/// ```
/// use examen_files::exam::Columns;
/// let columns: Columns = "question=stem,choices=a+b+c,answer=gold:index1".parse()?;
/// assert!("answer=gold:roman".parse::<Columns>().is_err());
/// # Ok::<(), examen_files::exam::ColumnsError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    question: Option<String>,
    choices: Vec<String>,
    answer: Option<String>,
    key_kind: Option<KeyKind>,
    id: Option<String>,
}

/// A text that does not name columns.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ColumnsError {
    /// Not `part=column`.
    #[error("`{0}` is not part=column, such as question=stem")]
    NotAPair(String),
    /// A part that an exam does not have.
    #[error("an exam has no part `{0}`: its parts are question, choices, answer and id")]
    UnknownPart(String),
    /// A way of reading keys that there is not.
    #[error("keys cannot be read as `{0}`: the ways are label, index0, index1 and text")]
    UnknownKind(String),
}

impl FromStr for Columns {
    type Err = ColumnsError;

    fn from_str(text: &str) -> Result<Self, ColumnsError> {
        let mut columns = Self::default();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (part, column) = pair
                .split_once('=')
                .map(|(part, column)| (part.trim(), column.trim().to_owned()))
                .filter(|(_, column)| !column.is_empty())
                .ok_or_else(|| ColumnsError::NotAPair(pair.to_owned()))?;
            match part {
                "question" => columns.question = Some(column),
                "choices" | "options" => {
                    columns.choices = column
                        .split('+')
                        .map(|name| name.trim().to_owned())
                        .collect();
                }
                "answer" | "key" => match column.rsplit_once(':') {
                    Some((name, kind)) => {
                        let known = KeyKind::named(kind);
                        let known =
                            known.ok_or_else(|| ColumnsError::UnknownKind(kind.to_owned()))?;
                        columns.key_kind = Some(known);
                        columns.answer = Some(name.to_owned());
                    }
                    None => columns.answer = Some(column),
                },
                "id" => columns.id = Some(column),
                _ => return Err(ColumnsError::UnknownPart(part.to_owned())),
            }
        }
        Ok(columns)
    }
}

impl Columns {
    /// True if nothing is named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The columns of an exam.
pub(super) struct Mapping {
    question: String,
    choices: Choices,
    /// `None` where the options themselves say which are right.
    answer: Option<String>,
    pub(super) key_kind: Option<KeyKind>,
    id: Option<String>,
    unused: Vec<String>,
}

/// Columns with the options.
enum Choices {
    /// All in one column.
    One(String),
    /// Each in its own, with the label that its name gives it.
    Each(Vec<(String, String)>),
    /// The right one in a column, the wrong ones in others.
    RightAndWrong { right: String, wrong: Vec<String> },
}

impl Mapping {
    /// Recognises the columns, but for those that are named.
    pub(super) fn find(
        path: &Path,
        columns: &[String],
        rows: &[SourceRow],
        named: &Columns,
    ) -> Result<Self> {
        let missing = |part: &'static str, looked_for: &[&str]| FilesError::NoExamColumn {
            path: path.to_owned(),
            part,
            looked_for: looked_for.iter().map(ToString::to_string).collect(),
            columns: columns.to_vec(),
        };
        let given = |name: &str| {
            let top = name.split('.').next().unwrap_or(name);
            let is_there = columns.iter().any(|column| column == name || column == top);
            is_there.then(|| name.to_owned())
        };
        let question = match &named.question {
            Some(name) => given(name).ok_or_else(|| missing("question", &[name.as_str()]))?,
            None => first_of(columns, &QUESTIONS).ok_or_else(|| missing("question", &QUESTIONS))?,
        };
        let choices = match named.choices.as_slice() {
            [] => found_choices(columns).ok_or_else(|| missing("options", &OPTIONS_LOOKED_FOR))?,
            names => {
                let name =
                    |name: &String| given(name).ok_or_else(|| missing("options", &[name.as_str()]));
                named_choices(names.iter().map(name).collect::<Result<_>>()?)
            }
        };
        let mut mapping = Self {
            question,
            choices,
            answer: None,
            key_kind: named.key_kind,
            id: None,
            unused: Vec::new(),
        };
        let is_free = |column: &String| !mapping.uses(column);
        let free: Vec<String> = columns
            .iter()
            .filter(|column| is_free(column))
            .cloned()
            .collect();
        let answer = match &named.answer {
            Some(name) => Some(given(name).ok_or_else(|| missing("key", &[name.as_str()]))?),
            None => mapping.right_column().or_else(|| first_of(&free, &KEYS)),
        };
        if answer.is_some() && answer == mapping.right_column() {
            mapping.key_kind = Some(KeyKind::Text);
        }
        if answer.is_none() {
            let are_marked = |row: &SourceRow| {
                mapping
                    .options(&row.values)
                    .is_ok_and(|options| options.marked.is_some())
            };
            if rows.is_empty() || !rows.iter().all(are_marked) {
                return Err(missing("key", &KEYS));
            }
            mapping.key_kind = Some(KeyKind::Marked);
        }
        mapping.answer = answer;
        let id = |name: &String| given(name).ok_or_else(|| missing("id", &[name.as_str()]));
        mapping.id = named.id.as_ref().map(id).transpose()?;
        mapping.unused = mapping.unused_of(columns);
        Ok(mapping)
    }

    fn unused_of(&self, columns: &[String]) -> Vec<String> {
        let is_unused = |column: &&String| !self.uses(column) && !ID.contains(&column.as_str());
        columns.iter().filter(is_unused).cloned().collect()
    }

    fn uses(&self, column: &str) -> bool {
        let is = |name: &str| name == column || name.split('.').next() == Some(column);
        let among_choices = match &self.choices {
            Choices::One(name) => is(name),
            Choices::Each(columns) => columns.iter().any(|(name, _)| is(name)),
            Choices::RightAndWrong { right, wrong } => {
                is(right) || wrong.iter().any(|name| is(name))
            }
        };
        is(&self.question) || among_choices || self.answer.as_deref().is_some_and(is)
    }

    /// Name of the column with the key, for messages.
    pub(super) fn key_column(&self) -> String {
        match (&self.answer, &self.choices) {
            (Some(name), _) | (None, Choices::One(name)) => name.clone(),
            (None, Choices::Each(_)) => "answer".to_owned(),
            (None, Choices::RightAndWrong { right, .. }) => right.clone(),
        }
    }

    fn right_column(&self) -> Option<String> {
        match &self.choices {
            Choices::RightAndWrong { right, .. } => Some(right.clone()),
            Choices::One(_) | Choices::Each(_) => None,
        }
    }

    /// The value of the key of a row.
    pub(super) fn key_value(&self, row: &JsonRow) -> Value {
        let value = self.answer.as_ref().and_then(|name| value_at(row, name));
        match value {
            // A list in a cell of separated values.
            Some(Value::String(text)) if text.trim_start().starts_with('[') => {
                super::options::parsed(text).unwrap_or_else(|| Value::from(text.as_str()))
            }
            value => value.cloned().unwrap_or_default(),
        }
    }

    /// The stem of a row; empty if it is no text.
    pub(super) fn question(&self, row: &JsonRow) -> String {
        let value = value_at(row, &self.question);
        value.and_then(super::options::text_of).unwrap_or_default()
    }

    /// The options of a row, or what is wrong with them.
    pub(super) fn options(&self, row: &JsonRow) -> Result<Options, String> {
        match &self.choices {
            Choices::One(name) => Options::of_value(value_at(row, name).unwrap_or(&Value::Null)),
            Choices::Each(columns) => Options::of_columns(row, columns),
            Choices::RightAndWrong { right, wrong } => {
                let names = std::iter::once(right).chain(wrong);
                Options::sorted(names.filter_map(|name| value_at(row, name)))
            }
        }
    }

    /// A sentence on the column with what the questions are asked about, if there is one that is not the question.
    pub(super) fn unseen(&self, rows: &[SourceRow]) -> Option<String> {
        let is_filled = |name: &&String| {
            let mut values = rows.iter().filter_map(|row| row.values.get(name.as_str()));
            values.any(|value| !value.is_null() && value != "")
        };
        let name = first_of(&self.unused, &PASSAGES)?;
        Some(&name).filter(is_filled).map(|name| {
            format!(
                "the model does not see `{name}`, which the questions may be asked about; a task file shows it, as in \
                 doc_to_text: \"{{{{{name}}}}} {{{{{}}}}}\"",
                self.question
            )
        })
    }

    /// The row's own id, if it has one.
    pub(super) fn id(&self, row: &JsonRow) -> Option<String> {
        let names = self.id.as_deref().into_iter().chain(ID);
        names
            .filter_map(|name| value_at(row, name))
            .find_map(|value| match value {
                Value::String(id) if !id.is_empty() => Some(id.clone()),
                Value::Number(id) => Some(id.to_string()),
                _ => None,
            })
    }

    /// Takes out what became question, options and key.
    pub(super) fn remove_used(&self, row: &mut JsonRow) {
        row.retain(|name, _| !self.uses(name));
    }

    /// The mapping in words; `None` for the columns of the original workflow.
    pub(super) fn words(&self, kind: KeyKind) -> Option<String> {
        let choices = match &self.choices {
            Choices::One(name) => name.clone(),
            Choices::Each(columns) => {
                let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
                names.join(", ")
            }
            Choices::RightAndWrong { right, wrong } => {
                format!("{right}, {}, in alphabetical order", wrong.join(", "))
            }
        };
        let is_original = self.question == "question"
            && choices.starts_with("answer_a, answer_b")
            && self.answer.as_deref() == Some("correct_answer")
            && kind == KeyKind::Label;
        if is_original {
            return None;
        }
        let unused = match self.unused.as_slice() {
            [] => String::new(),
            names => format!("; not used: {}", names.join(", ")),
        };
        Some(format!(
            "question = {}; options = {choices}; key = {} ({}){unused}",
            self.question,
            self.key_column(),
            kind.words()
        ))
    }
}

/// Columns with a row's id.
const ID: [&str; 2] = ["question_id", "id"];

/// The value of a column, or of a field within one: `question.stem`.
fn value_at<'a>(row: &'a JsonRow, name: &str) -> Option<&'a Value> {
    row.get(name).or_else(|| {
        let mut parts = name.split('.');
        let first = row.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    })
}

fn first_of(columns: &[String], names: &[&str]) -> Option<String> {
    let is = |name: &str| columns.iter().find(|column| normal(column) == name);
    names.iter().find_map(|name| is(name)).cloned()
}

fn found_choices(columns: &[String]) -> Option<Choices> {
    option_columns(columns)
        .map(Choices::Each)
        .or_else(|| first_of(columns, &CHOICES).map(Choices::One))
        .or_else(|| right_and_wrong(columns))
}

fn right_and_wrong(columns: &[String]) -> Option<Choices> {
    let right = first_of(columns, &RIGHT_OPTIONS)?;
    let numbered = |prefix: &&str| {
        let names = (1..super::MAX_OPTIONS).map(|n| format!("{prefix}{n}"));
        let found = names.map_while(|name| first_of(columns, &[name.as_str()]));
        let found: Vec<String> = found.collect();
        (!found.is_empty()).then_some(found)
    };
    let in_one = || first_of(columns, &ALL_WRONG_OPTIONS).map(|name| vec![name]);
    let wrong = WRONG_OPTIONS.iter().find_map(numbered).or_else(in_one)?;
    Some(Choices::RightAndWrong { right, wrong })
}

fn named_choices(names: Vec<String>) -> Choices {
    match <[String; 1]>::try_from(names) {
        Ok([name]) => Choices::One(name),
        Err(names) => {
            let letters = ('a'..='z').map(String::from);
            Choices::Each(names.into_iter().zip(letters).collect())
        }
    }
}

/// Columns with one option each, with their labels: those of the surest prefix whose letters or numbers follow each other
/// from the first.
fn option_columns(columns: &[String]) -> Option<Vec<(String, String)>> {
    let mut by_name = BTreeMap::<String, &String>::new();
    for column in columns {
        by_name.entry(normal(column)).or_insert(column);
    }
    let run = |prefix: &str, labels: Vec<String>| {
        let found = labels.into_iter().map_while(|label| {
            let column = by_name.get(&format!("{prefix}{label}"))?;
            Some(((*column).clone(), label))
        });
        let found: Vec<_> = found.collect();
        (found.len() >= 2).then_some(found)
    };
    let letters = || ('a'..='z').map(String::from).collect();
    let numbers = |first: usize| {
        (first..first + super::MAX_OPTIONS)
            .map(|n| n.to_string())
            .collect()
    };
    OPTION_PREFIXES.iter().find_map(|prefix| {
        // From 0 first: where there is an option 0, those from 1 on are not all.
        let numbered = || run(prefix, numbers(0)).or_else(|| run(prefix, numbers(1)));
        let has_numbers = !prefix.is_empty();
        run(prefix, letters()).or_else(|| has_numbers.then(numbered).flatten())
    })
}
