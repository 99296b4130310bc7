//! Sequences of three letters that words have in languages of Latin script (`trigrams.txt`, made by
//! `testdata/checks/make_trigrams.py` of 253,000 words in 35 languages).

use std::sync::LazyLock;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Shorter words say too little: abbreviations are of any letters.
const MIN_LETTERS: usize = 5;
/// Each first letter's and second letter's third letters, as bits.
static KNOWN: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut known = vec![0; 26 * 26];
    for line in include_str!("trigrams.txt").lines() {
        if let Some((&[first, second], third)) = line
            .split_once(' ')
            .and_then(|(pair, third)| Some((pair.as_bytes().first_chunk()?, third)))
        {
            let bits = third.bytes().map(|letter| 1 << index(letter));
            known[26 * index(first) + index(second)] = bits.sum();
        }
    }
    known
});

fn index(letter: u8) -> usize {
    usize::from(letter - b'a')
}

/// True for a word of Latin letters of which half of the sequences of three letters or more are in no word of any
/// language. Of words that the list was not made of, it is true of one in 1,600. Words with a capital letter within
/// (`kHz`, `McAfee`), short ones and those of other scripts are left alone.
pub(crate) fn is_unlike_words(word: &str) -> bool {
    let has_capital_within = word.chars().skip(1).any(char::is_uppercase);
    let letters: Vec<u8> = word
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_ascii_lowercase() { c as u8 } else { 0 })
        .collect();
    if has_capital_within || letters.len() < MIN_LETTERS || letters.contains(&0) {
        return false;
    }
    let is_known = |three: &&[u8]| {
        let bits = KNOWN[26 * index(three[0]) + index(three[1])];
        bits >> index(three[2]) & 1 == 1
    };
    let n = letters.len() - 2;
    let n_known = letters.windows(3).filter(is_known).count();
    2 * n_known <= n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_drugs_and_places_are_words() {
        let names = "azithromycin Xeljanz oxcarbazepine tofacitinib Zyprexa phthalate Hirschsprung Krzysztof Szczecin \
                     Eyjafjallajökull Qingdao zugzwang Knightsbridge Angstschweiß čtvrtek bezwzględny szczęście \
                     upadacitinib nirmatrelvir brexpiprazole Kyrgyzstan rhythm syzygy kubectl systemd PostgreSQL nginx";
        for name in names.split_whitespace() {
            assert!(!is_unlike_words(name), "{name}");
        }
    }

    #[test]
    fn letters_by_accident_are_none() {
        for word in "asdfgh bcdfgk xvzqwk kjhgf zxcvb hgjfk vbnmk wqxzjt Gkwtrzq".split_whitespace()
        {
            assert!(is_unlike_words(word), "{word}");
        }
    }
}
