//! `f1_macro`, `f1_micro`, `f1_second` and `mcc`: the choices by sum as a classification, each option's index a class.

use super::{Card, Metric, Missing, Sample, Score};
use crate::measures::{Classified, f1_macro, f1_micro, f1_of_class, matthews};

/// *What it measures*: for tasks whose options are the same labels in the same order in every question: F1 with the same weight
/// for each label (`f1_macro`) or each question (`f1_micro`, the accuracy), or of the second label alone (`f1_second`), and Matthews's correlation (`mcc`), which is 0 for
/// guessing whatever the shares of the labels. scikit-learn's `f1_score` and `matthews_corrcoef`.
///
/// *When not to use it*: for exams whose options are in random order, where the index of an option is no class. A question of
/// several keys counts by the chosen one, or else by its first.
///
/// *Example*: golds 0, 1, 1 and choices 0, 1, 0: `f1_macro` .667, `mcc` .5.
#[derive(Debug)]
pub(super) struct Classification {
    name: &'static str,
    about: &'static str,
    quantity: &'static str,
    peers: &'static str,
    range: &'static str,
    lm_eval: &'static str,
    measure: fn(&[Classified]) -> Option<f64>,
}

pub(super) const F1_MACRO: Classification = Classification {
    name: "f1_macro",
    about: "mean F1 of the labels",
    quantity: "mean over labels of 2 · both / (gold + chosen)",
    peers: "`f1_score(average=\"macro\")` of scikit-learn",
    range: "0 to 1",
    lm_eval: "",
    measure: f1_macro,
};
pub(super) const F1_SECOND: Classification = Classification {
    name: "f1_second",
    about: "F1 of the second label",
    quantity: "2 · both / (gold + chosen) of the second option, as in yes or no",
    peers: "`f1` of lm-evaluation-harness, `f1_score()` of scikit-learn",
    lm_eval: "f1",
    measure: |questions| f1_of_class(questions, 1),
    ..F1_MACRO
};
pub(super) const F1_MICRO: Classification = Classification {
    name: "f1_micro",
    about: "F1 of all decisions together",
    quantity: "share of questions whose label is chosen",
    peers: "`f1_score(average=\"micro\")` of scikit-learn",
    range: "0 to 1",
    lm_eval: "",
    measure: f1_micro,
};
pub(super) const MCC: Classification = Classification {
    name: "mcc",
    about: "Matthews's correlation of keys and choices",
    quantity: "correlation of gold and chosen label",
    peers: "`mcc` of lm-evaluation-harness, `matthews_corrcoef` of scikit-learn",
    range: "−1 to 1, guessing 0",
    lm_eval: "mcc",
    measure: matthews,
};

impl Metric for Classification {
    fn card(&self) -> Card {
        Card {
            name: self.name.into(),
            about: self.about.into(),
            quantity: self.quantity,
            peers: self.peers,
            range: self.range,
            lm_eval: self.lm_eval,
            columns: &["gold", "chosen"],
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let chosen = sample.choose(|index| sample.log_prob(index))?;
        let chosen = chosen.choice().ok_or(Missing::Choices)?;
        let golds = sample.golds()?;
        let gold = if golds.contains(&chosen) {
            chosen
        } else {
            golds[0]
        };
        Ok(Score::Several(vec![gold as f64, chosen as f64]))
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let classified = |numbers: &&[f64]| Classified {
            gold: numbers[0] as usize,
            chosen: numbers[1] as usize,
        };
        (self.measure)(&questions.iter().map(classified).collect::<Vec<_>>())
    }
}
