//! Figures of the model checks over a whole set: rates and gaps, with intervals that know that questions of one
//! document resemble each other.

use examen_core::{DocumentId, Question, exam::N_OPTIONS};
use examen_llm::Usage;
use examen_statistics::{Cluster, ClusteredMean, Confidence, Interval, clustered_mean};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Probability that a blind guess finds the key.
const CHANCE: f64 = 1.0 / N_OPTIONS as f64;

/// Number of figures that are added up.
const N_FIGURES: usize = 7;

/// Number and usage of the replies to the checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckCost {
    pub(crate) n_replies: u64,
    pub(crate) n_unreadable: u64,
    pub(crate) usage: Usage,
}

/// Figures from a second model's answers to all questions that it was asked about, whatever became of them afterwards
/// (duplicates and questions beyond a limit are among them). `closed_book`, `options_only`, `stands_alone` and the gaps
/// are of those that open-book did not reject, for the others were not asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelChecks {
    /// The check model.
    pub model: String,
    /// In how many orders of its options each question was asked.
    pub orders: usize,
    /// Probability that a blind guess finds the key.
    pub chance: f64,
    /// Rate of choosing the key with the passage, from 0 to 1: the mean over all questions that were verified, those
    /// that it rejected too. This figure and all others are `None` where nothing was asked for them.
    pub open_book: Option<Figure>,
    /// The same without the passage, of the questions that open-book did not reject.
    pub closed_book: Option<Figure>,
    /// The same from the options alone, of those questions.
    pub options_only: Option<Figure>,
    /// Share of those questions that can be understood without the passage; answers that could not be read are left out.
    pub stands_alone: Option<Figure>,
    /// `open_book` − `closed_book` of the same questions: what the passage adds. Low: the set asks what is known anyway.
    pub open_minus_closed: Option<Figure>,
    /// `closed_book` − `chance`: what is known without the passage.
    pub closed_minus_chance: Option<Figure>,
    /// `options_only` − `chance`: what the options give away.
    pub options_only_minus_chance: Option<Figure>,
    /// Replies of the check model, replayed ones too.
    pub replies: u64,
    /// Answers among them that could not be read; they count as another choice than the key.
    pub unreadable: u64,
    /// Tokens of its prompts; they are part of the run's.
    pub input_tokens: u64,
    /// Tokens of its replies, likewise.
    pub output_tokens: u64,
}

/// A mean over questions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The mean; each question counts once.
    pub mean: f64,
    /// Questions.
    pub questions: u64,
    /// Documents that they are from.
    pub documents: u64,
    /// The standard error, clustered by document; `None` for one document.
    pub standard_error: Option<f64>,
    /// The 95 % interval, clustered by document: for rates Wilson's at the effective number of questions, for gaps by
    /// Student's t. `None` for one document, and for a gap that is the same for all documents: neither tells how far
    /// others would differ.
    pub interval: Option<Interval>,
}

/// Counts over the questions that were verified.
#[derive(Debug, Default)]
pub(crate) struct CheckedSet {
    by_document: BTreeMap<DocumentId, [Cluster; N_FIGURES]>,
    cost: CheckCost,
}

impl CheckedSet {
    /// Counts a question in; one that was not verified is left out.
    pub(crate) fn observe(&mut self, question: &Question) {
        if question.check_model.is_none() {
            return;
        }
        let Question {
            open_book,
            closed_book,
            options_only,
            ..
        } = *question;
        let figures: [Option<f64>; N_FIGURES] = [
            open_book,
            closed_book,
            options_only,
            question
                .stands_alone
                .map(|stands_alone| f64::from(u8::from(stands_alone))),
            open_book
                .zip(closed_book)
                .map(|(open, closed)| open - closed),
            closed_book.map(|closed| closed - CHANCE),
            options_only.map(|guessed| guessed - CHANCE),
        ];
        let clusters = self
            .by_document
            .entry(question.document_id.clone())
            .or_default();
        for (cluster, value) in clusters.iter_mut().zip(figures) {
            value.into_iter().for_each(|value| cluster.observe(value));
        }
    }

    pub(crate) fn pay(&mut self, cost: CheckCost) {
        self.cost += cost;
    }

    /// The figures so far.
    pub(crate) fn report(&self, model: &str, orders: usize) -> ModelChecks {
        let mean = |figure: usize| {
            let clusters: Vec<Cluster> = self
                .by_document
                .values()
                .map(|clusters| clusters[figure])
                .collect();
            clustered_mean(&clusters)
        };
        let rate = |figure| {
            mean(figure).map(|mean| Figure::new(mean, mean.score_interval(Confidence::P95)))
        };
        let gap =
            |figure| mean(figure).map(|mean| Figure::new(mean, mean.t_interval(Confidence::P95)));
        ModelChecks {
            model: model.to_owned(),
            orders,
            chance: CHANCE,
            open_book: rate(0),
            closed_book: rate(1),
            options_only: rate(2),
            stands_alone: rate(3),
            open_minus_closed: gap(4),
            closed_minus_chance: gap(5),
            options_only_minus_chance: gap(6),
            replies: self.cost.n_replies,
            unreadable: self.cost.n_unreadable,
            input_tokens: self.cost.usage.input_tokens,
            output_tokens: self.cost.usage.output_tokens,
        }
    }
}

impl Figure {
    fn new(mean: ClusteredMean, interval: Option<Interval>) -> Self {
        Self {
            mean: mean.mean,
            questions: mean.n,
            documents: mean.n_clusters,
            standard_error: mean.standard_error,
            interval,
        }
    }

    /// Why there is no interval, in words; `None` where there is one.
    pub fn why_no_interval(&self) -> Option<&'static str> {
        match (self.interval, self.documents) {
            (Some(_), _) => None,
            (None, 0 | 1) => Some("no interval: all are of one document"),
            (None, _) => Some("no interval: it is the same for all documents"),
        }
    }
}

impl std::ops::AddAssign for CheckCost {
    fn add_assign(&mut self, other: Self) {
        self.n_replies += other.n_replies;
        self.n_unreadable += other.n_unreadable;
        self.usage += other.usage;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(document: &str, open_book: f64, closed_book: Option<f64>) -> Question {
        Question {
            document_id: DocumentId::of(&[document]),
            check_model: Some("checker".to_owned()),
            open_book: Some(open_book),
            closed_book,
            stands_alone: closed_book.map(|rate| rate < 0.5),
            ..Question::default()
        }
    }

    fn report(questions: &[Question]) -> ModelChecks {
        let mut set = CheckedSet::default();
        questions.iter().for_each(|question| set.observe(question));
        set.report("checker", 4)
    }

    #[test]
    fn each_figure_is_of_the_questions_that_were_asked_for_it() {
        let questions = [
            verified("a", 1.0, Some(0.5)),
            verified("a", 0.25, None),
            verified("b", 1.0, Some(0.25)),
            Question {
                open_book: Some(0.0),
                ..Question::default()
            },
        ];
        let report = report(&questions);
        let of = |figure: Option<Figure>| {
            figure.map(|figure| (figure.mean, figure.questions, figure.documents))
        };
        assert_eq!(of(report.open_book), Some((0.75, 3, 2)));
        assert_eq!(of(report.closed_book), Some((0.375, 2, 2)));
        assert_eq!(of(report.open_minus_closed), Some((0.625, 2, 2)));
        assert_eq!(of(report.closed_minus_chance), Some((0.125, 2, 2)));
        assert_eq!(of(report.stands_alone), Some((0.5, 2, 2)));
        assert_eq!(
            (report.options_only, report.options_only_minus_chance),
            (None, None)
        );
        let gap = report.open_minus_closed.unwrap();
        assert!(
            gap.interval
                .is_some_and(|interval| interval.contains(0.0) && interval.contains(1.0)),
            "{gap:?}"
        );
    }

    #[test]
    fn one_document_and_equal_documents_have_no_interval_and_say_why() {
        let one = report(&[verified("a", 1.0, Some(0.5)), verified("a", 0.5, Some(0.0))]);
        let open = one.open_book.unwrap();
        assert_eq!(
            (open.mean, open.interval, open.standard_error),
            (0.75, None, None)
        );
        assert_eq!(
            open.why_no_interval(),
            Some("no interval: all are of one document")
        );
        let equal = report(&[verified("a", 1.0, Some(0.0)), verified("b", 1.0, Some(0.0))]);
        let gap = equal.open_minus_closed.unwrap();
        assert_eq!(
            gap.why_no_interval(),
            Some("no interval: it is the same for all documents")
        );
        assert!(
            equal
                .open_book
                .unwrap()
                .interval
                .is_some_and(|interval| interval.low < 1.0)
        );
    }
}
