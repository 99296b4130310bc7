//! Words like `always` and `usually` that give the answer away.

use super::{Check, Severity, item::Item};

/// Finds a hedged answer (`usually`, `may`) beside distractors without exception (`always`, `never`), the
/// reverse, or no distractor that leaves an exception beside an answer that does. What holds without exception is seldom
/// right, and readers know it.
///
/// Source: guideline 28a, "avoid specific determiners", of Haladyna, Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "absolutes",
    words: "“always” beside a hedged answer",
    guide: "a hedged answer (*usually*) beside a distractor without exception (*always*), or the reverse",
    severity: Severity::Remark,
    rules: &["no_absolute_terms"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let [absolute, hedged] = [&lexicon.absolutes, &lexicon.hedges].map(|set| {
        let n = item
            .distractors()
            .iter()
            .filter(|distractor| set.has_any(distractor))
            .count();
        (set.has_any(item.key()), n)
    });
    match (absolute, hedged) {
        ((false, 1..), (true, 0)) => {
            Some("the answer is hedged and a distractor leaves no exception".to_owned())
        }
        ((true, 0), (false, 1..)) => {
            Some("the answer leaves no exception and a distractor is hedged".to_owned())
        }
        ((false, n), _) if n > 1 && n == item.distractors().len() => {
            Some("no distractor leaves an exception, and the answer does".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn they_matter_where_they_part_the_answer_from_the_rest() {
        let absolutes = |options| {
            said(
                "absolutes",
                Language::ENGLISH,
                "How does the patient present?",
                options,
            )
        };
        assert!(
            absolutes([
                "It usually hurts",
                "It always bleeds",
                "It swells",
                "It itches"
            ])
            .is_some()
        );
        assert!(absolutes(["It never hurts", "It may bleed", "It swells", "It itches"]).is_some());
        assert!(
            absolutes([
                "It hurts",
                "It always bleeds",
                "It never swells",
                "It only itches"
            ])
            .is_some()
        );
        assert_eq!(
            absolutes([
                "It usually hurts",
                "It often bleeds",
                "It always swells",
                "It itches"
            ]),
            None
        );
        let spanish = ["Suele doler", "Siempre sangra", "Se hincha", "Pica"];
        assert!(
            said(
                "absolutes",
                Language::SPANISH,
                "¿Cómo se presenta?",
                spanish
            )
            .is_some()
        );
    }
}
