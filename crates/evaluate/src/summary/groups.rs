//! Accuracy by what the questions tell about themselves: document, kind, difficulty, language, subject, origin of the key.

use crate::{
    doc::Labels,
    graded::Graded,
    metrics::{Aggregate, Metric},
};
use examen_statistics::{Confidence, Interval, wilson};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Accuracy of the headline metric by one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grouping {
    /// The label: `document`, `kind`, `difficulty`, `language`, `subject` or `key_source`.
    pub by: String,
    /// One entry a value, sorted by it.
    pub groups: Vec<Group>,
}

/// Questions with one value of a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The value; `None` for the questions that have none.
    pub value: Option<String>,
    /// Questions that were asked.
    pub n_questions: u64,
    /// Those with a score.
    pub n_scored: u64,
    /// Those that are right.
    pub n_correct: u64,
    /// `n_correct` / `n_scored`; `None` without a score.
    pub accuracy: Option<f64>,
    /// Wilson's interval, as if these questions were independent.
    pub interval: Option<Interval>,
}

type Label = fn(&Labels) -> Option<String>;

/// The labels, in the order in which they are shown.
pub(super) const LABELS: [(&str, Label); 6] = [
    ("document", |labels| labels.document.clone()),
    ("kind", |labels| labels.kind.clone()),
    ("difficulty", |labels| labels.difficulty.clone()),
    ("language", |labels| labels.language.clone()),
    ("subject", |labels| labels.subject.clone()),
    ("key_source", |labels| {
        let source = serde_json::to_value(labels.key_source?).ok()?;
        source.as_str().map(str::to_owned)
    }),
];

/// A grouping a label that any question has; none where the headline metric has no right and wrong.
pub(super) fn groupings(
    headline: &dyn Metric,
    graded: &[Graded<'_>],
    confidence: Confidence,
) -> Vec<Grouping> {
    if headline.card().aggregate != Aggregate::Share {
        return Vec::new();
    }
    let grouping = |(by, label): (&str, Label)| {
        let mut questions = BTreeMap::<Option<String>, Vec<&Graded<'_>>>::new();
        for graded in graded {
            let value = label(&graded.doc.labels);
            questions.entry(value).or_default().push(graded);
        }
        let is_told = questions.keys().any(Option::is_some);
        let groups = questions
            .into_iter()
            .map(|(value, questions)| group(value, &questions, confidence));
        is_told.then(|| Grouping {
            by: by.to_owned(),
            groups: groups.collect(),
        })
    };
    LABELS.into_iter().filter_map(grouping).collect()
}

fn group(value: Option<String>, questions: &[&Graded<'_>], confidence: Confidence) -> Group {
    // The first metric is the headline.
    let answers = questions.iter().filter_map(|graded| graded.numbers(0));
    let (mut n_scored, mut n_correct) = (0, 0);
    for numbers in answers {
        n_scored += 1;
        n_correct += u64::from(numbers[0] == 1.0);
    }
    Group {
        value,
        n_questions: questions.len() as u64,
        n_scored,
        n_correct,
        accuracy: (n_scored > 0).then(|| n_correct as f64 / n_scored as f64),
        interval: wilson(n_correct, n_scored, confidence),
    }
}
