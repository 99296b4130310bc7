//! An option that says all that another says, and more.

use super::{Check, Severity, item::Item};
use crate::text::script::is_unspaced;

/// Shorter words are symbols (`O(n)` and `O(n log n)`).
const MIN_CHARS: usize = 3;

/// Finds an option whose words stand in another option (`sodium` and `sodium and potassium`): if the longer
/// one is right, so is the shorter. An option of one word counts only where the longer one adds to it with `and`, `or`
/// or, as in `the liver of sheep`, a preposition, because compounds hold other words without meaning them (`iron` and `iron oxide`).
///
/// Source: guideline 21, "keep choices independent; choices should not be overlapping", of Haladyna, Downing and
/// Rodriguez, "A review of multiple-choice item-writing guidelines", Applied Measurement in Education 15 (2002).
pub(super) const CHECK: Check = Check {
    name: "nested",
    words: "an option is part of another",
    guide: "an option that is part of another (*sodium*; *sodium and potassium*)",
    severity: Severity::Remark,
    rules: &["single_best_answer"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.common;
    let texts: Vec<&String> = item.texts().collect();
    for (inner, short) in item.options.iter().enumerate() {
        let n_words = lexicon.content(short).count();
        let has_word = texts[inner].contains(is_unspaced)
            || lexicon
                .content(short)
                .any(|token| short.word(token).chars().count() >= MIN_CHARS);
        for (outer, long) in item
            .options
            .iter()
            .enumerate()
            .filter(|(outer, _)| *outer != inner)
        {
            let n_more = lexicon.content(long).count().saturating_sub(n_words);
            let next = long.tokens().get(short.tokens().len());
            let goes_on = next.is_some_and(|token| lexicon.function_words.has(token.hash));
            let is_qualified = goes_on && long.text().starts_with(short.text());
            let is_joined = long
                .tokens()
                .iter()
                .any(|token| item.terms.conjunctions.has(token.hash));
            // Of a script without spaces, compounds are not told from phrases.
            let is_unspaced = texts[inner].contains(is_unspaced);
            let is_more = is_joined || !is_unspaced && (n_words > 1 || is_qualified);
            if has_word && n_more > 0 && is_more && long.contain(short) {
                return Some(format!(
                    "the option `{}` is part of the option `{}`",
                    texts[inner], texts[outer]
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn compounds_do_not_hold_their_parts() {
        let nested = |options| {
            said(
                "nested",
                Language::ENGLISH,
                "Which of these does the pump move?",
                options,
            )
        };
        assert_eq!(
            nested(["Sodium and potassium", "Sodium", "Calcium", "Chloride"]).as_deref(),
            Some(
                "the option `Sodium` is part of the option `Sodium and potassium` (single_best_answer)"
            )
        );
        let other = |code, options| said("nested", Language::known(code), "?", options);
        assert!(
            other(
                "fr",
                [
                    "Le sodium et le potassium",
                    "Le sodium",
                    "Le zinc",
                    "Le fer"
                ]
            )
            .is_some()
        );
        assert!(other("zh", ["钠和钾", "钠", "钙", "氯"]).is_some());
        assert_eq!(other("zh", ["氧化铁", "铁", "铜", "锌"]), None);
        assert_eq!(nested(["Iron oxide", "Iron", "Copper", "Zinc"]), None);
    }
}
