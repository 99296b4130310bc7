//! Word lists of languages. A language is one data file in `lexicons/` and an entry below. Checks that look at words are
//! made where there is one.

use super::{
    languages::{self, Spoken},
    pattern::Pattern,
    words::{Set, Token, Words, hash},
};
use examen_core::Language;
use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};

const FILES: [(Language, &str); 2] = [
    (Language::ENGLISH, include_str!("lexicons/en.json")),
    (Language::SPANISH, include_str!("lexicons/es.json")),
];

static ALL: LazyLock<Vec<(Language, Lexicon)>> = LazyLock::new(|| {
    let parse =
        |text| serde_json::from_str::<Lexicon>(text).expect("our own lexicons parse (tested)");
    let mut all = FILES
        .map(|(language, text)| (language, parse(text)))
        .to_vec();
    for index in 0..all.len() {
        let others = all.iter().enumerate().filter(|(other, _)| *other != index);
        let letters = ('a'..='z').map(|letter| hash(letter.encode_utf8(&mut [0; 4])));
        let shared: BTreeSet<u64> = others
            .flat_map(|(_, (_, lexicon))| lexicon.function_words.hashes())
            .chain(letters)
            .collect();
        let own = all[index].1.function_words.hashes();
        all[index].1.only_here = own.filter(|word| !shared.contains(word)).collect();
    }
    all
});

/// Word lists and patterns (see [`Pattern`]) of one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lexicon {
    /// Words that two options may differ in and be the same.
    pub(crate) articles: Set,
    /// Words that say nothing about the subject.
    pub(crate) function_words: Set,
    /// The function words of two letters or more that no other language here has.
    #[serde(skip)]
    pub(crate) only_here: Set,
    /// Words that turn a sentence into its opposite.
    pub(crate) negations: Set,
    /// Words that say that something is so without exception.
    pub(crate) absolutes: Set,
    /// Words that say that something need not be so.
    pub(crate) hedges: Set,
    /// Words between the ends of a range.
    pub(crate) range_words: Set,
    /// A number that is the least of what is meant.
    pub(crate) lower_bounds: Vec<Pattern>,
    /// A number that is the most of what is meant.
    pub(crate) upper_bounds: Vec<Pattern>,
    /// Options that stand for other options.
    pub(crate) combined: Vec<Pattern>,
    /// Options that a model left empty.
    pub(crate) placeholders: Vec<Pattern>,
    /// Stems that need the passage beside them.
    pub(crate) source_references: Vec<Pattern>,
    /// Stems about the document instead of its subject.
    pub(crate) meta: Vec<Pattern>,
    /// Stems that ask for what is not so.
    pub(crate) negative_stems: Vec<Pattern>,
    /// Stems that ask whether a sentence is true.
    pub(crate) true_false_stems: Vec<Pattern>,
    /// Options that say no more than that it is.
    pub(crate) true_false_options: Vec<Pattern>,
    /// Stems that ask what the reader thinks.
    pub(crate) opinions: Vec<Pattern>,
    /// Words of stems that name no subject (`which statement is correct`).
    pub(crate) generic: Set,
    /// The last words of stems that agree with the option behind them.
    pub(crate) agreements: Vec<Agreement>,
    /// Patterns of an option's first words that show its number and gender.
    pub(crate) forms: Vec<Form>,
}

/// A last word of a stem and the form that the option behind it must have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreement {
    /// The words.
    pub(crate) words: Set,
    /// The form, by name.
    pub(crate) form: String,
    /// The forms that disagree with it.
    pub(crate) against: Vec<String>,
}

/// A form that an option may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// Its name, as the agreements have it.
    pub(crate) name: String,
    /// First words of an option that decide it whatever comes then.
    #[serde(default)]
    pub(crate) first: Set,
    /// Beginnings of the first word.
    #[serde(default)]
    pub(crate) starts: Vec<String>,
    /// Endings of the first word.
    #[serde(default)]
    pub(crate) ends: Vec<String>,
    /// Endings of the last word, in options of up to three words.
    #[serde(default)]
    pub(crate) last_ends: Vec<String>,
    /// Beginnings and endings of words that look like it and are not.
    #[serde(default)]
    pub(crate) except: Vec<String>,
}

impl Lexicon {
    /// The word lists of a language, if it has some.
    pub(crate) fn of(language: Language) -> Option<&'static Self> {
        let base = language.base();
        let mut all = ALL.iter();
        all.find(|(known, _)| *known == base)
            .map(|(_, lexicon)| lexicon)
    }

    /// The word lists of a language, of which those of most languages have nothing but its common words, or not even them.
    pub(crate) fn or_common(language: Language) -> &'static Self {
        static COMMON: LazyLock<Vec<(Language, Lexicon)>> = LazyLock::new(|| {
            let of_common = |spoken: &Spoken| {
                let function_words = Set::from(spoken.common.clone());
                let lexicon = Lexicon {
                    function_words,
                    ..Lexicon::default()
                };
                (spoken.language, lexicon)
            };
            languages::all().iter().map(of_common).collect()
        });
        static NONE: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);
        let base = language.base();
        let common = || COMMON.iter().find(|(known, _)| *known == base);
        Self::of(language)
            .or_else(|| common().map(|(_, lexicon)| lexicon))
            .unwrap_or(&NONE)
    }

    /// The languages beside `language`.
    pub(crate) fn others(language: Language) -> impl Iterator<Item = (Language, &'static Self)> {
        ALL.iter()
            .filter(move |(known, _)| *known != language.base())
            .map(|(known, lexicon)| (*known, lexicon))
    }

    /// True if a word says something about the subject: a number, or none of the language's function words. Negations
    /// count.
    pub(crate) fn is_content(&self, token: &Token) -> bool {
        self.negations.has(token.hash) || !self.function_words.has(token.hash)
    }

    /// The words of a text that say something about the subject.
    pub(crate) fn content<'a>(
        &'a self,
        words: &'a Words,
    ) -> impl Iterator<Item = &'a Token> + Clone {
        words.tokens().iter().filter(|token| self.is_content(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lexicon_is_whole() {
        for (language, lexicon) in ALL.iter() {
            assert!(lexicon.only_here.hashes().count() > 50, "{language}");
            for agreement in &lexicon.agreements {
                for name in agreement.against.iter().chain([&agreement.form]) {
                    assert!(
                        lexicon.forms.iter().any(|form| form.name == *name),
                        "{name}"
                    );
                }
            }
        }
    }
}
