//! An answer that is written in another way than its distractors.

use super::{Check, Severity, item::Item};

/// Finds an answer that alone ends, or alone does not end, with a full stop; alone begins with a capital
/// letter where all distractors begin with small ones, or the reverse; alone has digits where no distractor has any, or
/// the reverse.
///
/// Source: guideline 23, "keep choices homogeneous in content and grammatical structure", of Haladyna, Downing and
/// Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "format",
    words: "the key alone is written otherwise",
    guide: "an answer that alone ends with a full stop, alone begins with a capital letter (or a small one), alone has digits (or none)",
    severity: Severity::Remark,
    rules: &["grammatical_consistency"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    if item.question.distractors.is_empty() {
        return None;
    }
    let ends_with_stop = |text: &str| Some(text.trim_end().ends_with('.'));
    let has_digit = |text: &str| Some(text.contains(|c: char| c.is_ascii_digit()));
    odd(
        item,
        ends_with_stop,
        ["ends with a full stop", "ends without a full stop"],
    )
    .or_else(|| {
        odd(
            item,
            is_capitalised,
            ["begins with a capital letter", "begins with a small letter"],
        )
    })
    .or_else(|| odd(item, has_digit, ["has digits", "has no digits"]))
}

/// The reason if the answer is one way and all distractors are the other.
fn odd(
    item: &Item<'_>,
    way: impl Fn(&str) -> Option<bool>,
    [is, is_not]: [&str; 2],
) -> Option<String> {
    let key = way(&item.question.answer)?;
    let is_odd = item
        .question
        .distractors
        .iter()
        .all(|text| way(text) == Some(!key));
    is_odd.then(|| format!("only the answer {}", if key { is } else { is_not }))
}

/// True if the first word begins with a capital letter; `None` for what has none by itself (digits, formulas, acronyms).
fn is_capitalised(text: &str) -> Option<bool> {
    let mut letters = text.trim().chars();
    let (first, second) = (letters.next()?, letters.next()?);
    (first.is_alphabetic() && second.is_lowercase()).then(|| first.is_uppercase())
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn what_makes_the_answer_stand_out_is_told() {
        let format = |options| {
            said(
                "format",
                Language::ENGLISH,
                "Which hormone lowers blood sugar?",
                options,
            )
        };
        assert_eq!(
            format(["Insulin.", "Glucagon", "Cortisol", "Leptin"]).as_deref(),
            Some("only the answer ends with a full stop (grammatical_consistency)")
        );
        assert_eq!(
            format(["insulin", "Glucagon", "Cortisol", "Leptin"]).as_deref(),
            Some("only the answer begins with a small letter (grammatical_consistency)")
        );
        assert_eq!(
            format(["Vitamin B12", "Iron", "Zinc", "Iodine"]).as_deref(),
            Some("only the answer has digits (grammatical_consistency)")
        );
        assert_eq!(format(["DNA", "proteins", "lipids", "sugars"]), None);
    }
}
