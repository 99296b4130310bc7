//! Text that a model got stuck in.

use super::{Check, Severity, item::Item};
use crate::text::script::is_unspaced;

/// A letter so many times in a row is no word; zeros may be a large number.
const MAX_SAME: usize = 11;
const MAX_ZEROS: usize = 23;
/// Something longer so many times in a row, over so many characters …
const MAX_TIMES: usize = 5;
const MIN_CHARS: usize = 24;
/// … or half as often where it has words.
const MIN_LETTERS: usize = 4;
const MAX_TIMES_OF_WORDS: usize = 3;
/// The longest that is looked for.
const MAX_PERIOD: usize = 60;
/// Digits in a row that no quantity has.
const MAX_DIGITS: usize = 40;
/// A text of so many words has said each of them less than four times on average.
const MIN_WORDS: usize = 16;
const MIN_UNSPACED: usize = 40;
const MAX_MEAN_COUNT: usize = 4;
/// So many characters of a text are looked at.
const MAX_CHARS: usize = 2_000;

/// Finds a stem or an option that says the same again and again (`66666…`, `23,23,23…`, `the pump of the pump of the
/// pump of …`), or a number of more than 40 digits. What stands in the passage is left alone, and so are gaps, zeros and
/// numbers of zeros and ones.
pub(super) const CHECK: Check = Check {
    name: "repetition",
    words: "says the same again and again",
    guide: "a stem or an option that a model got stuck in: *66666…*, *23,23,23…*, the same words again and again",
    severity: Severity::Reject,
    rules: &["clear_language"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let texts = std::iter::once(&item.question.question).chain(item.texts());
    let words = std::iter::once(&item.stem).chain(&item.options);
    for (text, words) in texts.zip(words) {
        if let Some(part) = stuck(text).filter(|part| !item.is_in_passage(part)) {
            return Some(format!(
                "it says the same again and again: `{}`",
                start(part)
            ));
        }
        let mut hashes: Vec<u64> = words.tokens().iter().map(|token| token.hash).collect();
        let n_words = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        let min = match text.contains(is_unspaced) {
            true => MIN_UNSPACED,
            false => MIN_WORDS,
        };
        if n_words >= min && hashes.len() * MAX_MEAN_COUNT <= n_words && !item.is_in_passage(text) {
            return Some(format!(
                "its {n_words} words are {} words again and again: `{}`",
                hashes.len(),
                start(text)
            ));
        }
    }
    None
}

fn start(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The part of a text that is the same again and again, or a number without end.
fn stuck(text: &str) -> Option<&str> {
    if text.len() <= MAX_SAME {
        return None;
    }
    let chars: Vec<(usize, char)> = text.char_indices().take(MAX_CHARS).collect();
    let part = |range: std::ops::Range<usize>| {
        let end = chars.get(range.end).map_or(text.len(), |(at, _)| *at);
        &text[chars[range.start].0..end]
    };
    let n = chars.len();
    for period in 1..=MAX_PERIOD.min(n / 2) {
        let mut from = period;
        while from < n {
            let run = (from..n)
                .take_while(|&at| chars[at].1 == chars[at - period].1)
                .count();
            let repeated = part(from - period..from + run);
            if run > 0 && is_stuck(repeated, period, (run + period) / period) {
                return Some(repeated);
            }
            from += run + 1;
        }
    }
    let is_digit = |at: usize| chars[at].1.is_ascii_digit();
    let start = (0..n).find(|&start| {
        (start == 0 || !is_digit(start - 1))
            && (start..n).take_while(|&at| is_digit(at)).count() > MAX_DIGITS
    })?;
    Some(part(start..n.min(start + MAX_DIGITS)))
}

/// True for what a writer does not write: `repeated` is its first `period` characters so many times.
fn is_stuck(repeated: &str, period: usize, n_times: usize) -> bool {
    let unit = || repeated.chars().take(period);
    let has = |is: fn(char) -> bool| unit().any(is);
    let is_binary = unit().all(|c| matches!(c, '0' | '1' | ' '));
    let is_of_zeros = unit().all(|c| c == '0' || !c.is_alphanumeric());
    match period {
        _ if !has(char::is_alphanumeric) => false,
        1 if is_binary => n_times > MAX_ZEROS,
        1 => n_times > MAX_SAME,
        _ if is_of_zeros || is_binary => false,
        _ if repeated.chars().count() < MIN_CHARS => false,
        _ if unit().filter(|c| c.is_alphabetic()).count() >= MIN_LETTERS => {
            n_times > MAX_TIMES_OF_WORDS
        }
        _ => n_times > MAX_TIMES,
    }
}

#[cfg(test)]
mod tests {
    use super::stuck;
    use crate::checks::tests::found_after;

    #[test]
    fn what_a_model_got_stuck_in_is_told() {
        for text in [
            "6".repeat(100),
            "23,".repeat(20),
            "the pump of ".repeat(5),
            "心脏和".repeat(9),
            "haaaaaaaaaaaaaaaaaa".to_owned(),
            "1234567890987654321".repeat(3),
            "ba-".repeat(30),
        ] {
            let found = found_after(|q| q.distractors[1] = text.clone());
            assert!(
                found.iter().any(|found| found.starts_with("repetition: ")),
                "{text}: {found:?}"
            );
        }
        let shuffled = "pump of the pump the of pump of the of the pump the pump of of the pump";
        let found = found_after(|q| q.question = shuffled.to_owned());
        assert!(
            found[0].starts_with("repetition: its 18 words are 3"),
            "{found:?}"
        );
    }

    #[test]
    fn numbers_codes_and_gaps_are_left_alone() {
        for text in [
            "10,000,000,000,000,000",
            "1 000 000 000 000 000 000",
            "0x0000000000000000",
            "0000:0000:0000:0000:0000:0000:0000:0001",
            "01010101 01010101 01010101 01010101",
            "The ______________________ pumps",
            "Contents ........................ 7",
            "CACACACACACA",
            "3.14159265358979323846264338327950288",
            "very, very, very far",
            "1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
            "[0, 0, 0, 0, 0, 0, 0, 0]",
            "-------------------------------",
        ] {
            assert_eq!(stuck(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_in_the_passage_is_left_alone() {
        let tail = "A".repeat(30);
        let found = found_after(|q| {
            q.passage += &format!("The tail is {tail}.");
            q.distractors[0] = tail.clone();
        });
        assert!(
            !found.iter().any(|found| found.starts_with("repetition")),
            "{found:?}"
        );
    }
}
