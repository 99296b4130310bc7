//! `exact_match` as lm-evaluation-harness computes it: no white space is taken away, and a task file says what else is.

use crate::{
    metrics::{Aggregate, Card, Metric, Missing, Reads, Sample, Score},
    python::Pattern,
};

/// What is taken out of a reply and its references before they are compared, in this order: patterns, case, ASCII punctuation, ASCII
/// digits.
#[derive(Debug, Default)]
pub(crate) struct Ignored {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) case: bool,
    pub(crate) punctuation: bool,
    pub(crate) numbers: bool,
}

/// *What it measures*: how often a reply equals a reference after what the task file ignores is taken out of both; of several replies
/// to a question the share that does.
///
/// *When not to use it*: without a filter, for chatty replies.
///
/// *Example*: with `ignore_punctuation`, `72.` for `72`: 1.
#[derive(Debug)]
pub(crate) struct HarnessExactMatch {
    pub(crate) ignored: Ignored,
    /// True where one reply a question is left to compare.
    pub(crate) is_single: bool,
}

impl Ignored {
    fn bare(&self, text: &str) -> Result<String, Missing> {
        let mut text = text.to_owned();
        for pattern in &self.patterns {
            text = pattern.removed_from(&text).map_err(|_| Missing::TooLong)?;
        }
        if self.case {
            text = text.to_lowercase();
        }
        let is_kept = |c: &char| {
            !(self.punctuation && c.is_ascii_punctuation() || self.numbers && c.is_ascii_digit())
        };
        Ok(text.chars().filter(is_kept).collect())
    }
}

impl Metric for HarnessExactMatch {
    fn card(&self) -> Card {
        Card {
            name: "exact_match".into(),
            about: "the reply is the reference, less what the task file ignores".into(),
            reads: Reads::Reply,
            aggregate: match self.is_single {
                true => Aggregate::Share,
                false => Aggregate::Mean,
            },
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let bare = |texts: &[String]| {
            let bare = texts.iter().map(|text| self.ignored.bare(text));
            bare.collect::<Result<Vec<_>, _>>()
        };
        let references = bare(&sample.doc.references)?;
        let replies = bare(sample.replies)?;
        match (references.is_empty(), replies.is_empty()) {
            (true, _) => Err(Missing::Key),
            (_, true) => Err(Missing::Reply),
            _ => {
                let n_right = replies.iter().filter(|reply| references.contains(reply));
                Ok(Score::Number(n_right.count() as f64 / replies.len() as f64))
            }
        }
    }
}
