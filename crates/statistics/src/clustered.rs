//! Means of observations that come in clusters, such as questions by the document that they were written from.

use crate::{Confidence, Interval, proportion::score_interval};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The observations of one cluster, as far as they matter. Those of one cluster may resemble each other; clusters are
/// independent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Number of observations.
    pub n: u64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub sum_of_squares: f64,
}

/// A mean over clusters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClusteredMean {
    /// Observations.
    pub n: u64,
    /// Clusters with an observation.
    pub n_clusters: u64,
    /// The mean of all observations; larger clusters weigh more.
    pub mean: f64,
    /// The standard error as if the observations were independent: s/√n. `None` for fewer than two.
    pub naive_error: Option<f64>,
    /// The cluster-robust standard error, see [`clustered_mean`]. `None` for fewer than two clusters.
    pub standard_error: Option<f64>,
}

impl Cluster {
    /// Takes an observation in.
    pub fn observe(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
        self.sum_of_squares += value * value;
    }
}

/// The mean x̄ with its cluster-robust standard error √(G/(G−1)) · √(Σ_c (Σ_{i∈c} (x_i − x̄))²) / n for G clusters: equation
/// 4 of E. Miller, "Adding error bars to evals" (arXiv:2411.00640, 2024), with the correction for few clusters that
/// statsmodels calls CR1 and inspect_ai uses. With one observation a cluster it is s/√n exactly.
///
/// `None` for no observations.
///
/// ```
/// use examen_statistics::{Cluster, clustered_mean};
/// let (mut alike, mut other) = (Cluster::default(), Cluster::default());
/// (0..3).for_each(|_| alike.observe(1.0));
/// (0..3).for_each(|_| other.observe(0.0));
/// let mean = clustered_mean(&[alike, other]).unwrap();
/// assert_eq!((mean.mean, mean.standard_error), (0.5, Some(0.5)));
/// assert_eq!(format!("{:.2}", mean.naive_error.unwrap()), "0.22");
/// assert_eq!(clustered_mean(&[]), None);
/// ```
pub fn clustered_mean(clusters: &[Cluster]) -> Option<ClusteredMean> {
    let n: u64 = clusters.iter().map(|cluster| cluster.n).sum();
    if n == 0 {
        return None;
    }
    let observations = n as f64;
    let mean = clusters.iter().map(|cluster| cluster.sum).sum::<f64>() / observations;
    let n_clusters = clusters.iter().filter(|cluster| cluster.n > 0).count() as u64;
    let of_squares: f64 = clusters.iter().map(|cluster| cluster.sum_of_squares).sum();
    // What rounding leaves of a zero.
    let or_zero = |sum: f64| if sum <= 1e-12 * of_squares { 0.0 } else { sum };
    let variance = or_zero(of_squares - observations * mean * mean) / (observations - 1.0);
    let between = clusters
        .iter()
        .map(|cluster| (cluster.sum - cluster.n as f64 * mean).powi(2))
        .sum();
    let groups = n_clusters as f64;
    Some(ClusteredMean {
        n,
        n_clusters,
        mean,
        naive_error: (n > 1).then(|| (variance / observations).sqrt()),
        standard_error: (n_clusters > 1)
            .then(|| (or_zero(between) * groups / (groups - 1.0)).sqrt() / observations),
    })
}

impl ClusteredMean {
    /// x̄ ± t·SE with Student's t of G−1 degrees of freedom. `None` for fewer than two clusters and where no cluster
    /// differs from the mean, which says nothing about how far others would.
    pub fn t_interval(&self, confidence: Confidence) -> Option<Interval> {
        let half_width = self.standard_error.filter(|&error| error > 0.0)? * self.t(confidence)?;
        Some(Interval {
            low: self.mean - half_width,
            high: self.mean + half_width,
            confidence,
        })
    }

    /// For observations from 0 to 1: Wilson's interval for the mean among n* = min(n, n/deff)·(z/t)² independent trials,
    /// where deff = (SE/naive SE)² and t has G−1 degrees of freedom (the adjustment of E. L. Korn and B. I. Graubard,
    /// Survey Methodology 24, 1998, 193–201). Within \[0, 1\], and with a width where all observations are alike. For
    /// observations between 0 and 1 it is wider than it need be. `None` for fewer than two clusters and for a mean
    /// outside \[0, 1\].
    pub fn score_interval(&self, confidence: Confidence) -> Option<Interval> {
        let design_effect = match (self.standard_error?, self.naive_error?) {
            (_, 0.0) => 1.0,
            (clustered, naive) => (clustered / naive).powi(2).max(1.0),
        };
        let adjustment = (confidence.z() / self.t(confidence)?).powi(2);
        score_interval(
            self.mean,
            self.n as f64 / design_effect * adjustment,
            confidence,
        )
    }

    /// The two-sided quantile of Student's t with G−1 degrees of freedom.
    fn t(&self, confidence: Confidence) -> Option<f64> {
        let distribution = StudentsT::new(0.0, 1.0, self.n_clusters.checked_sub(1)? as f64).ok()?;
        Some(distribution.inverse_cdf(0.5 + confidence.level() / 2.0))
    }
}
