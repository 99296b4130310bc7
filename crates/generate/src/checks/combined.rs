//! An option that stands for other options.

use super::{Check, Severity, item::Item, labels};
use crate::text::{
    pattern,
    words::{Token, Words},
};

/// Shorter words are symbols.
const MIN_CHARS: usize = 3;

/// Finds `all of the above`, `none of the above`, `both A and B`, also where A and B are written out. Two right options
/// give the first away, and after the seeded shuffle there is nothing above. Letters are left alone where three options are such pairs (vitamins
/// `A and D`, `B and C`) and the stem lists nothing by letters.
///
/// Source: guidelines 25 and 26, "none of the above should be used carefully" and "avoid all of the above", and 9, "avoid
/// the complex multiple-choice (type K) format", of Haladyna, Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "combined",
    words: "“all of the above” and the like",
    guide: "*all of the above*, *none of these*, *both A and B*",
    severity: Severity::Reject,
    rules: &[
        "avoid_k_type",
        "no_all_of_the_above",
        "no_none_of_the_above",
    ],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let mut combined = item
        .texts()
        .zip(&item.options)
        .filter(|(text, _)| !labels::is_of_labels(text, item))
        .filter_map(|(text, words)| Some((text, rule(item, words)?)));
    let first = combined.next();
    let n_more = combined.count();
    let labels = || labels::find(item).map(|option| (option, K_TYPE));
    let (option, rule) = first.filter(|_| n_more < 2).or_else(labels)?;
    Some(format!(
        "the option `{option}` stands for other options ({rule})"
    ))
}

const K_TYPE: &str = "avoid_k_type";

/// The rule that an option breaks by its words.
fn rule(item: &Item<'_>, words: &Words) -> Option<&'static str> {
    let has = |patterns| pattern::find(patterns, words).is_some();
    let terms = item.terms;
    let is_combined = item.lexicon.is_some_and(|lexicon| has(&lexicon.combined));
    match () {
        () if has(&terms.none) => Some("no_none_of_the_above"),
        () if has(&terms.all) => Some("no_all_of_the_above"),
        () if is_combined && !is_pair(words) => Some("no_all_of_the_above"),
        () if is_combined || joins(item, words) => Some(K_TYPE),
        () => None,
    }
}

/// True for words that name letters or numbers of options.
fn is_pair(words: &Words) -> bool {
    let is_label = |token: &Token| token.is_number || words.word(token).chars().count() == 1;
    words
        .tokens()
        .iter()
        .filter(|token| is_label(token))
        .count()
        > 1
}

/// True if the words of two other options stand in an option.
fn joins(item: &Item<'_>, words: &Words) -> bool {
    let has_word = |other: &Words| {
        other
            .tokens()
            .iter()
            .any(|token| other.word(token).chars().count() >= MIN_CHARS)
    };
    let is_part = |other: &&Words| *other != words && has_word(other) && words.contain(other);
    item.options.iter().filter(is_part).count() >= 2
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn options_about_options_are_told() {
        let with = |language, option| {
            said(
                "combined",
                language,
                "What is red?",
                ["Blood", "Bone", "Skin", option],
            )
        };
        for option in [
            "All of the above",
            "none of these.",
            "Both A and B",
            "A and C only",
        ] {
            assert!(with(Language::ENGLISH, option).is_some(), "{option}");
        }
        for option in [
            "Todas las anteriores",
            "Ninguna de las anteriores es correcta",
            "Tanto a como b",
        ] {
            assert!(with(Language::SPANISH, option).is_some(), "{option}");
        }
        assert_eq!(with(Language::ENGLISH, "All of the bones"), None);
        assert!(with(Language::ENGLISH, "Both blood and bone").is_some());
        for (option, rule) in [
            ("All of the above", "no_all_of_the_above"),
            ("None of the above", "no_none_of_the_above"),
            ("Both A and C", "avoid_k_type"),
        ] {
            let told = with(Language::ENGLISH, option).unwrap_or_default();
            assert!(told.ends_with(&format!("({rule})")), "{told}");
        }
        for (code, option) in [
            ("fr", "Toutes les réponses ci-dessus"),
            ("fr", "A et C"),
            ("de", "Keine der genannten"),
            ("pt", "Nenhuma das anteriores"),
            ("ru", "Все перечисленное"),
            ("zh", "以上都是"),
            ("zh", "A和C"),
            ("ja", "上記のいずれでもない"),
            ("ko", "모두 정답"),
            ("tr", "Hepsi"),
            ("sw", "A & C"),
        ] {
            assert!(with(Language::known(code), option).is_some(), "{option}");
        }
        let vitamins = ["A and D", "B and C", "B and D", "A and C"];
        assert_eq!(
            said(
                "combined",
                Language::ENGLISH,
                "Which vitamins dissolve in fat?",
                vitamins
            ),
            None
        );
    }
}
