//! Words and phrases that checks look for in every language with prompts, from `terms.toml`: a table a language.

use super::{lexicon::Set, pattern::Pattern};
use examen_core::Language;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

static ALL: LazyLock<Vec<(Language, Terms)>> = LazyLock::new(|| {
    let tables: BTreeMap<String, Terms> =
        toml::from_str(include_str!("terms.toml")).expect("our own terms parse (tested)");
    let known = |(code, terms): (String, Terms)| (Language::stored(&code), terms);
    tables.into_iter().map(known).collect()
});

/// The terms of a language without any.
static NONE: LazyLock<Terms> = LazyLock::new(Terms::default);

/// The terms of one language; `terms.toml` says what each is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    pub(crate) conjunctions: Words,
    pub(crate) labels: Words,
    pub(crate) openers: Words,
    pub(crate) dangling: Words,
    #[serde(default)]
    pub(crate) all: Vec<Pattern>,
    #[serde(default)]
    pub(crate) none: Vec<Pattern>,
    #[serde(default)]
    pub(crate) negative: Vec<Pattern>,
    pub(crate) absolutes: Vec<Pattern>,
    pub(crate) vague: Vec<Pattern>,
}

/// A set of words, written with spaces between them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Words(Set);

impl From<String> for Words {
    fn from(text: String) -> Self {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Self(Set::from(words))
    }
}

impl Words {
    pub(crate) fn has(&self, hash: u64) -> bool {
        self.0.has(hash)
    }
}

impl Terms {
    /// The terms of a language; empty ones where there are none.
    pub(crate) fn of(language: Language) -> &'static Self {
        let primary = language.primary();
        let found = ALL.iter().find(|(known, _)| known.primary() == primary);
        found.map_or(&NONE, |(_, terms)| terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{languages, words};

    #[test]
    fn every_language_with_prompts_has_terms() {
        for spoken in languages::all() {
            let terms = Terms::of(spoken.language);
            assert!(!terms.absolutes.is_empty() && !terms.vague.is_empty());
            assert!(!terms.none.is_empty(), "{}", spoken.language);
        }
    }

    #[test]
    fn phrases_are_found_in_scripts_without_spaces() {
        let found = |code: &'static str, text: &str| {
            let terms = Terms::of(Language::known(code));
            crate::text::pattern::find(&terms.none, &words::Words::of(text)).is_some()
        };
        assert!(found("zh", "以上都不是"));
        assert!(found("zh-Hant", "以上皆非"));
        assert!(found("ja", "上記のいずれでもない"));
        assert!(found("ko", "해당 없음"));
        assert!(!found("zh", "左心室"));
    }
}
