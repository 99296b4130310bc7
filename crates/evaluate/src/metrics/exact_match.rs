//! `exact_match` and its kin: the reply is the reference, begins or ends with it.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::measures::{self, Form, Part};

/// *What it measures*: how often a reply equals a reference, white space at the ends aside; `prefix_` and `suffix_` how often it
/// begins or ends with one; `quasi_` after lower-casing, without ASCII punctuation and English articles, with equal numbers
/// written alike (HELM). LightEval's `ExactMatches` with `strip_strings=True`.
///
/// *When not to use it*: for chatty replies; read the answer out of them first, or take `token_f1`. `quasi_` takes away English
/// articles only.
///
/// *Example*: `The heart.` for `heart`: `exact_match` 0, `quasi_exact_match` 1.
#[derive(Debug)]
pub(super) struct ExactMatch {
    name: &'static str,
    quantity: &'static str,
    peers: &'static str,
    part: Part,
    form: Form,
}

pub(super) const EXACT: ExactMatch = ExactMatch {
    name: "exact_match",
    quantity: "1 if the reply is a reference",
    peers: "`em` of LightEval",
    part: Part::Whole,
    form: Form::Plain,
};
pub(super) const QUASI: ExactMatch = ExactMatch {
    name: "quasi_exact_match",
    quantity: "1 if it is one without case, punctuation and articles",
    peers: "`qem` of LightEval",
    form: Form::Quasi,
    ..EXACT
};
pub(super) const PREFIX: ExactMatch = ExactMatch {
    name: "prefix_exact_match",
    quantity: "1 if the reply begins with a reference",
    peers: "`pem` of LightEval",
    part: Part::Prefix,
    ..EXACT
};
pub(super) const PREFIX_QUASI: ExactMatch = ExactMatch {
    name: "prefix_quasi_exact_match",
    quantity: "1 if it begins with one, without case, punctuation and articles",
    peers: "`pqem` of LightEval",
    form: Form::Quasi,
    ..PREFIX
};
pub(super) const SUFFIX: ExactMatch = ExactMatch {
    name: "suffix_exact_match",
    quantity: "1 if the reply ends with a reference",
    peers: "`ExactMatches(type_exact_match=\"suffix\")` of LightEval",
    part: Part::Suffix,
    ..EXACT
};
pub(super) const SUFFIX_QUASI: ExactMatch = ExactMatch {
    peers: "",
    name: "suffix_quasi_exact_match",
    quantity: "1 if it ends with one, without case, punctuation and articles",
    form: Form::Quasi,
    ..SUFFIX
};

impl Metric for ExactMatch {
    fn card(&self) -> Card {
        Card {
            name: self.name.into(),
            about: "the reply is the reference, begins or ends with it".into(),
            quantity: self.quantity,
            peers: self.peers,
            reads: Reads::Reply,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let (reply, references) = (sample.reply()?, sample.references()?);
        Ok(Score::of(measures::exact_match(
            reply,
            &references,
            self.part,
            self.form,
        )))
    }
}
