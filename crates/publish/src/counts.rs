//! The numbers of a publication.

use crate::merge::{self, Reason};
use examen_core::{
    ExamRow, KeySource, Letter, Vote,
    annotation::{Record, ReviewMode},
};
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
    /// Votes, and how they were given.
    #[serde(default)]
    pub votes: VoteCounts,
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
            votes: VoteCounts::of(records),
            discarded: out(Reason::Discarded),
            undecided: out(Reason::Undecided),
            unreviewed: out(Reason::Unreviewed),
            no_key: out(Reason::NoKey),
            options_collide: out(Reason::OptionsCollide) + out(Reason::ImprovedOptionsCollide),
            text_missing: out(Reason::TextMissing),
        }
    }
}

/// Counts of votes on all records, by what the reviewers had seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoteCounts {
    /// Given before the model's key was shown.
    pub blind: usize,
    /// Given with the model's key in view.
    pub assisted: usize,
    /// Given in a mode that was not noted.
    pub unknown: usize,
    /// Blind answers that were the model's key from the start.
    pub agreed: usize,
    /// Blind answers that were another option, or a discard, in the end.
    pub changed: usize,
    /// Those of them that are the model's key in the end.
    pub changed_to_suggestion: usize,
}

impl VoteCounts {
    fn of(records: &[Record]) -> Self {
        let mut counts = Self::default();
        for record in records {
            let suggested = merge::suggested(record);
            for vote in merge::cast(record) {
                counts.add(&vote, suggested);
            }
        }
        counts
    }

    fn add(&mut self, vote: &Vote, suggested: Option<Letter>) {
        match vote.mode {
            Some(ReviewMode::Blind) => self.blind += 1,
            Some(ReviewMode::Assisted) => self.assisted += 1,
            None => self.unknown += 1,
        }
        let Some(first) = vote.first_answer else {
            return;
        };
        self.agreed += usize::from(suggested == Some(first));
        if vote.answer != Some(first) {
            self.changed += 1;
            self.changed_to_suggestion +=
                usize::from(vote.answer.is_some() && vote.answer == suggested);
        }
    }
}
