//! `multi_choice_regex`: the letter that a reply chooses, by a pattern, else by the text of a choice, else by a letter after a
//! colon.

use super::{
    Arguments, Filter,
    patterns::{Extract, compiled, selected},
};
use crate::{
    doc::Doc,
    metrics::Missing,
    python::{Pattern, escaped},
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The filter, and how texts are compared.
#[derive(Debug)]
struct MultiChoice {
    pattern: Extract,
    group_select: i64,
    ignores_case: bool,
    /// What is taken out before texts are compared.
    ignored: Vec<Pattern>,
}

pub(super) fn multi_choice_regex(arguments: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    let group_select = arguments.0.get("group_select").and_then(Json::as_i64);
    let ignores_case = arguments.flag("ignore_case")?;
    let ignores_punctuation = arguments.flag("ignore_punctuation")?;
    let mut ignored = Vec::new();
    for pattern in arguments.texts("regexes_to_ignore")? {
        ignored.push(compiled(&pattern)?);
    }
    if ignores_punctuation {
        ignored.push(Pattern::punctuation());
    }
    Ok(Box::new(MultiChoice {
        pattern: Extract::read(arguments)?,
        group_select: group_select.unwrap_or(0),
        ignores_case,
        ignored,
    }))
}

impl MultiChoice {
    fn bare(&self, text: &str) -> Result<String, Missing> {
        let mut text = text.to_owned();
        for pattern in &self.ignored {
            text = pattern.removed_from(&text).map_err(|_| Missing::TooLong)?;
        }
        Ok(match self.ignores_case {
            true => text.to_lowercase(),
            false => text,
        })
    }

    /// The letter of the choice whose text stands in a reply, as `(A)`. The longest text that fits decides.
    fn by_text(&self, choices: &[&str], reply: &str) -> Result<Option<String>, Missing> {
        let mut letters = BTreeMap::new();
        let mut patterns = Vec::new();
        for (choice, letter) in choices.iter().zip(LETTERS) {
            let text = self.bare(choice.trim())?;
            patterns.push(escaped(&text));
            letters.insert(text, format!("({letter})"));
        }
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.chars().count()));
        let pattern = Pattern::new(&patterns.join("|")).map_err(|_| Missing::TooLong)?;
        let found = selected(&pattern, self.group_select, &self.bare(reply)?)?;
        Ok(found.map(|text| letters.get(&text).cloned().unwrap_or(text)))
    }

    /// The letter after a colon, as `(A)`.
    fn by_letter(&self, n: usize, reply: &str) -> Result<Option<String>, Missing> {
        let letters: Vec<String> = LETTERS.take(n).map(String::from).collect();
        let pattern = Pattern::new(&format!(r":[\s]*({})", letters.join("|")));
        let pattern = pattern.map_err(|_| Missing::TooLong)?;
        let found = selected(&pattern, self.group_select, reply)?;
        Ok(found.map(|letter| format!("({letter})")))
    }

    fn letter(&self, choices: &[&str], reply: &str) -> Result<String, Missing> {
        let is_one = |found: &Option<String>| found.as_ref().is_some_and(|text| !text.is_empty());
        let mut found = self.pattern.found(reply)?;
        if !is_one(&found) {
            found = self.by_text(choices, reply)?;
        }
        if !is_one(&found) {
            found = self.by_letter(choices.len(), reply)?;
        }
        let found = found.filter(|text| !text.is_empty());
        Ok(found.unwrap_or_else(|| self.pattern.fallback.clone()))
    }
}

/// Letters of choices.
const LETTERS: std::ops::RangeInclusive<char> = 'A'..='Z';

impl Filter for MultiChoice {
    /// Reads the row's `choices`, as lm-evaluation-harness does.
    fn apply(&self, replies: Vec<Json>, doc: &Doc) -> Result<Vec<Json>, Missing> {
        let choices = doc.row.as_ref().and_then(|row| row.get("choices"));
        let choices = choices.and_then(Json::as_array).ok_or(Missing::Choices)?;
        let choices: Vec<&str> = choices.iter().filter_map(Json::as_str).collect();
        if choices.is_empty() || choices.len() > LETTERS.count() {
            return Err(Missing::Choices);
        }
        let replies = replies.iter().map(|reply| reply.as_str().unwrap_or(""));
        replies
            .map(|reply| self.letter(&choices, reply).map(Json::String))
            .collect()
    }
}
