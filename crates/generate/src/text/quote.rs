//! Finds a quote in its passage, and where: verbatim, else in nearly these words.

use crate::text::{
    script::{is_mark, is_unspaced},
    similarity::{self, Word},
};
use examen_core::text::plain_punctuation;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// From here on, a quote is in the passage in nearly these words.
const MIN_SIMILARITY: f64 = 0.8;

/// The bytes of `passage` that `quote` stands at: verbatim ([`find`]), else in nearly these words ([`closest`]).
pub fn locate(passage: &str, quote: &str) -> Option<Range<usize>> {
    find(passage, quote).or_else(|| closest(passage, quote))
}

/// The words of `passage` that `quote` is nearest to, as bytes, where the two are near: the longest common substring
/// makes up 0.8 of the quote's characters or more, or 0.8 of its sequences of five words are in the passage (see
/// [`Similarity`](similarity::Similarity)). A quote with a number that is not among those words is not near, whatever
/// else agrees.
///
/// ```
/// use examen_generate::text::quote::closest;
/// let passage = "A policyholder must notify the insurer within thirty (30) days of the loss.";
/// assert_eq!(closest(passage, "Every policyholder must notify the insurer within thirty (30) days"), Some(2..62));
/// assert_eq!(closest(passage, "A policyholder must notify the insurer within sixty (60) days of the loss."), None);
/// ```
pub fn closest(passage: &str, quote: &str) -> Option<Range<usize>> {
    let similarity = similarity::of(passage, quote);
    if similarity
        .longest_common_substring_ratio
        .max(similarity.ngram5_containment)
        < MIN_SIMILARITY
    {
        return None;
    }
    let (theirs, ours) = (similarity::words(passage), similarity::words(quote));
    let found = nearest(&theirs, &ours)?;
    let is_number = |word: &&Word| word.text.contains(char::is_numeric);
    let has_number = |number: &Word| {
        theirs[found.clone()]
            .iter()
            .any(|word| word.text == number.text)
    };
    let have_numbers = ours.iter().filter(is_number).all(has_number);
    have_numbers.then(|| theirs[found.start].span.start..theirs[found.end - 1].span.end)
}

/// The words of the passage that stand where the quote's would, if the longest run of common words is laid over itself;
/// without those at the ends that the quote does not have.
fn nearest(passage: &[Word], quote: &[Word]) -> Option<Range<usize>> {
    let run = similarity::longest_run(passage, quote, |a, b| a.text == b.text)?;
    let start = run.in_text.saturating_sub(run.in_part);
    let end = (run.in_text + quote.len() - run.in_part).min(passage.len());
    let is_quoted = |index: &usize| quote.iter().any(|word| word.text == passage[*index].text);
    let start = (start..end).find(is_quoted)?;
    let end = (start..end).rfind(is_quoted)? + 1;
    Some(start..end)
}

/// The bytes of `passage` that `quote` stands at: as it is, else without regard to white space, case, typographic
/// punctuation, Markdown's emphasis, and punctuation at the quote's ends. A quote must start and end where words do.
///
/// ```
/// use examen_generate::text::quote::find;
/// let passage = "Blood leaves the **left\nventricle** — always.";
/// assert_eq!(find(passage, "\"the left ventricle\""), Some(13..33));
/// assert_eq!(find(passage, "the left vent"), None);
/// ```
pub fn find(passage: &str, quote: &str) -> Option<Range<usize>> {
    let quote = quote.trim();
    if let Some(start) = find_words(passage, quote) {
        return Some(start..start + quote.len());
    }
    let (passage, quote) = (Normalized::of(passage), Normalized::of(quote));
    let needle = quote
        .text
        .trim_matches(|c: char| !c.is_alphanumeric() && !is_mark(c) && !"%°$€".contains(c));
    let start = find_words(&passage.text, needle)?;
    Some(passage.origins[start].start..passage.origins[start + needle.len() - 1].end)
}

/// Where `needle` starts in `text` without cutting a word.
fn find_words(text: &str, needle: &str) -> Option<usize> {
    let (first, last) = (needle.chars().next()?, needle.chars().next_back()?);
    let stands_free = |start: usize| {
        let before = text[..start].chars().next_back();
        let after = text[start + needle.len()..].chars().next();
        !before.is_some_and(|before| is_one_word(before, first))
            && !after.is_some_and(|after| is_one_word(last, after))
    };
    text.match_indices(needle)
        .map(|(start, _)| start)
        .find(|&start| stands_free(start))
}

fn is_one_word(left: char, right: char) -> bool {
    [left, right]
        .iter()
        .all(|c| (c.is_alphanumeric() || is_mark(*c)) && !is_unspaced(*c))
}

/// True for what stands without a space beside its like in Chinese and Japanese.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff65}' | '\u{20000}'..)
}

/// A text in the form that is compared, with the bytes that each of its own bytes comes from.
struct Normalized {
    text: String,
    origins: Vec<Range<usize>>,
}

impl Normalized {
    fn of(original: &str) -> Self {
        let mut normalized = Self {
            text: String::with_capacity(original.len()),
            origins: Vec::new(),
        };
        for (start, c) in original.char_indices() {
            let origin = start..start + c.len_utf8();
            match c {
                // Emphasis, soft hyphens and zero-width spaces are not read.
                '*' | '_' | '`' | '\u{ad}' | '\u{200b}' => {}
                c if c.is_whitespace() => normalized.push_space(origin),
                c => {
                    normalized.join(c);
                    normalized.push(c, &origin);
                }
            }
        }
        normalized
    }

    fn push_space(&mut self, origin: Range<usize>) {
        if !self.text.ends_with(' ') {
            self.text.push(' ');
            self.origins.push(origin);
        }
    }

    /// Takes the space off that a line break between two characters of a script without spaces has left.
    fn join(&mut self, next: char) {
        let before = self
            .text
            .strip_suffix(' ')
            .and_then(|text| text.chars().next_back());
        if before.is_some_and(|before| is_dense(before) && is_dense(next)) {
            self.text.pop();
            self.origins.pop();
        }
    }

    fn push(&mut self, c: char, origin: &Range<usize>) {
        for part in std::iter::once(c)
            .nfkd()
            .flat_map(char::to_lowercase)
            .map(plain_punctuation)
        {
            self.text.push(part);
            self.origins
                .extend(std::iter::repeat_n(origin.clone(), part.len_utf8()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_reads_the_same_is_found() {
        let passage = "El corazón —un músculo— late\r\n  unas 70 veces. “Siempre”, dijo.";
        let found = |quote: &str| find(passage, quote).map(|range| &passage[range]);
        assert_eq!(found("un músculo"), Some("un músculo"));
        assert_eq!(
            found("EL CORAZO\u{301}N -un músculo- late unas 70 veces"),
            Some("El corazón —un músculo— late\r\n  unas 70 veces")
        );
        assert_eq!(found("\"siempre\", dijo"), Some("Siempre”, dijo"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for quote in ["", " ", "…", "the lung", "heart pumps bloody", "art pumps"] {
            assert_eq!(find("The heart pumps blood.", quote), None, "{quote}");
        }
    }

    #[test]
    fn scripts_without_spaces_have_no_word_borders() {
        assert_eq!(find("心脏将血液泵送到全身。", "血液泵送"), Some(9..21));
        let found = |passage: &str, quote: &str| find(passage, quote).is_some();
        assert!(found("心脏将血液\n泵送到全身。", "血液泵送"));
        assert!(found("หัวใจสูบฉีดเลือดไปทั่วร่างกาย", "สูบฉีดเลือด"));
        assert!(found("បេះដូងបូមឈាមទៅពាសពេញរាងកាយ។", "បូមឈាម"));
        assert!(!found("हृदय रक्त पंप करता है", "हृद"));
    }

    proptest! {
        #[test]
        fn what_is_found_is_on_character_borders(passage in "\\PC{0,40}", quote in "\\PC{0,6}") {
            if let Some(range) = find(&passage, &quote) {
                prop_assert!(passage.get(range).is_some());
            }
        }

        #[test]
        fn what_is_nearest_is_on_character_borders(passage in "\\PC{0,60}", cut in 0_usize..9, more in "\\PC{0,4}") {
            let quote: String = passage.chars().skip(cut).chain(more.chars()).collect();
            if let Some(range) = locate(&passage, &quote) {
                prop_assert!(passage.get(range).is_some());
            }
        }

        #[test]
        fn whole_sentences_are_always_found(sentences in prop::collection::vec("[A-Z][a-zé*’—]{2,9} [a-z]{1,9}[.?]", 1..6)) {
            let passage = sentences.join(" ");
            for sentence in &sentences {
                prop_assert!(find(&passage, sentence).is_some());
                prop_assert!(find(&passage, &sentence.replace(' ', "\n ").replace('’', "'")).is_some());
            }
        }
    }
}
