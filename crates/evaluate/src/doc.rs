//! A question as a model is asked it, whatever its source.

use examen_core::{KeySource, UnscoredReason, ids::hash_of_parts};
use examen_files::exam::{MAX_OPTIONS, letter};
use std::sync::Arc;

/// One question. The model reads instruction, solved examples and [`query`](Self::query); what is scored are the
/// [`choices`](Self::choices) after it.
///
/// ```
/// use examen_evaluate::Doc;
/// let doc = Doc {
///     id: "q1".to_owned(),
///     query: "What is 2 + 2?".to_owned(),
///     choices: vec![" 3".to_owned(), " 4".to_owned()],
///     golds: vec![1],
///     target: " 4".to_owned(),
///     ..Doc::default()
/// };
/// assert_eq!(doc.chance(), Some(0.5));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doc {
    /// Id, unique in its dataset.
    pub id: String,
    /// Text that the model reads after the instruction and the examples.
    pub query: String,
    /// Texts that are scored after the query, each with what stands between the two, such as a space.
    pub choices: Vec<String>,
    /// Indices of the right choices, ascending.
    pub golds: Vec<usize>,
    /// Texts that stand in the query's place, one a choice, where the choices are what comes before one continuation, as in
    /// Winogrande; [`choices`](Self::choices) then holds that continuation for each.
    pub contexts: Option<Vec<String>>,
    /// Text that completes the query where the question is a solved example, with what stands between the two.
    pub target: String,
    /// Texts that a reply is compared with, where there are no choices.
    pub references: Vec<String>,
    /// The row that it was made of, where a filter or a function of the task may read it.
    pub row: Option<Arc<serde_json::Value>>,
    /// Instruction before this question, where it is not the task's.
    pub instruction: Option<String>,
    /// Text that its source calls the query, where [`query`](Self::query) is only a part of it: LightEval's `Doc.query`.
    pub source_query: Option<String>,
    /// The question as a person reads it, where [`query`](Self::query) or [`choices`](Self::choices) are something else.
    pub original: Option<Original>,
    /// Facts by which questions are counted apart.
    pub labels: Labels,
    /// Reason why it cannot be asked. It is counted, and has no score.
    pub unaskable: Option<UnscoredReason>,
}

/// A question without the words around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Original {
    /// The stem.
    pub question: String,
    /// Texts of the options, in the order of the choices.
    pub options: Vec<String>,
}

/// Facts about a question, as far as its source tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Origin of the key.
    pub key_source: Option<KeySource>,
    /// Document that the question was written from.
    pub document: Option<String>,
    /// Kind of question.
    pub kind: Option<String>,
    /// Difficulty.
    pub difficulty: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Words of the document that the key rests on.
    pub quote: Option<String>,
    /// Passage of the document that the question was written from.
    pub passage: Option<String>,
}

impl Doc {
    /// Text of the first right choice, or the target where there are no choices.
    pub fn right_answer(&self) -> &str {
        let gold = self.golds.first().and_then(|&gold| self.choices.get(gold));
        gold.unwrap_or(&self.target)
    }

    /// True if the choice at `index` is right.
    pub fn is_right(&self, index: usize) -> bool {
        self.golds.binary_search(&index).is_ok()
    }

    /// Probability that a guess is right; `None` where there is nothing to choose from.
    pub fn chance(&self) -> Option<f64> {
        (self.choices.len() > 1).then(|| self.golds.len() as f64 / self.choices.len() as f64)
    }

    /// The same question once a choice, with its own query, where choices stand before one continuation; else `None`.
    pub(crate) fn by_context(&self) -> Option<Vec<Self>> {
        let one = |(query, continuation): (&String, &String)| Self {
            query: query.clone(),
            contexts: None,
            choices: vec![continuation.clone()],
            ..self.clone()
        };
        let contexts = self.contexts.as_ref()?;
        Some(contexts.iter().zip(&self.choices).map(one).collect())
    }

    /// The question without the words around it.
    pub(crate) fn stem(&self) -> &str {
        let original = self.original.as_ref();
        original.map_or(self.query.trim(), |original| &original.question)
    }

    /// Text of the option at `index`, where there is one.
    pub(crate) fn option(&self, index: usize) -> Option<&str> {
        let original = self.original.as_ref();
        let text = original.and_then(|original| original.options.get(index));
        text.or_else(|| self.choices.get(index))
            .map(|text| text.trim())
    }

    /// The texts that are right, one a line: the right choices, or else the references or the target; empty where nobody says.
    pub(crate) fn references_in_words(&self) -> String {
        let choices = self.golds.iter().filter_map(|&gold| self.choices.get(gold));
        let mut texts: Vec<&str> = choices.map(|choice| choice.trim()).collect();
        if texts.is_empty() {
            texts.extend(self.references.iter().map(|text| text.trim()));
        }
        if texts.is_empty() {
            texts.push(self.target.trim());
        }
        texts.join("\n")
    }

    /// The query as its source words it.
    pub(crate) fn source_query(&self) -> &str {
        self.source_query.as_deref().unwrap_or(&self.query)
    }
}

/// Questions and their origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dataset {
    /// Path or name that they were read from, as the user wrote it.
    pub path: String,
    /// Split that they are of, where it is known.
    pub split: Option<String>,
    /// BLAKE3 of what was read.
    pub fingerprint: String,
    /// The questions, in order.
    pub docs: Vec<Doc>,
}

impl Dataset {
    /// Questions with the hash of their texts, choices and keys as the fingerprint.
    pub fn new(path: impl Into<String>, split: Option<String>, docs: Vec<Doc>) -> Self {
        Self {
            path: path.into(),
            split,
            fingerprint: fingerprint(&docs),
            docs,
        }
    }
}

fn fingerprint(docs: &[Doc]) -> String {
    let parts = docs.iter().flat_map(|doc| {
        let golds = doc.golds.iter().map(usize::to_string);
        let counts = format!("{} {}", doc.choices.len(), doc.golds.len());
        [counts, doc.query.clone(), doc.target.clone()]
            .into_iter()
            .chain(doc.choices.iter().cloned())
            .chain(doc.references.iter().cloned())
            .chain(doc.contexts.iter().flatten().cloned())
            .chain(golds)
    });
    let parts: Vec<String> = parts.collect();
    hash_of_parts(parts.iter().map(String::as_str))
}

/// Letter of an option, or its number where letters end.
pub(crate) fn option_name(index: usize) -> String {
    match index {
        ..MAX_OPTIONS => letter(index).to_string(),
        _ => (index + 1).to_string(),
    }
}
