//! Edit distance between a reply and its reference.

/// Cells of the largest table that is computed for one pair of texts.
const MAX_CELLS: usize = 1 << 28;

/// Fewest characters that have to be inserted, deleted or replaced to turn `reply` into `reference` (V. Levenshtein, 1966).
/// `None` for texts so long that it would take minutes (their lengths multiply to more than 2²⁸).
///
/// ```
/// assert_eq!(examen_evaluate::measures::edit_distance("ñandú", "nandu"), Some(2));
/// ```
pub fn edit_distance(reply: &str, reference: &str) -> Option<usize> {
    let (left, right): (Vec<char>, Vec<char>) =
        (reply.chars().collect(), reference.chars().collect());
    let is_small = left.len().saturating_mul(right.len()) <= MAX_CELLS;
    is_small.then(|| strsim::generic_levenshtein(&left, &right))
}

/// 1 − distance / length of the longer text: 1 for equal texts, 0 where nothing is in its place. Two empty texts are equal.
/// `None` as [`edit_distance`].
///
/// ```
/// assert_eq!(examen_evaluate::measures::edit_similarity("heart", "hearts"), Some(1.0 - 1.0 / 6.0));
/// ```
pub fn edit_similarity(reply: &str, reference: &str) -> Option<f64> {
    let longest = reply.chars().count().max(reference.chars().count());
    let distance = edit_distance(reply, reference)? as f64;
    Some(1.0 - distance / longest.max(1) as f64)
}
