//! The documents of the input: which there are ([`Listing`]), and what each says ([`Source`]). A document that cannot be
//! read is told with its reason, not dropped.

mod find;
mod inputs;
mod listing;
mod source;

pub(crate) use listing::reason as row_reason;

pub use inputs::{Dataset, Inputs};
pub use listing::{Listing, Unreadable};
pub use source::{Skipped, Source};
