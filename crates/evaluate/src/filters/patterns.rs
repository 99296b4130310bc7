//! `regex` and `regex_pos`: what a pattern finds in a reply.

use super::{Arguments, Filter, each};
use crate::{doc::Doc, metrics::Missing, python::Pattern};
use serde_json::Value as Json;

/// A pattern that takes the answer out of a reply.
#[derive(Debug)]
pub(super) struct Extract {
    pattern: Pattern,
    /// Index of the match that counts; from the end where it is below 0.
    group_select: i64,
    pub(super) fallback: String,
}

pub(super) fn regex(arguments: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    Ok(Box::new(Extract::read(arguments)?))
}

/// Compiles a pattern of a task file.
pub(super) fn compiled(pattern: &str) -> Result<Pattern, String> {
    Pattern::new(pattern)
        .map_err(|reason| format!("has a pattern that cannot be used: `{pattern}`: {reason}"))
}

impl Extract {
    pub(super) fn read(arguments: &mut Arguments) -> Result<Self, String> {
        let pattern = arguments.text("regex_pattern")?;
        Ok(Self {
            pattern: compiled(pattern.as_deref().unwrap_or(r"#### (\-?[0-9\.\,]+)"))?,
            group_select: arguments.integer("group_select")?.unwrap_or(0),
            fallback: arguments
                .text("fallback")?
                .unwrap_or_else(|| "[invalid]".to_owned()),
        })
    }

    /// The match that counts; `None` where there is none.
    pub(super) fn found(&self, text: &str) -> Result<Option<String>, Missing> {
        selected(&self.pattern, self.group_select, text)
    }
}

/// The first group of a match that is not empty, without white space around it. lm-evaluation-harness fails where there are fewer
/// matches than `index` asks for; here that is no match.
pub(super) fn selected(
    pattern: &Pattern,
    index: i64,
    text: &str,
) -> Result<Option<String>, Missing> {
    let mut found = pattern.find_all(text).map_err(|_| Missing::TooLong)?;
    let n = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let index = if index < 0 { n + index } else { index };
    let Some(index) = usize::try_from(index).ok().filter(|&i| i < found.len()) else {
        return Ok(None);
    };
    let groups = found.swap_remove(index);
    let text = match groups.len() {
        1 => groups.into_iter().next(),
        _ => groups.into_iter().find(|group| !group.is_empty()),
    };
    Ok(text.map(|text| text.trim().to_owned()))
}

impl Filter for Extract {
    fn apply(&self, replies: Vec<Json>, _: &Doc) -> Result<Vec<Json>, Missing> {
        each(replies, |text| {
            let found = self.found(text)?;
            Ok(found.unwrap_or_else(|| self.fallback.clone()).into())
        })
    }
}

/// The second parts of pairs such as `('word', 'NOUN')`.
#[derive(Debug)]
struct Tags {
    pairs: Pattern,
    fallback: Json,
}

pub(super) fn regex_pos(arguments: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    // lm-evaluation-harness takes these two and uses neither.
    arguments.text("regex_pattern")?;
    arguments.integer("group_select")?;
    let fallback = arguments.0.remove("fallback");
    Ok(Box::new(Tags {
        pairs: compiled(r"\('([^']*)', '([^']*)'\)")?,
        fallback: fallback.unwrap_or_else(|| vec!["invalid"].into()),
    }))
}

impl Filter for Tags {
    fn apply(&self, replies: Vec<Json>, _: &Doc) -> Result<Vec<Json>, Missing> {
        each(replies, |text| {
            let pairs = self.pairs.find_all(text).map_err(|_| Missing::TooLong)?;
            let tags: Vec<Json> = pairs
                .into_iter()
                .map(|pair| pair[1].as_str().into())
                .collect();
            Ok(match tags.is_empty() {
                true => self.fallback.clone(),
                false => Json::Array(tags),
            })
        })
    }
}
