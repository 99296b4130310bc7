//! Seeded choices that are the same on every machine, for every version of every library.

use serde::{Deserialize, Serialize};

/// The source of all randomness of a stage. Stored beside whatever it decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// An endless stream of uniform 64-bit numbers for one purpose: BLAKE3's extendable output over seed and `purpose`.
    pub fn stream(self, purpose: &str) -> impl Iterator<Item = u64> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.to_le_bytes());
        hasher.update(purpose.as_bytes());
        let mut output = hasher.finalize_xof();
        std::iter::repeat_with(move || {
            let mut bytes = [0; 8];
            output.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        })
    }

    /// Shuffles `items` in place (Fisher–Yates, Durstenfeld 1964). The bias of the multiply-shift bound is below 2⁻⁵⁰
    /// for any list that fits in memory.
    pub fn shuffle<T>(self, purpose: &str, items: &mut [T]) {
        let mut stream = self.stream(purpose);
        for last in (1..items.len()).rev() {
            let draw = stream.next().expect("the stream is endless");
            let index = ((u128::from(draw) * (last as u128 + 1)) >> 64) as usize;
            items.swap(index, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_shuffle_is_a_permutation_and_repeats(seed: u64, n in 0_usize..60) {
            let shuffled = |seed| {
                let mut items: Vec<usize> = (0..n).collect();
                Seed(seed).shuffle("test", &mut items);
                items
            };
            let once = shuffled(seed);
            prop_assert_eq!(&once, &shuffled(seed));
            let mut sorted = once;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_place_is_equally_likely() {
        let mut first = [0_u32; 4];
        for seed in 0..8000 {
            let mut items = [0, 1, 2, 3];
            Seed(seed).shuffle("test", &mut items);
            first[items[0]] += 1;
        }
        // Chi-squared with 3 degrees of freedom: 16.27 is its 99.9 % point.
        let chi2: f64 = first
            .iter()
            .map(|&n| (f64::from(n) - 2000.0).powi(2) / 2000.0)
            .sum();
        assert!(chi2 < 16.27, "{first:?}");
    }
}
