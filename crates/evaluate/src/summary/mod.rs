//! The numbers of a run: those of `run.json` and of the table on the terminal.

mod comparison;
mod count;
mod estimate;
mod groups;
mod table;
mod warnings;

pub use comparison::comparison;
pub(crate) use count::summarise;
pub use groups::{Group, Grouping};
pub use table::SummaryTable;

use crate::{bridge::OwnMetricSummary, judge::JudgeSummary, way::Way};
use examen_statistics::Interval;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, path::PathBuf};

/// The outcome of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The model.
    pub model: String,
    /// True if the questions went through the model's chat template.
    #[serde(default)]
    pub chat_template: bool,
    /// The system message, or the text before everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// `task|shots`.
    pub task: String,
    /// Way in which the questions were answered.
    #[serde(default)]
    pub answer: Way,
    /// Language of the words around them, where they are not the task's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// Path that the questions were read from, as it was given.
    pub dataset: String,
    /// BLAKE3 of the questions, options and keys.
    pub dataset_fingerprint: String,
    /// The examples before each question; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub few_shot: Option<FewShotSummary>,
    /// Choice of the questions; `None` where all were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleSummary>,
    /// Questions that were asked.
    pub n_questions: u64,
    /// Those of them that have a score.
    pub n_scored: u64,
    /// The others, with reasons. They count neither as right nor as wrong.
    pub unscored: Vec<UnscoredQuestion>,
    /// One entry a metric, the headline first.
    pub metrics: Vec<MetricSummary>,
    /// Metrics that the task's own file has the code of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_metrics: Vec<OwnMetricSummary>,
    /// The judge, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeSummary>,
    /// The headline metric by what questions tell about themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Grouping>,
    /// Accuracy of guessing: the mean of keys/options over the scored questions. `None` if none is scored, or one has no
    /// options.
    pub chance: Option<f64>,
    /// Questions by the origin of their keys.
    pub key_sources: KeySources,
    /// Questions whose context lost its beginning because the model's window is too short. They are scored.
    pub n_truncated: u64,
    /// Tokens of the contexts, each counted once.
    pub n_context_tokens: u64,
    /// Tokens of the answers.
    pub n_answer_tokens: u64,
    /// Time that the model took, over all runs if one was interrupted.
    pub seconds: f64,
    /// Questions whose scores an interrupted run had left.
    pub n_resumed: u64,
    /// Sentences that a reader of the numbers must know.
    pub warnings: Vec<String>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Choice of some of the questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleSummary {
    /// Questions that there are.
    pub n_available: u64,
    /// `first` or `random`.
    pub selection: String,
    /// Seed of a random choice.
    pub seed: Option<u64>,
}

/// The examples before each question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FewShotSummary {
    /// Number that was asked for.
    pub n_shots: u64,
    /// Number that there were, on average over the questions that could be asked.
    pub n_effective: f64,
    /// Questions that had fewer because the model's window is too short.
    pub n_shortened: u64,
    /// Path of the exam that they were drawn from.
    pub dataset: String,
    /// BLAKE3 of that exam.
    pub dataset_fingerprint: String,
    /// Way of drawing them, in LightEval's word.
    pub selection: String,
    /// The seed that they were drawn with.
    pub seed: u64,
    /// Ids of the examples before every question that is none of them, in order.
    pub shots: Vec<String>,
    /// Questions that are among those examples and had another in their own place.
    pub n_replaced: u64,
    /// Questions that were among their own examples: their answers were given away.
    pub n_leaked: u64,
}

/// A question without a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnscoredQuestion {
    /// Its id.
    pub id: String,
    /// Reason, as a sentence.
    pub reason: String,
}

/// One metric over the scored questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricSummary {
    /// Its name.
    pub name: String,
    /// One line on what it measures.
    pub about: String,
    /// Questions that have a score by it.
    pub n: u64,
    /// Those with the score 1, where each is right or wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_correct: Option<u64>,
    /// Its value: a share, a mean, or a number of all questions together. `None` for no questions.
    pub value: Option<f64>,
    /// The value again where each question is right or wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Mean value of a guess, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
    /// (value − chance) / (1 − chance): 0 is guessing, 1 all right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guess_corrected: Option<f64>,
    /// False where less is better.
    pub higher_is_better: bool,
    /// The standard error as if questions were independent, as LightEval computes it; by bootstrap where the value is no
    /// mean.
    pub stderr: Option<f64>,
    /// The standard error over documents, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clustered_stderr: Option<f64>,
    /// The interval that holds the value, over documents where they are known.
    pub interval: Option<Interval>,
    /// Kind of the interval.
    pub interval_kind: Option<IntervalKind>,
    /// Questions that were answered and have no score by it, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, u64>,
}

/// Way in which an interval was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Wilson's score interval of independent questions.
    Wilson,
    /// Wilson's interval at the effective number of questions, over documents.
    WilsonByDocument,
    /// Student's t of independent questions.
    StudentT,
    /// Student's t over documents.
    StudentTByDocument,
    /// Percentiles of a bootstrap of questions.
    Bootstrap,
    /// Percentiles of a bootstrap of documents.
    BootstrapByDocument,
}

impl IntervalKind {
    /// True where questions of one document count as alike.
    pub fn is_by_document(self) -> bool {
        matches!(
            self,
            Self::WilsonByDocument | Self::StudentTByDocument | Self::BootstrapByDocument
        )
    }
}

impl fmt::Display for IntervalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wilson => "Wilson",
            Self::WilsonByDocument => "Wilson, clustered by document",
            Self::StudentT => "Student's t",
            Self::StudentTByDocument => "Student's t, clustered by document",
            Self::Bootstrap => "bootstrap",
            Self::BootstrapByDocument => "bootstrap of documents",
        })
    }
}

/// Questions by the origin of their keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySources {
    /// Every reviewer who submitted chose it.
    pub reviewed: u64,
    /// Fewer reviewers answered than were asked for; most votes, or all, are for it.
    #[serde(default)]
    pub partly_reviewed: u64,
    /// The majority of the reviewers chose it.
    pub adjudicated: u64,
    /// Only the model that wrote the question says so.
    pub suggested: u64,
    /// The exam does not tell.
    pub unknown: u64,
}

impl RunSummary {
    /// The first metric's entry: the number that stands for the run.
    pub fn headline(&self) -> &MetricSummary {
        &self.metrics[0]
    }
}
