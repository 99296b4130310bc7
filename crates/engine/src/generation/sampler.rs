//! Draws the next token from logits. The settings, their order and where they come from are
//! [`Sampling`]'s; in the order of transformers' `generate`.

use examen_core::Seed;
use examen_llm::Sampling;
use std::collections::HashSet;

/// A setting that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(super) enum SamplingError {
    #[error("the temperature is {0}, not a number from 0")]
    Temperature(f64),
    #[error("top-p is {0}, not above 0 and at most 1")]
    TopP(f64),
    #[error("min-p is {0}, not from 0 to 1")]
    MinP(f64),
    #[error("the repetition penalty is {0}, not a number above 0")]
    RepetitionPenalty(f64),
}

/// The state of one reply's draws: its settings, the tokens it has seen, and its own stream of random numbers.
pub(super) struct Sampler {
    temperature: f64,
    top_k: Option<usize>,
    top_p: f64,
    min_p: f64,
    repetition_penalty: f32,
    /// Tokens of prompt and reply; stays empty where nothing asks for them.
    seen: HashSet<u32>,
    stream: Box<dyn Iterator<Item = u64> + Send>,
}

impl Sampler {
    /// Checks the settings.
    pub(super) fn new(sampling: &Sampling) -> Result<Self, SamplingError> {
        let Sampling {
            temperature,
            top_p,
            top_k,
            min_p,
            repetition_penalty,
            seed,
            ..
        } = *sampling;
        if !(temperature.is_finite() && temperature >= 0.0) {
            return Err(SamplingError::Temperature(temperature));
        }
        if !(top_p > 0.0 && top_p <= 1.0) {
            return Err(SamplingError::TopP(top_p));
        }
        if !(0.0..=1.0).contains(&min_p) {
            return Err(SamplingError::MinP(min_p));
        }
        let penalty = repetition_penalty as f32;
        if !(penalty.is_normal() && penalty.is_sign_positive()) {
            return Err(SamplingError::RepetitionPenalty(repetition_penalty));
        }
        Ok(Self {
            temperature,
            top_k: top_k.map(Into::into),
            top_p,
            min_p,
            repetition_penalty: penalty,
            seen: HashSet::new(),
            stream: Box::new(Seed(seed).stream("sample a reply")),
        })
    }

    /// Takes note of tokens of the prompt or the reply.
    pub(super) fn see(&mut self, tokens: &[u32]) {
        if self.repetition_penalty != 1.0 {
            self.seen.extend(tokens);
        }
    }

    /// The next token; `None` if all are −∞. Tokens of −∞ are never drawn; temperature 0 takes the likeliest, of equals
    /// the first. The logits are penalised in place.
    pub(super) fn draw(&mut self, logits: &mut [f32]) -> Option<u32> {
        self.penalise(logits);
        let likeliest = likeliest(logits)?;
        if self.temperature == 0.0 {
            return Some(likeliest as u32);
        }
        let candidates = self.candidates(logits, logits[likeliest]);
        let mut left = self.uniform() * sum(&candidates);
        for &(token, weight) in &candidates {
            left -= weight;
            if left < 0.0 {
                return Some(token);
            }
        }
        Some(likeliest as u32)
    }

    fn penalise(&self, logits: &mut [f32]) {
        for &token in &self.seen {
            if let Some(logit) = logits.get_mut(token as usize) {
                let penalty = self.repetition_penalty;
                *logit = if *logit < 0.0 {
                    *logit * penalty
                } else {
                    *logit / penalty
                };
            }
        }
    }

    /// The tokens that may be drawn in the order of their ids, so that rounding never reorders them, with their weights:
    /// 1 for the likeliest, whose logit is `max`.
    fn candidates(&self, logits: &[f32], max: f32) -> Vec<(u32, f64)> {
        let least = self
            .top_k
            .and_then(|k| kth_largest(logits, k))
            .unwrap_or(f32::NEG_INFINITY);
        let weight = |logit: f32| ((f64::from(logit) - f64::from(max)) / self.temperature).exp();
        let kept = (0..).zip(logits).filter(|(_, logit)| **logit >= least);
        let mut candidates: Vec<(u32, f64)> =
            kept.map(|(token, &logit)| (token, weight(logit))).collect();
        // A token of −∞ or NaN weighs nothing.
        candidates.retain(|(_, weight)| *weight > 0.0);
        if self.top_p < 1.0 {
            self.nucleus(&mut candidates);
        }
        candidates.retain(|(_, weight)| *weight >= self.min_p);
        candidates
    }

    /// Keeps the smallest set of likeliest tokens whose share is at least top-p.
    fn nucleus(&self, candidates: &mut Vec<(u32, f64)>) {
        let total = sum(candidates);
        // All tokens below this together weigh less than 1 − top-p: none of them is needed, and few are left to sort.
        let least = (1.0 - self.top_p) * total / candidates.len() as f64;
        candidates.retain(|(_, weight)| *weight >= least);
        candidates.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut weight = 0.0;
        let is_needed = |&&(_, own): &&(u32, f64)| {
            let before = weight;
            weight += own;
            before < self.top_p * total
        };
        let n = candidates.iter().take_while(is_needed).count();
        candidates.truncate(n);
        candidates.sort_unstable_by_key(|(token, _)| *token);
    }

    /// A number from 0 to below 1, with 53 random bits.
    fn uniform(&mut self) -> f64 {
        let bits = self.stream.next().expect("the stream is endless");
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn likeliest(logits: &[f32]) -> Option<usize> {
    let (best, logit) =
        logits
            .iter()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (token, &logit)| {
                if logit > best.1 { (token, logit) } else { best }
            });
    (logit > f32::NEG_INFINITY).then_some(best)
}

/// `None` if there are no more than `k` tokens.
fn kth_largest(logits: &[f32], k: usize) -> Option<f32> {
    let mut allowed: Vec<f32> = logits
        .iter()
        .copied()
        .filter(|logit| *logit > f32::NEG_INFINITY)
        .collect();
    let is_enough = k > 0 && k < allowed.len();
    is_enough.then(|| {
        *allowed
            .select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a))
            .1
    })
}

fn sum(candidates: &[(u32, f64)]) -> f64 {
    candidates.iter().map(|(_, weight)| weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    fn sampler(temperature: f64, top_p: f64, seed: u64) -> Sampler {
        Sampler::new(&Sampling {
            temperature,
            top_p,
            seed,
            ..Sampling::greedy(1)
        })
        .unwrap()
    }

    fn counts(temperature: f64, top_p: f64, logits: &[f32]) -> Vec<usize> {
        let mut sampler = sampler(temperature, top_p, 7);
        let mut counts = vec![0; logits.len()];
        (0..4000).for_each(|_| counts[sampler.draw(&mut logits.to_vec()).unwrap() as usize] += 1);
        counts
    }

    const LOGITS: [f32; 4] = [0.0, f32::NEG_INFINITY, 1.0, 2.0];

    #[test]
    fn draws_follow_the_distribution() {
        let counts = counts(0.5, 1.0, &LOGITS);
        let total: f64 = [0.0, 2.0, 4.0].map(f64::exp).iter().sum();
        let expected = [1.0 / total, 0.0, 2_f64.exp() / total, 4_f64.exp() / total]
            .map(|share| share * 4000.0);
        for (count, expected) in counts.iter().zip(expected) {
            assert!(
                (*count as f64 - expected).abs() <= 5.0 * expected.sqrt(),
                "{counts:?}"
            );
        }
    }

    #[test]
    fn top_p_keeps_the_smallest_sufficient_set() {
        // The shares are .09, .245, .665.
        assert_eq!(counts(1.0, 0.66, &LOGITS)[3], 4000);
        assert_eq!(counts(1.0, 0.67, &LOGITS)[0], 0);
        assert!(counts(1.0, 0.67, &LOGITS)[2] > 0);
        assert!(counts(1.0, 0.92, &LOGITS)[0] > 0);
    }

    #[test]
    fn temperature_zero_takes_the_first_of_the_likeliest() {
        assert_eq!(sampler(0.0, 1.0, 0).draw(&mut [1.0, 3.0, 3.0]), Some(1));
    }

    #[test]
    fn nothing_is_drawn_where_nothing_is_allowed() {
        for temperature in [0.0, 1.0] {
            assert_eq!(
                sampler(temperature, 0.5, 0).draw(&mut [f32::NEG_INFINITY, f32::NAN]),
                None
            );
            assert_eq!(sampler(temperature, 0.5, 0).draw(&mut []), None);
        }
    }

    #[test]
    fn the_penalty_counts_what_was_seen_once() {
        let sampling = Sampling {
            repetition_penalty: 2.0,
            ..Sampling::greedy(1)
        };
        let mut sampler = Sampler::new(&sampling).unwrap();
        sampler.see(&[0, 2, 2, 99]);
        let mut logits = [4.0, 1.0, -1.0, f32::NEG_INFINITY];
        assert_eq!(sampler.draw(&mut logits), Some(0));
        assert_eq!(logits, [2.0, 1.0, -2.0, f32::NEG_INFINITY]);
    }

    /// A row of `testdata/sampling/golden.jsonl`.
    #[derive(Deserialize)]
    struct Case {
        settings: Value,
        seen: Vec<u32>,
        /// `None` is −∞.
        logits: Vec<Option<f32>>,
        probabilities: Vec<f64>,
    }

    #[test]
    fn the_filters_leave_what_those_of_transformers_leave() {
        let cases = include_str!("../../../../testdata/sampling/golden.jsonl");
        for case in cases
            .lines()
            .map(|line| serde_json::from_str::<Case>(line).unwrap())
        {
            let mut sampling =
                json!({"temperature": 1.0, "top_p": 1.0, "seed": 0, "max_tokens": 1, "stop": []});
            sampling
                .as_object_mut()
                .unwrap()
                .extend(case.settings.as_object().unwrap().clone());
            let mut sampler = Sampler::new(&serde_json::from_value(sampling).unwrap()).unwrap();
            sampler.see(&case.seen);
            let mut logits: Vec<f32> = case
                .logits
                .iter()
                .map(|logit| logit.unwrap_or(f32::NEG_INFINITY))
                .collect();
            sampler.penalise(&mut logits);
            let max = logits[likeliest(&logits).unwrap()];
            let candidates = sampler.candidates(&logits, max);
            let mut found = vec![0.0; logits.len()];
            candidates
                .iter()
                .for_each(|&(token, weight)| found[token as usize] = weight / sum(&candidates));
            for (token, (found, expected)) in found.iter().zip(&case.probabilities).enumerate() {
                let (settings, difference) = (&case.settings, (found - expected).abs());
                assert!(
                    difference <= 1e-6,
                    "{settings}, token {token}: {found} is not {expected} ± 1e-6"
                );
                assert_eq!(*found == 0.0, *expected == 0.0, "{settings}, token {token}");
            }
        }
    }

    #[test]
    fn senseless_settings_are_refused() {
        let good = Sampling::greedy(1);
        let bad = [
            Sampling {
                temperature: -1.0,
                ..good.clone()
            },
            Sampling {
                temperature: f64::NAN,
                ..good.clone()
            },
            Sampling {
                top_p: 0.0,
                ..good.clone()
            },
            Sampling {
                top_p: 1.1,
                ..good.clone()
            },
            Sampling {
                top_p: f64::NAN,
                ..good.clone()
            },
            Sampling {
                min_p: -0.1,
                ..good.clone()
            },
            Sampling {
                min_p: f64::NAN,
                ..good.clone()
            },
            Sampling {
                repetition_penalty: 0.0,
                ..good.clone()
            },
            Sampling {
                repetition_penalty: f64::INFINITY,
                ..good.clone()
            },
            Sampling {
                repetition_penalty: 1e-300,
                ..good
            },
        ];
        for sampling in bad {
            assert!(Sampler::new(&sampling).is_err(), "{sampling:?}");
        }
    }
}
