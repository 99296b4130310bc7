//! A text that ends in the middle.

use super::{Check, Severity, item::Item};
use crate::{
    settings::{MAX_OPTION, MAX_STEM},
    text::{script::is_unspaced, words::Words},
};

/// Characters that white space may have taken of a text that the schema of a reply cut.
const MARGIN: usize = 1;
/// Shorter texts may end with any word (`E or`, `log in`).
const MIN_WORDS: usize = 3;

/// Finds a stem or an option that has the greatest length that a reply may have and no end (a model that is held to the
/// schema stops there), an option that ends with a comma, an open bracket, an ellipsis of its own, or a word that no text
/// ends with (`the`, `of`).
///
/// *When not to use it*: on options that complete the stem from both sides (`the … of`).
pub(super) const CHECK: Check = Check {
    name: "cut_off",
    words: "ends in the middle",
    guide: "a stem or an option that ends in the middle: at the greatest length of the schema (240 and 120 characters), with a comma, an open bracket, *…*, *of the*",
    severity: Severity::Reject,
    rules: &["clear_language"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let stem = &item.question.question;
    if is_at_limit(stem, MAX_STEM) || has_open_bracket(stem) && !item.is_in_passage(stem) {
        return Some(format!("the question ends in the middle: `{}`", tail(stem)));
    }
    let ends_open = |text: &str| text.ends_with('…') || text.ends_with("...");
    let n_open = item.texts().filter(|text| ends_open(text)).count();
    let (option, _) = item.texts().zip(&item.options).find(|(text, words)| {
        let has_rest = ends_open(text) && n_open < item.options.len() && words.tokens().len() > 1;
        let is_cut = is_at_limit(text, MAX_OPTION)
            || has_rest
            || has_open_bracket(text)
            || ends_dangling(text, words, item);
        is_cut && !item.is_in_passage(text)
    })?;
    Some(format!("the option `{}` ends in the middle", tail(option)))
}

/// True for a text of the greatest length without a mark at its end.
fn is_at_limit(text: &str, limit: usize) -> bool {
    let n_chars = text.chars().count();
    let is_ended = text
        .chars()
        .next_back()
        .is_none_or(|last| !last.is_alphanumeric() && !",;:-–(".contains(last));
    (limit - MARGIN..=limit).contains(&n_chars) && !is_ended
}

/// True if a round bracket is opened and not closed. Half-open intervals and labels close more than they open, or are
/// balanced by the other kind.
fn has_open_bracket(text: &str) -> bool {
    let count = |brackets: &[char]| text.matches(brackets).count();
    let is_sign = text.chars().count() <= 2;
    !is_sign && count(&['(', '（', '[']) > count(&[')', '）', ']']) && count(&['(', '（']) > 0
}

fn ends_dangling(text: &str, words: &Words, item: &Item<'_>) -> bool {
    let (n, last) = (words.tokens().len(), words.tokens().last());
    let is_word = text.chars().next_back().is_some_and(char::is_alphanumeric);
    let ends_with_comma = text.ends_with([',', '、', '，', ';']) && n >= MIN_WORDS;
    // In capitals it is a name: vitamin A, group O.
    let has_small_end = text.chars().next_back().is_some_and(|c| !c.is_uppercase());
    let dangles = last.is_some_and(|last| item.terms.dangling.has(last.hash));
    let is_spaced = !text.contains(is_unspaced);
    // Where the stem goes on behind its gap, so may options end.
    let is_shared = || {
        let ends = |words: &&Words| {
            let last = words.tokens().last();
            last.is_some_and(|last| item.terms.dangling.has(last.hash))
        };
        item.options.iter().filter(ends).count() > 1
    };
    ends_with_comma
        || n >= MIN_WORDS && is_word && has_small_end && is_spaced && dangles && !is_shared()
}

fn tail(text: &str) -> String {
    let n_chars = text.chars().count();
    match n_chars > 60 {
        true => format!("…{}", text.chars().skip(n_chars - 50).collect::<String>()),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    fn is_told(option: &str) -> bool {
        let found = found_after(|q| q.distractors[1] = option.to_owned());
        found.iter().any(|found| found.starts_with("cut_off: "))
    }

    #[test]
    fn what_ends_in_the_middle_is_told() {
        let at_limit: String = "The atrium of the left side, which "
            .chars()
            .cycle()
            .take(120)
            .collect();
        for option in [
            at_limit.trim(),
            "The left atrium of the",
            "The left atrium (see",
            "The left atrium,  the right atrium,",
            "The left atrium and its…",
            "The left atrium and its...",
        ] {
            let padded = match option.chars().count() {
                119.. => format!("{}x", &option[..119]),
                _ => option.to_owned(),
            };
            assert!(is_told(&padded), "{option}");
        }
        let stem: String = "Which chamber of the heart "
            .chars()
            .cycle()
            .take(239)
            .collect();
        let found = found_after(|q| q.question = format!("{}e", stem.trim_end()));
        assert!(
            found.iter().any(|found| found.starts_with("cut_off: ")),
            "{found:?}"
        );
    }

    #[test]
    fn what_has_an_end_is_left_alone() {
        for option in [
            "The left atrium (also called LA)",
            "[0, 1)",
            "1) The left atrium",
            ":(",
            "Vitamin A",
            "To log in",
            "Blood group O",
            "The left atrium.",
        ] {
            assert!(!is_told(option), "{option}");
        }
        let all_open = |q: &mut examen_core::Question| {
            q.answer = "it beats…".to_owned();
            for (option, text) in
                q.distractors
                    .iter_mut()
                    .zip(["it rests…", "it stops…", "it grows…"])
            {
                text.clone_into(option);
            }
        };
        let found = found_after(all_open);
        assert!(
            !found.iter().any(|found| found.starts_with("cut_off")),
            "{found:?}"
        );
    }
}
