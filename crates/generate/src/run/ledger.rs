//! Counts the questions that are there and that may still come: in all, for each document and for each section.

use crate::passages::{Passage, Turn};
use examen_core::DocumentId;
use std::collections::HashMap;

/// Questions of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Those that are accepted for good.
    pub(crate) n_accepted: usize,
    /// Those that may still be.
    pub(crate) n_pending: usize,
}

/// The counts at some moment. Questions that may still come are counted as if they all would, so that nothing is asked
/// for that turns out not to be needed, whatever comes in first.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    total: Count,
    by_document: HashMap<DocumentId, Count>,
    by_section: HashMap<(DocumentId, Option<String>), Count>,
    /// Counts documents and sections by themselves too.
    keeps_parts: bool,
}

impl Count {
    /// The most that there can be in the end, as things stand.
    pub(crate) fn most(self) -> usize {
        self.n_accepted + self.n_pending
    }
}

impl Ledger {
    pub(crate) fn new(keeps_parts: bool) -> Self {
        Self {
            keeps_parts,
            ..Self::default()
        }
    }

    pub(crate) fn total(&self) -> Count {
        self.total
    }

    pub(crate) fn document(&self, passage: &Passage) -> Count {
        self.by_document
            .get(&passage.document_id)
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn section(&self, passage: &Passage) -> Count {
        self.by_section
            .get(&section(passage))
            .copied()
            .unwrap_or_default()
    }

    /// A turn is begun: all that it asks for may come.
    pub(crate) fn reserve(&mut self, turn: &Turn) {
        self.update(&turn.passage, |count| count.n_pending += turn.n_questions);
    }

    /// A turn's replies are in: `n` of the questions passed by themselves.
    pub(crate) fn release(&mut self, turn: &Turn, n: usize) {
        self.update(&turn.passage, |count| {
            count.n_pending -= turn.n_questions - n.min(turn.n_questions)
        });
    }

    /// Of the `n_passed` questions that a turn's answer had, `n_accepted` are part of the exam.
    pub(crate) fn settle(&mut self, passage: &Passage, n_passed: usize, n_accepted: usize) {
        self.update(passage, |count| {
            count.n_pending -= n_passed;
            count.n_accepted += n_accepted;
        });
    }

    fn update(&mut self, passage: &Passage, change: impl Fn(&mut Count)) {
        change(&mut self.total);
        if self.keeps_parts {
            change(
                self.by_document
                    .entry(passage.document_id.clone())
                    .or_default(),
            );
            change(self.by_section.entry(section(passage)).or_default());
        }
    }
}

fn section(passage: &Passage) -> (DocumentId, Option<String>) {
    (passage.document_id.clone(), passage.section.clone())
}
