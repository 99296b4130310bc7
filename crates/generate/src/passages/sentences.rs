//! The sentences of a passage that may be quoted.

use crate::text::{length, script::is_unspaced};
use unicode_segmentation::UnicodeSegmentation;

/// Shorter ones prove little, longer ones are lists or tables. In letters of Latin, of which a character of Chinese counts
/// as two; scripts without spaces say more in as much room.
const QUOTABLE: std::ops::RangeInclusive<usize> = 25..=300;
const QUOTABLE_UNSPACED: std::ops::RangeInclusive<usize> = 16..=300;
/// Thai and its neighbours end no sentence with a sign: their spaces stand between clauses. Some together make a quote.
const CLAUSES: usize = 60;

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
        for sentence in block.split_sentence_bounds().flat_map(clauses) {
            let is_new = !quotable.iter().any(|earlier| earlier == sentence);
            let quotable_lengths = match sentence.contains(is_unspaced) {
                true => QUOTABLE_UNSPACED,
                false => QUOTABLE,
            };
            if is_new && quotable_lengths.contains(&length(sentence)) {
                quotable.push(sentence.to_owned());
            }
        }
    }
    quotable
}

/// A sentence, trimmed; in a script without signs at the end of sentences, its clauses, some together.
fn clauses(sentence: &str) -> Vec<&str> {
    let sentence = sentence.trim();
    // Thai, Lao, Burmese and Khmer.
    let is_endless = |c: char| matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}');
    if !sentence.contains(is_endless) {
        return vec![sentence];
    }
    let (mut clauses, mut start) = (Vec::new(), 0);
    for (space, _) in sentence.match_indices(' ') {
        if length(&sentence[start..space]) >= CLAUSES {
            clauses.push(sentence[start..space].trim());
            start = space;
        }
    }
    clauses.push(sentence[start..].trim());
    clauses
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
            let line = item.unwrap_or(line).trim();
            // Chinese and Japanese break lines anywhere.
            let is_dense = |c: char| !matches!(c, ..'\u{2e80}' | '\u{ac00}'..='\u{d7af}');
            let is_joined =
                block.is_empty() || block.ends_with(is_dense) && line.starts_with(is_dense);
            if !is_joined {
                block.push(' ');
            }
            block.push_str(line);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_end_as_their_script_ends_them() {
        let chinese = "心脏将血液泵送到全身的\n每一个器官。它每分钟跳动大约七十次，从不停止。";
        assert_eq!(
            quotable(chinese),
            [
                "心脏将血液泵送到全身的每一个器官。",
                "它每分钟跳动大约七十次，从不停止。"
            ]
        );
        assert_eq!(
            quotable("हृदय पूरे शरीर में रक्त पंप करता है। वह रात को भी नहीं रुकता और थकता नहीं।").len(),
            2
        );
        let khmer = "បេះដូងបូមឈាមទៅពាសពេញរាងកាយទាំងមូល។ វាលោតប្រហែលចិតសិបដងក្នុងមួយនាទី។";
        assert_eq!(quotable(khmer).len(), 2);
        let clause = "หัวใจสูบฉีดเลือดไปทั่วร่างกาย และเต้นประมาณเจ็ดสิบครั้งต่อนาทีในขณะพัก ";
        let thai = clause.repeat(3);
        let found = quotable(&thai);
        assert!(!found.is_empty());
        for sentence in quotable(chinese).iter().chain(&found) {
            let passage = format!("{chinese}\n{thai}");
            assert!(
                crate::text::quote::find(&passage, sentence).is_some(),
                "{sentence}"
            );
        }
    }

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
