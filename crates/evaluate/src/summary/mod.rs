//! What an evaluation says in a few lines: the numbers of `run.json` and of the table on the terminal.

use crate::{
    Exam, Item, Settings,
    few_shot::{self, Shots},
    graded::Graded,
    metrics,
};
use examen_core::{KeySource, exam::N_OPTIONS};
use examen_statistics::{Interval, standard_error_of_proportion, wilson};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The model.
    pub model: String,
    /// `task|shots`.
    pub task: String,
    /// Where the exam was read from.
    pub dataset: String,
    /// BLAKE3 of the exam's questions, options and keys.
    pub dataset_fingerprint: String,
    /// The examples before each question; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub few_shot: Option<FewShotSummary>,
    /// Questions that were asked.
    pub n_questions: u64,
    /// Of those, how many have a score.
    pub n_scored: u64,
    /// The others, with reasons. They count neither as right nor as wrong.
    pub unscored: Vec<UnscoredQuestion>,
    /// One entry a metric, the headline first.
    pub metrics: Vec<MetricSummary>,
    /// What guessing scores on the scored questions: 1/options. `None` if none is scored.
    pub chance: Option<f64>,
    /// Where the keys come from.
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
    /// What a reader of the numbers must know.
    pub warnings: Vec<String>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// The examples before each question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FewShotSummary {
    /// How many were asked for.
    pub n_shots: u64,
    /// How many there were, on average over the questions that could be asked.
    pub n_effective: f64,
    /// Questions that had fewer because the model's window is too short.
    pub n_shortened: u64,
    /// Where they were drawn from.
    pub dataset: String,
    /// BLAKE3 of that exam.
    pub dataset_fingerprint: String,
    /// How they were drawn, in LightEval's word.
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
    /// Why.
    pub reason: String,
}

/// One metric over the scored questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSummary {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub about: String,
    /// Scored questions whose key it chose.
    pub n_correct: u64,
    /// `n_correct` / `n_scored`.
    pub accuracy: Option<f64>,
    /// The standard error of the mean, as LightEval computes it.
    pub stderr: Option<f64>,
    /// Wilson's score interval.
    pub interval: Option<Interval>,
}

/// Questions by who says that the key is right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySources {
    /// Every reviewer who submitted chose it.
    pub reviewed: u64,
    /// The majority of the reviewers chose it.
    pub adjudicated: u64,
    /// Only the model that wrote the question says so.
    pub suggested: u64,
    /// The exam does not tell.
    pub unknown: u64,
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
        metrics: (0..metrics::ALL.len())
            .map(|place| metric_summary(settings, graded, place))
            .collect(),
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
    let dataset = few_shot::dataset(settings, exam);
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

fn metric_summary(settings: &Settings, graded: &[Graded<'_>], place: usize) -> MetricSummary {
    let verdicts: Vec<bool> = graded
        .iter()
        .filter_map(|graded| graded.is_correct(place))
        .collect();
    let n = verdicts.len() as u64;
    let n_correct = verdicts.iter().filter(|&&is_correct| is_correct).count() as u64;
    MetricSummary {
        name: metrics::ALL[place].name().to_owned(),
        about: metrics::ALL[place].about().to_owned(),
        n_correct,
        accuracy: (n > 0).then(|| n_correct as f64 / n as f64),
        stderr: standard_error_of_proportion(n_correct, n),
        interval: wilson(n_correct, n, settings.confidence),
    }
}

fn warnings(summary: &RunSummary) -> Vec<String> {
    let RunSummary {
        n_questions: n,
        key_sources,
        unscored,
        n_truncated,
        few_shot,
        ..
    } = summary;
    let mut warnings = Vec::new();
    if key_sources.suggested > 0 {
        let keys = format!("{} of {n} keys were never reviewed", key_sources.suggested);
        warnings.push(format!(
            "{keys}: only the model that wrote the question says that they are right"
        ));
    }
    if !unscored.is_empty() {
        warnings.push(format!(
            "{} of {n} questions have no score and count neither as right nor as wrong",
            unscored.len()
        ));
    }
    if *n_truncated > 0 {
        let cut = format!("{n_truncated} of {n} questions did not fit the model's window");
        warnings.push(format!("{cut} and lost their beginning"));
    }
    if let Some(few_shot) = few_shot {
        warnings.extend(few_shot_warnings(few_shot, *n));
    }
    warnings
}

fn few_shot_warnings(few_shot: &FewShotSummary, n: u64) -> impl Iterator<Item = String> {
    let FewShotSummary {
        n_leaked,
        n_shortened,
        n_shots,
        ..
    } = few_shot;
    let leaked = (*n_leaked > 0)
        .then(|| format!("{n_leaked} of {n} questions were among their own examples, which gave their answers away"));
    let shortened = (*n_shortened > 0).then(|| {
        format!("{n_shortened} of {n} questions had fewer than {n_shots} examples: the model's window is too short")
    });
    leaked.into_iter().chain(shortened)
}

/// The summary as rows of text: print it, or serialise the [`RunSummary`] itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryTable {
    /// Column titles.
    pub columns: Vec<&'static str>,
    /// One row a metric, one cell a column.
    pub rows: Vec<Vec<String>>,
    /// What holds for all metrics: name and value.
    pub facts: Vec<(&'static str, String)>,
}

impl RunSummary {
    /// The first metric's entry: what is meant by *the* accuracy.
    pub fn headline(&self) -> &MetricSummary {
        &self.metrics[0]
    }

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
