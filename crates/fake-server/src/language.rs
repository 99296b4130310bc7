//! A language model of hashes: every text has tokens and log-probabilities, the same at every run.

use crate::draw::Draw;

/// Longest token, in characters.
const MAX_TOKEN: usize = 6;
/// Tokens before one on which its log-probability depends.
const N_BEFORE: usize = 3;
/// A token of this log-probability or more is the likeliest at its position.
pub(crate) const LIKELIEST: f64 = -0.4;

/// The tokens of a text: words of up to six characters with the space before them, and single characters.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (token, after) = rest.split_at(token_end(rest));
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Bytes of the token that a text begins with.
fn token_end(text: &str) -> usize {
    let word = text.strip_prefix(' ').unwrap_or(text);
    let n_space = text.len() - word.len();
    let letters = word
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .take(MAX_TOKEN);
    let n_word: usize = letters.map(char::len_utf8).sum();
    let first = text.chars().next().map_or(0, char::len_utf8);
    if n_word == 0 { first } else { n_space + n_word }
}

/// The number of a token in the vocabulary.
pub(crate) fn id(token: &str) -> u32 {
    (hash([token]) % 1_000_003) as u32
}

/// Log-probability of `token` after the tokens `before`.
pub(crate) fn log_prob(before: &[&str], token: &str) -> f64 {
    let near = &before[before.len().saturating_sub(N_BEFORE)..];
    let share = Draw::new(hash(near.iter().copied().chain([token]))).share();
    -0.01 - 9.0 * share * share
}

/// Log-probability of each token of a text; the first has none, for nothing stands before it.
pub fn log_probs(text: &str) -> Vec<Option<f64>> {
    of_tokens(&tokens(text))
}

/// The same of these tokens.
pub(crate) fn of_tokens(tokens: &[&str]) -> Vec<Option<f64>> {
    let of = |index: usize| (index > 0).then(|| log_prob(&tokens[..index], tokens[index]));
    (0..tokens.len()).map(of).collect()
}

/// FNV-1a over texts and their borders.
pub(crate) fn hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for text in texts {
        text.bytes().for_each(&mut add);
        add(0xff);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_add_up_to_the_text_and_long_words_have_several() {
        let text = "The observatory, on  Rua São João: 3-0!\n";
        let tokens = tokens(text);
        assert_eq!(tokens.concat(), text);
        assert_eq!(tokens[..4], ["The", " observ", "atory", ","]);
    }

    #[test]
    fn log_probs_depend_on_what_stands_before_and_not_on_what_follows() {
        let (one, other) = (log_probs("The cat sat."), log_probs("The cat ran."));
        assert_eq!(one[..2], other[..2]);
        assert_ne!(one[2], other[2]);
        assert!(
            one[0].is_none()
                && one[1..]
                    .iter()
                    .all(|log_prob| log_prob.is_some_and(|it| it < 0.0))
        );
    }
}
