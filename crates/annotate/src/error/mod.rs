//! Errors of the store, the loader and the server, in words for the person who runs them.

mod difference;
mod record;
mod refusal;
mod unavailable;

pub use difference::Difference;
pub use record::RecordError;
pub use refusal::Refusal;

use crate::Skipped;
use examen_argilla::ClientError;
use examen_files::FilesError;
use examen_listening::CertificateError;
use std::{path::PathBuf, time::Duration};

/// An error of this crate: what was being done, to what, and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The store's folder cannot be made.
    #[error("cannot create the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The store's file cannot be opened.
    #[error("cannot open the store {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: sqlx::Error,
    },
    /// There is no store where one was expected.
    #[error("there is no review store at {}", path.display())]
    NoStore {
        /// The file that is missing.
        path: PathBuf,
    },
    /// The file is a database of something else.
    #[error("{place} is not an Examen store")]
    NotAStore {
        /// The file or the database.
        place: String,
    },
    /// A later Examen wrote the file.
    #[error("{place} was written by a newer Examen: its format is {found}, this one knows {known}")]
    NewerStore {
        /// The file or the database.
        place: String,
        /// Its format's version.
        found: i64,
        /// The last version that this program knows.
        known: i64,
    },
    /// A database server cannot be reached, or does not let the store in.
    #[error("cannot open {place}: {source}")]
    Connect {
        /// The database and its host.
        place: String,
        /// The cause.
        source: sqlx::Error,
    },
    /// The address of a database cannot be read. It may hold a password: it is not repeated.
    #[error("cannot read the database's address: {reason}")]
    DatabaseUrl {
        /// The cause, without the address.
        reason: String,
    },
    /// The database cannot hold every text.
    #[error("{place} has the encoding {encoding}, which cannot hold every text")]
    Encoding {
        /// The database and its host.
        place: String,
        /// Its encoding.
        encoding: String,
    },
    /// The database has tables, and they are not a store's.
    #[error("{place} has tables of another program ({})", tables.join(", "))]
    ForeignTables {
        /// The database and its host.
        place: String,
        /// Some of the tables.
        tables: Vec<String>,
    },
    /// The database refused or failed.
    #[error("the store failed while {doing}: {source}")]
    Store {
        /// The action that failed.
        doing: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// The file with the store's keys cannot be read or made.
    #[error("cannot open the store's key file {}: {source}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A sealed secret does not open: the key file is of another store.
    #[error(
        "a secret in the store cannot be decrypted with the key file (`{}`)",
        crate::secrets::KEY_FILE_NAME
    )]
    Sealed,
    /// A rule that a change would break; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A stored value does not read as what it must be.
    #[error("the store holds a damaged value ({what}: `{value}`)")]
    Damaged {
        /// Kind of value.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// A search that took too long.
    #[error("the search took longer than {longest:?} and was stopped")]
    SearchTime {
        /// The time that it was given.
        longest: Duration,
    },
    /// A dataset of this name is there already.
    #[error(
        "a dataset named `{name}` exists already, with {records} records and {responses} responses"
    )]
    DatasetExists {
        /// The name.
        name: String,
        /// Number of records.
        records: u64,
        /// Number of responses.
        responses: u64,
    },
    /// A dataset of this name is there already, and is not one that was begun to be sent or carried there.
    #[error(
        "another dataset named `{name}` exists already in the workspace `{workspace}`, with {records} records and \
         {responses} responses: {difference}"
    )]
    OtherDataset {
        /// The name.
        name: String,
        /// Its workspace.
        workspace: String,
        /// Number of records.
        records: u64,
        /// Number of responses.
        responses: u64,
        /// The first difference.
        difference: Difference,
    },
    /// The other server refused, failed or was not there.
    #[error(transparent)]
    Argilla(#[from] ClientError),
    /// No dataset has this name.
    #[error("there is no dataset named `{name}` in the store{}", list(known))]
    UnknownDataset {
        /// The name.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A name that no dataset can have.
    #[error(
        "`{name}` cannot name a dataset: a name has 1 to 200 characters, none of them a control character"
    )]
    DatasetName {
        /// The name.
        name: String,
    },
    /// A record that does not fit its dataset; nothing was stored.
    #[error("record {position} (`{external_id}`) is not valid: {reason}")]
    Record {
        /// Its index among those given, from 0.
        position: usize,
        /// The caller's id.
        external_id: String,
        /// The rule that it breaks.
        reason: RecordError,
    },
    /// A username that nobody can have.
    #[error(
        "`{name}` cannot be a username: it has 1 to 100 characters, without control characters or spaces around it"
    )]
    Username {
        /// The name.
        name: String,
    },
    /// Somebody has this username already.
    #[error("there is already a user named `{name}`")]
    UserExists {
        /// The name.
        name: String,
    },
    /// Nobody has this username.
    #[error("there is no user named `{name}`")]
    UnknownUser {
        /// The name.
        name: String,
    },
    /// Asked to make an owner of somebody who is none.
    #[error("the user `{name}` exists and is not an owner")]
    NotAnOwner {
        /// The name.
        name: String,
    },
    /// A secret that is too short or too long.
    #[error("the {what} must have {min} to {max} characters")]
    SecretLength {
        /// `password` or `API key`.
        what: &'static str,
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// A user has a password that everybody knows.
    #[error("the password of `{username}` is among the first that attackers try")]
    KnownPassword {
        /// The user.
        username: String,
    },
    /// A user has an API key that everybody knows.
    #[error("the API key of `{username}` is publicly known")]
    KnownApiKey {
        /// The user.
        username: String,
    },
    /// Another user has this API key.
    #[error("another user has this API key already")]
    ApiKeyTaken,
    /// A password could not be hashed.
    #[error("cannot hash a password: {0}")]
    Hash(argon2::password_hash::Error),
    /// The Distiset cannot be read.
    #[error("cannot read the questions: {0}")]
    Distiset(#[from] FilesError),
    /// The config holds what is not meant for review.
    #[error("the config `rejected` of {} holds rejected questions, which are not for review", path.display())]
    RejectedConfig {
        /// The Distiset.
        path: PathBuf,
    },
    /// Not one question could be loaded.
    #[error("no question to review in config `{config}` of {} ({rows} rows){}", path.display(), reasons(skipped))]
    NothingToLoad {
        /// The Distiset.
        path: PathBuf,
        /// The config.
        config: String,
        /// Number of rows.
        rows: usize,
        /// Rows and questions that were skipped.
        skipped: Vec<Skipped>,
    },
    /// A copy of a store that is not whole.
    #[error("{} is damaged: {reason}", path.display())]
    DamagedCopy {
        /// The file.
        path: PathBuf,
        /// The damage.
        reason: String,
    },
    /// A store cannot be replaced while somebody has it open.
    #[error("{place} is in use")]
    StoreInUse {
        /// The file or the database.
        place: String,
    },
    /// There is a backup already where one was to be made.
    #[error("there is a backup already: {}", path.display())]
    BackupExists {
        /// The file.
        path: PathBuf,
    },
    /// There is a store already where one was to be restored.
    #[error("there is a store already: {}", path.display())]
    StoreExists {
        /// The file.
        path: PathBuf,
    },
    /// A file of a backup cannot be read or written.
    #[error("cannot copy {}: {source}", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The certificate for TLS, or its key, cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl AnnotateError {
    /// True where the store can do nothing for the moment, and may later: its disk is full or away, its database too busy or
    /// not to be reached.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Store { source, .. }
            | Self::Open { source, .. }
            | Self::Connect { source, .. } => unavailable::is(source),
            _ => false,
        }
    }

    /// A next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::DatasetExists { responses, .. } | Self::OtherDataset { responses, .. } => match responses {
                0 => "choose another name, or replace it with --overwrite".to_owned(),
                n => format!("choose another name; --overwrite would delete the dataset with its {n} responses"),
            },
            Self::UnknownDataset { .. } => {
                "load questions with `examen annotate`; --data names the store's folder".to_owned()
            }
            Self::NoStore { .. } => "`examen annotate` makes one; --data names its folder".to_owned(),
            Self::NewerStore { .. } => "use the newer Examen, or restore a copy made before it ran".to_owned(),
            Self::NotAStore { .. } => {
                "choose another folder with --data, or another database with --database".to_owned()
            }
            Self::Connect { .. } => "the server must be running, and its user needs the right to create tables".to_owned(),
            Self::Encoding { .. } => "make the database with ENCODING 'UTF8' (and TEMPLATE template0)".to_owned(),
            Self::ForeignTables { .. } => {
                "give Examen a database of its own, or a schema: ?options[search_path]=examen".to_owned()
            }
            Self::DatabaseUrl { .. } => "write it as postgresql://user:password@host:5432/database".to_owned(),
            Self::Open { .. } | Self::Folder { .. } => {
                "the folder given by --data must be writable and on a local disk".to_owned()
            }
            Self::UserExists { .. } | Self::NotAnOwner { .. } => "choose another username".to_owned(),
            Self::KeyFile { .. } | Self::Sealed => {
                "the key file belongs to the store: copy both together, and keep it readable for yourself alone"
                    .to_owned()
            }
            Self::KnownPassword { username } => format!(
                "a server that others can reach needs a better one: `examen serve --reset-password {username}` makes one"
            ),
            Self::KnownApiKey { username } => format!(
                "a server that others can reach needs a better one: `examen serve --rotate-api-key {username}` makes one"
            ),
            Self::DamagedCopy { .. } => "use an older backup".to_owned(),
            Self::StoreInUse { .. } => "stop `examen serve` and whatever else has the store open, then retry".to_owned(),
            Self::BackupExists { .. } => "name a new folder, or replace the backup with --overwrite".to_owned(),
            Self::StoreExists { .. } => {
                "name another folder with --data, or move the store aside with --overwrite".to_owned()
            }
            Self::Backup { .. } => "the folders must be writable; a backup has two files, examen.sqlite and examen.key".to_owned(),
            Self::Certificate(error) => error.hint().to_owned(),
            Self::ApiKeyTaken => "give each user a key of their own, or leave it out to have one made".to_owned(),
            Self::Distiset(error) => return error.hint(),
            Self::Argilla(error) => return error.hint(),
            Self::RejectedConfig { .. } => "leave --dataset-config out to load the accepted questions".to_owned(),
            _ => return None,
        })
    }
}

/// `; there are: a, b`, or that there is nothing.
fn list(known: &[String]) -> String {
    match known {
        [] => ", which is empty".to_owned(),
        names => format!("; there are: {}", names.join(", ")),
    }
}

/// The first few reasons, one a line.
fn reasons(skipped: &[Skipped]) -> String {
    const SHOWN: usize = 5;
    let mut text: String = skipped
        .iter()
        .take(SHOWN)
        .map(|skipped| format!("\n  {skipped}"))
        .collect();
    if skipped.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", skipped.len() - SHOWN));
    }
    text
}
