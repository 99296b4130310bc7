//! An option that leaves open how often, how much or whether.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

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
    let mut options = item.texts().zip(&item.options);
    let (option, words) = options.find_map(|(text, words)| {
        let is_exact = words.tokens().iter().any(|token| token.is_number);
        let found = pattern::find(&item.terms.vague, words).filter(|_| !is_exact)?;
        Some((text, found))
    })?;
    Some(format!("the option `{option}` has `{words}`"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn vague_options_are_told() {
        let with = |code, option| {
            let options = ["It swells", option, "It itches", "It hurts"];
            said(
                "no_vague_terms",
                Language::known(code),
                "How does it present?",
                options,
            )
        };
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
