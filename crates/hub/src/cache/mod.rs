//! The caches: what has been fetched to this machine.
//!
//! ```text
//! <root>/models/<name>/model.json                     source, files, sizes and hashes of a model
//! <root>/models/<name>/…                              its files
//! <root>/datasets/<org>,<name>@<commit>/files.json    files that the commit holds
//! <root>/datasets/<org>,<name>@<commit>/<name>/…      those of them that have been fetched
//! <root>/partial/…                                    downloads on their way, which go on from here; locks
//! <root>/refused/<name>/                              files with another hash than they should have
//! ```
//!
//! Beside them, read only: the cache of `huggingface_hub`.

mod datasets;
mod lock;
mod models;
mod shared;

pub use datasets::{DatasetCache, DatasetFile, DatasetListing};
pub use models::{CachedModel, ModelCache};
