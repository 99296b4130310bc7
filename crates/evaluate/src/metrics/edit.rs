//! `edit_distance` and `edit_similarity`: characters that have to change.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::measures;

/// *What it measures*: fewest characters to insert, delete or replace (V. Levenshtein, 1966) until the reply is a reference, the
/// nearest of several; `edit_similarity` is 1 − that / the longer length. White space at the ends does not count.
///
/// *When not to use it*: the distance, to compare questions whose references differ in length.
///
/// *Example*: `nandu` for `ñandú`: 2, and .6.
#[derive(Debug)]
pub(super) struct Edit {
    is_similarity: bool,
}

pub(super) const DISTANCE: Edit = Edit {
    is_similarity: false,
};
pub(super) const SIMILARITY: Edit = Edit {
    is_similarity: true,
};

impl Metric for Edit {
    fn card(&self) -> Card {
        match self.is_similarity {
            false => Card {
                name: "edit_distance".into(),
                about: "characters that have to change".into(),
                quantity: "fewest characters to insert, delete or replace",
                peers: "`edit_distance` of nltk",
                range: "0 to ∞",
                reads: Reads::Reply,
                higher_is_better: false,
                ..Card::MEAN
            },
            true => Card {
                name: "edit_similarity".into(),
                about: "share of characters that need not change".into(),
                quantity: "1 − edit distance / longer length",
                reads: Reads::Reply,
                ..Card::MEAN
            },
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let (reply, references) = (sample.reply()?.trim(), sample.references()?);
        let of = |reference: &&str| match self.is_similarity {
            false => measures::edit_distance(reply, reference).map(|distance| -(distance as f64)),
            true => measures::edit_similarity(reply, reference),
        };
        let best = references
            .iter()
            .filter_map(of)
            .max_by(f64::total_cmp)
            .ok_or(Missing::TooLong)?;
        Ok(Score::Number(if self.is_similarity {
            best
        } else {
            0.0 - best
        }))
    }
}
