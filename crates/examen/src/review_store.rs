//! Where the review store is: the flags of all commands that open it.

use clap::Args;
use examen_annotate::Location;
use std::{fmt, path::PathBuf};

/// The folder of the review store.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreFolder {
    /// Folder of the review store
    #[arg(
        long,
        value_name = "DIR",
        env = "EXAMEN_DATA",
        default_value = "examen-data"
    )]
    pub(crate) data: PathBuf,
}

/// Where the review store is.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReviewStore {
    #[command(flatten)]
    folder: StoreFolder,
    /// PostgreSQL database to keep the store in, postgresql://user:password@host/name; the folder then has the key file alone
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

    /// The flags that name it to another command. A database's address may hold a password and is not repeated.
    pub(crate) fn flags(&self) -> String {
        let database = if self.database.is_some() {
            " --database URL"
        } else {
            ""
        };
        format!("--data {}{database}", self.folder.data.display())
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
