//! Opening a store, and the transactions that everything in it is read and written in.

use super::{
    act::Actor,
    database::{
        Database, Query, Results, Transaction, failed, fold_file_if_unused, postgres, sqlite,
    },
    facts,
};
use crate::{
    AnnotateError,
    files::{self, FILE_NAME},
    secrets::Keyring,
};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Location of a store.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// The folder of the key file, and of the database where that is a file.
    pub folder: PathBuf,
    /// The address of a PostgreSQL database: `postgresql://user:password@host:5432/database`. Several processes may share
    /// it; the key file must be the same for all of them.
    pub database_url: Option<String>,
}

impl fmt::Debug for Location {
    /// Without the address of the database, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Location")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
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
        files::private_folder(&self.folder)?;
        files::finish_replacing(&self.folder)?;
        files::make_private(&self.folder);
        let database = match &self.database_url {
            None => sqlite::open(&self.folder.join(FILE_NAME)).await?,
            Some(url) => postgres::open(url).await?,
        };
        let keyring = Keyring::open(&self.folder)?;
        Ok(Store {
            keyring: facts::checked_keyring(&database, &self.folder, keyring).await?,
            database,
            folder: self.folder.clone(),
            actor: None,
        })
    }

    /// As [`Location::open`], but a folder without a store is an error: for those who only read.
    pub async fn open_existing(&self) -> Result<Store, AnnotateError> {
        let path = self.folder.join(FILE_NAME);
        files::finish_replacing(&self.folder)?;
        if self.database_url.is_none() && !path.is_file() {
            return Err(AnnotateError::NoStore { path });
        }
        self.open().await
    }
}

impl Location {
    /// As [`Location::open_existing`], but refuses a store that others have open: a server would go on with what it knows.
    pub async fn open_alone(&self) -> Result<Store, AnnotateError> {
        match &self.database_url {
            None => fold_file_if_unused(&self.folder.join(FILE_NAME)).await?,
            Some(url) => postgres::check_unused(url).await?,
        }
        self.open_existing().await
    }
}

/// An open store. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) database: Database,
    pub(super) folder: PathBuf,
    pub(super) keyring: Keyring,
    /// Who does what this store is used for; each change notes itself.
    pub(super) actor: Option<Arc<Actor>>,
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
    pub(super) async fn write(&self, doing: &'static str) -> Result<Transaction, AnnotateError> {
        let key = self.keyring.fingerprint();
        let transaction = self.database.write(Some(&key)).await;
        transaction.map_err(failed(doing))
    }

    /// Runs statements that write, and gives the rows of each. `None`, with nothing written, where it takes a transaction:
    /// in a file, and where webhooks are to be told of it.
    pub(super) async fn write_at_once(
        &self,
        doing: &'static str,
        queries: Vec<Query>,
    ) -> Result<Option<Results>, AnnotateError> {
        let unless = "SELECT 1 FROM webhooks WHERE enabled";
        let key = self.keyring.fingerprint();
        let written = self.database.write_at_once(&key, unless, queries).await;
        written.map_err(failed(doing))
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    pub(super) async fn read(&self, doing: &'static str) -> Result<Transaction, AnnotateError> {
        self.database.read().await.map_err(failed(doing))
    }
}
