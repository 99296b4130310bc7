//! Settings of an evaluation.

use crate::{
    bridge::OwnMetrics,
    few_shot::PythonRandom,
    judge::Judge,
    metrics::{self, Metric},
    runs::also::Also,
    way::Way,
};
use examen_statistics::Confidence;
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf, str::FromStr};

/// Settings of an evaluation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The run folder: results of several models and runs may share it.
    pub output_dir: PathBuf,
    /// Tells this model's weights from others of the same name (a hash, or size and date of the file); may be empty.
    pub model_fingerprint: String,
    /// Distinguishes models of one name, such as the path of its files. A hash of it becomes part of the names of its folders.
    pub model_origin: Option<String>,
    /// Metrics that grade the answers, the headline first; at least one.
    pub metrics: Vec<&'static dyn Metric>,
    /// Metrics that the task's own file has the code of.
    pub own_metrics: Option<OwnMetrics>,
    /// Model that judges replies.
    pub judge: Option<Judge>,
    /// Questions that are handed to the model together; at least 1. What they have in common is computed once a batch.
    /// Each is journalled by itself.
    pub batch_size: usize,
    /// Only so many questions; all if `None`.
    pub max_samples: Option<usize>,
    /// Which ones, if not all.
    pub selection: Selection,
    /// Use of the model's chat template.
    pub chat_template: ChatTemplate,
    /// Text of the system message, or before everything else where there is no chat template.
    pub system_prompt: Option<String>,
    /// Replies in words.
    pub writing: Writing,
    /// Formats of other programs in which the run is written too.
    pub also: Vec<&'static Also>,
    /// The exam on the Hub, for results that name it.
    pub hub_dataset: Option<HubDataset>,
    /// True to write every reply whole into a file of its own.
    pub records_replies: bool,
    /// The confidence of intervals.
    pub confidence: Confidence,
    /// The time of day.
    pub clock: fn() -> jiff::Timestamp,
}

impl Settings {
    /// The defaults: the default set of metrics, batches of 1024, every question,
    /// the chat template where there is one, 95 %.
    pub fn new(output_dir: impl Into<PathBuf>, clock: fn() -> jiff::Timestamp) -> Self {
        Self {
            output_dir: output_dir.into(),
            model_fingerprint: String::new(),
            model_origin: None,
            metrics: metrics::defaults(Way::Likelihood),
            own_metrics: None,
            judge: None,
            batch_size: 1024,
            max_samples: None,
            selection: Selection::First,
            chat_template: ChatTemplate::Auto,
            system_prompt: None,
            writing: Writing::default(),
            also: Vec::new(),
            hub_dataset: None,
            records_replies: false,
            confidence: Confidence::P95,
            clock,
        }
    }
}

/// A dataset of the Hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubDataset {
    /// `ORG/NAME`.
    pub id: String,
    /// Its commit, where it is known.
    pub revision: Option<String>,
}

impl HubDataset {
    /// Reads `[hf:]ORG/NAME[/FOLDER][@REVISION]`; `None` where it is not of that form.
    ///
    /// ```
    /// use examen_evaluate::HubDataset;
    /// let dataset = HubDataset::parse("hf:org/name/data@0f1e").unwrap();
    /// assert_eq!((dataset.id.as_str(), dataset.revision.as_deref()), ("org/name", Some("0f1e")));
    /// assert_eq!(HubDataset::parse("published"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("hf:").unwrap_or(text);
        let (path, revision) = match text.split_once('@') {
            Some((path, revision)) => (path, Some(revision.to_owned())),
            None => (text, None),
        };
        let is_name = |part: &&str| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(is_allowed)
        };
        let mut parts = path.split('/');
        let (org, name) = (parts.next().filter(is_name)?, parts.next().filter(is_name)?);
        Some(Self {
            id: format!("{org}/{name}"),
            revision,
        })
    }
}

/// Use of a model's chat template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatTemplate {
    /// Where the model has one, as LightEval does.
    #[default]
    Auto,
    /// Always; a model without one is an error.
    On,
    /// Never.
    Off,
}

/// How replies in words are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// Most tokens of a reply.
    pub max_tokens: usize,
    /// True has the model write one of the letters and nothing else, by a constraint on its reply.
    pub is_constrained: bool,
    /// Thinking before the answer.
    pub reasoning: Reasoning,
    /// Requests at a time, where the model does not say.
    pub n_at_once: usize,
}

impl Default for Writing {
    /// Free replies of up to 1024 tokens, 16 at a time.
    fn default() -> Self {
        Self {
            max_tokens: 1024,
            is_constrained: false,
            reasoning: Reasoning::Auto,
            n_at_once: 16,
        }
    }
}

/// Thinking that a model may do before its answer. It is never read for the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reasoning {
    /// As much as fits into the reply's tokens.
    #[default]
    Auto,
    /// None: a reply that begins with thoughts is unscored.
    Off,
    /// So many tokens, on top of those of the reply; one that thinks for longer is unscored.
    Budget(usize),
}

/// A text that is no such choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither auto, off nor a number of tokens")]
pub struct NoReasoning;

impl FromStr for Reasoning {
    type Err = NoReasoning;

    fn from_str(text: &str) -> Result<Self, NoReasoning> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            number => match number.parse() {
                Ok(n) if (1..=1_000_000).contains(&n) => Ok(Self::Budget(n)),
                _ => Err(NoReasoning),
            },
        }
    }
}

impl fmt::Display for Reasoning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Off => f.write_str("off"),
            Self::Budget(n) => write!(f, "{n}"),
        }
    }
}

/// Choice of some of a task's questions. They are asked in the task's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Those at the beginning.
    First,
    /// Those that come first when Python's `random.Random(seed)` shuffles all. LightEval's seed is 42.
    Random(u64),
}

impl Selection {
    /// Seed of LightEval's shuffle.
    pub const LIGHTEVAL: u64 = 42;

    /// Ascending indices of `n` questions of `n_all`.
    pub(crate) fn indices(self, n: usize, n_all: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = (0..n_all).collect();
        if let (Self::Random(seed), true) = (self, n < n_all) {
            PythonRandom::new(seed).shuffle(&mut indices);
        }
        indices.truncate(n);
        indices.sort_unstable();
        indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_chosen_as_lighteval_chooses() {
        // python3 -c 'import random; x = list(range(20)); random.Random(42).shuffle(x); print(sorted(x[:6]))'
        assert_eq!(Selection::Random(42).indices(6, 20), [4, 5, 9, 13, 14, 19]);
        assert_eq!(Selection::First.indices(3, 20), [0, 1, 2]);
        assert_eq!(Selection::Random(42).indices(3, 3), [0, 1, 2]);
    }
}
