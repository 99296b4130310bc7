//! Where the review store is: the flags of all commands that open it.

use crate::{
    defaults,
    failure::Failure,
    holdings::{Holding, where_to_find},
    next::quoted,
    paths,
};
use clap::Args;
use examen_annotate::{AnnotateError, Location, Store, secrets::KEY_FILE_NAME};
use std::{
    env, fmt,
    path::{Path, PathBuf},
};

/// The folder of the review store.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Review store")]
pub(crate) struct StoreFolder {
    /// Folder of the review store
    #[arg(
        long,
        value_name = "DIR",
        env = "EXAMEN_DATA",
        default_value = defaults::STORE
    )]
    pub(crate) data: PathBuf,
}

impl StoreFolder {
    /// The flags that name it to another command; none for the usual folder.
    pub(crate) fn flags(&self) -> String {
        let usual = env::var_os("EXAMEN_DATA").unwrap_or_else(|| defaults::STORE.into());
        match self.data.as_os_str() == usual {
            true => String::new(),
            false => format!("--data {}", quoted(self.data.as_os_str())),
        }
    }
}

/// Where the review store is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Review store")]
pub(crate) struct ReviewStore {
    #[command(flatten)]
    folder: StoreFolder,
    /// PostgreSQL database of the review store, postgresql://user:password@host/name; the folder then holds only the
    /// key file
    #[arg(
        long,
        value_name = "URL",
        env = "EXAMEN_DATABASE_URL",
        hide_env_values = true
    )]
    database: Option<String>,
}

impl ReviewStore {
    /// For the store to be opened.
    pub(crate) fn location(&self) -> Location {
        Location {
            folder: self.folder.data.clone(),
            database_url: self.database.clone(),
        }
    }

    /// The store that commands open where nothing else is named.
    pub(crate) fn usual() -> Self {
        let folder = env::var_os("EXAMEN_DATA").unwrap_or_else(|| defaults::STORE.into());
        Self {
            folder: StoreFolder {
                data: folder.into(),
            },
            database: paths::variable("EXAMEN_DATABASE_URL"),
        }
    }

    /// The names of the review datasets in it.
    pub(crate) async fn dataset_names(&self) -> Result<Vec<String>, Failure> {
        let store = self.open_existing().await?;
        let datasets = store.datasets().await?;
        store.close().await;
        Ok(datasets.into_iter().map(|dataset| dataset.name).collect())
    }

    /// True if the store's file is there; a database's tables may be.
    pub(crate) fn is_there(&self) -> bool {
        self.database.is_some() || self.folder.data.join("examen.sqlite").is_file()
    }

    /// Opens the store; an error that names the stores nearby if there is none.
    pub(crate) async fn open_existing(&self) -> Result<Store, Failure> {
        open_existing(&self.location()).await
    }

    /// Opens the store for a change that no other process may meet; an error if one has it open.
    pub(crate) async fn open_alone(&self) -> Result<Store, Failure> {
        self.location().open_alone().await.map_err(explained)
    }

    /// The folder of a store that is a file; a store in a database is refused. `tool` does the same for it.
    pub(crate) fn folder_of_file(&self, command: &str, tool: &str) -> Result<&Path, Failure> {
        let folder = &self.folder.data;
        if self.database.is_none() {
            return Ok(folder);
        }
        let key = folder.join(KEY_FILE_NAME);
        let why = format!(
            "the review store is in a PostgreSQL database: `examen {command}` is for stores in a file"
        );
        let hint = format!(
            "use `{tool}` for the database, and keep its key file {} with the copy; for a store in a file, unset \
             EXAMEN_DATABASE_URL",
            key.display()
        );
        Err(Failure::usage(why).hint(hint))
    }

    /// The flags that name it to another command. A database's address may hold a password and is not repeated.
    pub(crate) fn flags(&self) -> String {
        let is_named = self.database.is_some() && env::var_os("EXAMEN_DATABASE_URL").is_none();
        let database = is_named.then(|| "--database URL".to_owned());
        let folder = Some(self.folder.flags()).filter(|flags| !flags.is_empty());
        folder
            .into_iter()
            .chain(database)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Opens the store there; an error that names the stores nearby if there is none.
pub(crate) async fn open_existing(location: &Location) -> Result<Store, Failure> {
    location.open_existing().await.map_err(explained)
}

/// An error that names the stores nearby if there is none.
fn explained(error: AnnotateError) -> Failure {
    match error {
        AnnotateError::NoStore { .. } => {
            Failure::new(error.to_string()).hint(where_to_find(Holding::Store, "--data"))
        }
        error => error.into(),
    }
}

impl fmt::Display for ReviewStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.database {
            Some(_) => f.write_str("the database"),
            None => write!(f, "{}", self.folder.data.display()),
        }
    }
}
