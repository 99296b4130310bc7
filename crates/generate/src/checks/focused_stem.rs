//! A stem that asks nothing.

use super::{Check, Severity, item::Item};
use crate::text::script::Script;

/// Finds a stem that is neither a question nor has a gap: a sentence to go on with, or a few words. Languages that end
/// questions with a letter (Japanese, Thai, Burmese) are left alone, and so are requests (`Calculate …`) with a full stop at
/// their end.
///
/// Source: rule `focused_stem` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026).
pub(super) const CHECK: Check = Check {
    name: "focused_stem",
    words: "the stem is no question",
    guide: "a stem that is neither a question nor has a gap",
    severity: Severity::Remark,
    rules: &["focused_stem"],
    find,
};

/// Question marks of all scripts: also those of Greek, Armenian and Ethiopic.
const MARKS: [char; 8] = ['?', '？', '؟', ';', '\u{37e}', '՞', '፧', '⁇'];
const GAPS: [&str; 4] = ["__", "....", "…", "——"];
/// Languages whose questions have no mark of their own.
const UNMARKED: [&str; 5] = ["ja", "th", "my", "lo", "km"];

fn find(item: &Item<'_>) -> Option<String> {
    let stem = item.question.question.trim();
    let has_gap = GAPS.iter().any(|gap| stem.contains(gap));
    let is_request = stem.ends_with(['.', '。', '।', ':', '：']);
    let is_unmarked = UNMARKED.contains(&item.question.language.primary());
    let has_letters = stem.chars().any(|c| Script::of(c).is_some());
    let asks = stem.contains(MARKS) || has_gap || is_request || is_unmarked;
    (has_letters && !asks).then(|| "the stem is no question".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn stems_that_ask_nothing_are_told() {
        let options = ["Blood", "Bone", "Skin", "Nail"];
        let stem = |stem| said("focused_stem", Language::ENGLISH, stem, options);
        assert!(stem("The red tissue of the body is").is_some());
        for good in [
            "Which tissue is red?",
            "The red tissue is ____",
            "Name the red tissue.",
            "哪种组织是红色的？",
            "ما هو النسيج الأحمر؟",
        ] {
            assert_eq!(stem(good), None, "{good}");
        }
    }
}
