//! Latencies of answers.

use crate::bench::report::{Report, Row};
use serde_json::{Value, json};
use std::time::Duration;

/// Times of requests of one kind.
#[derive(Default)]
pub(super) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(super) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time in ms that a share of all requests stays within (nearest rank).
    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let rank = ((sorted.len() as f64 * share).ceil() as usize).max(1);
        sorted
            .get(rank - 1)
            .map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }

    /// A row with the median and the 99th percentile.
    pub(super) fn report(
        &self,
        figure: &str,
        aim: &'static str,
        note: String,
        report: &mut Report,
    ) {
        let (p50, p99) = (self.quantile(0.5), self.quantile(0.99));
        report.row(Row {
            figure: format!("{figure}, ms"),
            value: format!("{p50:.1} / {p99:.1}"),
            aim,
            note,
        });
        report.record(figure, self.to_json());
    }

    fn to_json(&self) -> Value {
        let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|share| self.quantile(share));
        json!({ "n": self.len(), "p50_ms": p50, "p90_ms": p90, "p99_ms": p99, "max_ms": max })
    }
}
