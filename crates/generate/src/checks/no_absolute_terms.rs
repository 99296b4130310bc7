//! An option without exception.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

/// Finds an option with a word that leaves no exception (`always`, `never`, `all`). What holds without exception is seldom
/// right, and readers know it.
///
/// Source: rule `no_absolute_terms` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026).
pub(super) const CHECK: Check = Check {
    name: "no_absolute_terms",
    words: "an option leaves no exception",
    guide: "an option with *always*, *never*, *all* …",
    severity: Severity::Remark,
    rules: &["no_absolute_terms"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let found = |words| pattern::find(&item.terms.absolutes, words);
    // What all options have parts none of them from the rest.
    if item.options.iter().all(|words| found(words).is_some()) {
        return None;
    }
    // Options that stand for others are told as such.
    item.option_with(&item.terms.absolutes, |words| !item.is_meta(words))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said_of;

    #[test]
    fn universal_truths_are_told() {
        let with = |code, option| said_of("no_absolute_terms", code, option);
        for (code, option) in [
            ("en", "It always bleeds"),
            ("es", "Nunca sangra"),
            ("fr", "Il saigne toujours"),
            ("de", "Es blutet immer"),
            ("ja", "常に出血する"),
            ("ru", "Всегда кровоточит"),
        ] {
            assert!(with(code, option).is_some(), "{option}");
        }
        for (code, option) in [
            ("en", "Every other day"),
            ("en", "Every six months"),
            ("en", "It bleeds"),
            ("fr", "Tous les six mois"),
            ("es", "Todos los días"),
        ] {
            assert_eq!(with(code, option), None, "{option}");
        }
    }
}
