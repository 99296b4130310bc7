//! Puts what is finished in any order back into the order in which it was begun.

use super::spool::{Place, Spool};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, io};

/// So many results wait in memory; more wait on the disk, however late the one that they wait for is.
const MOST_IN_MEMORY: usize = 1024;

/// Results, by the number in which they were begun.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    next: u64,
    waiting: BTreeMap<u64, Waiting<T>>,
    n_in_memory: usize,
    spool: Spool<T>,
}

#[derive(Debug)]
enum Waiting<T> {
    Memory(T),
    Disk(Place),
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self {
            next: 0,
            waiting: BTreeMap::new(),
            n_in_memory: 0,
            spool: Spool::default(),
        }
    }
}

impl<T: Serialize + DeserializeOwned> InOrder<T> {
    /// The result with this number is there.
    pub(crate) fn put(&mut self, number: u64, result: T) -> io::Result<()> {
        let waiting = match self.n_in_memory < MOST_IN_MEMORY || number == self.next {
            true => {
                self.n_in_memory += 1;
                Waiting::Memory(result)
            }
            false => Waiting::Disk(self.spool.put(&result)?),
        };
        self.waiting.insert(number, waiting);
        Ok(())
    }

    /// The next one, if it is there.
    pub(crate) fn pop(&mut self) -> io::Result<Option<T>> {
        let Some(waiting) = self.waiting.remove(&self.next) else {
            return Ok(None);
        };
        self.next += 1;
        match waiting {
            Waiting::Memory(result) => {
                self.n_in_memory -= 1;
                Ok(Some(result))
            }
            Waiting::Disk(place) => self.spool.get(place).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_core::Seed;

    #[test]
    fn whatever_comes_first_leaves_in_order() {
        let mut numbers: Vec<u64> = (0..3000).collect();
        Seed(1).shuffle("test", &mut numbers);
        let mut in_order = InOrder::default();
        let mut left = Vec::new();
        for number in numbers {
            in_order.put(number, number.to_string()).unwrap();
            while let Some(text) = in_order.pop().unwrap() {
                left.push(text);
            }
        }
        assert_eq!(
            left,
            (0..3000).map(|n: u64| n.to_string()).collect::<Vec<_>>()
        );
    }
}
