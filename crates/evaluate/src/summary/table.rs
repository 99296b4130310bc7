//! The numbers of a run as text.

use super::{FewShotSummary, KeySources, MetricSummary, RunSummary};
use serde::Serialize;

/// The summary as rows of text: print it, or serialise the [`RunSummary`] itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryTable {
    /// Column titles.
    pub columns: Vec<&'static str>,
    /// One row a metric, one cell a column.
    pub rows: Vec<Vec<String>>,
    /// Facts about the whole run: name and value.
    pub facts: Vec<(&'static str, String)>,
}

impl RunSummary {
    /// The numbers as text. What is not known is `–`.
    pub fn table(&self) -> SummaryTable {
        SummaryTable {
            columns: vec!["metric", "accuracy", "interval", "correct", "chance"],
            rows: self.metrics.iter().map(|metric| self.row(metric)).collect(),
            facts: self.facts(),
        }
    }

    fn row(&self, metric: &MetricSummary) -> Vec<String> {
        let interval = metric.interval.map(|interval| {
            let percent = interval.confidence.level() * 100.0;
            format!(
                "{:.4} – {:.4} ({} %)",
                interval.low,
                interval.high,
                (percent * 1e6).round() / 1e6
            )
        });
        vec![
            metric.name.clone(),
            decimal(metric.accuracy),
            interval.unwrap_or_else(|| "–".to_owned()),
            format!("{} of {}", metric.n_correct, self.n_scored),
            decimal(self.chance),
        ]
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let KeySources {
            reviewed,
            adjudicated,
            suggested,
            unknown,
        } = self.key_sources;
        let sources = [
            ("reviewed", reviewed),
            ("adjudicated", adjudicated),
            ("suggested", suggested),
            ("not told", unknown),
        ];
        let sources: Vec<_> = sources
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(name, n)| format!("{n} {name}"))
            .collect();
        let examples = self.few_shot.as_ref().map(|few_shot| {
            let FewShotSummary {
                n_shots,
                dataset,
                selection,
                seed,
                ..
            } = few_shot;
            (
                "examples",
                format!("{n_shots} from {dataset} ({selection}, seed {seed})"),
            )
        });
        let mut facts = vec![
            ("model", self.model.clone()),
            ("dataset", self.dataset.clone()),
            ("task", self.task.clone()),
        ];
        facts.extend(examples);
        facts.extend([
            (
                "questions",
                format!("{} ({} scored)", self.n_questions, self.n_scored),
            ),
            ("keys", sources.join(", ")),
            (
                "tokens",
                format!(
                    "{} before the answers, {} of answers",
                    self.n_context_tokens, self.n_answer_tokens
                ),
            ),
            ("seconds", format!("{:.1}", self.seconds)),
        ]);
        facts
    }
}

fn decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"))
}
