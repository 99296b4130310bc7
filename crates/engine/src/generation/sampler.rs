//! Draws the next token from logits.

use examen_core::Seed;
use examen_llm::Sampling;

/// The state of one reply's draws: its settings and its own stream of random numbers.
pub(super) struct Sampler {
    temperature: f64,
    top_p: f64,
    stream: Box<dyn Iterator<Item = u64> + Send>,
}

impl Sampler {
    /// An error says which setting makes no sense.
    pub(super) fn new(sampling: &Sampling) -> Result<Self, String> {
        let Sampling { temperature, top_p, seed, .. } = *sampling;
        if !(temperature.is_finite() && temperature >= 0.0) {
            return Err(format!("the temperature is {temperature}, not a number from 0"));
        }
        if !(top_p > 0.0 && top_p <= 1.0) {
            return Err(format!("top-p is {top_p}, not above 0 and at most 1"));
        }
        Ok(Self { temperature, top_p, stream: Box::new(Seed(seed).stream("sample a reply")) })
    }

    /// The next token. Tokens of −∞ are never drawn; temperature 0 takes the likeliest, of equals the first.
    pub(super) fn draw(&mut self, logits: &[f32]) -> u32 {
        let likeliest =
            (0..logits.len()).fold(0, |best, token| if logits[token] > logits[best] { token } else { best });
        if self.temperature == 0.0 {
            return likeliest as u32;
        }
        let max = f64::from(logits[likeliest]);
        let weights = logits.iter().map(|&logit| ((f64::from(logit) - max) / self.temperature).exp());
        let mut candidates: Vec<(u32, f64)> = (0..).zip(weights).filter(|(_, weight)| *weight > 0.0).collect();
        let total = if self.top_p < 1.0 { self.nucleus(&mut candidates) } else { sum(&candidates) };
        let mut left = self.uniform() * total;
        for &(token, weight) in &candidates {
            left -= weight;
            if left < 0.0 {
                return token;
            }
        }
        likeliest as u32
    }

    /// Keeps the smallest set of likeliest tokens whose share is at least top-p (Holtzman et al. 2020); returns its
    /// weight.
    fn nucleus(&self, candidates: &mut Vec<(u32, f64)>) -> f64 {
        let total = sum(candidates);
        // All tokens below this together weigh less than 1 − top-p: none of them is needed, and few are left to sort.
        let least = (1.0 - self.top_p) * total / candidates.len() as f64;
        candidates.retain(|(_, weight)| *weight >= least);
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut weight = 0.0;
        let is_needed = |&&(_, own): &&(u32, f64)| {
            let before = weight;
            weight += own;
            before < self.top_p * total
        };
        let n = candidates.iter().take_while(is_needed).count();
        candidates.truncate(n);
        sum(candidates)
    }

    /// A number from 0 to below 1, with 53 random bits.
    fn uniform(&mut self) -> f64 {
        let bits = self.stream.next().expect("the stream is endless");
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn sum(candidates: &[(u32, f64)]) -> f64 {
    candidates.iter().map(|(_, weight)| weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(temperature: f64, top_p: f64, seed: u64) -> Result<Sampler, String> {
        Sampler::new(&Sampling { temperature, top_p, seed, max_tokens: 1, stop: Vec::new() })
    }

    fn counts(temperature: f64, top_p: f64, logits: &[f32]) -> Vec<usize> {
        let mut sampler = sampler(temperature, top_p, 7).unwrap();
        let mut counts = vec![0; logits.len()];
        (0..4000).for_each(|_| counts[sampler.draw(logits) as usize] += 1);
        counts
    }

    const LOGITS: [f32; 4] = [0.0, f32::NEG_INFINITY, 1.0, 2.0];

    #[test]
    fn draws_follow_the_distribution() {
        let counts = counts(0.5, 1.0, &LOGITS);
        let total: f64 = [0.0, 2.0, 4.0].map(f64::exp).iter().sum();
        let expected = [1.0 / total, 0.0, 2_f64.exp() / total, 4_f64.exp() / total].map(|share| share * 4000.0);
        for (count, expected) in counts.iter().zip(expected) {
            assert!((*count as f64 - expected).abs() <= 5.0 * expected.sqrt(), "{counts:?}");
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
        assert_eq!(sampler(0.0, 1.0, 0).unwrap().draw(&[1.0, 3.0, 3.0]), 1);
    }

    #[test]
    fn senseless_settings_are_refused() {
        for (temperature, top_p) in [(-1.0, 1.0), (f64::NAN, 1.0), (1.0, 0.0), (1.0, 1.1), (1.0, f64::NAN)] {
            assert!(sampler(temperature, top_p, 0).is_err());
        }
    }
}
