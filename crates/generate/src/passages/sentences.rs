//! The sentences of a passage that may be quoted.

use unicode_segmentation::UnicodeSegmentation;

/// Shorter ones prove little, longer ones are lists or tables.
const QUOTABLE_CHARS: std::ops::RangeInclusive<usize> = 25..=300;

/// The sentences of a passage, each in one line, as Unicode's rules find them (UAX #29) within paragraphs and list
/// items. Headings, table rows and what is very short or long are left out.
///
/// ```
/// use examen_generate::passages::sentences::quotable;
/// let passage = "# Heart\n\nThe heart pumps blood\nthrough the body. It rests.\n- Each side has two chambers.";
/// assert_eq!(quotable(passage), ["The heart pumps blood through the body.", "Each side has two chambers."]);
/// ```
pub fn quotable(passage: &str) -> Vec<String> {
    let mut quotable: Vec<String> = Vec::new();
    for block in blocks(passage) {
        for sentence in block.split_sentence_bounds().map(str::trim) {
            let is_new = !quotable.iter().any(|earlier| earlier == sentence);
            if is_new && QUOTABLE_CHARS.contains(&sentence.chars().count()) {
                quotable.push(sentence.to_owned());
            }
        }
    }
    quotable
}

/// Paragraphs and list items without their line breaks.
fn blocks(passage: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in passage.lines().map(str::trim) {
        let is_apart = line.is_empty() || line.starts_with(['#', '|']);
        let item = line
            .strip_prefix(['-', '*', '+', '•'])
            .filter(|rest| rest.starts_with(' '));
        if is_apart || item.is_some() {
            blocks.push(String::new());
        }
        if let (false, Some(block)) = (is_apart, blocks.last_mut()) {
            if !block.is_empty() {
                block.push(' ');
            }
            block.push_str(item.unwrap_or(line).trim());
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sentence_is_found_as_a_quote(words in prop::collection::vec("[A-Za-zé]{1,9}[.?]?[ \n]|\n\n- |\n# ", 0..60)) {
            let passage = words.concat();
            for sentence in quotable(&passage) {
                prop_assert!(crate::text::quote::find(&passage, &sentence).is_some(), "{sentence:?} in {passage:?}");
            }
        }
    }
}
