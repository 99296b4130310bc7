//! What must not change a score.

use crate::{exam, run, scorers::Hashing, settings};
use examen_core::{Seed, Silent};
use examen_evaluate::{Exam, RunSummary};
use proptest::prelude::*;

fn graded(exam: &Exam, batch_size: usize) -> RunSummary {
    let folder = tempfile::tempdir().unwrap();
    let settings = examen_evaluate::Settings {
        batch_size,
        ..settings(folder.path())
    };
    let mut summary = run(&settings, exam, &Hashing::new(), &Silent).unwrap();
    summary.files.clear();
    summary
}

/// The same questions with their options in another order.
fn shuffled(exam: &Exam, seed: u64) -> Exam {
    let mut items = exam.items.clone();
    for item in &mut items {
        let mut order = [0, 1, 2, 3];
        Seed(seed).shuffle(&item.id, &mut order);
        let answers = order.map(|index: usize| item.answers[index].clone()).into();
        let key = order
            .iter()
            .position(|&index| index == item.keys[0])
            .unwrap();
        (item.answers, item.keys) = (answers, vec![key]);
    }
    Exam::new(exam.path.clone(), items)
}

#[test]
fn the_size_of_a_batch_changes_nothing() {
    let exam = exam(70);
    let one = graded(&exam, 1);
    assert_eq!(one, graded(&exam, 32));
    assert_eq!(one, graded(&exam, 1000));
    // A batch of none is taken as one of one.
    assert_eq!(one, graded(&exam, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn the_order_of_the_options_changes_nothing(seed: u64) {
        let exam = exam(12);
        prop_assert_eq!(graded(&exam, 32).metrics, graded(&shuffled(&exam, seed), 32).metrics);
    }
}
