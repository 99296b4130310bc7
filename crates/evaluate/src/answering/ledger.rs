//! Questions beside the journal: those whose answers it holds, those that are open, and all answers in the end.

use super::{Answer, Asked, stored::Entry};
use crate::error::EvaluateError;
use examen_core::UnscoredReason;
use examen_files::journal::Journal;
use examen_llm::Usage;
use std::collections::BTreeMap;

/// A question and its key in the journal.
pub(super) type Open<'a> = (&'a str, &'a Asked<'a>);

/// The questions of a run.
pub(super) struct Ledger<'a> {
    asked: &'a [Result<Asked<'a>, UnscoredReason>],
    journal: &'a Journal<Entry>,
    /// Keys in the journal; `None` for a question that cannot be asked (`Err`).
    keys: Vec<Option<String>>,
    /// True where there was nothing left to ask at the beginning.
    is_done: Vec<bool>,
}

impl<'a> Ledger<'a> {
    /// Looks up which of `asked` the journal holds.
    pub(super) fn new(
        asked: &'a [Result<Asked<'a>, UnscoredReason>],
        journal: &'a Journal<Entry>,
        key: impl Fn(&Asked<'_>) -> String,
    ) -> Result<Self, EvaluateError> {
        let keys: Vec<Option<String>> = asked
            .iter()
            .map(|asked| Some(key(asked.as_ref().ok()?)))
            .collect();
        let is_done =
            |key: &Option<String>| key.as_ref().map_or(Ok(true), |key| journal.contains(key));
        let is_done = keys.iter().map(is_done).collect::<Result<_, _>>()?;
        Ok(Self {
            asked,
            journal,
            keys,
            is_done,
        })
    }

    /// Number of questions with nothing left to ask.
    pub(super) fn n_done(&self) -> u64 {
        self.is_done.iter().filter(|is_done| **is_done).count() as u64
    }

    /// Tokens that the replies took which the journal held at the beginning.
    pub(super) fn spent(&self) -> Result<Usage, EvaluateError> {
        let mut spent = Usage::default();
        let done = self
            .keys
            .iter()
            .zip(&self.is_done)
            .filter(|(_, is_done)| **is_done);
        for key in done.filter_map(|(key, _)| key.as_ref()) {
            spent += self
                .journal
                .get(key)?
                .map(|entry| entry.usage())
                .unwrap_or_default();
        }
        Ok(spent)
    }

    /// Questions that the journal held answers to at the beginning.
    pub(super) fn done(&self) -> impl Iterator<Item = &Asked<'a>> {
        let done = self.asked.iter().zip(&self.is_done);
        done.filter(|(_, is_done)| **is_done)
            .filter_map(|(asked, _)| asked.as_ref().ok())
    }

    /// The others.
    pub(super) fn open(&self) -> Vec<Open<'_>> {
        let open = (0..self.asked.len()).filter(|&index| !self.is_done[index]);
        open.filter_map(|index| {
            Some((
                self.keys[index].as_deref()?,
                self.asked[index].as_ref().ok()?,
            ))
        })
        .collect()
    }

    /// One answer a question, in order, when the journal holds all but those that failed (key, reason).
    pub(super) fn answers(
        &self,
        failed: &BTreeMap<String, String>,
    ) -> Result<Vec<Answer>, EvaluateError> {
        let answer = |index: usize| match (&self.asked[index], &self.keys[index]) {
            (Ok(_), Some(key)) => match failed.get(key) {
                Some(reason) => Ok(Answer::unscored(UnscoredReason::Failed(reason.clone()))),
                None => {
                    let entry = self.journal.get(key)?.expect("every question was asked");
                    Ok(entry.answer(self.is_done[index]))
                }
            },
            (Err(reason), _) => Ok(Answer::unscored(reason.clone())),
            (Ok(_), None) => unreachable!("every question has a key"),
        };
        (0..self.asked.len()).map(answer).collect()
    }
}
