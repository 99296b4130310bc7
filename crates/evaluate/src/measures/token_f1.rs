//! Overlap of the words of a reply with those of a reference, as SQuAD counts it.

use super::{
    grams::{bag, overlap},
    text::{squad_form, words},
};

/// F1 between the words of the reply and those of the best reference, each word as often as it occurs: the SQuAD score
/// (`compute_f1` of `evaluate-v2.0.py`; P. Rajpurkar et al., arXiv:1806.03822). From 0 to 1; `None` without references.
///
/// ```
/// use examen_evaluate::measures::token_f1;
/// assert_eq!(token_f1("the left ventricle", &["left ventricle"]), Some(1.0));
/// assert_eq!(token_f1("left atrium", &["left ventricle"]), Some(0.5));
/// ```
pub fn token_f1(reply: &str, references: &[&str]) -> Option<f64> {
    let reply = squad_form(reply);
    let f1 = |reference: &&str| of_words(&reply, &squad_form(reference));
    references.iter().map(f1).max_by(f64::total_cmp)
}

fn of_words(reply: &str, reference: &str) -> f64 {
    let (reply, reference): (Vec<_>, Vec<_>) = (words(reply).collect(), words(reference).collect());
    if reply.is_empty() || reference.is_empty() {
        return f64::from(u8::from(reply == reference));
    }
    let n_shared = overlap(&bag(&reply), &bag(&reference));
    2.0 * n_shared as f64 / (reply.len() + reference.len()) as f64
}
