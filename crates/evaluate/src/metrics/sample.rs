//! A question with what came back for it, and the parts of it that metrics ask for.

use super::{Missing, Score};
use crate::{
    doc::Doc,
    measures::{self, Form, Part},
};
use examen_core::LogProb;
use examen_llm::ContinuationScore;

/// A question and everything that came back for it.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The question. Its choices are the texts that were scored.
    pub doc: &'a Doc,
    /// One score a choice, in order; empty where the question was answered in words.
    pub scores: &'a [ContinuationScore],
    /// The same choices after the unconditional context, where a metric reads them.
    pub unconditional: Option<&'a [ContinuationScore]>,
    /// The replies in words; several where the question was asked several times.
    pub replies: &'a [String],
    /// Worth of the reply to a judge, where there is one and it gave a verdict.
    pub verdict: Option<f64>,
}

impl<'a> Sample<'a> {
    /// A question whose choices were scored.
    pub fn of_choices(doc: &'a Doc, scores: &'a [ContinuationScore]) -> Self {
        Self {
            doc,
            scores,
            unconditional: None,
            replies: &[],
            verdict: None,
        }
    }

    /// A question that was answered in words.
    pub fn of_replies(doc: &'a Doc, replies: &'a [String]) -> Self {
        Self {
            doc,
            scores: &[],
            unconditional: None,
            replies,
            verdict: None,
        }
    }

    /// The option with the largest preference, the first of equals, and if it is a key.
    pub(super) fn choose(&self, preference: impl Fn(usize) -> f64) -> Result<Score, Missing> {
        self.golds()?;
        let preferences: Vec<_> = (0..self.scores.len())
            .map(|index| LogProb(preference(index)))
            .collect();
        let index = LogProb::argmax(&preferences).ok_or(Missing::Choices)?;
        Ok(self.chosen(index))
    }

    /// The option that is likeliest for its length, in units that the caller counts; undivided where there are none.
    pub(super) fn choose_per_unit(
        &self,
        length: impl Fn(usize) -> usize,
    ) -> Result<Score, Missing> {
        self.choose(|index| self.log_prob(index) / length(index).max(1) as f64)
    }

    /// The score of choosing the option at `index`.
    pub(super) fn chosen(&self, index: usize) -> Score {
        let is_right = self.doc.is_right(index);
        Score::Choice { index, is_right }
    }

    /// The sum of the option's log-probabilities.
    pub(super) fn log_prob(&self, index: usize) -> f64 {
        self.scores[index].log_prob().0
    }

    /// The sums of all options.
    pub(super) fn log_probs(&self) -> Result<Vec<f64>, Missing> {
        match self.scores.len() {
            0 => Err(Missing::Choices),
            _ if !self.scores.iter().all(ContinuationScore::is_listed) => Err(Missing::Unlisted),
            n => Ok((0..n).map(|index| self.log_prob(index)).collect()),
        }
    }

    /// The options' probabilities, as if there were no other answers.
    pub(super) fn probabilities(&self) -> Result<Vec<f64>, Missing> {
        Ok(measures::probabilities(&self.log_probs()?))
    }

    /// Indices of the right options.
    pub(super) fn golds(&self) -> Result<&'a [usize], Missing> {
        match self.doc.golds.as_slice() {
            [] => Err(Missing::Key),
            golds => Ok(golds),
        }
    }

    /// The reply; the first of several.
    pub(super) fn reply(&self) -> Result<&'a str, Missing> {
        self.replies
            .first()
            .map(String::as_str)
            .ok_or(Missing::Reply)
    }

    /// The texts that are right: the right choices, or the target of a question without choices.
    pub(super) fn references(&self) -> Result<Vec<&'a str>, Missing> {
        let choices = self
            .doc
            .golds
            .iter()
            .filter_map(|&gold| self.doc.choices.get(gold));
        let mut references: Vec<_> = choices.map(String::as_str).collect();
        if references.is_empty() {
            references.extend(self.doc.references.iter().map(String::as_str));
        }
        if references.is_empty() && !self.doc.target.is_empty() {
            references.push(&self.doc.target);
        }
        let references: Vec<_> = references.into_iter().map(str::trim).collect();
        match references.is_empty() {
            true => Err(Missing::Key),
            false => Ok(references),
        }
    }

    /// The option that a reply chooses.
    pub(super) fn read_choice(&self, reply: &str) -> Option<usize> {
        let choices: Vec<_> = self
            .doc
            .choices
            .iter()
            .map(|choice| choice.trim())
            .collect();
        measures::read_choice(reply, &choices)
    }

    /// True for a reply that is right: of a question with choices one that chooses a key, of others one that is a quasi-exact
    /// match.
    pub(super) fn is_right(&self, reply: &str) -> Result<bool, Missing> {
        if self.doc.choices.is_empty() {
            let references = self.references()?;
            return Ok(measures::exact_match(
                reply,
                &references,
                Part::Whole,
                Form::Quasi,
            ));
        }
        self.golds()?;
        let choice = self.read_choice(reply);
        Ok(choice.is_some_and(|index| self.doc.is_right(index)))
    }
}
