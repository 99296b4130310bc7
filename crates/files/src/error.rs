//! What can go wrong with a file, in words that name the file.

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;
use std::{io, path::PathBuf};

/// The result of everything in this crate.
pub type Result<T, E = FilesError> = std::result::Result<T, E>;

/// What was being done, to which file, and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// A verb: `read`, `write`, `list`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Not an Arrow IPC stream, or a damaged one.
    #[error("cannot read {} as an Arrow stream: {source}", path.display())]
    Arrow {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: ArrowError,
    },
    /// Not a Parquet file, or a damaged one.
    #[error("cannot read {} as Parquet: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: ParquetError,
    },
    /// Not the JSON that belongs there.
    #[error("cannot read {} as JSON: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        source: serde_json::Error,
    },
    /// A line of a JSON lines file or of a journal that does not parse.
    #[error("{}, line {line}: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The parser's reason.
        source: serde_json::Error,
    },
    /// Another process appends to the journal.
    #[error("{} is in use by another run", path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// Rows of this type have no Arrow schema.
    #[error("rows of type {row_type} cannot be written as a table: {source}")]
    NoSchema {
        /// The Rust type.
        row_type: &'static str,
        /// The reason.
        source: Box<serde_arrow::Error>,
    },
    /// Rows that Parquet does not take.
    #[error("rows of type {row_type} cannot be written as Parquet: {source}")]
    Encode {
        /// The Rust type.
        row_type: &'static str,
        /// The writer's reason.
        source: ParquetError,
    },
    /// A column type that Hugging Face's features have no name for.
    #[error(
        "column `{column}` cannot be written: there is no Hugging Face feature for {data_type}"
    )]
    NoFeature {
        /// The column, dotted where nested.
        column: String,
        /// Its Arrow type.
        data_type: String,
    },
    /// A row does not fit the struct that is read, or the other way round.
    #[error("{}, row {row}{}: {message}", path.display(), column.as_ref().map(|name| format!(", column `{name}`")).unwrap_or_default())]
    Row {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// The column, where it is known.
        column: Option<String>,
        /// What does not fit.
        message: String,
    },
    /// A column that cannot be turned into the type that is read.
    #[error("{}, column `{column}`: {source}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The reason.
        source: ArrowError,
    },
    /// Columns that must be there are not.
    #[error("{} has no column {}; its columns are {}", path.display(), quoted(missing), quoted(columns))]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// What was looked for and not found.
        missing: Vec<String>,
        /// What is there.
        columns: Vec<String>,
    },
    /// Not the separated values that belong there.
    #[error("cannot read {} as separated values: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: csv::Error,
    },
    /// No column that could be the text.
    #[error("{} has no column {}; its columns are {}", path.display(), either(wanted), quoted(columns))]
    NoTextColumn {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        wanted: Vec<String>,
        /// What is there.
        columns: Vec<String>,
    },
    /// A folder that is not what it was taken for.
    #[error("{} is not {expected}", path.display())]
    NotADataset {
        /// The folder or file.
        path: PathBuf,
        /// What it should have been, with what it should hold.
        expected: &'static str,
    },
    /// A Distiset without the configuration that was asked for.
    #[error("{} has no configuration `{config}`; it has {}", folder.display(), quoted(configs))]
    NoConfig {
        /// The Distiset.
        folder: PathBuf,
        /// What was asked for.
        config: String,
        /// What is there.
        configs: Vec<String>,
    },
    /// A dataset without the split that was asked for.
    #[error("{} has no split `{split}`; it has {}", folder.display(), quoted(splits))]
    NoSplit {
        /// The dataset.
        folder: PathBuf,
        /// What was asked for.
        split: String,
        /// What is there.
        splits: Vec<String>,
    },
    /// A name that cannot be a folder or a file of a dataset.
    #[error("`{name}` cannot be the name of a {what}")]
    Name {
        /// What it was to name: `configuration`, `split`, `shard`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An exam's row without a key.
    #[error("{}, row {row}: correct_answer is {value}, not one of answer_a, answer_b, answer_c, answer_d", path.display())]
    NotALetter {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// What stands there, as JSON.
        value: String,
    },
}

impl FilesError {
    /// What the user can do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::InUse { .. } => {
                Some("wait for the other run, or end it; what it has finished is kept".to_owned())
            }
            Self::Line { path, line, .. }
                if path
                    .extension()
                    .is_some_and(|extension| extension == "journal") =>
            {
                Some(format!(
                    "take line {line} out of the file; only what that line holds is done again"
                ))
            }
            Self::NoConfig { configs, .. } if !configs.is_empty() => Some(format!(
                "choose one of them with --dataset-config, for example {}",
                configs[0]
            )),
            Self::NoSplit { splits, .. } if !splits.is_empty() => Some(format!(
                "choose one of them with --dataset-split, for example {}",
                splits[0]
            )),
            Self::NoTextColumn { .. } => {
                Some("name the column that holds the text with --text-column".to_owned())
            }
            Self::MissingColumns {
                missing, columns, ..
            } if is_unpublished(missing, columns) => {
                Some("these are generated questions; publish them first".to_owned())
            }
            _ => None,
        }
    }

    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// Whether an exam was looked for where a Distiset lies.
fn is_unpublished(missing: &[String], columns: &[String]) -> bool {
    let has = |names: &[String], name: &str| names.iter().any(|other| other == name);
    has(missing, "answer_a") && (has(columns, "distractors") || has(columns, "generation"))
}

fn either(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}

fn quoted(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
