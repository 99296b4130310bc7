//! Cost of an accepted question.

use examen_llm::Meter;
use serde::Serialize;

/// Spending for each accepted question, rejected questions and failed calls included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PerAccepted {
    /// Tokens read; `None` where the server does not say.
    pub input_tokens: Option<f64>,
    /// Tokens written, likewise.
    pub output_tokens: Option<f64>,
    /// US dollars; `None` if the price is not known.
    pub cost: Option<f64>,
}

impl PerAccepted {
    /// `None` for no accepted question.
    pub(super) fn of(spent: &Meter, n_accepted: usize) -> Option<Self> {
        let each = |amount: f64| amount / n_accepted as f64;
        let tokens = |n: u64| (n > 0).then(|| each(n as f64));
        (n_accepted > 0).then(|| Self {
            input_tokens: tokens(spent.input_tokens),
            output_tokens: tokens(spent.output_tokens),
            cost: spent.cost.map(each),
        })
    }

    /// Tokens read and written.
    pub fn tokens(&self) -> Option<f64> {
        match (self.input_tokens, self.output_tokens) {
            (None, None) => None,
            (read, written) => Some(read.unwrap_or(0.0) + written.unwrap_or(0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_zero() {
        let spent = Meter {
            calls: 3,
            ..Meter::default()
        };
        let unknown = PerAccepted::of(&spent, 2).unwrap();
        assert_eq!((unknown.tokens(), unknown.cost), (None, None));
        let told = Meter {
            input_tokens: 300,
            output_tokens: 100,
            cost: Some(0.5),
            ..spent
        };
        let known = PerAccepted::of(&told, 4).unwrap();
        assert_eq!((known.tokens(), known.cost), (Some(100.0), Some(0.125)));
        assert_eq!(PerAccepted::of(&told, 0), None);
    }
}
