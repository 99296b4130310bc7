//! Datasets: a head, and the parts that decide which records and responses it takes.

mod editing;
pub(in crate::store) mod head;
pub(in crate::store) mod parts;
mod reading;
pub(in crate::store) mod schema;

pub use head::{DatasetHead, DatasetStatus};
pub use parts::{DatasetPart, Part, VectorSettings};
pub use reading::Dataset;
pub use schema::{Hidden, Schema};
