//! A question with a part missing.

use super::{Check, Severity, item::Item};
use examen_core::exam::N_DISTRACTORS;

/// Finds an empty question, answer or distractor; more or fewer than three distractors.
pub(super) const CHECK: Check = Check {
    name: "shape",
    words: "empty, or not three distractors",
    guide: "an empty question or option; more or fewer than three distractors",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let question = item.question;
    let n = question.distractors.len();
    match question {
        _ if question.question.trim().is_empty() => Some("the question is empty".to_owned()),
        _ if question.answer.trim().is_empty() => Some("the answer is empty".to_owned()),
        _ if n != N_DISTRACTORS => {
            Some(format!("it has {n} distractors instead of {N_DISTRACTORS}"))
        }
        _ if question
            .distractors
            .iter()
            .any(|text| text.trim().is_empty()) =>
        {
            Some("a distractor is empty".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn what_is_missing_is_told() {
        assert_eq!(
            found_after(|q| q.question = " ".to_owned()),
            ["shape: the question is empty"]
        );
        assert_eq!(
            found_after(|q| q.answer.clear()),
            ["shape: the answer is empty"]
        );
        assert_eq!(
            found_after(|q| q.distractors[1].clear()),
            ["shape: a distractor is empty"]
        );
        assert_eq!(
            found_after(|q| q.distractors.truncate(2)),
            ["shape: it has 2 distractors instead of 3"]
        );
        assert_eq!(
            found_after(|q| q.distractors.push("x".to_owned())),
            ["shape: it has 4 distractors instead of 3"]
        );
    }
}
