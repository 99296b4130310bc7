//! The bootstrap: errors of numbers that no formula has an error for.

use crate::{Confidence, Interval};
use rand_mt::Mt64;
use serde::{Deserialize, Serialize};

/// How a bootstrap draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    /// Number of samples that are drawn.
    pub n: usize,
    /// Seed of the generator, the 64-bit Mersenne Twister.
    pub seed: u64,
}

impl Default for Draws {
    fn default() -> Self {
        Self { n: 1000, seed: 0 }
    }
}

/// What a bootstrap says of a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Standard deviation over the drawn samples.
    pub standard_error: f64,
    /// Percentiles over the drawn samples.
    pub interval: Interval,
    /// Samples of which the statistic is undefined; they are left out.
    pub n_undefined: usize,
}

/// Standard error and percentile interval of `statistic`, which is given indices of observations, over samples of as many
/// clusters as there are, drawn with replacement. `clusters` lists the observations of each; with one a cluster it is the plain
/// bootstrap. Source: B. Efron and R. Tibshirani, "An introduction to the bootstrap" (1993), chapters 6 and 13.
///
/// `None` for fewer than two clusters, and where more than half of the samples leave the statistic undefined.
///
/// ```
/// use examen_statistics::{Confidence, Draws, bootstrap};
/// let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let each_its_own: Vec<_> = (0..values.len()).map(|index| vec![index]).collect();
/// let mean = |drawn: &[usize]| Some(drawn.iter().map(|&index| values[index]).sum::<f64>() / drawn.len() as f64);
/// let found = bootstrap(&each_its_own, Draws::default(), Confidence::P95, mean).unwrap();
/// // √(35/12 / 6), the mean's error without Bessel's correction, is .70.
/// assert_eq!(format!("{:.1}", found.standard_error), "0.7");
/// ```
pub fn bootstrap(
    clusters: &[Vec<usize>],
    draws: Draws,
    confidence: Confidence,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<Bootstrap> {
    if clusters.len() < 2 {
        return None;
    }
    let mut random = Mt64::new(draws.seed);
    let mut drawn = Vec::new();
    let mut values = Vec::with_capacity(draws.n);
    for _ in 0..draws.n {
        drawn.clear();
        for _ in 0..clusters.len() {
            drawn.extend(&clusters[below(&mut random, clusters.len())]);
        }
        values.extend(statistic(&drawn).filter(|value| value.is_finite()));
    }
    let n_undefined = draws.n - values.len();
    if values.len() < 2 || n_undefined > draws.n / 2 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let tail = (1.0 - confidence.level()) / 2.0;
    Some(Bootstrap {
        standard_error: (squares / (values.len() - 1) as f64).sqrt(),
        interval: Interval {
            low: quantile(&values, tail),
            high: quantile(&values, 1.0 - tail),
            confidence,
        },
        n_undefined,
    })
}

/// An index below `n`: the high half of a product, whose bias is under n / 2⁶⁴.
fn below(random: &mut Mt64, n: usize) -> usize {
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}

/// The quantile of sorted values between its two neighbours, as numpy's default.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let (below, part) = (position.floor() as usize, position.fract());
    let above = sorted[(below + 1).min(sorted.len() - 1)];
    sorted[below] + part * (above - sorted[below])
}
