//! Bags of n-grams: what BLEU, chrF, ROUGE and token F1 count.

use std::{collections::HashMap, hash::Hash};

/// How often each item occurs.
pub(super) type Bag<T> = HashMap<T, usize>;

/// The bag of `items`.
pub(super) fn bag<T: Hash + Eq>(items: impl IntoIterator<Item = T>) -> Bag<T> {
    let mut bag = Bag::new();
    for item in items {
        *bag.entry(item).or_default() += 1;
    }
    bag
}

/// The bag of the sequences of `n` neighbours.
pub(super) fn n_grams<T: Hash + Eq>(items: &[T], n: usize) -> Bag<&[T]> {
    bag(items.windows(n))
}

/// Number of items that both bags hold, each as often as in the bag that holds fewer.
pub(super) fn overlap<T: Hash + Eq>(left: &Bag<T>, right: &Bag<T>) -> usize {
    let shared = |(item, n): (&T, &usize)| right.get(item).map_or(0, |m| *n.min(m));
    left.iter().map(shared).sum()
}

/// Number of items in a bag.
pub(super) fn size<T>(bag: &Bag<T>) -> usize {
    bag.values().sum()
}
