//! Words and phrases that checks look for: the table `[terms]` of a language's file.

use super::{
    pattern::Pattern,
    words::{Set, hash},
};
use serde::{Deserialize, Deserializer};

/// The terms of one language; `languages/en.toml` says what each is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    #[serde(deserialize_with = "spaced")]
    pub(crate) conjunctions: Set,
    #[serde(deserialize_with = "spaced")]
    pub(crate) labels: Set,
    #[serde(deserialize_with = "spaced")]
    pub(crate) openers: Set,
    #[serde(deserialize_with = "spaced")]
    pub(crate) dangling: Set,
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
fn spaced<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split_whitespace().map(hash).collect())
}

#[cfg(test)]
mod tests {
    use crate::text::{languages, pattern, words::Words};
    use examen_core::Language;

    #[test]
    fn every_language_with_prompts_has_terms() {
        for spoken in languages::all() {
            let terms = languages::terms(spoken.language);
            assert!(!terms.absolutes.is_empty() && !terms.vague.is_empty());
            assert!(!terms.none.is_empty(), "{}", spoken.language);
        }
    }

    #[test]
    fn phrases_are_found_in_scripts_without_spaces() {
        let found = |code: &'static str, text: &str| {
            let terms = languages::terms(Language::known(code));
            pattern::find(&terms.none, &Words::of(text)).is_some()
        };
        assert!(found("zh", "以上都不是"));
        assert!(found("zh-Hant", "以上皆非"));
        assert!(found("ja", "上記のいずれでもない"));
        assert!(found("ko", "해당 없음"));
        assert!(!found("zh", "左心室"));
    }
}
