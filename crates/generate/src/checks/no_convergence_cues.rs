//! A key that is made of what the other options share.

use super::{Check, Severity, item::Item};
use examen_core::exam::N_OPTIONS;

/// So many of the key's words are shared, each with another distractor.
const MIN_SHARED: usize = 2;

/// Finds a key of which two words or more are each in a distractor, two distractors or more in all, of which none has all of
/// them, and whose words are shared more often than any distractor's: `wide and short` beside `wide and tall`, `thin and short`,
/// `round and deep`. Who counts words finds it. Words of all options are their form and do not count.
///
/// Source: rule `no_convergence_cues` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026).
pub(super) const CHECK: Check = Check {
    name: "no_convergence_cues",
    words: "the key is what the options share",
    guide: "an answer whose words are shared by the distractors, more often than those of any distractor",
    severity: Severity::Remark,
    rules: &["no_convergence_cues"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let n_options = item.options.len();
    let contents: Vec<Vec<u64>> = item
        .options
        .iter()
        .map(|words| {
            let mut hashes: Vec<u64> = item.common.content(words).map(|token| token.hash).collect();
            hashes.sort_unstable();
            hashes.dedup();
            hashes
        })
        .collect();
    let n_others = |hash: &u64| contents.iter().filter(|words| words.contains(hash)).count() - 1;
    let shared = |index: usize| {
        let counted = move |hash: &&u64| (1..n_options - 1).contains(&n_others(hash));
        contents[index].iter().filter(counted)
    };
    let score = |index: usize| shared(index).map(n_others).sum::<usize>();
    let n_shared = shared(0).count();
    let n_sharing = |index: &usize| {
        shared(0)
            .filter(|hash| contents[*index].contains(hash))
            .count()
    };
    let distractors = 1..n_options;
    let n_with_one = distractors
        .clone()
        .filter(|index| n_sharing(index) > 0)
        .count();
    let is_cue = n_options == N_OPTIONS
        && n_shared >= MIN_SHARED
        && n_with_one >= MIN_SHARED
        && distractors
            .clone()
            .all(|index| n_sharing(&index) < n_shared && score(index) < score(0));
    is_cue.then(|| format!("{n_shared} words of the answer are shared by {n_with_one} distractors"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn what_counting_words_gives_away_is_told() {
        let cue = |options| {
            said(
                "no_convergence_cues",
                Language::ENGLISH,
                "What does it look like?",
                options,
            )
        };
        let options = [
            "wide and short",
            "wide and tall",
            "thin and short",
            "round and deep",
        ];
        assert!(cue(options).is_some());
        let options = [
            "wide and short",
            "wide and tall",
            "thin and short",
            "thin and tall",
        ];
        assert_eq!(cue(options), None);
        let options = [
            "The left ventricle",
            "The right ventricle",
            "The left atrium",
            "The right atrium",
        ];
        assert_eq!(cue(options), None);
    }
}
