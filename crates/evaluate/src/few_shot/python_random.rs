//! Python's `random.Random` with a whole number as its seed: LightEval draws examples with it.
//!
//! The Mersenne Twister and how its words become numbers are those of CPython's `Modules/_randommodule.c` and
//! `Lib/random.py`, the same since Python 3.2.

use rand_mt::Mt;

/// A generator of the numbers that Python draws.
pub(super) struct PythonRandom(Mt);

impl PythonRandom {
    /// `random.seed(seed)`: the seed's 32-bit words, the lowest first, are the twister's key.
    pub(super) fn new(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let n_words = if high == 0 { 1 } else { 2 };
        Self(Mt::new_with_key([low, high].into_iter().take(n_words)))
    }

    /// `random.randrange(n)`: a number below `n`, which is at least 1 and below 2³².
    pub(super) fn below(&mut self, n: usize) -> usize {
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
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
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
}
