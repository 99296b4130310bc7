//! Examples before the question: the solved questions that a model sees before it is asked one.
//!
//! They are drawn as LightEval 0.13 or lm-evaluation-harness 0.4.13 draws them, from another dataset or from the questions
//! themselves. There LightEval means to leave out the question that is being asked, but its comparison never holds, so it
//! gives some answers away; here a question is never among its own examples unless [`FewShot::allows_leak`] says so.

mod balanced;
mod python_random;

use crate::{
    doc::{Dataset, Doc},
    error::EvaluateError,
};
use examen_core::text::comparable;
pub(crate) use python_random::PythonRandom;

/// Number, origin and choice of the examples.
#[derive(Debug, Clone, Default)]
pub struct FewShot {
    /// Number before each question.
    pub n_shots: usize,
    /// True drops the last of them where the model's window is too short; else the beginning is cut off.
    pub drops_shots: bool,
    /// Questions that they are drawn from; those being asked unless given.
    pub pool: Option<Dataset>,
    /// Way of drawing them.
    pub sampler: Sampler,
    /// Seed that they are drawn with. LightEval's is 0, lm-evaluation-harness's 1234.
    pub seed: u64,
    /// True lets a question be among its own examples, as in LightEval's runs: their scores are too good.
    pub allows_leak: bool,
}

/// Way of drawing examples from a pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sampler {
    /// LightEval's `balanced`: one right answer after the other, the same examples before every question.
    #[default]
    Balanced,
    /// lm-evaluation-harness's `default`: other examples before each question, drawn by Python's `random.sample`.
    Random,
    /// lm-evaluation-harness's `first_n` and LightEval's `sequential`: the first of the pool.
    FirstN,
}

impl Sampler {
    /// Name in results: the peers' own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Random => "default",
            Self::FirstN => "first_n",
        }
    }
}

impl FewShot {
    /// Questions that they are drawn from in a run on `dataset`.
    pub(crate) fn pool<'a>(&'a self, dataset: &'a Dataset) -> &'a Dataset {
        self.pool.as_ref().unwrap_or(dataset)
    }
}

/// The examples of a run.
pub(crate) struct Shots<'a> {
    /// All that may serve, in the order in which they are drawn, each with what tells it from others.
    order: Vec<(&'a Doc, String)>,
    /// State of a sampler that draws anew for each question.
    random: Option<PythonRandom>,
    /// True if the questions that are asked are among those that are drawn from.
    is_own: bool,
    n_shots: usize,
    allows_leak: bool,
}

impl<'a> Shots<'a> {
    /// Draws the examples before the questions of `dataset`. Questions that cannot be asked are no examples either.
    pub(crate) fn draw(few_shot: &'a FewShot, dataset: &'a Dataset) -> Self {
        let FewShot {
            n_shots,
            sampler,
            seed,
            allows_leak,
            ..
        } = *few_shot;
        let pool = few_shot
            .pool(dataset)
            .docs
            .iter()
            .filter(|doc| n_shots > 0 && doc.unaskable.is_none());
        let order = match sampler {
            Sampler::Balanced => balanced::order(pool, seed),
            Sampler::Random | Sampler::FirstN => pool.collect(),
        };
        let order = order.into_iter().map(|doc| (doc, comparable(&doc.query)));
        Self {
            order: order.collect(),
            random: (sampler == Sampler::Random).then(|| PythonRandom::new(seed)),
            is_own: few_shot.pool.is_none(),
            n_shots,
            allows_leak,
        }
    }

    /// The examples of every question that is none of them; `None` where each question has its own.
    pub(crate) fn common(&self) -> Option<Vec<&'a Doc>> {
        let first = self.order.iter().take(self.n_shots);
        self.random
            .is_none()
            .then(|| first.map(|(doc, _)| *doc).collect())
    }

    /// The examples of the next question. Questions come in the order in which they are asked: a sampler may draw on.
    ///
    /// # Errors
    /// If there are too few.
    pub(crate) fn of(&mut self, doc: &Doc) -> Result<Vec<&'a Doc>, EvaluateError> {
        if self.n_shots == 0 {
            return Ok(Vec::new());
        }
        let own = comparable(&doc.query);
        let is_other = |(_, query): &(&Doc, String)| self.allows_leak || *query != own;
        let others = || self.order.iter().filter(|entry| is_other(entry));
        let shots: Vec<_> = match &mut self.random {
            None => others().take(self.n_shots).collect(),
            Some(random) => {
                let n_drawn = self.n_shots + usize::from(self.is_own);
                let drawn = random.sample(self.order.len(), n_drawn.min(self.order.len()));
                let drawn = drawn.into_iter().map(|index| &self.order[index]);
                let mut shots: Vec<_> = drawn.filter(|entry| is_other(entry)).collect();
                // More copies of the question were drawn than one.
                if shots.len() < self.n_shots {
                    let others: Vec<_> = others().collect();
                    let n = self.n_shots.min(others.len());
                    let drawn = random.sample(others.len(), n).into_iter();
                    shots = drawn.map(|index| others[index]).collect();
                }
                shots.truncate(self.n_shots);
                shots
            }
        };
        if shots.len() < self.n_shots {
            return Err(EvaluateError::TooFewShots {
                n_shots: self.n_shots,
                available: others().count(),
            });
        }
        Ok(shots.into_iter().map(|(doc, _)| *doc).collect())
    }
}

/// True if `doc` is among `shots`.
pub(crate) fn is_leaked(doc: &Doc, shots: &[&Doc]) -> bool {
    let own = comparable(&doc.query);
    shots.iter().any(|shot| comparable(&shot.query) == own)
}
