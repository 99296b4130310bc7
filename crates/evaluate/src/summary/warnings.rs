//! Sentences that a reader of the numbers must know.

use super::{FewShotSummary, RunSummary, UnscoredQuestion};
use std::collections::BTreeMap;

pub(super) fn warnings(summary: &RunSummary) -> Vec<String> {
    let RunSummary {
        n_questions: n,
        key_sources,
        unscored,
        n_truncated,
        few_shot,
        metrics,
        ..
    } = summary;
    let mut warnings = Vec::new();
    if key_sources.suggested > 0 {
        let keys = format!("{} of {n} keys were never reviewed", key_sources.suggested);
        warnings.push(format!(
            "{keys}: only the model that wrote the question says that they are right"
        ));
    }
    if !unscored.is_empty() {
        warnings.push(format!(
            "{} of {n} questions have no score and count neither as right nor as wrong",
            unscored.len()
        ));
        warnings.extend(reasons(unscored));
    }
    if *n_truncated > 0 {
        let cut = format!("{n_truncated} of {n} questions did not fit the model's window");
        warnings.push(format!("{cut} and lost their beginning"));
    }
    for metric in metrics {
        for (reason, n_missing) in &metric.missing {
            warnings.push(format!(
                "{}: {n_missing} of {n} questions have no value and do not count: {reason}",
                metric.name
            ));
        }
    }
    if let Some(few_shot) = few_shot {
        warnings.extend(few_shot_warnings(few_shot, *n));
    }
    warnings
}

/// The reasons why questions have no score, the commonest first, with the first ids.
fn reasons(unscored: &[UnscoredQuestion]) -> Vec<String> {
    /// So many reasons are listed, and so many ids of each.
    const MOST_REASONS: usize = 5;
    const MOST_IDS: usize = 3;
    // What follows a colon is about one question, unless it is the model's own reason.
    let kind = |question: &UnscoredQuestion| match question.reason.split_once(": `") {
        Some((kind, _)) => kind.to_owned(),
        None => question.reason.clone(),
    };
    let mut by_reason = BTreeMap::<String, Vec<&str>>::new();
    for question in unscored {
        by_reason
            .entry(kind(question))
            .or_default()
            .push(&question.id);
    }
    let n_reasons = by_reason.len();
    let mut by_reason: Vec<_> = by_reason.into_iter().collect();
    by_reason.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    let words = |(reason, ids): &(String, Vec<&str>)| {
        let more = if ids.len() > MOST_IDS { ", …" } else { "" };
        let first = ids[..ids.len().min(MOST_IDS)].join(", ");
        format!("{} without a score: {reason} ({first}{more})", ids.len())
    };
    let mut words: Vec<_> = by_reason.iter().take(MOST_REASONS).map(words).collect();
    if n_reasons > MOST_REASONS {
        let more = n_reasons - MOST_REASONS;
        words.push(format!(
            "{more} more reasons are in run.json and in the details"
        ));
    }
    words
}

fn few_shot_warnings(few_shot: &FewShotSummary, n: u64) -> impl Iterator<Item = String> {
    let FewShotSummary {
        n_leaked,
        n_shortened,
        n_shots,
        ..
    } = few_shot;
    let leaked = (*n_leaked > 0)
        .then(|| format!("{n_leaked} of {n} questions were among their own examples, which gave their answers away"));
    let shortened = (*n_shortened > 0).then(|| {
        format!("{n_shortened} of {n} questions had fewer than {n_shots} examples: the model's window is too short")
    });
    leaked.into_iter().chain(shortened)
}
