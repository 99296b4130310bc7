//! What a question must be to go to review: one file a check, one list.

mod duplicate;
mod example;
mod options;
mod quote;
mod shape;

use examen_core::{Question, text::comparable};
use std::collections::HashSet;

/// Every check, cheap ones first.
pub const ALL: &[&dyn Check] =
    &[&shape::Shape, &options::DistinctOptions, &example::Example, &quote::Quote, &duplicate::Duplicate];

/// One reason for which questions are rejected.
pub trait Check: Sync {
    /// What its reasons begin with.
    fn name(&self) -> &'static str;

    /// What is wrong with `question`, in a sentence without its full stop; `None` if nothing is.
    fn problem(&self, question: &Question, context: &Context<'_>) -> Option<String>;
}

/// What checks look at besides the question.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The questions that were accepted before.
    pub accepted: &'a Stems,
    /// Whether the quote must be in the passage.
    pub require_quote: bool,
}

/// The stems of accepted questions, in the form in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct Stems(HashSet<String>);

impl Stems {
    /// Adds the stem of an accepted question; false if it is there already.
    pub fn insert(&mut self, stem: &str) -> bool {
        self.0.insert(comparable(stem))
    }

    /// Whether a question asks the same.
    pub fn contains(&self, stem: &str) -> bool {
        self.0.contains(&comparable(stem))
    }
}

/// The reasons of all checks that `question` does not pass, as they are stored: `name: sentence`.
pub fn reasons(question: &Question, context: &Context<'_>) -> Vec<String> {
    let reason = |check: &&dyn Check| Some(format!("{}: {}", check.name(), check.problem(question, context)?));
    ALL.iter().filter_map(reason).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use examen_core::{ChunkId, DocumentId, Language, QuestionId, Verdict};

    /// A question that passes every check.
    pub(crate) fn sound() -> Question {
        Question {
            question_id: QuestionId::of(&["q"]),
            document_id: DocumentId::of(&["d"]),
            document: "heart.txt".to_owned(),
            chunk_id: ChunkId::of(&["c"]),
            chunk_start: 0,
            chunk_end: 41,
            language: Language::English,
            question: "Which chamber pumps blood into the aorta?".to_owned(),
            answer: "The left ventricle".to_owned(),
            distractors: ["The right ventricle", "The left atrium", "The right atrium"].map(str::to_owned).to_vec(),
            quote: Some("The left ventricle pumps into the aorta.".to_owned()),
            quote_start: Some(0),
            quote_end: Some(40),
            passage: "The left ventricle pumps into the aorta.\n".to_owned(),
            generation_model: "tester".to_owned(),
            verdict: Verdict::Accepted,
            reasons: vec![],
            ..Question::default()
        }
    }

    /// The reasons for which the sound question is rejected once it is changed.
    pub(crate) fn reasons_after(change: impl FnOnce(&mut Question)) -> Vec<String> {
        let mut question = sound();
        change(&mut question);
        reasons(&question, &Context { accepted: &Stems::default(), require_quote: true })
    }

    #[test]
    fn a_sound_question_passes() {
        assert_eq!(reasons_after(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<&str> = ALL.iter().map(|check| check.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
