//! Responses: one a user and record. Each change settles whether the record is completed, and whether it is decided.

mod giving;
mod settling;
mod stored;

pub(in crate::store) use giving::dataset_of;
pub use giving::{NewResponse, ResponsePlace};
pub(in crate::store) use settling::{note_activity, settle};
pub use stored::StoredResponse;
pub(in crate::store) use stored::read;
