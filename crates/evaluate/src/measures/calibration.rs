//! Calibration: do the probabilities that a model gives to its choices say how often they are right?

/// Bins of a calibration error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bins {
    /// Intervals of equal width from 0 to 1.
    EqualWidth,
    /// Equally many questions a bin, from the least to the most confident; the first bins have one more.
    EqualMass,
}

/// One choice: the probability that the model gave it, and if it was right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confident {
    /// Probability of the chosen option.
    pub confidence: f64,
    /// 1 if it was right, 0 if not.
    pub is_right: f64,
}

/// Expected calibration error: the mean distance between confidence and share of right answers over `n_bins` bins, weighted by
/// the questions in them. From 0 (calibrated) to 1. Source: M. P. Naeini et al. (AAAI 2015); C. Guo et al., "On calibration of
/// modern neural networks" (arXiv:1706.04599), bins (low, high\]. `None` for no questions or bins.
///
/// ```
/// use examen_evaluate::measures::{Bins, Confident, calibration_error};
/// let half_right = [1.0, 0.0].map(|is_right| Confident { confidence: 0.75, is_right });
/// assert_eq!(calibration_error(&half_right, 10, Bins::EqualWidth), Some(0.25));
/// ```
pub fn calibration_error(choices: &[Confident], n_bins: usize, bins: Bins) -> Option<f64> {
    if choices.is_empty() || n_bins == 0 {
        return None;
    }
    let gap = |bin: &[Confident]| {
        let sum = |of: fn(&Confident) -> f64| bin.iter().map(of).sum::<f64>();
        (sum(|choice| choice.confidence) - sum(|choice| choice.is_right)).abs()
    };
    let mut sorted = choices.to_vec();
    sorted.sort_by(|left, right| left.confidence.total_cmp(&right.confidence));
    let gaps: f64 = match bins {
        Bins::EqualWidth => {
            let bin = |choice: &Confident| (choice.confidence * n_bins as f64).ceil().max(1.0);
            sorted
                .chunk_by(|left, right| bin(left) == bin(right))
                .map(gap)
                .sum()
        }
        Bins::EqualMass => {
            let start = |bin: usize| bin * (sorted.len() / n_bins) + bin.min(sorted.len() % n_bins);
            (0..n_bins)
                .map(|bin| gap(&sorted[start(bin)..start(bin + 1)]))
                .sum()
        }
    };
    Some(gaps / choices.len() as f64)
}
