//! The phrases around an answer, by language.

use regex::Regex;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// What one language says around an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    /// Patterns of what stands before an answer: `the answer is`.
    before: Vec<String>,
    /// Patterns of the article that may stand between the two, with the space behind it.
    article: Vec<String>,
    /// Nouns that may stand there: `option`.
    noun: Vec<String>,
    /// Patterns of what stands after an answer: `is correct`.
    after: Vec<String>,
    /// Words between two answers, which make both of them none.
    or: Vec<String>,
    /// Words that may follow a letter which is a word as well: `A because …`.
    because: Vec<String>,
    /// Letters of its own that stand for A, B, C, … in its lists.
    #[serde(default)]
    letters: Vec<char>,
    /// Other forms of those letters.
    #[serde(default)]
    same: BTreeMap<char, char>,
    /// The decimal sign.
    decimal: char,
}

/// The phrases of all languages.
pub(super) struct Phrases {
    languages: BTreeMap<String, Language>,
    /// What stands before an answer.
    pub(super) before: Regex,
    /// What may stand between that and the answer.
    pub(super) noun: Regex,
    /// What stands before it where there is nothing else: `Option B`.
    pub(super) title: Regex,
    /// What stands after an answer.
    pub(super) after: Regex,
    /// What stands between two answers.
    pub(super) or: Regex,
    /// A word that may follow a letter.
    pub(super) because: Regex,
}

/// The phrases of `phrases.json`.
pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let languages = serde_json::from_str(include_str!("phrases.json"));
    Phrases::new(languages.expect("phrases.json is part of the program"))
});

/// What marks an answer in any language: the text inside is the answer and nothing else.
pub(super) static MARKED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)\\boxed\s*\{(?:\\text(?:bf|it|rm)?\s*\{)?([^{}\n]{1,200})\}|<(?:final_)?answer>([^<]{1,200})</|####\s*([^\n]{1,200})";
    Regex::new(pattern).expect("the pattern is constant")
});

impl Phrases {
    fn new(languages: BTreeMap<String, Language>) -> Self {
        let any = |of: fn(&Language) -> &[String]| {
            let all: Vec<_> = languages
                .values()
                .flat_map(of)
                .map(String::as_str)
                .collect();
            all.join("|")
        };
        let words = |of: fn(&Language) -> &[String]| {
            let mut all: Vec<_> = languages
                .values()
                .flat_map(of)
                .map(|word| whole(word))
                .collect();
            // The first alternative that matches is taken.
            all.sort_by_key(|word| std::cmp::Reverse(word.len()));
            all.join("|")
        };
        let regex =
            |pattern: String| Regex::new(&pattern).expect("phrases.json is part of the program");
        let (articles, nouns) = (
            any(|language| &language.article),
            words(|language| &language.noun),
        );
        let or = words(|language| &language.or);
        Self {
            before: regex(format!("(?i)(?:{})", any(|language| &language.before))),
            noun: regex(format!(r"(?i)^[\s*_]*(?:{articles})?(?:{nouns})?[\s*_]*")),
            title: regex(format!(r"(?i)^[\s*_]*(?:{articles})?(?:{nouns})[\s*_]*")),
            after: regex(format!(r"(?i)^\s*(?:{})", any(|language| &language.after))),
            or: regex(format!(r"(?i)^\s*(?:[,/&+;]\s*)?(?:{or}|[,/&+;])?\s*")),
            because: regex(format!("(?i)^(?:{})", words(|language| &language.because))),
            languages,
        }
    }

    /// Index of the option that a letter stands for.
    pub(super) fn index(&self, letter: char) -> Option<usize> {
        let latin = match letter {
            'A'..='Z' => Some(letter as usize - 'A' as usize),
            'a'..='z' => Some(letter as usize - 'a' as usize),
            'Ａ'..='Ｚ' => Some(letter as usize - 'Ａ' as usize),
            _ => None,
        };
        latin.or_else(|| {
            let of = |language: &Language| {
                let letter = language.same.get(&letter).unwrap_or(&letter);
                language.letters.iter().position(|known| known == letter)
            };
            self.languages.values().find_map(of)
        })
    }

    /// The decimal sign of a language by its code (`es`, `es-MX`); that of English where it is not known.
    pub(super) fn decimal(&self, code: &str) -> char {
        let code = code.split(['-', '_']).next().unwrap_or_default();
        self.languages
            .get(code)
            .map_or('.', |language| language.decimal)
    }
}

/// The pattern of a word; of one in Latin letters as a whole.
fn whole(word: &str) -> String {
    let end = if word.ends_with(|c: char| c.is_alphabetic() && c < '\u{370}') {
        r"\b"
    } else {
        ""
    };
    regex::escape(word) + end
}
