//! Tells the progress of a run, and stops one that has no chance.

use crate::{asking::Answer, error::GenerateError};
use examen_core::Progress;
use examen_llm::ChatError;

/// So many calls without an answer, one after the other, and the server is taken to be gone.
const MAX_FAILURES_IN_A_ROW: usize = 25;

/// Watches answers come in.
pub(crate) struct Watch<'a> {
    progress: &'a dyn Progress,
    /// Questions that the bar is full with; `None`: it counts answered passages.
    max_questions: Option<usize>,
    n_seen: usize,
    /// Questions that passed their own checks. Fewer are accepted: others may ask the same.
    n_passed: usize,
    n_accepted: usize,
    n_rejected: usize,
    n_failed: usize,
    first_failure: Option<ChatError>,
}

impl<'a> Watch<'a> {
    pub(crate) fn begin(
        progress: &'a dyn Progress,
        max_questions: Option<usize>,
        n_documents: usize,
    ) -> Self {
        // Until the first document is read: there is at least a passage in each.
        progress.begin(
            "writing questions",
            max_questions.unwrap_or(n_documents) as u64,
        );
        Self {
            progress,
            max_questions,
            n_seen: 0,
            n_passed: 0,
            n_accepted: 0,
            n_rejected: 0,
            n_failed: 0,
            first_failure: None,
        }
    }

    /// `n_passages` are in the `n_read` documents that were read so far, of `n_documents`. Those that are not read are taken
    /// to have as many each.
    pub(crate) fn passages(&self, n_passages: usize, n_read: usize, n_documents: usize) {
        if self.max_questions.is_none() && n_read > 0 {
            let n_unread = n_documents.saturating_sub(n_read);
            let n_expected = n_passages + n_passages * n_unread / n_read;
            self.progress.set_total(n_expected.max(1) as u64);
        }
    }

    /// One more answer is in, with the call that failed, if one did; `n_failed_in_a_row` calls have by now.
    ///
    /// # Errors
    /// If so many in a row failed that the others would too.
    pub(crate) fn observe(
        &mut self,
        answer: &Answer,
        failure: Option<ChatError>,
        n_failed_in_a_row: usize,
    ) -> Result<(), GenerateError> {
        self.n_seen += 1;
        let n_passed = answer.n_passed();
        let n_done = match self.max_questions {
            Some(max) => n_passed.min(max.saturating_sub(self.n_passed)),
            None => 1,
        };
        self.progress.advance(n_done as u64);
        self.n_passed += n_passed;
        let counted = match failure {
            None => Ok(()),
            Some(failure) => self.failure(failure, n_failed_in_a_row),
        };
        self.progress.note(&self.words());
        counted
    }

    /// So many questions were judged by now.
    pub(crate) fn judged(&mut self, n_accepted: usize, n_rejected: usize) {
        if (n_accepted, n_rejected) != (self.n_accepted, self.n_rejected) {
            (self.n_accepted, self.n_rejected) = (n_accepted, n_rejected);
            self.progress.note(&self.words());
        }
    }

    /// Why nothing was answered.
    pub(crate) fn end(self) -> Option<GenerateError> {
        self.progress.end();
        let (n_failed, n_asked) = (self.n_failed, self.n_seen);
        self.first_failure.map(|first| GenerateError::Unanswered {
            n_failed,
            n_asked,
            first,
        })
    }

    fn words(&self) -> String {
        let mut words = format!("{} accepted, {} rejected", self.n_accepted, self.n_rejected);
        if self.n_failed > 0 {
            words += &format!(", {} failed", self.n_failed);
        }
        words
    }

    fn failure(
        &mut self,
        failure: ChatError,
        n_failed_in_a_row: usize,
    ) -> Result<(), GenerateError> {
        tracing::warn!(reason = %failure, "a passage got no answer");
        self.n_failed += 1;
        let first = self.first_failure.take().unwrap_or(failure);
        if n_failed_in_a_row >= MAX_FAILURES_IN_A_ROW {
            return Err(GenerateError::Unanswered {
                n_failed: self.n_failed,
                n_asked: self.n_seen,
                first,
            });
        }
        self.first_failure = Some(first);
        Ok(())
    }
}
