//! `exam_questions`: the original workflow's task, rendered as LightEval renders it.

use super::BuiltIn;
use crate::{
    doc::{Dataset, Doc, Original},
    exam::{Exam, Item},
};

/// The instruction, the examples (question, space, answer) and the question with blank lines between; each answer follows
/// after one space.
///
/// LightEval takes the instruction out of the query and joins it again by a blank line, so this, not the one line of the
/// task file, is what its models see. There is no `Answer:` and there are no letters: the answer's own words are scored.
pub(super) const TASK: BuiltIn = BuiltIn {
    name: "exam_questions",
    // The original file calls it so, while its README runs `exam_questions`.
    aliases: &["example"],
    version: 0,
    instruction: INSTRUCTION,
    dataset,
};

/// The original task's sentence before every question.
pub(super) const INSTRUCTION: &str = "Choose the correct answer for the following exam question:";

fn dataset(exam: &Exam) -> Dataset {
    Dataset {
        path: exam.path.clone(),
        split: exam.split.clone(),
        fingerprint: exam.fingerprint.clone(),
        docs: exam.items.iter().map(doc).collect(),
    }
}

fn doc(item: &Item) -> Doc {
    let right = item.keys.first().map(|&key| item.answers[key].trim());
    Doc {
        id: item.id.clone(),
        query: item.question.trim().to_owned(),
        choices: item.answers.iter().map(|text| format!(" {text}")).collect(),
        golds: item.keys.clone(),
        target: format!(" {}", right.unwrap_or_default()),
        source_query: Some(format!("{INSTRUCTION} {}", item.question)),
        original: Some(Original {
            question: item.question.trim().to_owned(),
            options: item.answers.clone(),
        }),
        labels: item.labels.clone(),
        unaskable: item.fault(),
        ..Doc::default()
    }
}
