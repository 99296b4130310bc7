//! The store: users, workspaces, datasets, records, suggestions, responses and sessions in one SQLite file, or in a
//! PostgreSQL database.
//!
//! [`Store`] is the only door: no SQL elsewhere, and no database type in its signatures. Ids and times come from the
//! caller. Rules about who may do what live in the server.

mod audit;
mod carried_records;
mod database;
mod datasets;
mod events;
mod facts;
mod full_records;
mod keys;
mod known_records;
mod metrics;
mod order;
mod parts;
mod progress;
mod queues;
mod records;
mod refusal;
mod responses;
mod schema;
mod search;
mod sessions;
mod suggestions;
mod texts;
mod users;
mod values;
mod webhooks;
mod workspaces;
mod write_records;

pub use audit::{Act, COMMAND_LINE};
pub use carried_records::{CarriedRecord, Times};
pub use database::Contents;
pub(crate) use database::{copy_file, fold_file_if_unused, verify_file};
pub use datasets::{Dataset, DatasetHead, DatasetStatus, Existing, NewDataset};
pub use events::{Delivery, LastSeen, Postponed};
pub use full_records::{FullRecord, Include, StoredResponse, StoredSuggestion, Vectors};
pub use metrics::{PropertyValues, ResponseCounts, UserProgress};
pub use parts::{DatasetPart, Part, VectorSettings};
pub use progress::{DatasetProgress, MyProgress};
pub use queues::{Queue, QueuePage};
pub use records::{NewRecord, RecordPlace};
pub use refusal::Refusal;
pub use responses::{NewResponse, ResponsePlace};
pub use schema::Schema;
pub use search::{Asker, Hit, Hits};
pub use sessions::Session;
pub use users::{NewUser, Role, User, UserUpdate};
pub use webhooks::Webhook;
pub use workspaces::{DEFAULT_WORKSPACE, Workspace};
pub use write_records::WrittenRecords;

use crate::{AnnotateError, secrets::Keyring};
use database::{Database, Transaction, is_duplicate};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The name of the store's file in its folder.
pub const FILE_NAME: &str = "examen.sqlite";

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The folder of the key file, and of the database where that is a file.
    pub folder: PathBuf,
    /// The address of a PostgreSQL database: `postgresql://user:password@host:5432/database`. Several processes may share
    /// it; the key file must be the same for all of them.
    pub database_url: Option<String>,
}

impl Location {
    /// The store in a file in `folder`.
    pub fn folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            database_url: None,
        }
    }

    /// Opens the store, making what is missing and bringing an older one to the present format. Refuses, by name, what a
    /// newer Examen or another program made.
    pub async fn open(&self) -> Result<Store, AnnotateError> {
        let made = tokio::fs::create_dir_all(&self.folder).await;
        made.map_err(|source| AnnotateError::Folder {
            path: self.folder.clone(),
            source,
        })?;
        let database = match &self.database_url {
            None => Database::open_file(&self.folder.join(FILE_NAME)).await?,
            Some(url) => Database::open_url(url).await?,
        };
        let keyring = Keyring::open(&self.folder)?;
        let store = Store {
            database,
            folder: self.folder.clone(),
            keyring,
            act: None,
        };
        Ok(Store {
            keyring: store.checked_keyring().await?,
            ..store
        })
    }

    /// As [`Location::open`], but a folder without a store is an error: for those who only read.
    pub async fn open_existing(&self) -> Result<Store, AnnotateError> {
        let path = self.folder.join(FILE_NAME);
        if self.database_url.is_none() && !path.is_file() {
            return Err(AnnotateError::NoStore { path });
        }
        self.open().await
    }
}

/// An open store. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    folder: PathBuf,
    keyring: Keyring,
    /// What is being done, if it is to be noted.
    act: Option<Arc<Act>>,
}

impl Store {
    /// Opens the store in a file in `folder` (see [`Location::open`]).
    pub async fn open(folder: &Path) -> Result<Self, AnnotateError> {
        Location::folder(folder).open().await
    }

    /// The folder with the key file, and with the database where that is a file.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The keys that seal secrets and sign tokens; they lie in a file outside the database.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Closes all connections, folding SQLite's write-ahead log into the file. Dropping the store loses nothing either.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// A transaction that may write, begun as a writer: what it read cannot have changed when it writes.
    async fn write(&self, doing: &'static str) -> Result<Transaction, AnnotateError> {
        let mut transaction = self.database.write().await.map_err(failed(doing))?;
        if let Some(act) = &self.act {
            audit::note(&mut transaction, act)
                .await
                .map_err(failed(doing))?;
        }
        Ok(transaction)
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    async fn read(&self, doing: &'static str) -> Result<Transaction, AnnotateError> {
        self.database.read().await.map_err(failed(doing))
    }
}

/// Says what was being done when the database failed.
fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> AnnotateError {
    move |source| AnnotateError::Store { doing, source }
}
