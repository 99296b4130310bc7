//! An answer that is longer than its distractors.

use super::{Check, Severity, item::Item};
use crate::text::length;

/// So many times as long as the longest distractor …
const MIN_RATIO: f64 = 1.5;
/// … and so many characters longer: below, the eye sees no difference.
const MIN_EXTRA_CHARS: usize = 15;

/// Finds an answer that is notably longer than every distractor. Writers qualify what must be right, so
/// test-wise readers choose the longest option.
///
/// Source: guideline 24, "keep the length of choices about equal", of Haladyna, Downing and Rodriguez, "A review of
/// multiple-choice item-writing guidelines", Applied Measurement in Education 15 (2002), 309–333, which gives no number;
/// ratio and difference are ours. Whether the longest option wins over a whole set is told by [`Cues`](super::Cues).
pub(super) const CHECK: Check = Check {
    name: "longest_key",
    words: "the key is much the longest option",
    guide: "an answer at least 1.5 times as long as every distractor, and 15 characters longer",
    severity: Severity::Remark,
    rules: &["equal_length_options"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let mut lengths = item.texts().map(|text| length(text.trim()));
    let key = lengths.next()?;
    let longest = lengths.max()?;
    let is_notable = key as f64 >= MIN_RATIO * longest as f64 && key >= longest + MIN_EXTRA_CHARS;
    is_notable.then(|| format!("the answer has {key} characters, the longest distractor {longest}"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn a_key_that_stands_out_is_told() {
        let long = "The left ventricle, which has the thickest wall by far";
        assert_eq!(
            found_after(|q| q.answer = long.to_owned()),
            [
                "longest_key: the answer has 54 characters, the longest distractor 19 (equal_length_options)"
            ]
        );
        assert_eq!(
            found_after(|q| q.answer = "The left ventricle alone".to_owned()),
            Vec::<String>::new()
        );
    }
}
