//! An option that says all that another says, and more.

use super::{Check, Severity, item::Item};

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
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let texts: Vec<&String> = item.texts().collect();
    for (inner, short) in item.options.iter().enumerate() {
        let n_words = lexicon.content(short).count();
        let has_word = lexicon
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
            let is_more = n_words > 1 || lexicon.conjunctions.has_any(long) || is_qualified;
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
            Some("the option `Sodium` is part of the option `Sodium and potassium`")
        );
        assert_eq!(nested(["Iron oxide", "Iron", "Copper", "Zinc"]), None);
    }
}
