//! Log-probabilities with a total order, so that the likeliest is always `max`.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A natural logarithm of a probability: at most 0, −∞ for the impossible.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogProb(pub f64);

impl Eq for LogProb {}

impl Ord for LogProb {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for LogProb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl LogProb {
    /// Index of the likeliest; the first of equals (as numpy's and LightEval's argmax). `None` for no values.
    pub fn argmax(values: &[Self]) -> Option<usize> {
        let likeliest = values.iter().max()?;
        values.iter().position(|value| value == likeliest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_is_chosen_and_the_first_of_equals() {
        let values = [-3.0, -1.0, -1.0, f64::NEG_INFINITY].map(LogProb);
        assert_eq!(LogProb::argmax(&values), Some(1));
        assert_eq!(LogProb::argmax(&[]), None);
    }
}
