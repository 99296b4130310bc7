//! `calibration_error` and `calibration_error_mass`: do the probabilities of the choices say how often they are right?

use super::{Card, Metric, Missing, Sample, Score};
use crate::measures::{self, Bins, Confident};

/// Bins of both.
const N_BINS: usize = 10;

/// *What it measures*: the mean distance between the probability that the model gives to its choice, among the options, and the
/// share of such choices that are right, over ten bins: of equal width (C. Guo et al., arXiv:1706.04599) or with equally many
/// questions each (`_mass`), which leaves no bin to chance where a model is always sure.
///
/// *When not to use it*: on fewer than some hundred questions, where chance alone makes it large; to say which model knows more.
///
/// *Example*: choices with the probability .75 of which half are right: .25.
#[derive(Debug)]
pub(super) struct CalibrationError(Bins);

pub(super) const EQUAL_WIDTH: CalibrationError = CalibrationError(Bins::EqualWidth);
pub(super) const EQUAL_MASS: CalibrationError = CalibrationError(Bins::EqualMass);

impl Metric for CalibrationError {
    fn card(&self) -> Card {
        let (name, quantity) = match self.0 {
            Bins::EqualWidth => (
                "calibration_error",
                "mean distance of the choice's probability and the share right, 10 bins of equal width",
            ),
            Bins::EqualMass => (
                "calibration_error_mass",
                "the same distance, 10 bins of equally many questions",
            ),
        };
        Card {
            name: name.into(),
            about: "distance between the choices' probabilities and how often they are right"
                .into(),
            quantity,
            peers: "",
            columns: &["confidence", "right"],
            higher_is_better: false,
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let chosen = sample.choose(|index| sample.log_prob(index))?;
        let index = chosen.choice().ok_or(Missing::Choices)?;
        let mut numbers = vec![sample.probabilities()?[index]];
        numbers.extend(chosen.numbers());
        Ok(Score::Several(numbers))
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let choice = |numbers: &&[f64]| Confident {
            confidence: numbers[0],
            is_right: numbers[1],
        };
        let choices: Vec<_> = questions.iter().map(choice).collect();
        measures::calibration_error(&choices, N_BINS, self.0)
    }
}
