//! A gap in the middle of the stem.

use super::{Check, Severity, item::Item};

/// Finds a gap (`___` or `....`) with words behind it. Readers have to hold the sentence in mind and come back
/// to it with each option.
///
/// Source: Haladyna, "Developing and validating multiple-choice test items" (3rd edition, 2004), chapter 5, on
/// completion items: the blank belongs at the end of the stem, and a question is better than either.
pub(super) const CHECK: Check = Check {
    name: "blank",
    words: "a gap in the middle of the stem",
    guide: "a gap in the middle of the stem",
    severity: Severity::Remark,
    rules: &["no_fill_in_blank"],
    find,
};

const GAPS: [&str; 3] = ["___", "....", "……"];

fn find(item: &Item<'_>) -> Option<String> {
    let stem = &item.question.question;
    let start = GAPS.iter().filter_map(|gap| stem.find(gap)).min()?;
    let has_words_behind = stem[start..].contains(char::is_alphanumeric);
    has_words_behind.then(|| "the stem goes on after its gap".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn only_gaps_in_the_middle_are_told() {
        let blank = |stem| {
            said(
                "blank",
                Language::ENGLISH,
                stem,
                ["ventricle", "atrium", "aorta", "valve"],
            )
        };
        assert!(blank("The left ___ pumps blood into the aorta.").is_some());
        assert_eq!(
            blank("Blood is pumped into the aorta by the left ___."),
            None
        );
    }
}
