//! Languages with prompts. A language is one data file beside this one and its line in `FILES`: the words of every
//! prompt, the examples that the writer is shown, common words by which the language is told, and the words and phrases
//! that checks look for. A speaker corrects it without reading code. Other languages are asked about in English, which names them.

use super::terms::Terms;
use examen_core::Language;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// Every language with prompts: its code and its file.
const FILES: &[(&str, &str)] = &[
    ("en", include_str!("en.toml")),
    ("es", include_str!("es.toml")),
    ("fr", include_str!("fr.toml")),
    ("de", include_str!("de.toml")),
    ("pt", include_str!("pt.toml")),
    ("it", include_str!("it.toml")),
    ("nl", include_str!("nl.toml")),
    ("pl", include_str!("pl.toml")),
    ("ru", include_str!("ru.toml")),
    ("uk", include_str!("uk.toml")),
    ("tr", include_str!("tr.toml")),
    ("id", include_str!("id.toml")),
    ("vi", include_str!("vi.toml")),
    ("zh", include_str!("zh.toml")),
    ("zh-Hant", include_str!("zh-Hant.toml")),
    ("ja", include_str!("ja.toml")),
    ("ko", include_str!("ko.toml")),
    ("ar", include_str!("ar.toml")),
    ("he", include_str!("he.toml")),
    ("hi", include_str!("hi.toml")),
];

/// The templates that the words of a language are put into, by the names that they have behind the language's code.
const TEMPLATES: [(&str, &str); 7] = [
    ("system.jinja", include_str!("system.jinja")),
    ("user.jinja", include_str!("user.jinja")),
    ("summary.jinja", include_str!("summary.jinja")),
    ("open_book.jinja", include_str!("open_book.jinja")),
    ("closed_book.jinja", include_str!("closed_book.jinja")),
    ("options_only.jinja", include_str!("options_only.jinja")),
    ("stands_alone.jinja", include_str!("stands_alone.jinja")),
];

static ALL: LazyLock<Vec<Spoken>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(code, text)| Spoken::of(code, text))
        .collect()
});

/// A language that prompts are written in.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) language: Language,
    /// Common words that say nothing about a subject.
    pub(crate) common: Vec<String>,
    /// The words for yes and no.
    pub(crate) yes_no: [String; 2],
    /// Words that may stand before the letter of an answer (`the answer is`).
    pub(crate) lead: Vec<String>,
    /// Words and phrases that checks look for; `None` where the file of another script has them.
    pub(crate) terms: Option<Terms>,
    /// Templates and examples, by file name without the language's code.
    files: BTreeMap<&'static str, String>,
}

/// A file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    common: String,
    yes: String,
    no: String,
    lead: String,
    words: BTreeMap<String, String>,
    terms: Option<Terms>,
    example: Example,
    pair: Example,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Example {
    passages: Vec<String>,
    exam: Vec<Item>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Item {
    quote: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    second_quote: Option<String>,
    kind: String,
    question: String,
    answer: String,
    distractors: Vec<String>,
    difficulty: String,
}

impl Spoken {
    /// # Panics
    /// If the file is not one: it is a part of the program, and tested.
    fn of(code: &'static str, text: &str) -> Self {
        let written: Written =
            toml::from_str(text).unwrap_or_else(|error| panic!("{code}.toml: {error}"));
        let json = |example| serde_json::to_string_pretty(example).expect("texts make JSON");
        let templates = TEMPLATES.map(|(name, template)| (name, fill(template, &written.words)));
        let examples = [
            ("example.json", &written.example),
            ("pair.json", &written.pair),
        ];
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let common: Vec<String> = words(&written.common);
        Self {
            language: Language::known(code),
            common,
            lead: words(&written.lead),
            yes_no: [written.yes, written.no],
            terms: written.terms,
            files: templates
                .into_iter()
                .chain(examples.map(|(name, example)| (name, json(example))))
                .collect(),
        }
    }

    /// The template or example with that name (`system.jinja`).
    pub(crate) fn file(&self, name: &str) -> &str {
        &self.files[name]
    }
}

/// The template with `[[name]]` replaced by the words of that name.
fn fill(template: &str, words: &BTreeMap<String, String>) -> String {
    let mut parts = template.split("[[");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("]]").expect("our own templates are closed");
        filled += words
            .get(name)
            .unwrap_or_else(|| panic!("a language lacks the words `{name}`"));
        filled += rest;
    }
    filled
}

/// The languages with prompts, in the order of the list.
pub(crate) fn all() -> &'static [Spoken] {
    &ALL
}

/// The language with prompts that `language` is; `None` if it has none.
pub(crate) fn spoken(language: Language) -> Option<&'static Spoken> {
    static BY_LANGUAGE: LazyLock<HashMap<Language, &Spoken>> =
        LazyLock::new(|| ALL.iter().map(|spoken| (spoken.language, spoken)).collect());
    let known = |language: Language| BY_LANGUAGE.get(&language).copied();
    known(language).or_else(|| known(language.base()))
}

/// The language of the prompts about a text in `language`: itself, or English.
pub(crate) fn of_prompts(language: Language) -> &'static Spoken {
    spoken(language).unwrap_or(&ALL[0])
}

/// The words and phrases that checks look for in a language, whatever its script; empty ones where there are none.
pub(crate) fn terms(language: Language) -> &'static Terms {
    static NONE: LazyLock<Terms> = LazyLock::new(Terms::default);
    let mut known = ALL
        .iter()
        .filter(|spoken| spoken.language.primary() == language.primary());
    known
        .find_map(|spoken| spoken.terms.as_ref())
        .unwrap_or(&NONE)
}

/// True if questions about texts in this language are asked for in it; else they are asked for in English.
pub fn has_prompts(language: Language) -> bool {
    spoken(language).is_some()
}

/// Codes of the languages with prompts.
pub fn codes() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_word_and_no_other() {
        let is_used = |name: &str| {
            let mark = format!("[[{name}]]");
            TEMPLATES.iter().any(|(_, text)| text.contains(&mark))
        };
        for (code, text) in FILES {
            let written: Written = toml::from_str(text).unwrap();
            for name in written.words.keys() {
                assert!(is_used(name), "{code}: `{name}` is in no template");
            }
            let spoken = spoken(Language::known(code)).unwrap();
            assert!(spoken.yes_no.iter().all(|word| !word.is_empty()), "{code}");
            assert!(!spoken.file("system.jinja").contains("[["), "{code}");
        }
    }

    #[test]
    fn a_region_has_the_prompts_of_its_language() {
        assert_eq!(
            of_prompts("es-MX".parse().unwrap()).language,
            Language::SPANISH
        );
        assert_eq!(
            of_prompts("sw".parse().unwrap()).language,
            Language::ENGLISH
        );
    }
}
