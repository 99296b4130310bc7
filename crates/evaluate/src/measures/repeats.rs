//! Several replies to one question: what shares of right ones are worth.

use std::collections::HashMap;

/// Probability that one of `k` replies drawn from `n`, of which `n_right` are right, is right: 1 − C(n−c, k) / C(n, k), the
/// unbiased estimate of M. Chen et al., "Evaluating large language models trained on code" (arXiv:2107.03374). `None` unless
/// 1 ≤ k ≤ n and c ≤ n.
///
/// ```
/// use examen_evaluate::measures::pass_at_k;
/// assert_eq!((pass_at_k(4, 1, 1), pass_at_k(4, 1, 4), pass_at_k(4, 1, 5)), (Some(0.25), Some(1.0), None));
/// ```
pub fn pass_at_k(n: usize, n_right: usize, k: usize) -> Option<f64> {
    g_pass_at_k(n, n_right, k, 0.0)
}

/// Probability that at least ⌈`share` · k⌉, and at least one, of `k` replies drawn from `n` are right: G-Pass@k_τ of J. Liu et
/// al., "Are your LLMs capable of stable reasoning?" (arXiv:2412.13147). `None` unless 1 ≤ k ≤ n, c ≤ n and 0 ≤ τ ≤ 1.
///
/// ```
/// use examen_evaluate::measures::g_pass_at_k;
/// assert!((g_pass_at_k(4, 2, 2, 1.0).unwrap() - 1.0 / 6.0).abs() < 1e-12);
/// ```
pub fn g_pass_at_k(n: usize, n_right: usize, k: usize, share: f64) -> Option<f64> {
    if k == 0 || k > n || n_right > n || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let least = ((k as f64 * share).ceil() as usize).max(1);
    let draws = (least..=k.min(n_right)).map(|right| hypergeometric(n, n_right, k, right));
    Some(draws.sum::<f64>().min(1.0))
}

/// mG-Pass@k: the mean of G-Pass@k_τ over τ from ½ to 1, 2/k · Σ_{i > ⌈k/2⌉} P(at least i right). `None` as [`pass_at_k`].
pub fn mean_g_pass_at_k(n: usize, n_right: usize, k: usize) -> Option<f64> {
    if k == 0 || k > n || n_right > n {
        return None;
    }
    let at_least = |least: usize| -> f64 {
        (least..=k.min(n_right))
            .map(|right| hypergeometric(n, n_right, k, right))
            .sum()
    };
    let sum: f64 = (k.div_ceil(2) + 1..=k).map(at_least).sum();
    Some(2.0 * sum / k as f64)
}

/// Probability that exactly `right` of `k` drawn from `n` with `n_right` right ones are right.
fn hypergeometric(n: usize, n_right: usize, k: usize, right: usize) -> f64 {
    let n_wrong = n - n_right;
    if right > n_right || k - right > n_wrong {
        return 0.0;
    }
    (ln_choose(n_right, right) + ln_choose(n_wrong, k - right) - ln_choose(n, k)).exp()
}

fn ln_choose(n: usize, k: usize) -> f64 {
    let k = k.min(n - k);
    (0..k).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum()
}

/// The answer that most replies give, the first of equals; what could not be read (`None`) is no vote. `None` for no votes.
///
/// ```
/// use examen_evaluate::measures::majority;
/// assert_eq!(majority(&[Some("B"), Some("A"), None, Some("A")]), Some("A"));
/// assert_eq!(majority(&[Some("B"), Some("A")]), Some("B"));
/// ```
pub fn majority<T: Copy + Eq + std::hash::Hash>(answers: &[Option<T>]) -> Option<T> {
    let mut votes: HashMap<T, usize> = HashMap::new();
    for answer in answers.iter().flatten() {
        *votes.entry(*answer).or_default() += 1;
    }
    let most = votes.values().max()?;
    answers
        .iter()
        .flatten()
        .find(|answer| votes[answer] == *most)
        .copied()
}
