//! The names that models give the parts of a question, in any case and many languages. The list is `names.json`, which
//! whoever speaks a language can add to.

use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A part of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Question,
    Answer,
    /// Number or letter of the right option.
    Index,
    Distractors,
    Options,
    Quote,
    SecondQuote,
    Kind,
    Difficulty,
    /// What an option, or another part, says.
    Text,
    /// Number or letter of an option.
    Label,
    /// True if an option is right.
    IsCorrect,
}

static NAMES: LazyLock<HashMap<Part, Vec<String>>> = LazyLock::new(|| {
    let names: HashMap<Part, Vec<String>> =
        serde_json::from_str(include_str!("names.json")).expect("our own list parses (tested)");
    let simple = |names: Vec<String>| names.iter().map(|name| simplified(name)).collect();
    names
        .into_iter()
        .map(|(part, names)| (part, simple(names)))
        .collect()
});

impl Part {
    /// True if a key is one of its names: `correctAnswer`, `Correct answer`, `RÉPONSE`, `distractor_2`.
    pub(super) fn is_named(self, key: &str) -> bool {
        let name = simplified(key);
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let names = &NAMES[&self];
        names.contains(&name)
            || !stem.is_empty() && names.iter().any(|name| name == stem)
            || composed(stem) == Some(self)
    }

    /// True if a key names a part that only questions have.
    pub(super) fn is_of_question(key: &str) -> bool {
        const OWN: [Part; 7] = [
            Part::Question,
            Part::Answer,
            Part::Distractors,
            Part::Options,
            Part::Quote,
            Part::SecondQuote,
            Part::Difficulty,
        ];
        OWN.iter().any(|part| part.is_named(key))
    }
}

/// The part that English words put together name: `correctResponse`, `false_choices`, `all options`, `rightAnswerId`.
fn composed(name: &str) -> Option<Part> {
    const RIGHT: [&str; 5] = ["correct", "right", "true", "groundtruth", "expected"];
    const WRONG: [&str; 5] = ["incorrect", "wrong", "false", "distractor", "distracting"];
    const ANY: [&str; 4] = ["all", "possible", "available", "multiplechoice"];
    const NOUNS: [&str; 5] = ["answer", "option", "choice", "response", "alternative"];
    const SIGNS: [&str; 6] = ["letter", "index", "idx", "id", "number", "label"];
    let behind = |words: &[&str]| words.iter().find_map(|word| name.strip_prefix(word));
    let (part, rest) = (behind(&RIGHT).map(|rest| (Part::Answer, rest)))
        .or_else(|| behind(&WRONG).map(|rest| (Part::Distractors, rest)))
        .or_else(|| behind(&ANY).map(|rest| (Part::Options, rest)))?;
    let rest = NOUNS.iter().find_map(|noun| rest.strip_prefix(noun))?;
    match rest.strip_prefix('s').unwrap_or(rest) {
        "" | "text" | "texts" | "list" | "value" | "values" => Some(part),
        sign if part == Part::Answer && SIGNS.contains(&sign) => Some(Part::Index),
        _ => None,
    }
}

/// The letter in a key that is a letter, or says so: `B`, `option_b`, `choice 2`, `(b)`.
pub(super) fn option_key(key: &str) -> Option<usize> {
    let name = simplified(key);
    let rest = [
        "option",
        "choice",
        "answer",
        "opcion",
        "choix",
        "opzione",
        "opcao",
        "вариант",
        "选项",
        "選項",
    ]
    .iter()
    .find_map(|word| name.strip_prefix(word))
    .unwrap_or(&name);
    let mut chars = rest.chars();
    let first = chars.next().filter(|_| chars.next().is_none())?;
    match first {
        'a'..='h' => Some(first as usize - 'a' as usize),
        '1'..='8' if rest.len() < name.len() || name.len() == 1 => {
            Some(first as usize - '1' as usize)
        }
        _ => None,
    }
}

/// Lower case, without accents, spaces and punctuation.
fn simplified(name: &str) -> String {
    name.nfkd()
        .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_many_languages() {
        for (part, name) in [
            (Part::Answer, "correctAnswer"),
            (Part::Answer, "RÉPONSE"),
            (Part::Answer, "Правильный ответ"),
            (Part::Answer, "**Answer**"),
            (Part::Question, "Question 3"),
            (Part::Question, "问题"),
            (Part::Distractors, "distractor_2"),
            (Part::Distractors, "incorrect_responses"),
            (Part::Distractors, "distractorOptions"),
            (Part::Options, "all_options"),
            (Part::Answer, "correctResponse"),
            (Part::Index, "correctOptionId"),
            (Part::Distractors, "wrongAnswers"),
            (Part::Options, "الخيارات"),
            (Part::Options, "विकल्प"),
            (Part::Quote, "Evidence"),
        ] {
            assert!(part.is_named(name), "{name}");
        }
        assert_eq!(composed("wronganswerexplanation"), None);
        assert!(!Part::is_of_question("exam") && !Part::is_of_question("questions"));
    }

    #[test]
    fn every_part_has_names_of_its_own() {
        let single = [
            Part::Question,
            Part::Answer,
            Part::Distractors,
            Part::Options,
            Part::Quote,
        ];
        for part in single {
            for other in single.into_iter().filter(|other| *other != part) {
                let both = NAMES[&part]
                    .iter()
                    .find(|name| NAMES[&other].contains(name));
                assert_eq!(both, None, "{part:?} and {other:?}");
            }
        }
    }

    #[test]
    fn options_may_be_keys() {
        assert_eq!(option_key("B"), Some(1));
        assert_eq!(option_key("option_c"), Some(2));
        assert_eq!(option_key("Choice 4"), Some(3));
        assert_eq!(option_key("answer"), None);
        assert_eq!(option_key("exam"), None);
    }
}
