//! Languages that the user tells: of all documents, or of those that a pattern names.

use examen_core::{Language, language::UnknownLanguage};
use globset::Glob;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The language of some documents, told rather than detected: `fr`, or `PATTERN=fr`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct LanguageRule {
    /// Pattern of the documents' paths; `None` for all. One without `/` is one of file names.
    pub pattern: Option<String>,
    /// Their language.
    pub language: Language,
}

/// A rule that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadRule {
    /// The code is none.
    #[error(transparent)]
    Language(#[from] UnknownLanguage),
    /// The pattern is none.
    #[error("{0}")]
    Pattern(#[from] globset::Error),
}

impl From<Language> for LanguageRule {
    /// The rule for all documents.
    fn from(language: Language) -> Self {
        Self {
            pattern: None,
            language,
        }
    }
}

impl FromStr for LanguageRule {
    type Err = BadRule;

    fn from_str(rule: &str) -> Result<Self, BadRule> {
        let (pattern, code) = match rule.rsplit_once('=') {
            Some((pattern, code)) => (Some(pattern), code),
            None => (None, rule),
        };
        pattern.map(Glob::new).transpose()?;
        Ok(Self {
            pattern: pattern.map(str::to_owned),
            language: code.trim().parse()?,
        })
    }
}

impl fmt::Display for LanguageRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pattern {
            Some(pattern) => write!(f, "{pattern}={}", self.language),
            None => write!(f, "{}", self.language),
        }
    }
}

impl From<LanguageRule> for String {
    fn from(rule: LanguageRule) -> Self {
        rule.to_string()
    }
}

/// Writes rules as a list, and none as null.
pub(super) fn null_if_empty<S: Serializer>(
    rules: &[LanguageRule],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match rules.is_empty() {
        true => serializer.serialize_none(),
        false => serializer.collect_seq(rules),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for (rule, same) in [
            ("fr", "fr"),
            ("*.txt=fra", "*.txt=fr"),
            ("a=b/*=zh-Hant", "a=b/*=zh-Hant"),
        ] {
            assert_eq!(rule.parse::<LanguageRule>().unwrap().to_string(), same);
        }
        for rule in ["french", "*.txt=", "[=fr", ""] {
            assert!(rule.parse::<LanguageRule>().is_err(), "{rule}");
        }
    }
}
