//! Metrics that are Python of the task: `process_results`, and functions in `metric_list`. What a real Python is asked for them.

use super::{
    config::{Config, MetricEntry, OutputType},
    error::YamlError,
    hooks::resolve,
};
use crate::filters::Pipeline;
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};

/// The functions that score a task.
#[derive(Debug, Clone)]
pub struct OwnScoring {
    /// `process_results`, where the task has it; else each metric is a function.
    pub(crate) process_results: Option<Function>,
    pub(crate) metrics: Vec<OwnEntry>,
    /// What is done with replies before; one that does nothing for other tasks.
    pub(crate) pipelines: Vec<Option<Arc<Pipeline>>>,
    pub(crate) results: Results,
}

/// Form of what a function is told of the model's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Results {
    /// A pair a choice: its log-probability, and true if each of its tokens is the likeliest.
    Choices,
    /// The log-probability of a text.
    Text,
    /// The reply, or the list of replies.
    Replies,
}

/// A function of a file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Function {
    file: PathBuf,
    function: String,
}

/// An entry of `metric_list`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OwnEntry {
    pub(crate) name: String,
    /// The function that it is, where no `process_results` computes it.
    function: Option<Function>,
    aggregation: Option<String>,
    aggregation_function: Option<Function>,
    higher_is_better: bool,
    arguments: serde_json::Value,
}

impl Config {
    /// What of the task's metrics is Python; `None` where nothing is that can be run.
    ///
    /// # Errors
    /// A function that is not there, a filter that is not known here.
    pub fn own_scoring(&self) -> Result<Option<OwnScoring>, YamlError> {
        let is_run = |entry: &&MetricEntry| match self.process_results {
            Some(_) => true,
            None => self.output_type == OutputType::GenerateUntil && entry.function.is_some(),
        };
        let entries = self.entries();
        let metrics = entries
            .iter()
            .filter(is_run)
            .map(|entry| self.own_entry(entry));
        let metrics = metrics.collect::<Result<Vec<_>, _>>()?;
        if metrics.is_empty() {
            return Ok(None);
        }
        let function = self.process_results.as_ref();
        Ok(Some(OwnScoring {
            process_results: function
                .map(|function| self.function("process_results", function))
                .transpose()?,
            metrics,
            pipelines: self.pipelines()?,
            results: match self.output_type {
                OutputType::GenerateUntil => Results::Replies,
                OutputType::LoglikelihoodRolling => Results::Text,
                OutputType::MultipleChoice | OutputType::Loglikelihood => Results::Choices,
            },
        }))
    }

    fn own_entry(&self, entry: &MetricEntry) -> Result<OwnEntry, YamlError> {
        let function = |function: Option<&_>| {
            let found = function.map(|function| self.function("metric_list", function));
            found.transpose()
        };
        let is_own = self.process_results.is_none();
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        Ok(OwnEntry {
            name: match entry.function {
                Some(_) => last(&entry.name),
                None => entry.name.clone(),
            },
            function: function(entry.function.as_ref().filter(|_| is_own))?,
            aggregation: entry
                .aggregation
                .clone()
                .filter(|_| entry.aggregation_function.is_none()),
            aggregation_function: function(entry.aggregation_function.as_ref())?,
            higher_is_better: entry.higher_is_better.unwrap_or(true),
            arguments: entry.arguments.clone(),
        })
    }

    fn function(
        &self,
        key: &str,
        function: &super::node::FunctionName,
    ) -> Result<Function, YamlError> {
        let (file, name) = resolve(function).map_err(|error| self.wrong(key, error.to_string()))?;
        Ok(Function {
            file,
            function: name,
        })
    }
}
