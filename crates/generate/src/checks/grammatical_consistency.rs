//! Options of which one has another form.

use super::{Check, Severity, item::Item};

/// Shorter options have no form.
const MIN_WORDS: usize = 2;

/// Finds an option that alone does not begin with the word that all others begin with (`to prevent …`, `by …`, `because …`), or
/// alone begins with such a word.
///
/// Source: rule `grammatical_consistency` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026), of which only this is told
/// by words; guideline 23 of Haladyna, Downing and Rodriguez (2002). How options fit the stem is told by `grammar`.
pub(super) const CHECK: Check = Check {
    name: "grammatical_consistency",
    words: "one option has another form",
    guide: "one option that alone begins with, or without, *to*, *by*, *because* …",
    severity: Severity::Remark,
    rules: &["grammatical_consistency"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let first = |index: usize| {
        let tokens = item.options[index].tokens();
        tokens.first().map(|token| token.hash)
    };
    let n = item.options.len();
    if n < 4
        || item
            .options
            .iter()
            .any(|words| words.tokens().len() < MIN_WORDS)
    {
        return None;
    }
    let openers: Vec<Option<u64>> = (0..n)
        .map(|index| first(index).filter(|hash| item.terms.openers.has(*hash)))
        .collect();
    let is_alone = |index: usize| {
        let mut others = openers
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let word = others.clone().next().and_then(|(_, word)| *word);
        match openers[index] {
            None => word.is_some() && others.all(|(_, other)| *other == word),
            Some(_) => others.all(|(_, other)| other.is_none()),
        }
    };
    // Quantities differ in how they are bounded: `at least 3 kg`.
    let are_quantities = item
        .texts()
        .all(|text| text.contains(|c: char| c.is_ascii_digit()));
    if are_quantities || item.options.iter().any(|words| item.is_meta(words)) {
        return None;
    }
    let odd = (0..n).find(|index| is_alone(*index))?;
    let text = item.texts().nth(odd)?;
    let how = match openers[odd] {
        Some(_) => "begins with a word that no other begins with",
        None => "does not begin as all others do",
    };
    Some(format!("the option `{text}` {how}"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn one_of_another_form_is_told() {
        let form = |code, options| {
            said(
                "grammatical_consistency",
                Language::known(code),
                "Why is it used?",
                options,
            )
        };
        let options = [
            "To stop blood",
            "To clean it",
            "To cool it",
            "Pain of the arm",
        ];
        assert!(form("en", options).is_some());
        let options = [
            "Pain of the arm",
            "Loss of blood",
            "Because it bleeds",
            "Heat of skin",
        ];
        assert!(form("en", options).is_some());
        let options = [
            "Pour arrêter le sang",
            "Pour nettoyer",
            "Douleur du bras",
            "Pour refroidir",
        ];
        assert!(form("fr", options).is_some());
        let options = ["To stop blood", "To clean it", "To cool it", "To warm it"];
        assert_eq!(form("en", options), None);
    }
}
