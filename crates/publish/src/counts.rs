//! The numbers of a publication.

use crate::merge::{self, Reason};
use examen_core::{ExamRow, KeySource, annotation::Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Counts of records and rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All records.
    pub records: usize,
    /// Records that become rows.
    pub rows: usize,
    /// Rows whose key every vote is for.
    pub reviewed: usize,
    /// Rows with fewer answers than the dataset asks for.
    pub partly_reviewed: usize,
    /// Rows whose key most votes are for.
    pub adjudicated: usize,
    /// Rows whose key is the model's suggestion.
    pub suggested: usize,
    /// Rows with a reviewer's wording.
    pub improved: usize,
    /// Rows with a wording that one reviewer gave and nobody else saw.
    pub unconfirmed: usize,
    /// People with at least one vote.
    pub reviewers: usize,
    /// Left out: at least half of the votes discard.
    pub discarded: usize,
    /// Left out: no option has more than half of the votes.
    pub undecided: usize,
    /// Left out: no votes.
    pub unreviewed: usize,
    /// Left out: no votes and no suggestion.
    pub no_key: usize,
    /// Left out: options that are the same, improved or not.
    pub options_collide: usize,
    /// Left out: a text is missing.
    pub text_missing: usize,
}

impl Counts {
    pub(crate) fn of(records: &[Record], rows: &[ExamRow], left_out: &[Reason]) -> Self {
        let of = |source: KeySource| rows.iter().filter(|row| row.key_source == source).count();
        let out = |reason: Reason| left_out.iter().filter(|&&other| other == reason).count();
        let votes = records
            .iter()
            .flat_map(|record| &record.responses)
            .filter(|response| merge::is_vote(response));
        Self {
            records: records.len(),
            rows: rows.len(),
            reviewed: of(KeySource::Reviewed),
            partly_reviewed: of(KeySource::PartlyReviewed),
            adjudicated: of(KeySource::Adjudicated),
            suggested: of(KeySource::Suggested),
            improved: rows.iter().filter(|row| row.improved).count(),
            unconfirmed: rows.iter().filter(|row| row.n_improved == 1).count(),
            reviewers: votes
                .map(|response| response.user_id)
                .collect::<BTreeSet<_>>()
                .len(),
            discarded: out(Reason::Discarded),
            undecided: out(Reason::Undecided),
            unreviewed: out(Reason::Unreviewed),
            no_key: out(Reason::NoKey),
            options_collide: out(Reason::OptionsCollide) + out(Reason::ImprovedOptionsCollide),
            text_missing: out(Reason::TextMissing),
        }
    }
}
