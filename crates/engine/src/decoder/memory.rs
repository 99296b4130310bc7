//! Memory that a model takes, estimated before its weights are read: where they are kept, and how much is computed at once.
//!
//! Estimates are on the low side: what would just fit is tried.

use crate::checkpoint::{NumberType, TensorSource};
use crate::error::EngineError;
use crate::models::config::Config;
use crate::weight::Residence;

/// Bytes that may be used. What is `None` has no bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// Bytes of memory that are free, and what bounds them.
    pub free: Option<(u64, String)>,
    /// Bytes that may still be mapped or allocated, files included, and what bounds them.
    pub address_space: Option<(u64, String)>,
    /// Bytes that may still be allocated, files not included, and what bounds them.
    pub allocated: Option<(u64, String)>,
}

/// How a model is held and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Residence of the weights that are not in half precision.
    pub(crate) residence: Residence,
    /// Tokens in one forward.
    pub(crate) tokens_per_forward: usize,
    /// Bytes that the keys and values of replies may take.
    pub(crate) reply_memory: u64,
}

/// Tokens in a forward below which less memory would not be worth the time.
const FEWEST_TOKENS: usize = 64;
/// Bytes of a tokenizer for each of its tokens: texts, ids, merges and tables, measured.
const TOKENIZER_BYTES: u64 = 300;

/// Chooses for these weights. `most` is what the caller wants where there is room. Weights are kept in f32 unless that
/// would take more than half of what is free; they stay in the file where they would not fit; forwards become smaller
/// where those would not. An error if even then the memory does not hold the model: reading its weights from the disk
/// again and again would take for ever.
pub(crate) fn plan(
    tensors: &dyn TensorSource,
    config: &Config,
    vocabulary: usize,
    most: Room,
    memory: &Memory,
) -> Result<Room, EngineError> {
    let sizes = Sizes::of(tensors);
    let mut tokens_per_forward = most.tokens_per_forward.max(1);
    loop {
        let working = working(config, vocabulary, tokens_per_forward);
        let found = residence(&sizes, working, memory);
        if found.is_err() && tokens_per_forward > FEWEST_TOKENS {
            tokens_per_forward = (tokens_per_forward / 4).max(FEWEST_TOKENS);
            continue;
        }
        let residence = found?;
        return Ok(Room {
            residence,
            tokens_per_forward,
            reply_memory: most
                .reply_memory
                .min(left(memory, sizes.held(residence), working) / 2),
        });
    }
}

/// Bytes of all weights.
struct Sizes {
    /// In the file.
    file: u64,
    /// Of those in half precision, which always stay there.
    half: u64,
    /// Of the others in f32.
    widened: u64,
}

/// Bytes that weights take.
#[derive(Clone, Copy)]
struct Held {
    /// Of memory.
    memory: u64,
    /// Of addresses.
    addresses: u64,
    /// Of allocated memory.
    allocated: u64,
}

impl Sizes {
    fn of(tensors: &dyn TensorSource) -> Self {
        let sizes = tensors.sizes();
        let sum = |bytes: &dyn Fn(NumberType, usize, usize) -> usize| {
            let each = sizes
                .iter()
                .map(|&(number_type, n, n_bytes)| bytes(number_type, n, n_bytes) as u64);
            each.fold(0, u64::saturating_add)
        };
        Self {
            file: sum(&|_, _, n_bytes| n_bytes),
            half: sum(&|kind, _, n_bytes| if kind.is_half() { n_bytes } else { 0 }),
            widened: sum(&|kind, n, _| match kind.is_half() {
                true => 0,
                false => n.saturating_mul(size_of::<f32>()),
            }),
        }
    }

    fn held(&self, residence: Residence) -> Held {
        match residence {
            Residence::Memory => Held {
                memory: self.half.saturating_add(self.widened),
                addresses: self.file.saturating_add(self.widened),
                allocated: self.widened,
            },
            Residence::File => Held {
                memory: self.file,
                addresses: self.file,
                allocated: 0,
            },
        }
    }
}

/// An error if files of so many bytes cannot be mapped.
pub(crate) fn check_mapping(bytes: u64, memory: &Memory) -> Result<(), EngineError> {
    let held = Held {
        memory: 0,
        addresses: bytes,
        allocated: 0,
    };
    fits(held, 0, memory)
}

fn residence(sizes: &Sizes, working: u64, memory: &Memory) -> Result<Residence, EngineError> {
    let widened = sizes.held(Residence::Memory);
    let is_roomy = bounds(widened, memory).iter().all(|(weights, bound)| {
        bound
            .as_ref()
            .is_none_or(|(available, _)| *weights <= available / 2)
    });
    if is_roomy && fits(widened, working, memory).is_ok() {
        return Ok(Residence::Memory);
    }
    fits(sizes.held(Residence::File), working, memory).map(|()| Residence::File)
}

fn fits(held: Held, working: u64, memory: &Memory) -> Result<(), EngineError> {
    for (weights, bound) in bounds(held, memory) {
        if let Some((available, limit)) = bound
            && weights.saturating_add(working) > *available
        {
            return Err(EngineError::NotEnoughMemory {
                weights,
                working,
                available: *available,
                limit: limit.clone(),
            });
        }
    }
    Ok(())
}

/// Bytes that weights take of each kind of memory, and its bound.
fn bounds(held: Held, memory: &Memory) -> [(u64, &Option<(u64, String)>); 3] {
    [
        (held.memory, &memory.free),
        (held.addresses, &memory.address_space),
        (held.allocated, &memory.allocated),
    ]
}

/// Bytes that are left beside weights and forwards.
fn left(memory: &Memory, held: Held, working: u64) -> u64 {
    let left = bounds(held, memory)
        .into_iter()
        .filter_map(|(weights, bound)| {
            let (available, _) = bound.as_ref()?;
            Some(available.saturating_sub(weights.saturating_add(working)))
        });
    left.min().unwrap_or(u64::MAX)
}

/// Bytes to compute with: the tokenizer, and the rows of a forward of so many tokens.
fn working(config: &Config, vocabulary: usize, n_tokens: usize) -> u64 {
    let qkv = config.query_width() + 2 * config.kv_width();
    let row = 4 * config.hidden + qkv + config.query_width() + 2 * config.feed_forward;
    // A largest logit, its token and a sum for each block of the vocabulary.
    let head = 3 * vocabulary.div_ceil(super::head::BLOCK);
    let forward = n_tokens
        .saturating_mul((row + head) * size_of::<f32>())
        .saturating_add(n_tokens.saturating_mul(config.kv_bytes_per_token()));
    (forward as u64).saturating_add(TOKENIZER_BYTES.saturating_mul(vocabulary as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 bytes in the file, 20 of them in half precision; 400 bytes when the others are widened.
    const SIZES: Sizes = Sizes {
        file: 100,
        half: 20,
        widened: 400,
    };

    fn bound(bytes: u64) -> Option<(u64, String)> {
        Some((bytes, "the test".into()))
    }

    fn found(memory: Memory) -> Result<Residence, (u64, u64)> {
        residence(&SIZES, 30, &memory).map_err(|error| match error {
            EngineError::NotEnoughMemory {
                weights, working, ..
            } => (weights, working),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn weights_are_widened_where_there_is_room_for_twice_as_much() {
        let free = |bytes| {
            found(Memory {
                free: bound(bytes),
                ..Memory::default()
            })
        };
        assert_eq!(found(Memory::default()), Ok(Residence::Memory));
        assert_eq!(
            [free(840), free(839)],
            [Ok(Residence::Memory), Ok(Residence::File)]
        );
        assert_eq!(
            [free(130), free(129)],
            [Ok(Residence::File), Err((100, 30))]
        );
    }

    /// A mapped file takes addresses beside what is widened, and no allocated memory.
    #[test]
    fn every_limit_counts_for_what_it_limits() {
        let addresses = |bytes| {
            found(Memory {
                address_space: bound(bytes),
                ..Memory::default()
            })
        };
        assert_eq!(
            [addresses(1000), addresses(999)],
            [Ok(Residence::Memory), Ok(Residence::File)]
        );
        assert_eq!(addresses(129), Err((100, 30)));
        let allocated = |bytes| {
            found(Memory {
                allocated: bound(bytes),
                ..Memory::default()
            })
        };
        assert_eq!(
            [allocated(800), allocated(30)],
            [Ok(Residence::Memory), Ok(Residence::File)]
        );
        assert_eq!(allocated(29), Err((0, 30)));
    }
}
