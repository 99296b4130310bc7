//! One proportion: successes among independent trials.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// Share of intervals made in this way that hold the true value, in the long run: strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

impl Confidence {
    /// 95 %, what every report prints unless asked otherwise.
    pub const P95: Self = Self(0.95);

    /// A level strictly between 0 and 1; `None` for any other number.
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level.
    pub fn level(self) -> f64 {
        self.0
    }

    /// The two-sided normal quantile z: 1.96 for 95 %.
    pub(crate) fn z(self) -> f64 {
        Normal::standard().inverse_cdf(0.5 + self.0 / 2.0)
    }
}

impl TryFrom<f64> for Confidence {
    type Error = &'static str;

    fn try_from(level: f64) -> Result<Self, Self::Error> {
        Self::new(level).ok_or("a confidence lies strictly between 0 and 1")
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

/// Interval that holds the true value, with the confidence of that claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Share of such intervals that are right.
    pub confidence: Confidence,
}

impl Interval {
    /// True if `value` is inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Wilson's score interval for `successes` among `n` independent trials; within \[0, 1\] by construction.
///
/// With p = k/n: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n). Source: E. B. Wilson, "Probable inference, the law
/// of succession, and statistical inference", JASA 22 (1927), 209–212; recommended for any n by Brown, Cai and DasGupta,
/// Statistical Science 16 (2001), 101–133. Unlike p ± z·SE it has a width at 0 of n and at n of n.
///
/// `None` for no trials and for more successes than trials.
///
/// ```
/// use examen_statistics::{Confidence, wilson};
/// let interval = wilson(59, 221, Confidence::P95).unwrap();
/// assert_eq!(format!("{:.3} to {:.3}", interval.low, interval.high), "0.213 to 0.329");
/// assert_eq!(wilson(0, 0, Confidence::P95), None);
/// ```
pub fn wilson(successes: u64, n: u64, confidence: Confidence) -> Option<Interval> {
    if n == 0 || successes > n {
        return None;
    }
    score_interval(successes as f64 / n as f64, n as f64, confidence)
}

/// Wilson's interval for a share `p` of `n` trials, which need not be whole numbers. `None` unless `p` is from 0 to 1
/// and `n` above 0.
pub(crate) fn score_interval(p: f64, n: f64, confidence: Confidence) -> Option<Interval> {
    if !(0.0..=1.0).contains(&p) || n.is_nan() || n <= 0.0 {
        return None;
    }
    let z2 = confidence.z().powi(2);
    let centre = p + z2 / (2.0 * n);
    let half_width = (z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))).sqrt();
    let scale = 1.0 + z2 / n;
    // The ends are exactly 0 and 1 there; rounding would leave them a little beside.
    let low = if p == 0.0 {
        0.0
    } else {
        (centre - half_width) / scale
    };
    let high = if p == 1.0 {
        1.0
    } else {
        (centre + half_width) / scale
    };
    Some(Interval {
        low: low.max(0.0),
        high: high.min(1.0),
        confidence,
    })
}

/// The standard error of k/n as the mean of n zeros and ones: √(p(1−p)/(n−1)), which is s/√n with n − 1 in the
/// denominator of s (Bessel's correction), as LightEval's and lm-evaluation-harness's `mean_stderr`. `None` for fewer
/// than two trials and for more successes than trials.
///
/// ```
/// use examen_statistics::standard_error_of_proportion;
/// assert_eq!(format!("{:.4}", standard_error_of_proportion(59, 221).unwrap()), "0.0298");
/// assert_eq!(standard_error_of_proportion(1, 1), None);
/// ```
pub fn standard_error_of_proportion(successes: u64, n: u64) -> Option<f64> {
    if n < 2 || successes > n {
        return None;
    }
    let p = successes as f64 / n as f64;
    Some((p * (1.0 - p) / (n - 1) as f64).sqrt())
}
