//! An option that leaves open how often, how much or whether.

use super::{Check, Severity, item::Item};
use crate::text::words::Words;

/// Finds an option with a vague word (`often`, `usually`, `may`) and no number that makes it exact.
///
/// Source: rule `no_vague_terms` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026).
pub(super) const CHECK: Check = Check {
    name: "no_vague_terms",
    words: "an option is vague",
    guide: "an option with *often*, *usually*, *may* … and no number",
    severity: Severity::Remark,
    rules: &["no_vague_terms"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let is_exact = |words: &Words| words.tokens().iter().any(|token| token.is_number);
    item.option_with(&item.terms.vague, |words| !is_exact(words))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said_of;

    #[test]
    fn vague_options_are_told() {
        let with = |code, option| said_of("no_vague_terms", code, option);
        for (code, option) in [
            ("en", "It often bleeds"),
            ("es", "Suele sangrar"),
            ("it", "Spesso sanguina"),
            ("ko", "가끔 출혈"),
        ] {
            assert!(with(code, option).is_some(), "{option}");
        }
        assert_eq!(with("en", "Usually within 30 minutes"), None);
        assert_eq!(with("en", "In May 1990"), None);
    }
}
