//! Scores of the probabilities that a model gives to the options of a question.

/// Probabilities of options with these log-probabilities, as if there were no other answers: softmax. Empty for none.
///
/// ```
/// let halves = examen_evaluate::measures::probabilities(&[-700.0, -700.0]);
/// assert_eq!(halves, [0.5, 0.5]);
/// ```
pub fn probabilities(log_probs: &[f64]) -> Vec<f64> {
    let largest = log_probs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = log_probs
        .iter()
        .map(|log_prob| (log_prob - largest).exp())
        .collect();
    let sum: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / sum).collect()
}

/// Probability of all right options together: MC2 of TruthfulQA (S. Lin et al., arXiv:2109.07958); with one right option its
/// normalised probability.
///
/// ```
/// assert_eq!(examen_evaluate::measures::gold_mass(&[0.5, 0.2, 0.3], &[0, 2]), 0.8);
/// ```
pub fn gold_mass(probabilities: &[f64], golds: &[usize]) -> f64 {
    golds
        .iter()
        .filter_map(|&gold| probabilities.get(gold))
        .sum()
}

/// Brier score of one question: Σ (p − y)² over its options, where y shares 1 out over the right ones. From 0 (certain and
/// right) to 2 (certain and wrong). Source: G. W. Brier (1950), in its original form, as lm-evaluation-harness has it.
///
/// ```
/// assert_eq!(examen_evaluate::measures::brier(&[1.0, 0.0], &[1]), 2.0);
/// ```
pub fn brier(probabilities: &[f64], golds: &[usize]) -> f64 {
    let wanted = |index: usize| match golds.contains(&index) {
        true => 1.0 / golds.len() as f64,
        false => 0.0,
    };
    let square = |(index, p): (usize, &f64)| (p - wanted(index)).powi(2);
    probabilities.iter().enumerate().map(square).sum()
}

/// 1-based rank of the best right option among all, equals counted as better for none: 1 + the number of options that are
/// strictly likelier. `None` without a right option.
///
/// ```
/// use examen_evaluate::measures::rank_of_gold;
/// assert_eq!(rank_of_gold(&[-2.0, -1.0, -3.0], &[0]), Some(2));
/// ```
pub fn rank_of_gold(preferences: &[f64], golds: &[usize]) -> Option<usize> {
    let of_golds = golds.iter().filter_map(|&gold| preferences.get(gold));
    let best = of_golds.copied().max_by(f64::total_cmp)?;
    Some(
        1 + preferences
            .iter()
            .filter(|&&preference| preference > best)
            .count(),
    )
}
