//! From graded questions to the numbers of a run.

use super::{
    FewShotSummary, KeySources, MetricSummary, RunSummary, SampleSummary, UnscoredQuestion,
    estimate::{Observation, estimate},
    groups::groupings,
    warnings::warnings,
};
use crate::{
    answering::Prompts,
    doc::Doc,
    few_shot::{Shots, is_leaked},
    graded::Graded,
    metrics::Metric,
    settings::{Selection, Settings},
    task::Task,
};
use examen_core::KeySource;
use examen_llm::Usage;

/// Counts what came of every question.
pub(crate) fn summarise(
    settings: &Settings,
    prompts: &Prompts<'_>,
    shots: &Shots<'_>,
    graded: &[Graded<'_>],
) -> RunSummary {
    let task = prompts.task;
    let replies = || graded.iter().filter_map(Graded::reply);
    let sum = |count: fn(&examen_llm::ScoreReply) -> usize| -> u64 {
        replies().map(|reply| count(reply) as u64).sum()
    };
    let mut usage = Usage::default();
    let words = graded.iter().flat_map(|graded| graded.answer.in_words());
    words.for_each(|words| usage += words.usage);
    let mut summary = RunSummary {
        model: prompts.model.id().to_owned(),
        chat_template: prompts.is_chat,
        system_prompt: prompts.system_prompt.map(str::to_owned),
        task: task.label(),
        answer: task.way,
        wording: task.wording.clone(),
        dataset: task.dataset.path.clone(),
        dataset_fingerprint: task.dataset.fingerprint.clone(),
        few_shot: (task.few_shot.n_shots > 0).then(|| few_shot_summary(task, shots, graded)),
        sample: sample_summary(settings, task, graded.len()),
        n_questions: graded.len() as u64,
        n_scored: replies().count() as u64,
        unscored: graded.iter().filter_map(unscored).collect(),
        metrics: metric_summaries(settings, graded),
        own_metrics: Vec::new(),
        judge: None,
        by: groupings(settings.metrics[0], graded, settings.confidence),
        chance: chance(graded),
        key_sources: KeySources::count(graded.iter().map(|graded| graded.doc.labels.key_source)),
        n_truncated: sum(|reply| usize::from(reply.n_truncated > 0)),
        n_context_tokens: sum(|reply| reply.context_tokens.len()) + usage.input_tokens,
        n_answer_tokens: sum(|reply| {
            reply
                .continuations
                .iter()
                .map(|score| score.token_log_probs.len())
                .sum()
        }) + usage.output_tokens,
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

/// Mean probability over the scored questions that a guess is right.
fn chance(graded: &[Graded<'_>]) -> Option<f64> {
    let scored = graded.iter().filter(|graded| graded.reply().is_some());
    let chances = scored.map(|graded| graded.doc.chance());
    let chances = chances.collect::<Option<Vec<f64>>>()?;
    (!chances.is_empty()).then(|| chances.iter().sum::<f64>() / chances.len() as f64)
}

fn few_shot_summary(task: &Task, shots: &Shots<'_>, graded: &[Graded<'_>]) -> FewShotSummary {
    let few_shot = &task.few_shot;
    let (n_shots, common) = (few_shot.n_shots, shots.common());
    let dataset = few_shot.pool(&task.dataset);
    let is_replaced = |_: &Doc, shots: &[&Doc]| match &common {
        Some(common) => !common.starts_with(shots),
        None => false,
    };
    let asked: Vec<_> = graded
        .iter()
        .filter_map(|graded| Some((graded.doc, &graded.asked?.shots)))
        .collect();
    let count = |holds: &dyn Fn(&Doc, &[&Doc]) -> bool| {
        asked
            .iter()
            .filter(|(doc, shots)| holds(doc, shots))
            .count() as u64
    };
    let n_effective: usize = asked.iter().map(|(_, shots)| shots.len()).sum();
    FewShotSummary {
        n_shots: n_shots as u64,
        n_effective: n_effective as f64 / asked.len().max(1) as f64,
        n_shortened: count(&|_, shots| shots.len() < n_shots),
        dataset: dataset.path.clone(),
        dataset_fingerprint: dataset.fingerprint.clone(),
        selection: few_shot.sampler.name().to_owned(),
        seed: few_shot.seed,
        shots: ids(common.as_deref().unwrap_or_default()),
        n_replaced: count(&is_replaced),
        n_leaked: count(&is_leaked),
    }
}

fn ids(docs: &[&Doc]) -> Vec<String> {
    docs.iter().map(|doc| doc.id.clone()).collect()
}

fn sample_summary(settings: &Settings, task: &Task, n_asked: usize) -> Option<SampleSummary> {
    let n_available = task.dataset.docs.len();
    let (selection, seed) = match settings.selection {
        Selection::First => ("first", None),
        Selection::Random(seed) => ("random", Some(seed)),
    };
    (n_asked < n_available).then(|| SampleSummary {
        n_available: n_available as u64,
        selection: selection.to_owned(),
        seed,
    })
}

fn unscored(graded: &Graded<'_>) -> Option<UnscoredQuestion> {
    let reason = graded.answer.reason()?;
    Some(UnscoredQuestion {
        id: graded.doc.id.clone(),
        reason,
    })
}

fn metric_summaries(settings: &Settings, graded: &[Graded<'_>]) -> Vec<MetricSummary> {
    let summary = |(index, metric): (usize, &&dyn Metric)| {
        let mut summary = estimate(settings, *metric, &observations(*metric, graded, index));
        for reason in graded.iter().filter_map(|graded| graded.missing(index)) {
            *summary.missing.entry(reason.to_string()).or_default() += 1;
        }
        summary
    };
    settings.metrics.iter().enumerate().map(summary).collect()
}

fn observations<'a>(
    metric: &dyn Metric,
    graded: &'a [Graded<'_>],
    index: usize,
) -> Vec<Observation<'a>> {
    let observation = |graded: &'a Graded<'_>| {
        Some(Observation {
            numbers: graded.numbers(index)?,
            document: graded.doc.labels.document.as_deref(),
            chance: metric.chance(graded.doc),
        })
    };
    graded.iter().filter_map(observation).collect()
}

impl KeySources {
    fn count(sources: impl Iterator<Item = Option<KeySource>>) -> Self {
        let mut counts = Self::default();
        for source in sources {
            *match source {
                Some(KeySource::Reviewed) => &mut counts.reviewed,
                Some(KeySource::PartlyReviewed) => &mut counts.partly_reviewed,
                Some(KeySource::Adjudicated) => &mut counts.adjudicated,
                Some(KeySource::Suggested) => &mut counts.suggested,
                None => &mut counts.unknown,
            } += 1;
        }
        counts
    }
}
