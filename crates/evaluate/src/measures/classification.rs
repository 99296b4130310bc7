//! Choices of options as a classification: each option's index is a class.

use std::collections::BTreeSet;

/// One classified question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classified {
    /// Class that is right.
    pub gold: usize,
    /// Class that was chosen.
    pub chosen: usize,
}

/// F1 averaged over the classes that occur, each with the same weight: scikit-learn's `f1_score(average="macro")`, a class
/// that is never right and never chosen left out. From 0 to 1; `None` for no questions.
pub fn f1_macro(questions: &[Classified]) -> Option<f64> {
    let classes: BTreeSet<usize> = questions.iter().flat_map(|q| [q.gold, q.chosen]).collect();
    let sum: Option<f64> = classes
        .iter()
        .map(|&class| f1_of_class(questions, class))
        .sum();
    Some(sum? / classes.len() as f64).filter(|f1| f1.is_finite())
}

/// F1 of one class: scikit-learn's `f1_score` with it as the positive one. From 0 to 1; `None` where it is never right and never
/// chosen.
pub fn f1_of_class(questions: &[Classified], class: usize) -> Option<f64> {
    let count = |holds: &dyn Fn(&Classified) -> bool| questions.iter().filter(|q| holds(q)).count();
    let n_golds = count(&|q| q.gold == class);
    let n_chosen = count(&|q| q.chosen == class);
    let n_both = count(&|q| q.gold == class && q.chosen == class);
    let n = n_golds + n_chosen;
    (n > 0).then(|| 2.0 * n_both as f64 / n as f64)
}

/// F1 over all decisions together: scikit-learn's `f1_score(average="micro")`, which is the accuracy where each question has
/// one class. `None` for no questions.
pub fn f1_micro(questions: &[Classified]) -> Option<f64> {
    let n_right = questions.iter().filter(|q| q.gold == q.chosen).count();
    (!questions.is_empty()).then(|| n_right as f64 / questions.len() as f64)
}

/// Matthews's correlation coefficient for any number of classes, from −1 to 1; 0 is chance. Source: J. Gorodkin, "Comparing
/// two K-category assignments by a K-category correlation coefficient" (2004); scikit-learn's `matthews_corrcoef`. `None` for
/// no questions and where all golds or all choices are one class, which leaves it undefined (scikit-learn says 0).
///
/// ```
/// use examen_evaluate::measures::{Classified, matthews};
/// let all = [(0, 0), (1, 1), (1, 0)].map(|(gold, chosen)| Classified { gold, chosen });
/// assert_eq!(matthews(&all), Some(0.5));
/// ```
pub fn matthews(questions: &[Classified]) -> Option<f64> {
    let n = questions.len() as f64;
    let classes: BTreeSet<usize> = questions.iter().flat_map(|q| [q.gold, q.chosen]).collect();
    let (mut products, mut golds, mut choices) = (0.0, 0.0, 0.0);
    for class in classes {
        let gold = questions.iter().filter(|q| q.gold == class).count() as f64;
        let chosen = questions.iter().filter(|q| q.chosen == class).count() as f64;
        products += gold * chosen;
        golds += gold * gold;
        choices += chosen * chosen;
    }
    let n_right = questions.iter().filter(|q| q.gold == q.chosen).count() as f64;
    let spread = (n * n - golds) * (n * n - choices);
    (spread > 0.0).then(|| (n_right * n - products) / spread.sqrt())
}
