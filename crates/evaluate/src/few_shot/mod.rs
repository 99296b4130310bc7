//! Examples before the question: the solved questions that a model sees before it is asked one.
//!
//! They are drawn as LightEval 0.13 draws them, from another exam or from the exam itself. There LightEval means to
//! leave out the question that is being asked, but its comparison never holds, so it gives some answers away; here a
//! question is never among its own examples unless [`FewShot::allows_leak`] says so.

mod balanced;
mod python_random;

use crate::{
    error::EvaluateError,
    exam::{Exam, Item},
    tasks::TaskSpec,
};
use examen_core::text::comparable;

/// Origin of the examples.
#[derive(Debug, Clone, Default)]
pub struct FewShot {
    /// The exam that they are drawn from; the one being held unless given.
    pub dataset: Option<Exam>,
    /// The seed that they are drawn with. LightEval's is 0.
    pub seed: u64,
    /// True lets a question be among its own examples, as in LightEval's runs: their scores are too good.
    pub allows_leak: bool,
}

impl FewShot {
    /// The exam that they are drawn from in a run on `exam`.
    pub(crate) fn pool<'a>(&'a self, exam: &'a Exam) -> &'a Exam {
        self.dataset.as_ref().unwrap_or(exam)
    }
}

/// Way of drawing examples, in LightEval's word.
pub(crate) const SELECTION: &str = "balanced";

/// The examples of a run.
pub(crate) struct Shots<'a> {
    /// All that may serve, in the order in which they are drawn, each with what tells it from others.
    order: Vec<(&'a Item, String)>,
    n_shots: usize,
    allows_leak: bool,
}

impl<'a> Shots<'a> {
    /// Draws the examples that `task` asks for on `exam`. Rows that cannot be asked are no examples either.
    pub(crate) fn draw(few_shot: &'a FewShot, task: TaskSpec, exam: &'a Exam) -> Self {
        let FewShot {
            seed, allows_leak, ..
        } = *few_shot;
        let n_shots = task.n_shots();
        let pool = few_shot
            .pool(exam)
            .items
            .iter()
            .filter(|item| n_shots > 0 && item.check().is_ok());
        let order = balanced::order(pool, seed)
            .into_iter()
            .map(|item| (item, comparable(&item.question)));
        Self {
            order: order.collect(),
            n_shots,
            allows_leak,
        }
    }

    /// The examples that are drawn first: those of every question that is none of them.
    pub(crate) fn common(&self) -> Vec<&'a Item> {
        self.order
            .iter()
            .take(self.n_shots)
            .map(|(item, _)| *item)
            .collect()
    }

    /// The examples of `item`: the common ones, but for itself, instead of which the next of the order comes last.
    ///
    /// # Errors
    /// If there are too few.
    pub(crate) fn of(&self, item: &Item) -> Result<Vec<&'a Item>, EvaluateError> {
        if self.n_shots == 0 {
            return Ok(Vec::new());
        }
        let own = comparable(&item.question);
        let others = self
            .order
            .iter()
            .filter(|(_, question)| self.allows_leak || *question != own);
        let shots: Vec<_> = others.take(self.n_shots).map(|(item, _)| *item).collect();
        match shots.len() {
            n if n == self.n_shots => Ok(shots),
            available => Err(EvaluateError::TooFewShots {
                n_shots: self.n_shots,
                available,
            }),
        }
    }
}

/// True if `item` is among `shots`.
pub(crate) fn is_leaked(item: &Item, shots: &[&Item]) -> bool {
    let own = comparable(&item.question);
    shots.iter().any(|shot| comparable(&shot.question) == own)
}
