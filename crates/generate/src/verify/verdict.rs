//! Verdict on a question from the check model's answers.

use crate::reasons::{self, Finding, Reason};
use examen_core::{Question, exam::N_OPTIONS};

/// Number of times that each option was chosen over the orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Choices {
    /// By option; the key is the first.
    pub(super) chosen: [usize; N_OPTIONS],
    /// Answers that could not be read.
    pub(super) n_unreadable: usize,
}

/// Results of the checks of one question; `None` for those that were not made.
#[derive(Debug, Default)]
pub(super) struct Examined {
    pub(super) open_book: Option<Choices>,
    pub(super) closed_book: Option<Choices>,
    pub(super) options_only: Option<Choices>,
    /// `None` also where the answer could not be read.
    pub(super) stands_alone: Option<bool>,
}

impl Choices {
    /// Takes the choice of one order in: an option, or nothing readable.
    pub(super) fn observe(&mut self, option: Option<usize>) {
        match option {
            Some(option) => self.chosen[option] += 1,
            None => self.n_unreadable += 1,
        }
    }

    /// True if the key was chosen in every order.
    pub(super) fn is_always_key(&self) -> bool {
        self.chosen[0] == self.n()
    }

    fn n(&self) -> usize {
        self.chosen.iter().sum::<usize>() + self.n_unreadable
    }

    fn rate(&self) -> f64 {
        self.chosen[0] as f64 / self.n() as f64
    }
}

/// Writes what was found into the question's row; false if it is refuted.
pub(super) fn record(question: &mut Question, examined: &Examined, model: &str) -> bool {
    question.check_model = Some(model.to_owned());
    question.open_book = examined.open_book.as_ref().map(Choices::rate);
    question.closed_book = examined.closed_book.as_ref().map(Choices::rate);
    question.options_only = examined.options_only.as_ref().map(Choices::rate);
    question.stands_alone = examined.stands_alone;
    let findings = findings(question, examined);
    reasons::record(question, &findings)
}

fn findings(question: &Question, examined: &Examined) -> Vec<Finding> {
    let always = |reason, choices: Option<Choices>, how: &str| {
        let choices = choices.filter(Choices::is_always_key)?;
        Some(Finding {
            reason,
            sentence: format!(
                "the check model chose the key in all orders ({}) {how}",
                choices.n()
            ),
        })
    };
    let refuted = examined
        .open_book
        .filter(|choices| !choices.is_always_key())
        .map(|choices| Finding {
            reason: Reason::OpenBook,
            sentence: other_choices(question, &choices),
        });
    let dependent = (examined.stands_alone == Some(false)).then(|| Finding {
        reason: Reason::Dependent,
        sentence: "the check model finds that it cannot be understood without the passage"
            .to_owned(),
    });
    let known = always(Reason::Known, examined.closed_book, "without the passage");
    let guessable = always(
        Reason::Guessable,
        examined.options_only,
        "from the options alone",
    );
    [refuted, known, guessable, dependent]
        .into_iter()
        .flatten()
        .collect()
}

/// Lists the options chosen instead of the key, most often chosen first.
fn other_choices(question: &Question, choices: &Choices) -> String {
    let others = question.distractors.iter().zip(&choices.chosen[1..]);
    let mut others: Vec<(usize, String)> = others
        .filter(|(_, n)| **n > 0)
        .map(|(text, n)| (*n, format!(", “{text}” in {n}")))
        .collect();
    others.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let unreadable = (choices.n_unreadable > 0)
        .then(|| format!(", none that can be read in {}", choices.n_unreadable));
    let others: String = others
        .into_iter()
        .map(|(_, words)| words)
        .chain(unreadable)
        .collect();
    format!(
        "the check model chose the key in {} of {} orders{others}",
        choices.chosen[0],
        choices.n()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::sound;

    fn chosen(chosen: [usize; N_OPTIONS]) -> Option<Choices> {
        Some(Choices {
            chosen,
            n_unreadable: 4 - chosen.iter().sum::<usize>(),
        })
    }

    #[test]
    fn another_answer_with_the_passage_rejects_and_says_which() {
        let mut question = sound();
        let examined = Examined {
            open_book: chosen([1, 0, 2, 0]),
            ..Examined::default()
        };
        assert!(!record(&mut question, &examined, "checker"));
        assert_eq!(
            (question.open_book, question.closed_book),
            (Some(0.25), None)
        );
        assert_eq!(question.check_model.as_deref(), Some("checker"));
        let reason = "open_book: the check model chose the key in 1 of 4 orders, “The left atrium” in 2, none that can \
                      be read in 1";
        assert_eq!(question.reasons, [reason]);
    }

    #[test]
    fn a_key_that_is_found_otherwise_is_remarked_on() {
        let mut question = sound();
        let examined = Examined {
            open_book: chosen([4, 0, 0, 0]),
            closed_book: chosen([4, 0, 0, 0]),
            options_only: chosen([4, 0, 0, 0]),
            stands_alone: Some(false),
        };
        assert!(record(&mut question, &examined, "checker"));
        insta::assert_snapshot!(question.remarks.join("\n"), @r"
        known: the check model chose the key in all orders (4) without the passage
        guessable: the check model chose the key in all orders (4) from the options alone
        dependent: the check model finds that it cannot be understood without the passage
        ");
    }

    #[test]
    fn a_key_that_is_found_sometimes_is_not() {
        let mut question = sound();
        let examined = Examined {
            open_book: chosen([4, 0, 0, 0]),
            closed_book: chosen([3, 1, 0, 0]),
            options_only: chosen([3, 0, 0, 0]),
            stands_alone: Some(true),
        };
        assert!(record(&mut question, &examined, "checker"));
        assert_eq!(
            (question.closed_book, question.options_only),
            (Some(0.75), Some(0.75))
        );
        assert_eq!(
            (question.remarks, question.stands_alone),
            (Vec::<String>::new(), Some(true))
        );
    }
}
