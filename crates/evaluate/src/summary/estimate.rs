//! From the numbers of the questions to the number of a run, with its error and interval.

use super::{IntervalKind, MetricSummary};
use crate::{
    metrics::{Aggregate, Metric},
    settings::Settings,
};
use examen_statistics::{
    Cluster, Draws, Interval, bootstrap, clustered_mean, guess_corrected, wilson,
};
use std::collections::BTreeMap;

/// The numbers that a metric stores of one question.
pub(super) struct Observation<'a> {
    pub(super) numbers: Vec<f64>,
    /// Document that the question was written from.
    pub(super) document: Option<&'a str>,
    /// The number that a guess has on average.
    pub(super) chance: Option<f64>,
}

/// The value of a metric over these questions.
pub(super) fn estimate(
    settings: &Settings,
    metric: &dyn Metric,
    observations: &[Observation<'_>],
) -> MetricSummary {
    let card = metric.card();
    let clusters = Clusters::of(observations);
    let estimate = match card.aggregate {
        Aggregate::Share | Aggregate::Mean => {
            of_mean(settings, card.aggregate, observations, &clusters)
        }
        Aggregate::Corpus => of_corpus(settings, metric, observations, &clusters),
    };
    let ones = || {
        observations
            .iter()
            .filter(|observation| observation.numbers[0] == 1.0)
    };
    let chance = mean_chance(observations);
    MetricSummary {
        name: card.name.into_owned(),
        about: card.about.into_owned(),
        n: observations.len() as u64,
        n_correct: (card.aggregate == Aggregate::Share).then(|| ones().count() as u64),
        value: estimate.value,
        accuracy: estimate
            .value
            .filter(|_| card.aggregate == Aggregate::Share),
        chance,
        guess_corrected: estimate
            .value
            .zip(chance)
            .and_then(|(value, chance)| guess_corrected(value, chance)),
        higher_is_better: card.higher_is_better,
        stderr: estimate.error,
        clustered_stderr: estimate.clustered_error,
        interval: estimate.interval.map(|(_, interval)| interval),
        interval_kind: estimate.interval.map(|(kind, _)| kind),
        missing: BTreeMap::new(),
    }
}

/// Mean over the questions; `None` where one of them has none.
fn mean_chance(observations: &[Observation<'_>]) -> Option<f64> {
    let chances = observations.iter().map(|observation| observation.chance);
    let chances = chances.collect::<Option<Vec<f64>>>()?;
    (!chances.is_empty()).then(|| chances.iter().sum::<f64>() / chances.len() as f64)
}

#[derive(Default)]
struct Estimate {
    value: Option<f64>,
    error: Option<f64>,
    clustered_error: Option<f64>,
    interval: Option<(IntervalKind, Interval)>,
}

/// Indices of the observations of each document, or each by itself.
struct Clusters {
    indices: Vec<Vec<usize>>,
    /// True where every question has a document and some have the same.
    are_documents: bool,
}

impl Clusters {
    fn of(observations: &[Observation<'_>]) -> Self {
        let mut documents: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, observation) in observations.iter().enumerate() {
            if let Some(document) = observation.document {
                documents.entry(document).or_default().push(index);
            }
        }
        let n: usize = documents.values().map(Vec::len).sum();
        let are_documents = n == observations.len() && documents.len() > 1 && documents.len() < n;
        let indices = match are_documents {
            true => documents.into_values().collect(),
            false => (0..observations.len()).map(|index| vec![index]).collect(),
        };
        Self {
            indices,
            are_documents,
        }
    }
}

fn of_mean(
    settings: &Settings,
    aggregate: Aggregate,
    observations: &[Observation<'_>],
    clusters: &Clusters,
) -> Estimate {
    let cluster = |indices: &Vec<usize>| {
        let mut cluster = Cluster::default();
        indices
            .iter()
            .for_each(|&index| cluster.observe(observations[index].numbers[0]));
        cluster
    };
    let counted: Vec<_> = clusters.indices.iter().map(cluster).collect();
    let Some(mean) = clustered_mean(&counted) else {
        return Estimate::default();
    };
    let confidence = settings.confidence;
    let interval = match (aggregate, clusters.are_documents) {
        (Aggregate::Share, false) => {
            let n_correct = observations
                .iter()
                .filter(|observation| observation.numbers[0] == 1.0)
                .count();
            let interval = wilson(n_correct as u64, mean.n, confidence);
            interval.map(|interval| (IntervalKind::Wilson, interval))
        }
        (Aggregate::Share, true) => {
            let interval = mean.score_interval(confidence);
            interval.map(|interval| (IntervalKind::WilsonByDocument, interval))
        }
        (_, false) => mean
            .t_interval(confidence)
            .map(|interval| (IntervalKind::StudentT, interval)),
        (_, true) => mean
            .t_interval(confidence)
            .map(|interval| (IntervalKind::StudentTByDocument, interval)),
    };
    Estimate {
        value: Some(mean.mean),
        error: mean.naive_error,
        clustered_error: mean.standard_error.filter(|_| clusters.are_documents),
        interval,
    }
}

/// The error without clusters too, beside that of other programs.
fn of_corpus(
    settings: &Settings,
    metric: &dyn Metric,
    observations: &[Observation<'_>],
    clusters: &Clusters,
) -> Estimate {
    let rows: Vec<&[f64]> = observations
        .iter()
        .map(|observation| observation.numbers.as_slice())
        .collect();
    let mut drawn = Vec::with_capacity(rows.len());
    let mut statistic = |indices: &[usize]| {
        drawn.clear();
        drawn.extend(indices.iter().map(|&index| rows[index]));
        metric.corpus(&drawn)
    };
    let each: Vec<_> = (0..rows.len()).map(|index| vec![index]).collect();
    let naive = bootstrap(&each, Draws::default(), settings.confidence, &mut statistic);
    let by_document = match clusters.are_documents {
        true => bootstrap(
            &clusters.indices,
            Draws::default(),
            settings.confidence,
            &mut statistic,
        ),
        false => None,
    };
    let interval = by_document.map(|found| (IntervalKind::BootstrapByDocument, found.interval));
    Estimate {
        value: metric.corpus(&rows).filter(|value| value.is_finite()),
        error: naive.map(|found| found.standard_error),
        clustered_error: by_document.map(|found| found.standard_error),
        interval: interval.or_else(|| naive.map(|found| (IntervalKind::Bootstrap, found.interval))),
    }
}
