//! Questions whose choices stand before one continuation: each choice is a context of its own, and is scored as a question of its own.

use super::{Answer, Asked, likelihood::score_all, stored::Entry};
use crate::{doc::Doc, error::EvaluateError, settings::Settings};
use examen_core::{Outcome, Progress, UnscoredReason};
use examen_files::journal::Journal;
use examen_llm::{ContinuationScorer, ScoreReply};

/// Scores all questions; those with several contexts once a context. One answer a question, in order.
pub(crate) fn score_contexts(
    settings: &Settings,
    asked: &[Result<Asked<'_>, UnscoredReason>],
    scorer: &dyn ContinuationScorer,
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Vec<Answer>, EvaluateError> {
    let n_contexts = |asked: &Result<Asked<'_>, UnscoredReason>| {
        asked.as_ref().map_or(0, |asked| asked.contexts.len())
    };
    if asked.iter().all(|asked| n_contexts(asked) == 0) {
        return score_all(settings, asked, scorer, journal, progress);
    }
    let docs: Vec<Option<Vec<Doc>>> = asked
        .iter()
        .map(|asked| asked.as_ref().ok()?.doc.by_context())
        .collect();
    let parts: Vec<_> = asked.iter().zip(&docs).flat_map(parts).collect();
    let answers = score_all(settings, &parts, scorer, journal, progress)?;
    let mut answers = answers.into_iter();
    let joined = asked.iter().map(|asked| {
        let n = n_contexts(asked).max(1);
        joined(answers.by_ref().take(n).collect())
    });
    Ok(joined.collect())
}

/// A question as those that are scored in its place.
fn parts<'a>(
    (asked, docs): (&'a Result<Asked<'_>, UnscoredReason>, &'a Option<Vec<Doc>>),
) -> Vec<Result<Asked<'a>, UnscoredReason>> {
    let asked = match asked {
        Ok(asked) => asked,
        Err(reason) => return vec![Err(reason.clone())],
    };
    let part = |doc: &'a Doc, context: &String| {
        Ok(Asked {
            doc,
            shots: Vec::new(),
            context: context.clone(),
            contexts: Vec::new(),
            messages: Vec::new(),
        })
    };
    match docs {
        Some(docs) => docs
            .iter()
            .zip(&asked.contexts)
            .map(|(doc, context)| part(doc, context))
            .collect(),
        None => vec![part(asked.doc, &asked.context)],
    }
}

/// The answers to a question's parts as one. Where a part has none, the question has none.
fn joined(parts: Vec<Answer>) -> Answer {
    let mut parts = parts.into_iter();
    let Some(mut answer) = parts.next() else {
        return Answer::unscored(UnscoredReason::NotFinite);
    };
    for part in parts {
        answer.seconds += part.seconds;
        answer.is_resumed &= part.is_resumed;
        answer.outcome = match (answer.outcome, part.outcome) {
            (Outcome::Scored(all), Outcome::Scored(part)) => Outcome::Scored(both(all, part)),
            (unscored @ Outcome::Unscored(_), _) | (_, unscored) => unscored,
        };
    }
    answer
}

/// The tokens of a context are told of the first only.
fn both(mut all: ScoreReply, part: ScoreReply) -> ScoreReply {
    all.n_truncated = all.n_truncated.max(part.n_truncated);
    all.continuations.extend(part.continuations);
    all
}
