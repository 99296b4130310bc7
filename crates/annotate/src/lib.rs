//! Experts review the questions: a store of datasets, records, suggestions and responses (Argilla's model), a loader
//! that fills it (or a server that speaks Argilla's API) from a Distiset, migration from such a server, and the server of
//! the review page and of Argilla's API.
//!
//! The store lives in one file, `examen.sqlite`, or in a PostgreSQL database; `annotate`, `serve` and `publish` may have it
//! open at once. Knows nothing about how questions were made or what becomes of the answers.

pub mod accounts;
pub mod backup;
pub mod error;
pub mod exam;
mod files;
pub mod known_secrets;
pub mod load;
pub mod migrate;
pub mod secrets;
pub mod server;
mod skipped;
mod source;
pub mod store;
mod totp;

pub use accounts::{
    Bootstrap, NewAccount, bootstrap, create_user, delete_user, disable_user, enable_user,
    reset_password, reset_second_factor, revoke_api_key, rotate_api_key,
};
pub use error::{AnnotateError, Difference, RecordError, Refusal};
pub use load::{LoadOptions, LoadSummary, load_distiset, push_distiset};
pub use migrate::{CarriedDataset, CarriedUser, Migration};
pub use skipped::Skipped;
pub use source::StoredDataset;
pub use store::{Location, Role, Store};
