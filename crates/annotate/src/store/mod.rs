//! The store: users, workspaces, datasets, records, suggestions, responses and sessions in one SQLite file.
//!
//! [`Store`] is the only door: no SQL elsewhere, and no database type in its signatures, so that a second database can
//! stand behind it. Ids and times come from the caller. Rules about who may do what live in the server.

mod datasets;
mod full_records;
mod metrics;
mod migrations;
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
mod users;
mod values;
mod webhooks;
mod workspaces;
mod write_records;

pub use datasets::{Dataset, DatasetHead, DatasetStatus, Existing, NewDataset};
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
use sqlx::{
    Connection, Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The name of the store's file in its folder.
pub const FILE_NAME: &str = "examen.sqlite";

/// How long a writer waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections that read at once.
const N_READERS: u32 = 4;

/// An open store. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    // One connection writes: writers of this process queue for it in order, those of other processes wait for the
    // file's lock (`BEGIN IMMEDIATE` with a busy timeout), so nobody ever sees "database is locked".
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
    keyring: Keyring,
}

impl Store {
    /// Opens `folder/examen.sqlite`, making folder and file where they are missing and bringing an older file to the
    /// present format. Refuses, by name, a file of a newer Examen or of another program.
    pub async fn open(folder: &Path) -> Result<Self, AnnotateError> {
        let made = tokio::fs::create_dir_all(folder).await;
        made.map_err(|source| AnnotateError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(FILE_NAME);
        prepare(&path).await?;
        let open = |source| AnnotateError::Open { path: path.clone(), source };
        let pool = || SqlitePoolOptions::new().acquire_timeout(BUSY_TIMEOUT).test_before_acquire(false);
        let writer = pool().max_connections(1).connect_with(options(&path)).await.map_err(open)?;
        let reading = options(&path).pragma("query_only", "ON");
        let readers = pool().max_connections(N_READERS).connect_with(reading).await.map_err(open)?;
        let keyring = Keyring::open(folder)?;
        Ok(Self { writer, readers, path, keyring })
    }

    /// As [`Store::open`], but a folder without a store is an error: for those who only read.
    pub async fn open_existing(folder: &Path) -> Result<Self, AnnotateError> {
        let path = folder.join(FILE_NAME);
        if !path.is_file() {
            return Err(AnnotateError::NoStore { path });
        }
        Self::open(folder).await
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys that seal secrets and sign tokens; they lie in a file beside the store's.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Whether the file takes a write now: writes what stands there already.
    pub async fn check_writable(&self) -> Result<(), AnnotateError> {
        const DOING: &str = "writing to see whether it can";
        let mut transaction = self.write(DOING).await?;
        migrations::restamp(&mut transaction).await.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Closes all connections, folding the write-ahead log into the file. Dropping the store loses nothing either.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A transaction that may write, begun as a writer: what it read cannot have changed when it writes.
    async fn write(&self, doing: &'static str) -> Result<Transaction<'static, Sqlite>, AnnotateError> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.writer.begin_with(BEGIN).await {
            // When the disk is full SQLite rolls a transaction back by itself, and sqlx, whose own ROLLBACK then fails, takes
            // the connection to be in a transaction for ever.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let stale = self.writer.acquire().await.map_err(failed(doing))?;
                stale.close().await.map_err(failed(doing))?;
                self.writer.begin_with(BEGIN).await.map_err(failed(doing))
            }
            begun => begun.map_err(failed(doing)),
        }
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    async fn read(&self, doing: &'static str) -> Result<Transaction<'static, Sqlite>, AnnotateError> {
        self.readers.begin().await.map_err(failed(doing))
    }
}

/// Says what was being done when the database failed.
fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> AnnotateError {
    move |source| AnnotateError::Store { doing, source }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // An acknowledged answer survives a power cut: reviewing is slow and precious, so a sync a commit is cheap.
        .synchronous(SqliteSynchronous::Full)
}

/// Makes the file and migrates it; then, the file being ours, turns its write-ahead log on, which is kept in the file.
async fn prepare(path: &Path) -> Result<(), AnnotateError> {
    let failed = |source| not_opened(path, source);
    // A migration that makes a table anew must not delete what refers to the old one.
    let connecting = SqliteConnection::connect_with(&options(path).create_if_missing(true).foreign_keys(false)).await;
    let mut connection = connecting.map_err(failed)?;
    migrations::run(&mut connection, path).await?;
    turn_log_on(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

async fn turn_log_on(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    const ATTEMPTS: u32 = 100;
    let mut attempt = 0;
    loop {
        attempt += 1;
        // Does not wait for the lock as other statements do, so two processes that open a new file at once can meet here.
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await {
            Err(error) if is_busy(&error) && attempt < ATTEMPTS => tokio::time::sleep(Duration::from_millis(20)).await,
            done => return done.map(drop),
        }
    }
}

/// Why a file could not be opened: it is no database at all (SQLITE_NOTADB), or something else.
fn not_opened(path: &Path, source: sqlx::Error) -> AnnotateError {
    let path = path.to_owned();
    match primary_code(&source) {
        Some(26) => AnnotateError::NotAStore { path },
        _ => AnnotateError::Open { path, source },
    }
}

/// SQLITE_BUSY, in any of its extended forms.
fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(5)
}

/// The low byte of SQLite's result code names the kind of error (https://www.sqlite.org/rescode.html).
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether another row has the same value in a unique `column` (`table.column`). SQLite names the columns in its message.
fn is_duplicate(error: &sqlx::Error, column: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation() && error.message().contains(column))
}
