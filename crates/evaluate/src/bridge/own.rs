//! Metrics that a task file has the code of: computed by its Python on what a model was scored with.

use super::{BridgeError, CustomTasks, HookRunner, OwnMetric, ScoredSample, chooses_unlikeliest};
use crate::{
    doc::Doc,
    tasks::yaml::{OwnScoring, Results},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fmt,
    sync::{Arc, Mutex},
};

/// The metrics of one task of a file.
#[derive(Clone)]
pub struct OwnMetrics {
    source: Arc<Mutex<Source>>,
}

/// Where their code is.
enum Source {
    /// In the task at an index of LightEval's file.
    Task(CustomTasks, usize),
    /// In functions that a YAML file names.
    Functions(OwnScoring, HookRunner),
}

impl fmt::Debug for OwnMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OwnMetrics")
    }
}

/// The value of a metric of a task file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnMetricSummary {
    /// Its name.
    pub name: String,
    /// Its value over the scored questions, as the file's own code gives it; `None` where that is no number.
    pub value: Option<f64>,
    /// Standard error of the mean of its values; `None` where the value is no mean of them.
    pub stderr: Option<f64>,
    /// True if more is better, as the file says.
    pub higher_is_better: bool,
}

impl OwnMetrics {
    /// The metrics of the task at `index`.
    pub fn new(tasks: CustomTasks, index: usize) -> Self {
        Self {
            source: Arc::new(Mutex::new(Source::Task(tasks, index))),
        }
    }

    /// The metrics of a YAML task that are Python.
    pub fn of_functions(scoring: OwnScoring, runner: HookRunner) -> Self {
        Self {
            source: Arc::new(Mutex::new(Source::Functions(scoring, runner))),
        }
    }

    /// Computes them, with sentences on what is wrong with them.
    pub(crate) fn summaries(
        &self,
        docs: &[&Doc],
        samples: &[ScoredSample],
    ) -> Result<(Vec<OwnMetricSummary>, Vec<String>), BridgeError> {
        let source = self
            .source
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let (tasks, index) = match &*source {
            Source::Task(tasks, index) => (tasks, *index),
            Source::Functions(scoring, runner) => {
                return of_functions(scoring, runner, docs, samples);
            }
        };
        let metrics = tasks.score(index, samples)?;
        let warnings = metrics.iter().filter(|metric| chooses_unlikeliest(metric, samples)).map(|metric| {
            format!(
                "`{}` of the task file counts a question as right where the key is the option that the model finds the \
                 unlikeliest (argmin): it is no accuracy. The accuracy stands beside it",
                metric.name
            )
        });
        let warnings = warnings.collect();
        Ok((metrics.iter().map(summary).collect(), warnings))
    }
}

/// The values of functions, once a pipeline of filters.
fn of_functions(
    scoring: &OwnScoring,
    runner: &HookRunner,
    docs: &[&Doc],
    samples: &[ScoredSample],
) -> Result<(Vec<OwnMetricSummary>, Vec<String>), BridgeError> {
    #[derive(Deserialize)]
    struct Answer {
        metrics: Vec<OwnMetric>,
        notes: Vec<String>,
    }
    let (mut all, mut notes) = (Vec::new(), Vec::new());
    for pipeline in &scoring.pipelines {
        let (mut told, mut n_filtered) = (Vec::new(), 0);
        for (doc, sample) in docs.iter().zip(samples) {
            let mut sample = sample.clone();
            if let (Some(pipeline), Results::Replies) = (pipeline, scoring.results) {
                match pipeline.texts(&sample.text, doc) {
                    Ok(texts) => sample.text = texts,
                    Err(_) => {
                        n_filtered += 1;
                        continue;
                    }
                }
            }
            told.push(sample);
        }
        if n_filtered > 0 {
            notes.push(format!(
                "the task's filter made nothing of {n_filtered} replies, which its own metrics were not told of"
            ));
        }
        let answer: Answer = runner.asked(&json!({
            "op": "results", "process_results": scoring.process_results, "metrics": scoring.metrics,
            "form": scoring.results, "samples": told,
        }))?;
        let filter = pipeline
            .as_ref()
            .and_then(|pipeline| pipeline.name.as_ref());
        all.extend(answer.metrics.iter().map(|metric| OwnMetricSummary {
            name: match filter {
                Some(filter) => format!("{},{filter}", metric.name),
                None => metric.name.clone(),
            },
            ..summary(metric)
        }));
        notes.extend(answer.notes);
    }
    Ok((all, notes))
}

fn summary(metric: &OwnMetric) -> OwnMetricSummary {
    let values: Option<Vec<f64>> = metric.samples.iter().copied().collect();
    let stderr = values.filter(|values| values.len() > 1).and_then(|values| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let is_mean = metric
            .value
            .is_some_and(|value| (value - mean).abs() <= 1e-9 * mean.abs().max(1.0));
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / (n - 1.0);
        is_mean.then(|| (variance / n).sqrt())
    });
    OwnMetricSummary {
        name: metric.name.clone(),
        value: metric.value,
        stderr,
        higher_is_better: metric.higher_is_better,
    }
}
