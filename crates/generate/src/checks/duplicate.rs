//! Was it asked before?

use super::{Check, Context};
use examen_core::Question;

/// *What it finds*: a question whose stem reads the same as that of one accepted before.
pub(super) struct Duplicate;

impl Check for Duplicate {
    fn name(&self) -> &'static str {
        "duplicate"
    }

    fn problem(&self, question: &Question, context: &Context<'_>) -> Option<String> {
        context.accepted.contains(&question.question).then(|| "another question asks the same".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Stems, tests::sound};

    #[test]
    fn a_question_asked_before_is_told() {
        let mut accepted = Stems::default();
        assert!(accepted.insert("which chamber pumps blood into the aorta"));
        let context = Context { accepted: &accepted, require_quote: true };
        assert_eq!(Duplicate.problem(&sound(), &context).as_deref(), Some("another question asks the same"));
        let other = Question { question: "Which one does not?".to_owned(), ..sound() };
        assert_eq!(Duplicate.problem(&other, &context), None);
    }
}
