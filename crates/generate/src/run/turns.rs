//! Order in which passages are asked about, decided by documents, seed and answers, never by which reply came first.
//!
//! Without a limit, passages have their turns as documents are read. With a number of questions or a quota, documents
//! take turns (first one passage of each, then another of each), and a turn is begun only if what has come and what may
//! still come is not enough. So every document is asked about before any is asked about twice, and no more is asked
//! than needed.

use super::{
    ledger::{Count, Ledger},
    spool::{Place, Spool},
};
use crate::{
    error::GenerateError,
    passages::{
        Passage, Turn,
        cut::{Cut, Outline},
    },
    reading::documents::Unreadable,
    settings::Settings,
    text::languages,
};
use examen_core::Language;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use tokio::sync::mpsc::Receiver;

/// The next step.
#[derive(Debug)]
pub(crate) enum Step {
    /// A document was read; its passages follow.
    Read(Box<Outline>),
    /// A passage is asked about.
    Ask(Box<Turn>),
    /// A passage is not asked about.
    Leave(Box<Passage>, String),
    /// A document cannot be read.
    Unreadable(Unreadable),
    /// It depends on answers that are not in yet.
    Wait,
    /// Nothing.
    End,
}

/// Counts of the documents read so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) n_documents: usize,
    pub(crate) n_unreadable: usize,
    /// Passages that can be asked about.
    pub(crate) n_passages: usize,
    /// Pairs of related passages that can be.
    pub(crate) n_pairs: usize,
    /// The first document that cannot be read, with its reason.
    pub(crate) first_unreadable: Option<Unreadable>,
    /// Languages of documents and their passages.
    pub(crate) languages: BTreeSet<Language>,
    /// Documents by language, where that has no prompts.
    pub(crate) other_languages: BTreeMap<String, usize>,
}

/// The turns.
pub(crate) struct Turns {
    settings: Arc<Settings>,
    documents: Receiver<Result<Cut, Unreadable>>,
    has_read_all: bool,
    /// Steps that are ready.
    ready: VecDeque<Step>,
    /// Documents with passages that had no turn yet, where they take turns.
    line: VecDeque<Waiting>,
    spool: Spool<Passage>,
    shares: Shares,
    pub(crate) counts: Counts,
}

/// A document in the line.
struct Waiting {
    /// Those that had no turn yet.
    passages: VecDeque<Place>,
    n_questions: usize,
    /// True until its first passage had its turn.
    is_new: bool,
}

/// The need of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Now,
    /// If what may still come does not.
    Perhaps,
    No,
}

impl Turns {
    /// `n_documents` are on their way.
    pub(crate) fn new(
        settings: Arc<Settings>,
        n_documents: usize,
        documents: Receiver<Result<Cut, Unreadable>>,
    ) -> Self {
        let shares = Shares::new(&settings, n_documents);
        Self {
            settings,
            documents,
            has_read_all: false,
            ready: VecDeque::new(),
            line: VecDeque::new(),
            spool: Spool::default(),
            shares,
            counts: Counts::default(),
        }
    }

    /// True if documents or sections have a limit of their own.
    pub(crate) fn has_quotas(&self) -> bool {
        self.settings.has_quotas()
    }

    /// The next step. May be dropped while it waits for a document, and called again.
    pub(crate) async fn next(&mut self, ledger: &Ledger) -> Result<Step, GenerateError> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(step);
            }
            let total = ledger.total();
            if self
                .settings
                .max_questions
                .is_some_and(|max| total.most() >= max)
            {
                return Ok(if total.n_pending > 0 {
                    Step::Wait
                } else {
                    Step::End
                });
            }
            if let Some(step) = self.front_of_line(ledger)? {
                return Ok(step);
            }
            if !self.has_read_all {
                match self.documents.recv().await {
                    Some(Ok(cut)) => self.queue(cut)?,
                    Some(Err(unreadable)) => self.queue_unreadable(unreadable),
                    None => self.has_read_all = true,
                }
            } else if self.line.is_empty() {
                return Ok(Step::End);
            }
        }
    }

    fn queue(&mut self, cut: Cut) -> Result<(), GenerateError> {
        self.counts.n_documents += 1;
        self.counts.n_passages += cut.passages.len();
        self.counts.n_pairs += cut.pairs.len();
        let of_passages = cut.passages.iter().map(|passage| passage.language);
        self.counts.languages.extend(of_passages);
        if !languages::has_prompts(cut.language) {
            let others = &mut self.counts.other_languages;
            *others.entry(cut.language.to_string()).or_default() += 1;
        }
        self.ready.push_back(Step::Read(Box::new(cut.outline())));
        self.ready.extend(
            cut.left
                .into_iter()
                .map(|(passage, reason)| Step::Leave(Box::new(passage), reason)),
        );
        let n_questions = self.shares.next_share();
        if self.settings.takes_turns() {
            let all: Vec<Passage> = cut.passages.into_iter().chain(cut.pairs).collect();
            let places = spread(all.len())
                .map(|place| self.spool.put(&all[place]))
                .collect::<Result<_, _>>();
            let passages = places.map_err(GenerateError::Spool)?;
            // A new document's first passage comes before any other's second.
            self.line.push_front(Waiting {
                passages,
                n_questions,
                is_new: true,
            });
        } else {
            let passages = cut.passages.into_iter().chain(cut.pairs);
            self.ready.extend(
                passages.map(|passage| Step::Ask(Box::new(Turn::new(passage, n_questions)))),
            );
        }
        Ok(())
    }

    fn queue_unreadable(&mut self, unreadable: Unreadable) {
        self.counts.n_unreadable += 1;
        self.counts
            .first_unreadable
            .get_or_insert_with(|| unreadable.clone());
        self.ready.push_back(Step::Unreadable(unreadable));
    }

    /// The turn of the first document in the line, which then goes to its end. None while documents are still read and
    /// the first one had its turn.
    fn front_of_line(&mut self, ledger: &Ledger) -> Result<Option<Step>, GenerateError> {
        let Some(first) = self
            .line
            .front_mut()
            .filter(|first| first.is_new || self.has_read_all)
        else {
            return Ok(None);
        };
        first.is_new = false;
        let Some(&place) = first.passages.front() else {
            self.line.pop_front();
            return Ok(None);
        };
        let passage = self.spool.get(place).map_err(GenerateError::Spool)?;
        let need = need(&self.settings, ledger, &passage);
        if need == Need::Perhaps {
            return Ok(Some(Step::Wait));
        }
        first.passages.pop_front();
        let n_questions = first.n_questions;
        self.line.rotate_left(1);
        Ok((need == Need::Now).then(|| Step::Ask(Box::new(Turn::new(passage, n_questions)))))
    }
}

fn need(settings: &Settings, ledger: &Ledger, passage: &Passage) -> Need {
    let of = |quota: Option<usize>, count: Count| match quota {
        Some(quota) if count.n_accepted >= quota => Need::No,
        Some(quota) if count.most() >= quota => Need::Perhaps,
        _ => Need::Now,
    };
    let document = of(settings.max_per_document, ledger.document(passage));
    let section = of(settings.max_per_section, ledger.section(passage));
    match [document, section] {
        needs if needs.contains(&Need::No) => Need::No,
        needs if needs.contains(&Need::Perhaps) => Need::Perhaps,
        _ => Need::Now,
    }
}

/// The number of questions that the passages of each document are asked for: the number wanted, shared out among the
/// documents, one more for the first ones where it does not divide.
#[derive(Debug)]
pub(super) struct Shares {
    base: usize,
    n_larger: usize,
    most: usize,
}

impl Shares {
    pub(super) fn new(settings: &Settings, n_documents: usize) -> Self {
        let most = settings.questions_per_chunk;
        match settings.max_questions {
            None => Self {
                base: most,
                n_larger: 0,
                most,
            },
            Some(max) => {
                let n_documents = n_documents.clamp(1, max);
                Self {
                    base: max / n_documents,
                    n_larger: max % n_documents,
                    most,
                }
            }
        }
    }

    /// Questions that a passage is asked for, from the fewest to the most: `3`, `2 to 3`.
    pub(super) fn range(&self) -> String {
        let fewest = self.base.min(self.most);
        match self.n_larger > 0 && fewest < self.most {
            true => format!("{fewest} to {}", fewest + 1),
            false => fewest.to_string(),
        }
    }

    /// The next document's.
    fn next_share(&mut self) -> usize {
        let larger = usize::from(self.n_larger > 0);
        self.n_larger = self.n_larger.saturating_sub(1);
        (self.base + larger).min(self.most)
    }
}

/// The numbers below `n` in an order of which any beginning is spread evenly over them (van der Corput 1935).
fn spread(n: usize) -> impl Iterator<Item = usize> {
    let n_bits = n.next_power_of_two().trailing_zeros();
    let reversed = move |i: usize| {
        if n_bits == 0 {
            0
        } else {
            i.reverse_bits() >> (usize::BITS - n_bits)
        }
    };
    (0..n.next_power_of_two())
        .map(reversed)
        .filter(move |&i| i < n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_spread_over_all() {
        assert_eq!(spread(8).collect::<Vec<_>>(), [0, 4, 2, 6, 1, 5, 3, 7]);
        assert_eq!(spread(5).collect::<Vec<_>>(), [0, 4, 2, 1, 3]);
        assert_eq!(spread(1).collect::<Vec<_>>(), [0]);
        assert_eq!(spread(0).count(), 0);
    }

    #[test]
    fn questions_are_shared_out() {
        let shares = |max: Option<usize>, n_documents: usize| -> Vec<usize> {
            let settings = Settings {
                max_questions: max,
                questions_per_chunk: 4,
                ..Settings::new("in", "out")
            };
            let mut shares = Shares::new(&settings, n_documents);
            (0..n_documents).map(|_| shares.next_share()).collect()
        };
        assert_eq!(shares(None, 2), [4, 4]);
        assert_eq!(shares(Some(7), 3), [3, 2, 2]);
        assert_eq!(shares(Some(100), 3), [4, 4, 4]);
        assert_eq!(shares(Some(2), 4), [1, 1, 1, 1]);
        let range = |max_questions| {
            let settings = Settings {
                max_questions,
                ..Settings::new("in", "out")
            };
            Shares::new(&settings, 3).range()
        };
        assert_eq!(
            [None, Some(6), Some(7), Some(99)].map(range),
            ["3", "2", "2 to 3", "3"]
        );
    }
}
