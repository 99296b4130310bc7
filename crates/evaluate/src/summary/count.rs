//! From graded questions to the numbers of a run.

use super::{
    FewShotSummary, KeySources, MetricSummary, RunSummary, UnscoredQuestion, warnings::warnings,
};
use crate::{
    exam::{Exam, Item},
    few_shot::{self, Shots},
    graded::Graded,
    metrics::Metric,
    settings::Settings,
};
use examen_core::{KeySource, exam::N_OPTIONS};
use examen_statistics::{standard_error_of_proportion, wilson};

/// Counts what came of every question.
pub(crate) fn summarise(
    settings: &Settings,
    exam: &Exam,
    model: &str,
    shots: &Shots<'_>,
    graded: &[Graded<'_>],
) -> RunSummary {
    let replies = || graded.iter().filter_map(Graded::reply);
    let sum = |count: fn(&examen_llm::ScoreReply) -> usize| {
        replies().map(|reply| count(reply) as u64).sum()
    };
    let mut summary = RunSummary {
        model: model.to_owned(),
        task: settings.task.label(),
        dataset: exam.path.clone(),
        dataset_fingerprint: exam.fingerprint.clone(),
        few_shot: (settings.task.n_shots() > 0)
            .then(|| few_shot_summary(settings, exam, shots, graded)),
        n_questions: graded.len() as u64,
        n_scored: replies().count() as u64,
        unscored: graded.iter().filter_map(unscored).collect(),
        metrics: metric_summaries(settings, graded),
        chance: replies().next().map(|_| 1.0 / N_OPTIONS as f64),
        key_sources: KeySources::count(graded.iter().map(|graded| graded.item.key_source)),
        n_truncated: sum(|reply| usize::from(reply.n_truncated > 0)),
        n_context_tokens: sum(|reply| reply.context_tokens.len()),
        n_answer_tokens: sum(|reply| {
            reply
                .continuations
                .iter()
                .map(|score| score.tokens.len())
                .sum()
        }),
        seconds: graded.iter().map(|graded| graded.answer.seconds).sum(),
        n_resumed: graded
            .iter()
            .filter(|graded| graded.answer.is_resumed)
            .count() as u64,
        warnings: Vec::new(),
        files: Vec::new(),
    };
    summary.warnings = warnings(&summary);
    summary
}

fn few_shot_summary(
    settings: &Settings,
    exam: &Exam,
    shots: &Shots<'_>,
    graded: &[Graded<'_>],
) -> FewShotSummary {
    let (n_shots, common) = (settings.task.n_shots(), shots.common());
    let dataset = settings.few_shot.pool(exam);
    let asked: Vec<_> = graded
        .iter()
        .filter_map(|graded| Some((graded.item, &graded.asked?.shots)))
        .collect();
    let count = |holds: &dyn Fn(&Item, &[&Item]) -> bool| {
        asked
            .iter()
            .filter(|(item, shots)| holds(item, shots))
            .count() as u64
    };
    let n_effective: usize = asked.iter().map(|(_, shots)| shots.len()).sum();
    FewShotSummary {
        n_shots: n_shots as u64,
        n_effective: n_effective as f64 / asked.len().max(1) as f64,
        n_shortened: count(&|_, shots| shots.len() < n_shots),
        dataset: dataset.path.clone(),
        dataset_fingerprint: dataset.fingerprint.clone(),
        selection: few_shot::SELECTION.to_owned(),
        seed: settings.few_shot.seed,
        shots: common.iter().map(|item| item.id.clone()).collect(),
        n_replaced: count(&|_, shots| !common.starts_with(shots)),
        n_leaked: count(&few_shot::is_leaked),
    }
}

fn unscored(graded: &Graded<'_>) -> Option<UnscoredQuestion> {
    let reason = graded.answer.outcome.reason()?.to_string();
    Some(UnscoredQuestion {
        id: graded.item.id.clone(),
        reason,
    })
}

fn metric_summaries(settings: &Settings, graded: &[Graded<'_>]) -> Vec<MetricSummary> {
    let summary = |(index, metric): (usize, &&dyn Metric)| {
        let is_correct = graded.iter().filter_map(|graded| graded.is_correct(index));
        metric_summary(settings, *metric, &is_correct.collect::<Vec<_>>())
    };
    settings.metrics.iter().enumerate().map(summary).collect()
}

fn metric_summary(settings: &Settings, metric: &dyn Metric, is_correct: &[bool]) -> MetricSummary {
    let n = is_correct.len() as u64;
    let n_correct = is_correct.iter().filter(|&&is_correct| is_correct).count() as u64;
    MetricSummary {
        name: metric.name().to_owned(),
        about: metric.about().to_owned(),
        n_correct,
        accuracy: (n > 0).then(|| n_correct as f64 / n as f64),
        stderr: standard_error_of_proportion(n_correct, n),
        interval: wilson(n_correct, n, settings.confidence),
    }
}

impl KeySources {
    fn count(sources: impl Iterator<Item = Option<KeySource>>) -> Self {
        let mut counts = Self::default();
        for source in sources {
            *match source {
                Some(KeySource::Reviewed) => &mut counts.reviewed,
                Some(KeySource::Adjudicated) => &mut counts.adjudicated,
                Some(KeySource::Suggested) => &mut counts.suggested,
                None => &mut counts.unknown,
            } += 1;
        }
        counts
    }
}
