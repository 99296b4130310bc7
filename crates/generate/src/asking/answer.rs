//! Everything that came of one passage.

use crate::{passages::Passage, verify::CheckCost};
use examen_core::{Question, QuestionId, Verdict};
use examen_llm::{Message, Usage};
use serde::{Deserialize, Serialize};

/// Everything that came of one passage.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The questions, in the order in which they were written, with the verdict of the checks; without the passage.
    pub(crate) questions: Vec<Question>,
    /// Parts of the replies that could not be read.
    pub(crate) unread: Vec<Unread>,
    /// The first request.
    pub(crate) messages: Vec<Message>,
    /// The replies.
    pub(crate) replies: Vec<String>,
    /// Usage of the replies.
    pub(crate) usage: Usage,
    /// Usage of the document's summary, if it was asked for this passage first.
    pub(crate) summary: Usage,
    /// Number and usage of the check model's replies.
    pub(crate) checks: CheckCost,
    /// Why a call failed, if one did; nothing was asked after it.
    pub(crate) failure: Option<String>,
}

/// A part of a reply that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unread {
    /// Why.
    pub(crate) reason: String,
    /// The beginning of the reply, if nothing of it could be read.
    pub(crate) reply: Option<String>,
}

impl Unread {
    /// The row of a passage's `n`-th reason: the same may happen to every reply, and ids are unique.
    pub(crate) fn row(self, n: usize, passage: &Passage, model: &str) -> Question {
        let Self { reason, reply } = self;
        let n = n.to_string();
        let ids = passage.chunks().map(|chunk| chunk.id.as_str());
        let parts: Vec<&str> = ["none"]
            .into_iter()
            .chain(ids)
            .chain([n.as_str(), &reason])
            .collect();
        Question {
            question_id: QuestionId::of(&parts),
            verdict: Verdict::Rejected,
            reasons: vec![reason],
            reply,
            ..passage.row(model)
        }
    }
}

impl Answer {
    /// Number of questions that passed every check of a question alone.
    pub(crate) fn n_passed(&self) -> usize {
        self.questions
            .iter()
            .filter(|question| question.verdict == Verdict::Accepted)
            .count()
    }

    /// True if the passage was asked about: something came back, or a call failed for good.
    pub(crate) fn is_asked(&self) -> bool {
        !self.replies.is_empty() || self.failure.is_some()
    }
}
