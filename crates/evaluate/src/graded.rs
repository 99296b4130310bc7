//! Questions, the model's answers, and what the metrics make of them.

use crate::{
    answering::{Answer, Asked, Unconditional},
    bridge::ScoredSample,
    doc::Doc,
    judging::Judged,
    metrics::{Metric, Missing, Sample, Score},
};
use examen_core::{Outcome, UnscoredReason};
use examen_llm::{ContinuationScore, ScoreReply};

/// One question with all that is known of it.
#[derive(Debug)]
pub(crate) struct Graded<'a> {
    pub(crate) doc: &'a Doc,
    /// `None` where the question cannot be asked.
    pub(crate) asked: Option<&'a Asked<'a>>,
    pub(crate) answer: &'a Answer,
    /// What the judge says of the reply, where there is one.
    pub(crate) judged: Option<&'a Judged>,
    /// The scores of the choices without the question, where a metric reads them.
    pub(crate) unconditional: Option<Vec<ContinuationScore>>,
    /// One score a metric, in the order of the run's metrics; empty when unscored.
    pub(crate) scores: Vec<Result<Score, Missing>>,
}

impl Graded<'_> {
    /// The model's scores, if there are any.
    pub(crate) fn reply(&self) -> Option<&ScoreReply> {
        self.answer.outcome.score()
    }

    /// What is stored of the metric at `index`; `None` where it has no score.
    pub(crate) fn numbers(&self, index: usize) -> Option<Vec<f64>> {
        let score = self.scores.get(index)?.as_ref().ok()?;
        Some(score.numbers())
    }

    /// True for a question that is right by the metric at `index`, which tells right from wrong; `None` where it has no score.
    pub(crate) fn is_right(&self, index: usize) -> Option<bool> {
        Some(*self.numbers(index)?.first()? == 1.0)
    }

    /// Index of the option that the metric at `index` takes for the answer.
    pub(crate) fn choice(&self, index: usize) -> Option<usize> {
        self.scores.get(index)?.as_ref().ok()?.choice()
    }

    /// Origin of the key, in the words of files.
    pub(crate) fn key_source(&self) -> Option<String> {
        let source = serde_json::to_value(self.doc.labels.key_source?).ok()?;
        source.as_str().map(str::to_owned)
    }

    /// Reason why the metric at `index` has no score of a question that was answered.
    pub(crate) fn missing(&self, index: usize) -> Option<Missing> {
        self.scores.get(index)?.as_ref().err().copied()
    }

    /// What the code of a task file is told; `None` when unscored.
    pub(crate) fn for_own_metrics(&self) -> Option<ScoredSample> {
        let scores = &self.reply()?.continuations;
        Some(ScoredSample {
            query: self.doc.source_query().to_owned(),
            context: self.asked?.context.clone(),
            choices: self.doc.choices.clone(),
            golds: self.doc.golds.clone(),
            instruction: self.doc.instruction.clone().unwrap_or_default(),
            log_probs: scores.iter().map(|score| score.log_prob().0).collect(),
            text: self
                .answer
                .in_words()
                .map(|words| words.answer.clone())
                .collect(),
            is_greedy: scores.iter().map(|score| score.is_greedy).collect(),
            references: self.doc.references.clone(),
            row: self.doc.row.as_deref().cloned(),
        })
    }
}

/// Lets every metric score.
pub(crate) fn grade<'a>(
    metrics: &[&dyn Metric],
    doc: &'a Doc,
    asked: &'a Result<Asked<'a>, UnscoredReason>,
    answer: &'a Answer,
    unconditional: &Unconditional,
    judged: Option<&'a Judged>,
) -> Graded<'a> {
    let unconditional = unconditional.of(doc);
    let scores = match &answer.outcome {
        Outcome::Scored(reply) => {
            let replies = answer.in_words();
            let replies: Vec<String> = replies.map(|words| words.answer.clone()).collect();
            let sample = Sample {
                unconditional: unconditional.as_deref(),
                replies: &replies,
                verdict: judged.and_then(|judged| judged.worth),
                ..Sample::of_choices(doc, &reply.continuations)
            };
            metrics
                .iter()
                .map(|metric| finite(metric.score(&sample)))
                .collect()
        }
        Outcome::Unscored(_) => Vec::new(),
    };
    Graded {
        doc,
        asked: asked.as_ref().ok(),
        answer,
        judged,
        unconditional,
        scores,
    }
}

/// A score that is infinite or none would spoil the numbers of all questions.
fn finite(score: Result<Score, Missing>) -> Result<Score, Missing> {
    let score = score?;
    match score.numbers().iter().all(|number| number.is_finite()) {
        true => Ok(score),
        false => Err(Missing::NotFinite),
    }
}
