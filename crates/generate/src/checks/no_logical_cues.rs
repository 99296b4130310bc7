//! Options of different kinds.

use super::{Check, Severity, item::Item};
use crate::text::script::Script;

/// A quantity has so many words behind its number at most.
const MAX_UNIT_WORDS: usize = 4;

/// What an option is, as far as its shape tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, an amount, a date in digits.
    Number,
    /// A question.
    Question,
    /// An address of the net, a path, a line of code.
    Code,
    /// Words.
    Words,
}

impl Kind {
    fn of(text: &str) -> Self {
        let text = text.trim();
        if text.ends_with(['?', '？', '؟']) && text.chars().count() > 2 {
            return Self::Question;
        }
        if text.contains("://") || text.contains("();") || text.starts_with("/usr/") {
            return Self::Code;
        }
        match is_number(text) {
            true => Self::Number,
            false => Self::Words,
        }
    }
}

/// True for `12`, `1,500 mg`, `≈ 3.5 × 10⁶`, `30 June 1990`; not for `2-propanol`, `3D printing`, `802.11b`.
fn is_number(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| "<>≤≥≈~±+-−–$€£¥ (".contains(c));
    let digits =
        text.trim_start_matches(|c: char| c.is_ascii_digit() || ".,:/ \u{a0}\u{202f}".contains(c));
    let begins = text.starts_with(|c: char| c.is_ascii_digit());
    let is_spaced = text[..text.len() - digits.len()].ends_with(char::is_whitespace);
    let next = digits.chars().next();
    let goes_on = match next {
        None => true,
        Some(c) if is_spaced => c.is_alphanumeric() || "%°×·-–()".contains(c),
        Some(c) => {
            "%°×–ºª‰′″".contains(c) || Script::of(c).is_some_and(|script| script != Script::Latin)
        }
    };
    begins && goes_on && digits.split_whitespace().count() <= MAX_UNIT_WORDS
}

/// Finds a distractor, or two options of four, of another kind than the rest: a number among words, a question, an address or a
/// line of code. Words in which numbers are written out are taken for numbers where all other options are. A key that alone has
/// digits is told by `format`.
///
/// Source: rule `no_logical_cues` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026), of which only this is told by words.
pub(super) const CHECK: Check = Check {
    name: "no_logical_cues",
    words: "options of different kinds",
    guide: "options of different kinds: a number, a question or an address among words",
    severity: Severity::Remark,
    rules: &["no_logical_cues"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let kinds: Vec<Kind> = item.texts().map(|text| Kind::of(text)).collect();
    let key = *kinds.first()?;
    let others: Vec<usize> = (1..kinds.len())
        .filter(|&index| kinds[index] != key && !item.is_meta(&item.options[index]))
        .collect();
    let is_written_out = |index: &usize| {
        let words = &item.options[*index];
        kinds.contains(&Kind::Number) && words.tokens().len() <= 2 && shares_a_unit(item, *index)
    };
    // All of another kind than the key: its own check tells that.
    if others.is_empty() || others.len() + 1 == kinds.len() || others.iter().any(is_written_out) {
        return None;
    }
    let text = item.texts().nth(others[0])?;
    Some(format!(
        "the option `{text}` is of another kind than the answer"
    ))
}

/// True if an option has a word of another option: `twelve days` beside `14 days`.
fn shares_a_unit(item: &Item<'_>, index: usize) -> bool {
    let own = &item.options[index];
    let others = item
        .options
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index);
    let mut words = others.flat_map(|(_, words)| words.tokens());
    words.any(|token| !token.is_number && own.has(token.hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn quantities_are_told_from_names() {
        for text in [
            "12",
            "1,500 mg",
            "≈ 3.5 × 10⁶",
            "30 June 1990",
            "24 hours",
            "5 %",
            "37°C",
            "12個月",
            "€ 5",
        ] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "2-propanol",
            "3D printing",
            "802.11b",
            "Vitamin B12",
            "4x4 drive",
            "19th century art of the north",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn options_of_different_kinds_are_told() {
        let kinds = |options| {
            said(
                "no_logical_cues",
                Language::ENGLISH,
                "What is red?",
                options,
            )
        };
        assert!(kinds(["The left ventricle", "1907", "The aorta", "Paris"]).is_some());
        assert!(kinds(["12", "14", "Blood", "Bone"]).is_some());
        assert!(kinds(["Blood", "Is it blood?", "Bone", "Skin"]).is_some());
        assert_eq!(kinds(["12 days", "14 days", "Ten days", "9 days"]), None);
        assert_eq!(kinds(["Blood", "Bone", "Skin", "Nail"]), None);
        assert_eq!(kinds(["Iron", "Vitamin B12", "Zinc", "Iodine"]), None);
    }
}
