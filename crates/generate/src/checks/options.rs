//! Can the options be told apart?

use super::{Check, Context};
use examen_core::{Question, text::comparable};

/// *What it finds*: two options that read the same, or a distractor that is the answer, after
/// [`comparable`](examen_core::text::comparable). Empty options are left to the check of the shape.
pub(super) struct DistinctOptions;

impl Check for DistinctOptions {
    fn name(&self) -> &'static str {
        "options"
    }

    fn problem(&self, question: &Question, _context: &Context<'_>) -> Option<String> {
        let key = comparable(&question.answer);
        let mut earlier: Vec<String> = Vec::new();
        for distractor in question.distractors.iter().filter(|text| !text.trim().is_empty()) {
            let form = comparable(distractor);
            if form == key {
                return Some(format!("the distractor `{distractor}` is the answer"));
            }
            if earlier.contains(&form) {
                return Some(format!("two distractors are the same: `{distractor}`"));
            }
            earlier.push(form);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::reasons_after;

    #[test]
    fn options_that_read_the_same_are_told() {
        assert_eq!(
            reasons_after(|q| q.distractors[2] = "the LEFT ventricle.".to_owned()),
            ["options: the distractor `the LEFT ventricle.` is the answer"]
        );
        assert_eq!(
            reasons_after(|q| q.distractors[2] = "The  left atrium".to_owned()),
            ["options: two distractors are the same: `The  left atrium`"]
        );
    }
}
