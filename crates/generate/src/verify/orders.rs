//! The orders in which a question's options are shown: all different, and the key at each position as often as at any
//! other.

use examen_core::{Seed, exam::N_OPTIONS};

/// Index of the option at each position; 0 is the key.
pub(super) type Order = [usize; N_OPTIONS];

const DISTRACTORS: [[usize; N_OPTIONS - 1]; 6] = [
    [1, 2, 3],
    [1, 3, 2],
    [2, 1, 3],
    [2, 3, 1],
    [3, 1, 2],
    [3, 2, 1],
];

/// `n` orders (at most [`MAX_ORDERS`](crate::settings::MAX_ORDERS)) drawn from the seed for this `purpose`. The numbers
/// of times that the key stands at two positions differ by 1 at most, and are equal where `n` is a multiple of four.
pub(super) fn orders(seed: Seed, purpose: &str, n: usize) -> Vec<Order> {
    let distractors: [_; N_OPTIONS] = std::array::from_fn(|index| {
        let mut arrangements = DISTRACTORS;
        seed.shuffle(
            &format!("distractors {index}: {purpose}"),
            &mut arrangements,
        );
        arrangements
    });
    let rounds = (0..DISTRACTORS.len()).flat_map(|round| {
        let mut positions: [usize; N_OPTIONS] = std::array::from_fn(|index| index);
        seed.shuffle(&format!("key {round}: {purpose}"), &mut positions);
        positions.map(|index| with_key_at(index, distractors[index][round]))
    });
    rounds.take(n).collect()
}

fn with_key_at(index: usize, distractors: [usize; N_OPTIONS - 1]) -> Order {
    let mut rest = distractors.into_iter();
    std::array::from_fn(|at| {
        if at == index {
            0
        } else {
            rest.next().unwrap_or_default()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::MAX_ORDERS;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn the_key_stands_equally_often_at_each_place_and_no_order_comes_twice(
            seed: u64,
            purpose in "\\PC{0,20}",
            n in 1..=MAX_ORDERS,
        ) {
            let drawn = orders(Seed(seed), &purpose, n);
            prop_assert_eq!(drawn.len(), n);
            prop_assert_eq!(&drawn, &orders(Seed(seed), &purpose, n));
            prop_assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), n);
            let mut counts = [0; N_OPTIONS];
            for order in &drawn {
                let mut sorted = *order;
                sorted.sort_unstable();
                prop_assert_eq!(sorted, [0, 1, 2, 3]);
                counts[order.iter().position(|&option| option == 0).unwrap()] += 1;
            }
            let spread = counts.iter().max().unwrap() - counts.iter().min().unwrap();
            prop_assert!(spread <= usize::from(n % N_OPTIONS != 0), "{:?}", counts);
        }
    }
}
