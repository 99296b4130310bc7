//! Collections that could outgrow the memory: in memory up to a limit, then in temporary files, which vanish with the
//! value that they belong to.

mod bytes;
mod filter;
mod map;
mod pages;
mod tail;

pub(crate) use bytes::read_at;
pub use map::{DiskMap, Key, key};
pub use pages::{Entry, Pages};
pub use tail::Tail;
