//! Errors of reading and writing files, which name the file.

use arrow_schema::ArrowError;
use examen_core::caught_on_deep_stack;
use parquet::errors::ParquetError;
use std::{
    io,
    path::{Path, PathBuf},
};

/// The result of everything in this crate.
pub type Result<T, E = FilesError> = std::result::Result<T, E>;

/// An error of this crate: what was being done, to which file, and why it failed.
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
    /// A table whose rows would take more memory than they may.
    #[error("cannot read {}: its {n_rows} rows would take more than {} GB of memory", path.display(), max_bytes >> 30)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Rows that it has, as far as they are known.
        n_rows: u64,
        /// Memory that rows may take.
        max_bytes: u64,
    },
    /// A file that the library which reads it cannot cope with.
    #[error("cannot read {}: it is damaged: {message}", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// The words of the library.
        message: String,
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
    /// A folder that was to be replaced is somebody else's.
    #[error("{} holds something else; it is left alone", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// A new folder could not take the place of an old one.
    #[error("cannot replace the folder {}: {source}", path.display())]
    Replace {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Something that is not ours is both in an old folder and in the one that replaces it.
    #[error("cannot replace the folder {}: `{}` is there and in {}", new.display(), path.display(), old.display())]
    Both {
        /// Below either folder.
        path: PathBuf,
        /// The folder that is in use.
        new: PathBuf,
        /// The folder that is to be removed.
        old: PathBuf,
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
        /// The misfit, as a half sentence.
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
        /// Columns that were not found.
        missing: Vec<String>,
        /// Columns that there are.
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
        /// Columns that were looked for.
        wanted: Vec<String>,
        /// Columns that there are.
        columns: Vec<String>,
    },
    /// A folder that is not what it was taken for.
    #[error("{} is not {expected}", path.display())]
    NotADataset {
        /// The folder or file.
        path: PathBuf,
        /// The kind of folder it should have been, with what it lacks.
        expected: &'static str,
    },
    /// A Distiset without the configuration that was asked for.
    #[error("{} has no configuration `{config}`; it has {}", folder.display(), quoted(configs))]
    NoConfig {
        /// The Distiset.
        folder: PathBuf,
        /// The configuration that was asked for.
        config: String,
        /// Configurations that there are.
        configs: Vec<String>,
    },
    /// A dataset without the split that was asked for.
    #[error("{} has no split `{split}`; it has {}", folder.display(), quoted(splits))]
    NoSplit {
        /// The dataset.
        folder: PathBuf,
        /// The split that was asked for.
        split: String,
        /// Splits that there are.
        splits: Vec<String>,
    },
    /// A name that cannot be a folder or a file of a dataset.
    #[error("`{name}` cannot be the name of a {what}")]
    Name {
        /// The thing that it was to name: `configuration`, `split`, `shard`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A part of an exam that no column could be.
    #[error("{} has no column for the {part}: neither {}; its columns are {}", path.display(), either(looked_for), quoted(columns))]
    NoExamColumn {
        /// The file or folder.
        path: PathBuf,
        /// The part: question, options or key.
        part: &'static str,
        /// Names that were looked for.
        looked_for: Vec<String>,
        /// Columns that there are.
        columns: Vec<String>,
    },
    /// Keys that may be read in two ways which name different options.
    #[error("{}: the keys in `{column}` can be read in two ways; in row {row} as {}", path.display(), readings.join(" or as "))]
    AmbiguousKey {
        /// The file or folder.
        path: PathBuf,
        /// The column.
        column: String,
        /// The first row in which they differ, from 1.
        row: usize,
        /// What each way takes for the key.
        readings: Vec<String>,
    },
    /// Rows of an exam that cannot be used.
    #[error("{}: {n} of {n_rows} rows {what}: {}{}", path.display(), rows.join("; "), if rows.len() < *n { "; …" } else { "" })]
    BadRows {
        /// The file or folder.
        path: PathBuf,
        /// The fault, as the end of a sentence.
        what: String,
        /// Number of rows with it.
        n: usize,
        /// Number of all rows.
        n_rows: usize,
        /// The first of them, each with what stands there.
        rows: Vec<String>,
        /// Next step, where there is one.
        hint: Option<&'static str>,
    },
    /// A folder that holds more than one dataset.
    #[error("{} holds several datasets, in {}", folder.display(), quoted(parts))]
    SeveralDatasets {
        /// The folder.
        folder: PathBuf,
        /// Folders below it, one a dataset.
        parts: Vec<String>,
    },
    /// A text file that is too long to be read as a whole.
    #[error("cannot read {}: it has {n_bytes} bytes, and {max_bytes} may be read at once", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its size.
        n_bytes: u64,
        /// The bound.
        max_bytes: u64,
    },
}

/// Calls `read`, which reads the file at `path`. A panic of a library is [`FilesError::Damaged`].
pub(crate) fn guarded<T: Send>(path: &Path, read: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    caught_on_deep_stack(read).unwrap_or_else(|message| {
        Err(FilesError::Damaged {
            path: path.to_owned(),
            message,
        })
    })
}

impl FilesError {
    /// The next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::InUse { .. } => {
                Some("wait for the other run, or stop it; its finished work is kept".to_owned())
            }
            Self::Taken { .. } => Some("choose another folder".to_owned()),
            Self::Replace { .. } => Some(
                "the folder above it must be writable, and it must not be a mount point: choose a folder below it"
                    .to_owned(),
            ),
            Self::Both { old, .. } => Some(format!(
                "move one of the two away, then run the command again; {} is removed when nothing else is in it",
                old.display()
            )),
            Self::Line { path, line, .. }
                if path
                    .extension()
                    .is_some_and(|extension| extension == "journal") =>
            {
                Some(format!(
                    "delete line {line} of the file; only its work is repeated"
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
            Self::TooLarge { .. } => Some(
                "split it into smaller files, or keep only the rows and columns that are needed".to_owned(),
            ),
            Self::NoExamColumn { columns, .. } if is_generated(columns) => {
                Some("these are generated questions: review them with `examen annotate`, then run `examen publish`".to_owned())
            }
            Self::NoExamColumn { part: "options", .. } => Some(
                "name the columns, as in --columns question=stem,choices=options,answer=key or choices=a+b+c; options \
                 that no column holds, such as yes and no, are named by a task file: doc_to_choice: [\"no\", \"yes\"]"
                    .to_owned(),
            ),
            Self::NoExamColumn { .. } => Some(
                "name the columns, as in --columns question=stem,choices=options,answer=key".to_owned(),
            ),
            Self::AmbiguousKey { column, .. } => Some(format!(
                "say which: --columns answer={column}:index0 (or :index1, :label, :text)"
            )),
            Self::BadRows { hint, .. } => hint.map(str::to_owned),
            Self::SeveralDatasets { folder, parts } => parts.first().map(|part| {
                format!("name one of them, such as {}", folder.join(part).display())
            }),
            Self::NoTextColumn { .. } => {
                Some("name the column that holds the text with --text-column".to_owned())
            }
            _ => None,
        }
    }

    /// The error of a call of the system, which `doing` (a verb: `read`, `write`) names.
    pub fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// True if these are the columns of a Distiset with generated questions.
fn is_generated(columns: &[String]) -> bool {
    let has = |name: &str| columns.iter().any(|other| other == name);
    has("distractors") || has("generation")
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
