//! Perplexities of texts from their log-probabilities.

use super::text::words;

/// Number of words of a text, as lm-evaluation-harness and LightEval count them for a word perplexity: the pieces between
/// white space, those at its ends included (`re.split(r"\s+", text)`), so at least 1.
///
/// ```
/// use examen_evaluate::measures::n_words;
/// assert_eq!((n_words("one two"), n_words(" one two "), n_words("")), (2, 4, 1));
/// ```
pub fn n_words(text: &str) -> usize {
    let n = words(text).count();
    let has_edge = |edge: Option<char>| {
        usize::from(edge.is_some_and(|c| words(c.encode_utf8(&mut [0; 4])).next().is_none()))
    };
    match n {
        0 => 1 + usize::from(!text.is_empty()),
        n => n + has_edge(text.chars().next()) + has_edge(text.chars().next_back()),
    }
}

/// Perplexity a unit: exp(−Σ log-probability / Σ units), from 1; with units of words the word perplexity, of bytes the byte
/// perplexity, of texts that of a whole target. `None` for no units.
///
/// ```
/// assert_eq!(examen_evaluate::measures::perplexity(-2.0 * 8f64.ln(), 2.0).unwrap().round(), 8.0);
/// ```
pub fn perplexity(log_prob: f64, units: f64) -> Option<f64> {
    (units > 0.0).then(|| (-log_prob / units).exp())
}

/// Bits that a byte takes: −Σ log-probability / Σ bytes / ln 2, from 0. `None` for no bytes.
///
/// ```
/// assert_eq!(examen_evaluate::measures::bits_per_byte(-8.0 * 2f64.ln(), 4.0), Some(2.0));
/// ```
pub fn bits_per_byte(log_prob: f64, bytes: f64) -> Option<f64> {
    (bytes > 0.0).then(|| -log_prob / bytes / std::f64::consts::LN_2)
}
