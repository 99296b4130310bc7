//! Sources of models: how a user names one, and how it is brought here. Each fetcher fills a folder under `partial`; the
//! cache keeps it.

pub(crate) mod hugging_face;
pub(crate) mod name;
pub(crate) mod pip;
