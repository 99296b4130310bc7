//! Does a word of the stem come back in the answer alone?

use super::{Check, Severity, item::Item};

/// Shorter words come back by accident.
const MIN_CHARS: usize = 4;
/// Words with such a beginning in common, of at least three quarters of the longer one, are one word in two forms.
const MIN_COMMON_CHARS: usize = 5;

/// *What it finds*: a word of the stem, or a form of it, that comes back in the answer and in no distractor.
///
/// Source: guideline 28b, "clang associations, choices identical to or resembling words in the stem", of Haladyna,
/// Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check { name: "echo", severity: Severity::Remark, find };

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let content = |words| lexicon.content(words).filter(|token| !token.is_number);
    let in_key: Vec<&str> = content(item.key()).map(|token| item.key().word(token)).collect();
    let mut in_stem = content(&item.stem).map(|token| item.stem.word(token));
    let is_elsewhere = |word: &str| {
        item.distractors().iter().any(|words| words.tokens().iter().any(|token| is_one(word, words.word(token))))
    };
    let echo = in_stem.find(|word| in_key.iter().any(|other| is_one(word, other)) && !is_elsewhere(word))?;
    Some(format!("`{echo}` of the stem comes back in the answer and in no distractor"))
}

fn is_one(word: &str, other: &str) -> bool {
    let (short, long) = if word.len() < other.len() { (word, other) } else { (other, word) };
    if short.len() < MIN_CHARS {
        return false;
    }
    let n_common = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    n_common == long.len() || (n_common >= MIN_COMMON_CHARS && 4 * n_common >= 3 * long.len())
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language::English;

    #[test]
    fn words_that_every_option_has_are_no_echo() {
        let echo = |options| said("echo", English, "What pumps blood into the aortic arch?", options);
        assert!(echo(["The aortic valve", "The left lung", "The liver", "The spleen"]).is_some());
        assert_eq!(echo(["The aortic valve", "The aortic root", "The liver", "The spleen"]), None);
    }
}
