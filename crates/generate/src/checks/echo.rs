//! Words of the stem that come back in the answer alone.

use super::{Check, Severity, item::Item};
use crate::text::words::Words;

/// Shorter words come back by accident.
const MIN_CHARS: usize = 4;
/// Words with such a beginning in common, of at least three quarters of the longer one, are one word in two forms.
const MIN_COMMON_CHARS: usize = 5;

/// Finds words of the stem, or forms of them, that come back in the answer and in no distractor, and are half of
/// what the answer says or more. A single word of a longer answer is met in one clean question of twelve.
///
/// Source: guideline 28b, "clang associations, choices identical to or resembling words in the stem", of Haladyna,
/// Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "echo",
    words: "the key repeats words of the stem",
    guide: "an answer of which half or more stands in the stem, and in no distractor",
    severity: Severity::Remark,
    rules: &["avoid_repetition"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    if item.stem.contain(item.key()) {
        // That is told by another check.
        return None;
    }
    let in_stem: Vec<&str> = lexicon
        .content(&item.stem)
        .filter(|token| !token.is_number && !lexicon.generic.has(token.hash))
        .map(|token| item.stem.word(token))
        .collect();
    let is_in = |words: &Words, word: &str| {
        words
            .tokens()
            .iter()
            .any(|token| is_one(word, words.word(token)))
    };
    let in_key = lexicon
        .content(item.key())
        .map(|token| item.key().word(token));
    let is_echo = |word: &&str| {
        let is_in_stem = in_stem.iter().any(|other| is_one(word, other));
        is_in_stem
            && !item
                .distractors()
                .iter()
                .any(|distractor| is_in(distractor, word))
    };
    let mut echoes = in_key.clone().filter(is_echo);
    let first = echoes.next()?;
    let is_half = 2 * (1 + echoes.count()) >= in_key.count();
    is_half.then(|| format!("`{first}` stands in the stem and the answer, and in no distractor"))
}

fn is_one(word: &str, other: &str) -> bool {
    let (short, long) = if word.len() < other.len() {
        (word, other)
    } else {
        (other, word)
    };
    if short.len() < MIN_CHARS {
        return false;
    }
    let n_common = short
        .bytes()
        .zip(long.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    n_common == long.len() || (n_common >= MIN_COMMON_CHARS && 4 * n_common >= 3 * long.len())
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn words_that_every_option_has_are_no_echo() {
        let echo = |options| {
            said(
                "echo",
                Language::ENGLISH,
                "What pumps blood into the aortic arch?",
                options,
            )
        };
        assert!(
            echo([
                "The aortic valve",
                "The left lung",
                "The liver",
                "The spleen"
            ])
            .is_some()
        );
        assert_eq!(
            echo([
                "The aortic valve",
                "The aortic root",
                "The liver",
                "The spleen"
            ]),
            None
        );
    }
}
