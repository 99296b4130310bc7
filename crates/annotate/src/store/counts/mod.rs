//! Counts: how far datasets and people are, and the values of metadata.

mod metrics;
pub(in crate::store) mod progress;

pub use metrics::{PropertyValues, ResponseCounts, UserProgress};
pub use progress::{DatasetProgress, MyProgress};
