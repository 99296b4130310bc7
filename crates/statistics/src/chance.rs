//! Counts against what chance would give.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

/// The one-sided exact binomial p-value: how likely `successes` or more among `n` independent trials are, if each
/// succeeds with probability `chance`. Source: R. A. Fisher, "The design of experiments" (1935), chapter 2.
///
/// `None` for no trials, for more successes than trials, and for a chance outside \[0, 1\].
///
/// ```
/// use examen_statistics::binomial_p_at_least;
/// assert_eq!(format!("{:.3e}", binomial_p_at_least(60, 150, 0.25).unwrap()), "3.810e-5");
/// assert_eq!(binomial_p_at_least(0, 150, 0.25), Some(1.0));
/// assert_eq!(binomial_p_at_least(0, 0, 0.25), None);
/// ```
pub fn binomial_p_at_least(successes: u64, n: u64, chance: f64) -> Option<f64> {
    if n == 0 || successes > n {
        return None;
    }
    let binomial = Binomial::new(chance, n).ok()?;
    Some(
        successes
            .checked_sub(1)
            .map_or(1.0, |below| binomial.sf(below)),
    )
}

/// Accuracy on a scale where guessing is 0 and knowing everything is 1: (a − c)/(1 − c) with `chance` c = 1/options.
/// Equals R − W/(k − 1) over n, the correction for guessing (F. B. Davis, "Item selection techniques", 1951). Negative
/// below chance.
///
/// `None` for a chance of 1 and above, and for what is not a number.
///
/// ```
/// use examen_statistics::guess_corrected;
/// assert_eq!(guess_corrected(0.4, 0.25).map(|score| format!("{score:.3}")).as_deref(), Some("0.200"));
/// assert_eq!(guess_corrected(1.0, 1.0), None);
/// ```
pub fn guess_corrected(accuracy: f64, chance: f64) -> Option<f64> {
    let score = (accuracy - chance) / (1.0 - chance);
    (chance < 1.0 && score.is_finite()).then_some(score)
}

/// Pearson's χ² of `counts` against equal shares, and its p-value with one degree of freedom fewer than there are
/// counts. Source: K. Pearson, Philosophical Magazine 50 (1900), 157–175. The p-value is an approximation that wants
/// about five or more expected of each.
///
/// `None` for fewer than two counts and for counts that are all zero.
///
/// ```
/// use examen_statistics::chi_square_uniform;
/// let (statistic, p) = chi_square_uniform(&[11, 15, 17, 17]).unwrap();
/// assert_eq!((format!("{statistic:.2}"), format!("{p:.4}")), ("1.60".to_owned(), "0.6594".to_owned()));
/// assert_eq!(chi_square_uniform(&[0, 0]), None);
/// ```
pub fn chi_square_uniform(counts: &[u64]) -> Option<(f64, f64)> {
    let n: u64 = counts.iter().sum();
    if n == 0 || counts.len() < 2 {
        return None;
    }
    let expected = n as f64 / counts.len() as f64;
    let statistic = counts
        .iter()
        .map(|&count| (count as f64 - expected).powi(2) / expected)
        .sum();
    let distribution = ChiSquared::new((counts.len() - 1) as f64).ok()?;
    Some((statistic, distribution.sf(statistic)))
}
