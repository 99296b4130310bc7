//! A filter that knows most keys that were never added.

/// Bits for each key that is expected.
const BITS_OF_KEY: usize = 8;
/// Beyond 4 MiB it grows no more, and tells less.
const MAX_WORDS: usize = 1 << 19;

/// A Bloom filter (B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970) whose three bits of a
/// key lie in one word, so that a look at it is one access to memory.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<u64>,
}

impl Filter {
    /// For about so many keys; it takes more, and tells less.
    pub(super) fn new(n_keys: usize) -> Self {
        let n_words = (n_keys * BITS_OF_KEY / 64).next_power_of_two();
        Self {
            words: vec![0; n_words.min(MAX_WORDS)],
        }
    }

    pub(super) fn insert(&mut self, key: u32) {
        let (word, bits) = self.bits_of(key);
        self.words[word] |= bits;
    }

    /// False if the key was not added; true in vain for some.
    pub(super) fn may_have(&self, key: u32) -> bool {
        let (word, bits) = self.bits_of(key);
        self.words[word] & bits == bits
    }

    /// The word, and the bits in it, by multiplication with 2⁶⁴ over the golden ratio (D. Knuth, 1973).
    fn bits_of(&self, key: u32) -> (usize, u64) {
        let hash = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bit = |shift: u32| 1 << (hash >> shift & 63);
        (
            (hash >> 20) as usize & (self.words.len() - 1),
            bit(58) | bit(52) | bit(46),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_little_else() {
        let mut filter = Filter::new(10_000);
        let keys = |first: u32| {
            (first..)
                .step_by(97)
                .map(|n| n.wrapping_mul(2_654_435_761))
                .take(5_000)
        };
        keys(0).for_each(|key| filter.insert(key));
        assert!(keys(0).all(|key| filter.may_have(key)));
        let n_in_vain = keys(1).filter(|key| filter.may_have(*key)).count();
        assert!(n_in_vain < 250, "{n_in_vain} of 5,000");
    }

    #[test]
    fn an_empty_one_has_nothing() {
        assert!(!Filter::new(0).may_have(0) && !Filter::new(0).may_have(u32::MAX));
    }
}
