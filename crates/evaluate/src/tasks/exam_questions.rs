//! `exam_questions`: the original workflow's task, rendered as LightEval renders it.

use super::{Prompt, Task};
use crate::exam::Item;
use std::iter;

/// The instruction, the examples (question, space, answer) and the question with blank lines between; each answer follows
/// after one space.
///
/// LightEval takes the instruction out of the query and joins it again by a blank line, so this, not the one line of the
/// task file, is what its models see. There is no `Answer:` and there are no letters: the answer's own words are scored.
#[derive(Debug)]
pub(super) struct ExamQuestions;

/// The original task's sentence before every question; [`super::CustomTask`] knows the original file by it.
pub(super) const INSTRUCTION: &str = "Choose the correct answer for the following exam question:";

impl Task for ExamQuestions {
    fn name(&self) -> &'static str {
        "exam_questions"
    }

    fn aliases(&self) -> &'static [&'static str] {
        // The original file calls it so, while its README runs `exam_questions`.
        &["example"]
    }

    fn version(&self) -> u32 {
        0
    }

    fn instruction(&self) -> &'static str {
        INSTRUCTION
    }

    fn prompt(&self, item: &Item, shots: &[&Item]) -> Prompt {
        let solved = shots
            .iter()
            .map(|shot| format!("{} {}", shot.question.trim(), shot.right_answer().trim()));
        let parts: Vec<_> = iter::once(INSTRUCTION.to_owned())
            .chain(solved)
            .chain([item.question.trim().to_owned()])
            .collect();
        Prompt {
            query: format!("{INSTRUCTION} {}", item.question),
            context: parts.join("\n\n"),
            continuations: item
                .answers
                .iter()
                .map(|answer| format!(" {answer}"))
                .collect(),
        }
    }
}
