//! Languages by their ISO 639 codes. Any code is carried from documents to results as it is; which of them have prompts
//! or word lists is the stages' matter.

use crate::nearest;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, sync::LazyLock};

/// Bytes of the longest code: `zh-Hant-TW` has ten.
const MAX_BYTES: usize = 16;

/// The languages of ISO 639-1, one a line: the code of two letters, that of three, its bibliographic form or `-`, the
/// English name.
const TWO_LETTERS: &str = include_str!("language/two_letters.txt");
/// The codes of ISO 639-3 as its registrar (SIL International) lists them, sorted.
const THREE_LETTERS: &str = include_str!("language/three_letters.txt");

/// A language: an ISO 639 code, the one of two letters where there is one, with the subtags of BCP 47 where they matter
/// (`zh-Hant`, `pt-BR`). Chinese without a subtag is in simplified characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language([u8; MAX_BYTES]);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self::known("en");
    /// Spanish.
    pub const SPANISH: Self = Self::known("es");
    /// Chinese in simplified characters.
    pub const CHINESE: Self = Self::known("zh");
    /// Chinese in traditional characters.
    pub const TRADITIONAL_CHINESE: Self = Self::known("zh-Hant");
    /// A language that is not known (ISO 639-3 `und`).
    pub const UNDETERMINED: Self = Self::known("und");

    /// The language with a code that is written as it is stored.
    ///
    /// # Panics
    /// If the code is longer than 16 bytes.
    pub const fn known(code: &'static str) -> Self {
        let (code, mut bytes, mut index) = (code.as_bytes(), [0; MAX_BYTES], 0);
        while index < code.len() {
            bytes[index] = code[index];
            index += 1;
        }
        Self(bytes)
    }

    /// The language that foreign data name: a code in any form that [`FromStr`] takes, an English name, or a word that is
    /// kept as it is. [`Language::UNDETERMINED`] for what is empty or cannot be a code.
    ///
    /// ```
    /// use examen_core::Language;
    /// assert_eq!(["ar", "Arabic", "ara", "x-mine", " ", "?"].map(|told| Language::stored(told).to_string()),
    ///            ["ar", "ar", "ar", "x-mine", "und", "und"]);
    /// ```
    pub fn stored(told: &str) -> Self {
        let told = told.trim();
        if let Ok(language) = told.parse() {
            return language;
        }
        if let Some(code) = code_of_name(told) {
            return code;
        }
        let is_code = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match told.len() {
            1..=MAX_BYTES if told.chars().all(is_code) => Self::of_ascii(told),
            _ => Self::UNDETERMINED,
        }
    }

    fn of_ascii(code: &str) -> Self {
        let mut bytes = [0; MAX_BYTES];
        bytes[..code.len()].copy_from_slice(code.as_bytes());
        Self(bytes)
    }

    /// The code: `en`, `haw`, `zh-Hant`.
    pub fn code(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0);
        std::str::from_utf8(&self.0[..end.unwrap_or(MAX_BYTES)]).unwrap_or("und")
    }

    /// The code without subtags: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.code().split('-').next().unwrap_or_default()
    }

    /// The same language without what only says where it is spoken: `pt` of `pt-BR`, `zh-Hant` of `zh-TW`.
    pub fn base(self) -> Self {
        const TRADITIONAL: [&str; 4] = ["Hant", "TW", "HK", "MO"];
        let has = |subtag: &str| self.code().split('-').skip(1).any(|own| own == subtag);
        match self.primary() {
            "zh" if TRADITIONAL.iter().any(|subtag| has(subtag)) => Self::TRADITIONAL_CHINESE,
            primary => Self::of_ascii(primary),
        }
    }

    /// The English name, of the languages of ISO 639-1.
    pub fn name(&self) -> Option<&'static str> {
        row(|[two, ..]| *two == self.primary()).map(|[.., name]| name)
    }

    /// True if the language is not known.
    pub fn is_undetermined(self) -> bool {
        self == Self::UNDETERMINED
    }
}

/// The first row of the table that `is_it`.
fn row(is_it: impl Fn(&[&str; 4]) -> bool) -> Option<[&'static str; 4]> {
    static ROWS: LazyLock<Vec<[&str; 4]>> = LazyLock::new(|| {
        let row = |line: &'static str| {
            let mut parts = line.splitn(4, ' ');
            std::array::from_fn(|_| parts.next().unwrap_or_default())
        };
        TWO_LETTERS.lines().map(row).collect()
    });
    ROWS.iter().find(|row| is_it(row)).copied()
}

fn code_of_name(name: &str) -> Option<Language> {
    row(|[.., known]| known.eq_ignore_ascii_case(name)).map(|[two, ..]| Language::known(two))
}

impl Default for Language {
    fn default() -> Self {
        Self::UNDETERMINED
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A word that is no ISO 639 code.
#[derive(Debug, thiserror::Error)]
#[error("`{told}` is not an ISO 639 language code{meant}")]
pub struct UnknownLanguage {
    told: String,
    /// The code that was meant, as the end of the sentence; empty where that is not known.
    meant: String,
}

impl UnknownLanguage {
    fn of(told: &str) -> Self {
        let names = TWO_LETTERS
            .lines()
            .filter_map(|line| line.splitn(4, ' ').nth(3));
        let meant = code_of_name(told)
            .or_else(|| nearest(told, names).and_then(code_of_name))
            .map(|language| format!("; {} is `{language}`", language.name().unwrap_or_default()));
        Self {
            told: told.to_owned(),
            meant: meant.unwrap_or_else(|| " such as en, es, zh-Hant or haw".to_owned()),
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Takes codes of two letters (ISO 639-1) and three (639-2, 639-3), in any case, with subtags after `-` or `_`.
    fn from_str(told: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownLanguage::of(told);
        let told = told.replace('_', "-");
        let mut parts = told.split('-');
        let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut code = primary_code(&primary).ok_or_else(unknown)?.to_owned();
        for part in parts {
            code = format!("{code}-{}", subtag(part).ok_or_else(unknown)?);
        }
        match code.as_str() {
            "zh-Hans" => Ok(Self::CHINESE),
            code if code.len() <= MAX_BYTES => Ok(Self::of_ascii(code)),
            _ => Err(unknown()),
        }
    }
}

/// The shortest code of the language that has `code`, in lower case.
fn primary_code(code: &str) -> Option<&str> {
    match code.len() {
        2 => row(|[two, ..]| *two == code).map(|[two, ..]| two),
        // Mandarin, as which detectors tell Chinese.
        3 if code == "cmn" => Some("zh"),
        3 => row(|[_, three, other, _]| *three == code || *other == code)
            .map(|[two, ..]| two)
            .or_else(|| {
                THREE_LETTERS
                    .split_whitespace()
                    .any(|known| known == code)
                    .then_some(code)
            }),
        _ => None,
    }
}

/// A subtag in its usual case: `Hant`, `BR`, `valencia`.
fn subtag(part: &str) -> Option<String> {
    let lower = part.to_ascii_lowercase();
    if !(1..=8).contains(&part.len()) || !part.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    Some(match lower.len() {
        2 => lower.to_ascii_uppercase(),
        4 => format!("{}{}", lower[..1].to_ascii_uppercase(), &lower[1..]),
        _ => lower,
    })
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // An option, as it is read: not every table says which language a question is in.
        match self.is_undetermined() {
            true => serializer.serialize_none(),
            false => serializer.serialize_some(self.code()),
        }
    }
}

impl<'de> Deserialize<'de> for Language {
    /// Takes what [`Language::stored`] takes, and null.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;

        impl<'de> de::Visitor<'de> for Told {
            type Value = Language;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a language code")
            }

            fn visit_none<E>(self) -> Result<Language, E> {
                Ok(Language::UNDETERMINED)
            }

            fn visit_unit<E>(self) -> Result<Language, E> {
                Ok(Language::UNDETERMINED)
            }

            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Language, D::Error> {
                inner.deserialize_str(self)
            }

            fn visit_str<E>(self, told: &str) -> Result<Language, E> {
                Ok(Language::stored(told))
            }
        }

        deserializer.deserialize_option(Told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_every_usual_form() {
        for (told, code) in [
            ("en", "en"),
            ("FR", "fr"),
            ("fra", "fr"),
            ("fre", "fr"),
            ("cmn", "zh"),
            ("zh-Hans", "zh"),
            ("zh_tw", "zh-TW"),
            ("ZH-hant", "zh-Hant"),
            ("pt-br", "pt-BR"),
            ("haw", "haw"),
            ("sr-Cyrl-RS", "sr-Cyrl-RS"),
        ] {
            assert_eq!(told.parse::<Language>().unwrap().code(), code, "{told}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused_with_the_one_that_is_meant() {
        let said = |told: &str| told.parse::<Language>().unwrap_err().to_string();
        assert_eq!(
            said("french"),
            "`french` is not an ISO 639 language code; French is `fr`"
        );
        assert!(said("xx").ends_with("such as en, es, zh-Hant or haw"));
        for told in [
            "",
            "e",
            "qqqq",
            "en-",
            "en-a*",
            "en-subtagtoolong",
            "日本語",
        ] {
            assert!(told.parse::<Language>().is_err(), "{told}");
        }
    }

    #[test]
    fn every_code_of_the_table_is_the_same_language() {
        assert_eq!(TWO_LETTERS.lines().count(), 184);
        for line in TWO_LETTERS.lines() {
            let codes: Vec<&str> = line
                .split(' ')
                .take(3)
                .filter(|code| *code != "-")
                .collect();
            for code in &codes {
                assert_eq!(code.parse::<Language>().unwrap().code(), codes[0], "{line}");
            }
        }
    }

    #[test]
    fn rows_keep_any_language_and_none() {
        let read = |json: &str| serde_json::from_str::<Language>(json).unwrap();
        for (json, code) in [
            ("\"ar\"", "ar"),
            ("null", "und"),
            ("\"\"", "und"),
            ("\"tlh\"", "tlh"),
        ] {
            assert_eq!(read(json).code(), code);
        }
        let written = |json: &str| serde_json::to_string(&read(json)).unwrap();
        assert_eq!(
            [written("\"pt_BR\""), written("null")],
            ["\"pt-BR\"", "null"]
        );
    }

    #[test]
    fn a_place_makes_no_other_language() {
        let base = |code: &str| code.parse::<Language>().unwrap().base().to_string();
        assert_eq!(
            ["pt-BR", "zh-TW", "zh-Hant-HK", "zh-CN", "zh", "en"].map(base),
            ["pt", "zh-Hant", "zh-Hant", "zh", "zh", "en"]
        );
        assert_eq!(Language::SPANISH.name(), Some("Spanish"));
    }
}
