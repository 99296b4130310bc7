//! `metric_list` and `filter_list` → metrics. What is not known here is refused by name.

use super::{
    config::{Config, MetricEntry, OutputType},
    error::YamlError,
    exact_match::{HarnessExactMatch, Ignored},
};
use crate::{
    doc::Doc,
    filters::Pipeline,
    metrics::{self, Card, Metric, Missing, Reads, Sample, Score},
    python::Pattern,
};
use serde_json::Value as Json;
use std::sync::Arc;

/// The metrics of a task, and what of its file they leave out.
#[derive(Debug, Default)]
pub struct Scoring {
    /// The metrics, the first of the file first. Empty where the file names none that is computed here.
    pub metrics: Vec<&'static dyn Metric>,
    /// Sentences on what the file asks for and has no effect, or is not computed.
    pub notes: Vec<String>,
}

/// Aggregations of metrics in `metric_list`: the metric's own, and those that give the same.
const AGGREGATIONS: [(&str, &[&str]); 15] = [
    ("acc", &["mean", "nanmean"]),
    ("acc_norm", &["mean", "nanmean"]),
    ("acc_bytes", &["mean", "nanmean"]),
    ("acc_mutual_info", &["mean", "nanmean"]),
    ("exact_match", &["mean", "nanmean"]),
    ("perplexity", &["perplexity"]),
    ("word_perplexity", &["weighted_perplexity"]),
    ("byte_perplexity", &["weighted_perplexity"]),
    ("bits_per_byte", &["bits_per_byte"]),
    ("brier_score", &["brier_score"]),
    ("f1", &["f1"]),
    ("mcc", &["matthews_corrcoef"]),
    ("bleu", &["bleu"]),
    ("chrf", &["chrf"]),
    ("ter", &["ter"]),
];
/// Keys of entries that lm-evaluation-harness does not look at, unless replies are compared.
const WITHOUT_EFFECT: [&str; 8] = [
    "ignore_case",
    "ignore_punctuation",
    "ignore_numbers",
    "regexes_to_ignore",
    "weight_by_size",
    "hf_evaluate",
    "average",
    "high_is_better",
];

impl Config {
    /// The metrics that the file asks for, on what its filters leave of a reply. Those that are Python of the task are left out.
    ///
    /// # Errors
    /// A metric, a filter, an aggregation or a key of theirs that is not known here.
    pub fn scoring(&self) -> Result<Scoring, YamlError> {
        let mut scoring = Scoring::default();
        let pipelines = self.pipelines()?;
        // Then the names in the file are those of what the function gives.
        let entries = match self.process_results.is_some() {
            true => Vec::new(),
            false => self.entries(),
        };
        for entry in entries.iter().filter(|entry| !entry.is_python) {
            for pipeline in &pipelines {
                let metric = self.metric(entry, pipeline, &mut scoring.notes)?;
                scoring.metrics.push(Box::leak(Box::new(metric)));
            }
        }
        Ok(scoring)
    }

    /// What keeps the file's own metrics and filters from being computed here, Python of the task aside.
    pub fn scoring_fault(&self) -> Option<YamlError> {
        self.scoring().err()
    }

    /// Metrics that were asked for in place of the file's, on what its filters leave of a reply.
    ///
    /// # Errors
    /// As [`scoring`](Self::scoring).
    pub fn filtered(
        &self,
        chosen: &[&'static dyn Metric],
    ) -> Result<Vec<&'static dyn Metric>, YamlError> {
        let mut all: Vec<&'static dyn Metric> = Vec::new();
        for pipeline in &self.pipelines()? {
            for metric in chosen {
                let metric = Listed::new(metric.card().name.as_ref(), *metric, pipeline);
                all.push(Box::leak(Box::new(metric)));
            }
        }
        Ok(all)
    }

    /// Pipelines of replies; one that does nothing for other tasks.
    pub(super) fn pipelines(&self) -> Result<Vec<Option<Arc<Pipeline>>>, YamlError> {
        let refused = |reason: String| self.wrong("filter_list", reason);
        let read = Pipeline::read(&self.filters).map_err(|error| refused(error.to_string()))?;
        if self.output_type == OutputType::GenerateUntil {
            return Ok(read
                .into_iter()
                .map(|pipeline| Some(Arc::new(pipeline)))
                .collect());
        }
        match read.iter().all(Pipeline::only_takes_first) {
            true => Ok(vec![None]),
            false => Err(refused(format!(
                "filters replies, and {} has none",
                self.output_type.name()
            ))),
        }
    }

    pub(super) fn entries(&self) -> Vec<MetricEntry> {
        if !self.metrics.is_empty() {
            return self.metrics.clone();
        }
        let names: &[&str] = match self.output_type {
            OutputType::MultipleChoice => &[],
            OutputType::Loglikelihood => &["perplexity", "acc"],
            OutputType::LoglikelihoodRolling => {
                &["word_perplexity", "byte_perplexity", "bits_per_byte"]
            }
            OutputType::GenerateUntil => &["exact_match"],
        };
        names.iter().map(|name| MetricEntry::named(name)).collect()
    }

    fn metric(
        &self,
        entry: &MetricEntry,
        pipeline: &Option<Arc<Pipeline>>,
        notes: &mut Vec<String>,
    ) -> Result<Listed, YamlError> {
        let name = entry.name.as_str();
        let refused = |reason: String| self.wrong("metric_list", format!("`{name}`: {reason}"));
        let inner: &'static dyn Metric = match (self.output_type, name) {
            (OutputType::GenerateUntil, "exact_match") => {
                let is_single = pipeline.as_ref().is_some_and(|one| one.leaves_one());
                let ignored = ignored(&entry.arguments).map_err(refused)?;
                Box::leak(Box::new(HarnessExactMatch {
                    ignored,
                    is_single: is_single || self.repeats == 1,
                }))
            }
            _ => {
                let found = metrics::find_lm_eval(name, |reads| self.gives(reads));
                found.ok_or_else(|| refused(self.unknown()))?
            }
        };
        if let Some(aggregation) = &entry.aggregation {
            let known = AGGREGATIONS.iter().find(|(metric, _)| *metric == name);
            let own = [name];
            let known = known.map_or(&own[..], |(_, known)| known);
            if !known.contains(&aggregation.as_str()) {
                return Err(refused(format!(
                    "the aggregation `{aggregation}` is not computed here for it, only {}",
                    known[0]
                )));
            }
        }
        if name != "exact_match" || self.output_type != OutputType::GenerateUntil {
            self.check_keys(entry, notes)?;
        }
        let metric = Listed::new(name, inner, pipeline);
        Ok(Listed {
            higher_is_better: entry.higher_is_better.unwrap_or(metric.higher_is_better),
            ..metric
        })
    }

    fn check_keys(&self, entry: &MetricEntry, notes: &mut Vec<String>) -> Result<(), YamlError> {
        for key in entry
            .arguments
            .as_object()
            .into_iter()
            .flat_map(|keys| keys.keys())
        {
            if !WITHOUT_EFFECT.contains(&key.as_str()) {
                let reason = format!("`{}` has a key `{key}` that is not known here", entry.name);
                return Err(self.wrong("metric_list", reason));
            }
            let note = format!(
                "`{key}` of the metric {} has no effect, as in lm-evaluation-harness",
                entry.name
            );
            if key != "weight_by_size" && !notes.contains(&note) {
                notes.push(note);
            }
        }
        Ok(())
    }

    /// True if answers to this task have what a metric reads.
    fn gives(&self, reads: Reads) -> bool {
        match self.output_type {
            OutputType::MultipleChoice => matches!(reads, Reads::Choices | Reads::Unconditional),
            OutputType::Loglikelihood => reads == Reads::Continuation,
            OutputType::LoglikelihoodRolling => reads == Reads::Text,
            OutputType::GenerateUntil => reads == Reads::Reply,
        }
    }

    fn unknown(&self) -> String {
        let mut known: Vec<&str> = metrics::ALL
            .iter()
            .map(|metric| metric.card())
            .filter(|card| self.gives(card.reads) && !card.lm_eval.is_empty())
            .map(|card| card.lm_eval)
            .collect();
        if self.output_type == OutputType::GenerateUntil {
            known.insert(0, "exact_match");
        }
        format!(
            "this metric is not computed here for {}, only {}",
            self.output_type.name(),
            known.join(", ")
        )
    }
}

/// The options of `exact_match`.
pub(crate) fn ignored(arguments: &Json) -> Result<Ignored, String> {
    let mut ignored = Ignored::default();
    for (key, value) in arguments.as_object().into_iter().flatten() {
        // Python's truth: a text such as `true - "."` counts as true there.
        let is_true = match value {
            Json::Null | Json::Bool(false) => false,
            Json::String(text) => !text.is_empty(),
            Json::Number(number) => number.as_f64() != Some(0.0),
            _ => true,
        };
        match key.as_str() {
            "ignore_case" => ignored.case = is_true,
            "ignore_punctuation" => ignored.punctuation = is_true,
            "ignore_numbers" => ignored.numbers = is_true,
            "hf_evaluate" => {}
            "regexes_to_ignore" => {
                let list = value.as_array().ok_or("`regexes_to_ignore` is no list")?;
                for pattern in list {
                    let text = pattern
                        .as_str()
                        .ok_or("`regexes_to_ignore` holds no texts")?;
                    let compiled = Pattern::new(text).map_err(|reason| {
                        format!("the pattern `{text}` cannot be used: {reason}")
                    })?;
                    ignored.patterns.push(compiled);
                }
            }
            other => return Err(format!("the key `{other}` is not known here")),
        }
    }
    Ok(ignored)
}

/// A metric under the name that a task file gives it, on what its filters leave of the replies.
#[derive(Debug)]
struct Listed {
    name: String,
    inner: &'static dyn Metric,
    pipeline: Option<Arc<Pipeline>>,
    higher_is_better: bool,
}

impl Listed {
    /// Named `metric,filter` where the file names its filters, as lm-evaluation-harness prints it.
    fn new(name: &str, inner: &'static dyn Metric, pipeline: &Option<Arc<Pipeline>>) -> Self {
        let filter = pipeline
            .as_ref()
            .and_then(|pipeline| pipeline.name.as_ref());
        Self {
            name: match filter {
                Some(filter) => format!("{name},{filter}"),
                None => name.to_owned(),
            },
            higher_is_better: inner.card().higher_is_better,
            inner,
            pipeline: pipeline.clone(),
        }
    }
}

impl Metric for Listed {
    fn card(&self) -> Card {
        Card {
            name: self.name.clone().into(),
            higher_is_better: self.higher_is_better,
            ..self.inner.card()
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        match &self.pipeline {
            None => self.inner.score(sample),
            Some(pipeline) => {
                let replies = pipeline.texts(sample.replies, sample.doc)?;
                self.inner.score(&Sample {
                    replies: &replies,
                    ..*sample
                })
            }
        }
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        self.inner.corpus(questions)
    }

    fn chance(&self, doc: &Doc) -> Option<f64> {
        self.inner.chance(doc)
    }
}
