//! Records: read, checked and written.

mod carrying;
mod checking;
mod filling;
mod full;
mod item;
mod known;
pub(in crate::store) mod reading;
mod rows;
pub mod rules;
pub(in crate::store) mod sizes;
mod suggestions;
mod telling;
mod writing;

pub use carrying::{CarriedRecord, Times};
pub use filling::{Existing, NewDataset, NewRecord};
pub(in crate::store) use full::in_order;
pub use full::{FullRecord, Include, StoredSuggestion, Vectors};
pub use item::{ItemResponse, NewSuggestion, RecordChange, RecordItem, SuggestionKind};
pub use reading::{AskedRecord, RecordPlace};
pub use writing::WrittenRecords;
