//! Metrics that a task file has the code of: computed by its Python on what a model was scored with.

use super::{BridgeError, CustomTasks, OwnMetric, ScoredSample, chooses_unlikeliest};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    sync::{Arc, Mutex},
};

/// The metrics of one task of a file.
#[derive(Clone)]
pub struct OwnMetrics {
    tasks: Arc<Mutex<CustomTasks>>,
    index: usize,
}

impl fmt::Debug for OwnMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OwnMetrics({})", self.index)
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
            tasks: Arc::new(Mutex::new(tasks)),
            index,
        }
    }

    /// Computes them, with sentences on what is wrong with them.
    pub(crate) fn summaries(
        &self,
        samples: &[ScoredSample],
    ) -> Result<(Vec<OwnMetricSummary>, Vec<String>), BridgeError> {
        let tasks = self
            .tasks
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let metrics = tasks.score(self.index, samples)?;
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
