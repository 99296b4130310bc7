//! The documents of the input: which there are ([`Listing`]), and what each says ([`Source`]). A document that cannot be
//! read is told with its reason, not dropped.

mod archives;
mod find;
mod listing;
mod roots;
mod source;
mod unreadable;

pub use listing::Listing;
pub use source::Source;
pub use unreadable::Unreadable;
