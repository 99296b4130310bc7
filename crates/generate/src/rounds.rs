//! Which passages are asked about, in which order, and for how many questions each: decided by documents, seed and what
//! was accepted in earlier rounds, never by which reply came first.

use crate::Settings;
use std::collections::VecDeque;

/// One passage's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Which passage.
    pub(crate) passage: usize,
    /// How many questions it is asked for.
    pub(crate) n_questions: usize,
}

/// Turns that may be taken at the same time, round by round.
///
/// Without a limit there is one round of all passages. With one, a round takes one passage of every document (of as
/// many documents as questions are missing, if those are fewer: documents are then drawn with the seed, and the
/// others come first in the next round) and shares the missing questions among them; rounds follow until the exam is
/// full or the passages are used up. So every document is asked about before any is asked about twice, and no more
/// than needed.
#[derive(Debug)]
pub(crate) struct Rounds {
    /// Per document that has any, the passages that had no turn yet.
    waiting: VecDeque<VecDeque<usize>>,
    questions_per_chunk: usize,
    max_questions: Option<usize>,
}

impl Rounds {
    pub(crate) fn new(by_document: Vec<Vec<usize>>, settings: &Settings) -> Self {
        let mut documents: Vec<VecDeque<usize>> =
            by_document.into_iter().filter(|passages| !passages.is_empty()).map(VecDeque::from).collect();
        if settings.max_questions.is_some_and(|max| max < documents.len()) {
            settings.seed.shuffle("documents", &mut documents);
        }
        Self {
            waiting: documents.into(),
            questions_per_chunk: settings.questions_per_chunk,
            max_questions: settings.max_questions,
        }
    }

    /// The next round's turns, once `n_accepted` questions are in; none when the run is done.
    pub(crate) fn next_round(&mut self, n_accepted: usize) -> Vec<Turn> {
        let Some(max_questions) = self.max_questions else { return self.all() };
        let n_missing = max_questions.saturating_sub(n_accepted);
        let n_turns = n_missing.min(self.waiting.len());
        if n_turns == 0 {
            return Vec::new();
        }
        let n_questions = n_missing.div_ceil(n_turns).min(self.questions_per_chunk);
        (0..n_turns).filter_map(|_| self.next_passage()).map(|passage| Turn { passage, n_questions }).collect()
    }

    fn all(&mut self) -> Vec<Turn> {
        let n_questions = self.questions_per_chunk;
        self.waiting.drain(..).flatten().map(|passage| Turn { passage, n_questions }).collect()
    }

    /// The first document's next passage; the document goes to the end of the line.
    fn next_passage(&mut self) -> Option<usize> {
        let mut document = self.waiting.pop_front()?;
        let passage = document.pop_front();
        if !document.is_empty() {
            self.waiting.push_back(document);
        }
        passage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rounds(by_document: &[&[usize]], max_questions: Option<usize>) -> Rounds {
        let settings = Settings { max_questions, questions_per_chunk: 4, ..Settings::new("in", "out") };
        Rounds::new(by_document.iter().map(|passages| passages.to_vec()).collect(), &settings)
    }

    fn pairs(turns: &[Turn]) -> Vec<(usize, usize)> {
        turns.iter().map(|turn| (turn.passage, turn.n_questions)).collect()
    }

    #[test]
    fn without_a_limit_everything_is_asked_at_once() {
        let mut rounds = rounds(&[&[0, 1], &[], &[2]], None);
        assert_eq!(pairs(&rounds.next_round(0)), [(0, 4), (1, 4), (2, 4)]);
        assert_eq!(rounds.next_round(0), []);
    }

    #[test]
    fn with_a_limit_every_document_has_its_turn_and_its_share() {
        let mut rounds = rounds(&[&[0, 1, 2], &[3], &[4, 5]], Some(7));
        assert_eq!(pairs(&rounds.next_round(0)), [(0, 3), (3, 3), (4, 3)]);
        assert_eq!(pairs(&rounds.next_round(3)), [(1, 2), (5, 2)]);
        assert_eq!(pairs(&rounds.next_round(6)), [(2, 1)]);
        assert_eq!(rounds.next_round(6), []);
    }

    #[test]
    fn with_fewer_questions_than_documents_each_is_asked_for_one() {
        let mut rounds = rounds(&[&[0], &[1], &[2], &[3], &[4]], Some(2));
        let first = rounds.next_round(0);
        let second = rounds.next_round(1);
        assert_eq!((first.len(), second.len()), (2, 1));
        assert!(first.iter().chain(&second).all(|turn| turn.n_questions == 1));
        assert!(!first.contains(&second[0]), "a new document is asked");
        assert_eq!(rounds.next_round(2), []);
    }

    proptest! {
        #[test]
        fn no_passage_has_two_turns_and_rounds_end(sizes in prop::collection::vec(0_usize..5, 0..8), max in 1_usize..30) {
            let mut n = 0;
            let by_document: Vec<Vec<usize>> = sizes.iter().map(|&size| { n += size; (n - size..n).collect() }).collect();
            let settings = Settings { max_questions: Some(max), ..Settings::new("in", "out") };
            let mut rounds = Rounds::new(by_document, &settings);
            let mut taken = std::collections::HashSet::new();
            loop {
                let turns = rounds.next_round(0);
                if turns.is_empty() { break; }
                for turn in turns {
                    prop_assert!(taken.insert(turn.passage));
                }
            }
            prop_assert_eq!(taken.len(), n);
        }
    }
}
