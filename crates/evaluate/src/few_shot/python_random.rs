//! Python's `random.Random` with a whole number as its seed: LightEval and lm-evaluation-harness draw examples with it.
//!
//! The Mersenne Twister and how its words become numbers are those of CPython's `Modules/_randommodule.c` and
//! `Lib/random.py`, the same since Python 3.2.

use rand_mt::Mt;
use std::collections::BTreeSet;

/// A generator of the numbers that Python draws.
pub(crate) struct PythonRandom(Mt);

impl PythonRandom {
    /// `random.seed(seed)`: the seed's 32-bit words, the lowest first, are the twister's key.
    pub(crate) fn new(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let n_words = if high == 0 { 1 } else { 2 };
        Self(Mt::new_with_key([low, high].into_iter().take(n_words)))
    }

    /// `random.randrange(n)`: a number below `n`, which is at least 1 and below 2³².
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = u32::try_from(n).expect("fewer than 2^32 questions are drawn from");
        let n_bits = u32::BITS - n.leading_zeros();
        loop {
            let drawn = self.0.next_u32() >> (u32::BITS - n_bits);
            if drawn < n {
                return drawn as usize;
            }
        }
    }

    /// `random.shuffle(items)`.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }

    /// `random.sample(range(len), n)`: `n` numbers below `len`, each once.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn sample(&mut self, len: usize, n: usize) -> Vec<usize> {
        assert!(n <= len, "{n} of {len}");
        if len <= set_size(n) {
            let mut left: Vec<usize> = (0..len).collect();
            let draw = |_| left.swap_remove(self.below(left.len()));
            return (0..n).map(draw).collect();
        }
        let mut drawn = BTreeSet::new();
        let draw = |_| loop {
            let index = self.below(len);
            if drawn.insert(index) {
                break index;
            }
        };
        (0..n).map(draw).collect()
    }
}

/// The size from which Python keeps a set of what was drawn, instead of a list of what is left.
fn set_size(n: usize) -> usize {
    let more = if n > 5 {
        4_usize.saturating_pow((n as f64 * 3.0).log(4.0).ceil() as u32)
    } else {
        0
    };
    21 + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_equal_those_of_python() {
        // python3 -c 'import random; random.seed(0); x = list(range(10)); random.shuffle(x); print(x)'
        let mut shuffled: Vec<_> = (0..10).collect();
        PythonRandom::new(0).shuffle(&mut shuffled);
        assert_eq!(shuffled, [7, 8, 1, 5, 3, 4, 2, 0, 9, 6]);
        // … random.seed(2**40 + 3); print([random.randrange(7) for _ in range(10)])
        let mut random = PythonRandom::new((1 << 40) + 3);
        let drawn: Vec<_> = (0..10).map(|_| random.below(7)).collect();
        assert_eq!(drawn, [1, 0, 4, 6, 0, 4, 2, 5, 6, 3]);
        // … random.seed(0); print([random.randrange(1) for _ in range(3)], random.randrange(2**31))
        let mut random = PythonRandom::new(0);
        assert_eq!([random.below(1), random.below(1), random.below(1)], [0; 3]);
    }

    #[test]
    fn samples_equal_those_of_python() {
        // python3 -c 'import random; r = random.Random(1234); print([r.sample(range(n), k) for n, k in [(10, 3), (21, 5), …]])'
        let mut random = PythonRandom::new(1234);
        let mut sample = |n, k| random.sample(n, k);
        assert_eq!(sample(10, 3), [7, 1, 0]);
        assert_eq!(sample(21, 5), [2, 18, 1, 20, 3]);
        assert_eq!(sample(22, 5), [11, 7, 0, 20, 19]);
        assert_eq!(sample(500, 6), [247, 315, 237, 76, 46, 93]);
        assert_eq!(
            sample(100, 12),
            [91, 14, 1, 64, 62, 31, 8, 85, 69, 59, 76, 86]
        );
        assert_eq!(sample(85, 6), [11, 65, 74, 5, 34, 71]);
        assert_eq!(sample(86, 6), [8, 82, 38, 61, 45, 34]);
        assert_eq!(sample(3, 3), [0, 2, 1]);
    }
}
