//! An option that stands for other options.

use super::{Check, Severity, item::Item};
use crate::text::{pattern, words::Words};

/// Shorter words are symbols.
const MIN_CHARS: usize = 3;

/// Finds `all of the above`, `none of the above`, `both A and B`, also where A and B are written out. Two right options
/// give the first away, and after the seeded shuffle there is nothing above. Letters are left alone where three options are such pairs (vitamins
/// `A and D`, `B and C`).
///
/// Source: guidelines 25 and 26, "none of the above should be used carefully" and "avoid all of the above", and 9, "avoid
/// the complex multiple-choice (type K) format", of Haladyna, Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "combined",
    words: "“all of the above” and the like",
    guide: "*all of the above*, *none of these*, *both A and B*",
    severity: Severity::Reject,
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let is_combined =
        |words| pattern::find(&lexicon.combined, words).is_some() || joins(item, words);
    let mut combined = item
        .texts()
        .zip(&item.options)
        .filter(|(_, words)| is_combined(words));
    let (first, _) = combined.next()?;
    (combined.count() < 2).then(|| format!("the option `{first}` stands for other options"))
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
