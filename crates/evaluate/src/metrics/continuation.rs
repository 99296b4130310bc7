//! `greedy_match` and `continuation_perplexity`: how well a model goes on with one given text.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use examen_llm::ContinuationScore;

/// Facts that both share.
const ONE_TEXT: Card = Card {
    reads: Reads::Continuation,
    is_default: true,
    ..Card::SHARE
};

fn of(sample: &Sample<'_>) -> Result<ContinuationScore, Missing> {
    sample.scores.first().cloned().ok_or(Missing::Choices)
}

/// *What it measures*: how often each token of the continuation is the likeliest one in its place, so that a model that always takes
/// the likeliest would have written it; `acc` of lm-evaluation-harness's `loglikelihood` tasks.
///
/// *When not to use it*: for long continuations, which hardly any model writes word for word.
///
/// *Example*: LAMBADA: the last word of a passage.
#[derive(Debug)]
pub(super) struct GreedyMatch;

impl Metric for GreedyMatch {
    fn card(&self) -> Card {
        Card {
            name: "greedy_match".into(),
            about: "the continuation is what the model would write".into(),
            quantity: "1 if each of its tokens is the likeliest",
            lm_eval: "acc",
            peers: "`acc` of lm-evaluation-harness's `loglikelihood` tasks",
            ..ONE_TEXT
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        Ok(Score::of(of(sample)?.is_greedy))
    }
}

/// *What it measures*: exp of the mean of −log-probability of the continuations, however long they are; `perplexity` of
/// lm-evaluation-harness's `loglikelihood` tasks.
///
/// *When not to use it*: to compare tasks, whose continuations differ in length.
///
/// *Example*: continuations with the log-probabilities −2 and −4: e³ = 20.1.
#[derive(Debug)]
pub(super) struct ContinuationPerplexity;

impl Metric for ContinuationPerplexity {
    fn card(&self) -> Card {
        Card {
            name: "continuation_perplexity".into(),
            about: "perplexity of the continuations as texts".into(),
            quantity: "exp (mean of −log-probability of the continuation)",
            lm_eval: "perplexity",
            peers: "`perplexity` of lm-evaluation-harness's `loglikelihood` tasks",
            range: "1 to ∞",
            columns: &["log_prob"],
            aggregate: super::Aggregate::Corpus,
            higher_is_better: false,
            ..ONE_TEXT
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        Ok(Score::Several(vec![of(sample)?.log_prob().0]))
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let sum: f64 = questions.iter().map(|numbers| numbers[0]).sum();
        crate::measures::perplexity(sum, questions.len() as f64)
    }
}
