//! The likelihood of each choice without its question: what `acc_pmi` compares with.

use super::{Asked, likelihood::score_all, stored::Entry};
use crate::{doc::Doc, error::EvaluateError, metrics::Reads, settings::Settings};
use examen_core::Progress;
use examen_files::journal::Journal;
use examen_llm::{ContinuationScore, ContinuationScorer};
use std::collections::BTreeMap;

/// Text before the choices: none, so that the model sees the token that begins a text. As lm-evaluation-harness.
const CONTEXT: &str = "";

/// Scores of choices by their texts.
#[derive(Debug, Default)]
pub(crate) struct Unconditional(BTreeMap<String, ContinuationScore>);

impl Unconditional {
    /// The scores of a question's choices, in order; `None` where one of them has none.
    pub(crate) fn of(&self, doc: &Doc) -> Option<Vec<ContinuationScore>> {
        if self.0.is_empty() {
            return None;
        }
        doc.choices
            .iter()
            .map(|choice| self.0.get(choice).cloned())
            .collect()
    }
}

/// Scores each text of a choice once for the run, where one of the run's metrics reads it. A text that the model refuses has no
/// score.
pub(crate) fn score_unconditional(
    settings: &Settings,
    docs: &[&Doc],
    scorer: &dyn ContinuationScorer,
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Unconditional, EvaluateError> {
    let is_read = settings
        .metrics
        .iter()
        .any(|metric| metric.card().reads == Reads::Unconditional);
    if !is_read {
        return Ok(Unconditional::default());
    }
    let mut texts: Vec<&String> = docs
        .iter()
        .filter(|doc| doc.unaskable.is_none())
        .flat_map(|doc| &doc.choices)
        .collect();
    texts.sort_unstable();
    texts.dedup();
    let alone = |text: &&String| Doc {
        choices: vec![(*text).clone()],
        ..Doc::default()
    };
    let alone: Vec<_> = texts.iter().map(alone).collect();
    let asked = |doc| {
        Ok(Asked {
            doc,
            shots: Vec::new(),
            context: CONTEXT.to_owned(),
            contexts: Vec::new(),
            messages: Vec::new(),
        })
    };
    let asked: Vec<_> = alone.iter().map(asked).collect();
    let answers = score_all(settings, &asked, scorer, journal, progress)?;
    let scores = texts.into_iter().zip(answers).filter_map(|(text, answer)| {
        let score = answer.outcome.score()?.continuations.first()?;
        Some((text.clone(), score.clone()))
    });
    Ok(Unconditional(scores.collect()))
}
