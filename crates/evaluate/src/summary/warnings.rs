//! Sentences that a reader of the numbers must know.

use super::{FewShotSummary, RunSummary};

pub(super) fn warnings(summary: &RunSummary) -> Vec<String> {
    let RunSummary {
        n_questions: n,
        key_sources,
        unscored,
        n_truncated,
        few_shot,
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
    }
    if *n_truncated > 0 {
        let cut = format!("{n_truncated} of {n} questions did not fit the model's window");
        warnings.push(format!("{cut} and lost their beginning"));
    }
    if let Some(few_shot) = few_shot {
        warnings.extend(few_shot_warnings(few_shot, *n));
    }
    warnings
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
