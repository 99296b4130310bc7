//! `avg_at_n`, `maj_at_n`, `pass_at_K` and `g_pass_T_at_K`: several replies to the same question.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::measures::{g_pass_at_k, majority, mean_g_pass_at_k, pass_at_k};

/// A reply is right as `letter_match` says where the question has options, and as `quasi_exact_match` says where not.
fn n_right(sample: &Sample<'_>) -> Result<usize, Missing> {
    sample.reply()?;
    let mut n = 0;
    for reply in sample.replies {
        n += usize::from(sample.is_right(reply)?);
    }
    Ok(n)
}

/// *What it measures*: the share of right replies among all of a question's; LightEval's `avg@n`.
///
/// *When not to use it*: with one reply a question, where it says what `letter_match` says.
///
/// *Example*: three of four replies are right: .75.
#[derive(Debug)]
pub(super) struct AvgAtN;

impl Metric for AvgAtN {
    fn card(&self) -> Card {
        Card {
            name: "avg_at_n".into(),
            about: "share of right replies".into(),
            quantity: "right replies / replies",
            peers: "`avg@n` of LightEval",
            reads: Reads::Replies,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        Ok(Score::Number(
            n_right(sample)? as f64 / sample.replies.len() as f64,
        ))
    }
}

/// *What it measures*: how often the answer that most of a question's replies give is right, the first of equals; a reply that
/// chooses nothing has no vote. LightEval's `maj@n`.
///
/// *When not to use it*: with two replies, where the first decides.
///
/// *Example*: B, A, A with the key A: 1.
#[derive(Debug)]
pub(super) struct MajAtN;

impl Metric for MajAtN {
    fn card(&self) -> Card {
        Card {
            name: "maj_at_n".into(),
            about: "the answer of most replies is right".into(),
            quantity: "1 if the most frequent answer is right",
            peers: "`maj@n` of LightEval",
            reads: Reads::Replies,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.reply()?;
        if sample.doc.choices.is_empty() {
            let forms: Vec<_> = sample
                .replies
                .iter()
                .map(|reply| crate::measures::quasi_form(reply))
                .collect();
            let forms: Vec<_> = forms
                .iter()
                .map(|form| (!form.is_empty()).then_some(form.as_str()))
                .collect();
            return match majority(&forms) {
                Some(form) => Ok(Score::of(sample.is_right(form)?)),
                None => Ok(Score::Number(0.0)),
            };
        }
        sample.golds()?;
        let choices: Vec<_> = sample
            .replies
            .iter()
            .map(|reply| sample.read_choice(reply))
            .collect();
        Ok(majority(&choices).map_or(Score::Number(0.0), |index| sample.chosen(index)))
    }
}

/// *What it measures*: the probability that one of K replies is right, estimated without bias from all replies of a question (M.
/// Chen et al., arXiv:2107.03374).
///
/// *When not to use it*: for multiple choice, where guessing often enough passes.
///
/// *Example*: one of four replies is right: `pass_at_1` .25, `pass_at_4` 1.
#[derive(Debug)]
pub(super) struct PassAt(pub(super) usize);

impl Metric for PassAt {
    fn card(&self) -> Card {
        Card {
            name: format!("pass_at_{}", self.0).into(),
            about: "one of K replies is right".into(),
            quantity: "1 − C(n − right, K) / C(n, K) (`pass_at_8`: K = 8)",
            peers: "`pass@k` of LightEval",
            reads: Reads::Replies,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let value = pass_at_k(sample.replies.len(), n_right(sample)?, self.0);
        value.map(Score::Number).ok_or(Missing::TooFewReplies)
    }

    fn at(&self, k: usize) -> Option<Box<dyn Metric>> {
        Some(Box::new(Self(k)))
    }
}

/// *What it measures*: the probability that of K replies at least the share T is right (J. Liu et al., arXiv:2412.13147).
///
/// *When not to use it*: with few replies a question, from which the probability of many right ones is not known.
///
/// *Example*: two of four replies are right: `g_pass_100_at_2` 1/6.
#[derive(Debug)]
pub(super) struct GPassAt {
    pub(super) k: usize,
    pub(super) percent: u32,
}

impl Metric for GPassAt {
    fn card(&self) -> Card {
        Card {
            name: format!("g_pass_{}_at_{}", self.percent, self.k).into(),
            about: "most of K replies are right".into(),
            quantity: match self.percent {
                50 => "probability that half of K replies are right (`g_pass_50_at_8`: K = 8)",
                75 => "probability that three quarters of K replies are right",
                _ => "probability that all K replies are right",
            },
            peers: "`g-pass@k` of LightEval",
            reads: Reads::Replies,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let share = f64::from(self.percent) / 100.0;
        let value = g_pass_at_k(sample.replies.len(), n_right(sample)?, self.k, share);
        value.map(Score::Number).ok_or(Missing::TooFewReplies)
    }

    fn at(&self, k: usize) -> Option<Box<dyn Metric>> {
        Some(Box::new(Self { k, ..*self }))
    }
}

/// *What it measures*: the mean of `g_pass_T_at_K` over T from ½ to 1 (mG-Pass@k of the same paper).
///
/// *When not to use it*: for K = 1, where it is 0 by its definition.
///
/// *Example*: two of four replies are right: `mg_pass_at_2` 1/6.
#[derive(Debug)]
pub(super) struct MeanGPassAt(pub(super) usize);

impl Metric for MeanGPassAt {
    fn card(&self) -> Card {
        Card {
            name: format!("mg_pass_at_{}", self.0).into(),
            about: "most of K replies are right, on average over what most is".into(),
            quantity: "2/K · Σ probability that more than half are right",
            peers: "`mg-pass@k` of LightEval",
            reads: Reads::Replies,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let value = mean_g_pass_at_k(sample.replies.len(), n_right(sample)?, self.0);
        value.map(Score::Number).ok_or(Missing::TooFewReplies)
    }

    fn at(&self, k: usize) -> Option<Box<dyn Metric>> {
        Some(Box::new(Self(k)))
    }
}
