//! Errors that end a run without a result.

use examen_files::FilesError;
use examen_llm::ChatError;
use std::{io, path::PathBuf};

/// An error that ends a run. A passage that fails on its own is not here: it is a row of the
/// output.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A setting that no run can be made with.
    #[error("{name}: {reason}")]
    Setting {
        /// Its name in words.
        name: &'static str,
        /// The condition that it breaks.
        reason: String,
    },
    /// A prompt of the user's that cannot be used.
    #[error("the prompt {} cannot be used: {reason}", path.display())]
    Prompt {
        /// Its file.
        path: PathBuf,
        /// The fault, and its position in the file.
        reason: String,
    },
    /// The input is not there or cannot be listed.
    #[error("cannot read {}: {source}", path.display())]
    Input {
        /// Folder or file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Nothing in the input has an extension that is read.
    #[error("{input} holds no document: files that end in {extensions} are read")]
    NoDocuments {
        /// Folders and files.
        input: String,
        /// The extensions that are read: `.txt, .md`.
        extensions: String,
    },
    /// Documents are there, and none can be read.
    #[error("none of the {n_documents} documents in {input} can be read; {first}")]
    NothingReadable {
        /// Folders and files.
        input: String,
        /// The number of documents tried.
        n_documents: usize,
        /// The first one, with its reason.
        first: String,
    },
    /// The output holds something that this command did not write.
    #[error("{} holds something that `generate` did not write; it is left alone", path.display())]
    OutputTaken {
        /// The output.
        path: PathBuf,
    },
    /// A file of the output or the journal.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The temporary file of the questions so far could not be used.
    #[error("cannot keep the questions so far in {}: {source}", folder.display())]
    Scratch {
        /// The folder of the temporary file.
        folder: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The temporary file of waiting passages could not be used.
    #[error("cannot keep what waits in a temporary file: {0}")]
    Spool(#[source] io::Error),
    /// A part of the program broke.
    #[error("the run stopped: {reason}")]
    Stopped {
        /// The cause.
        reason: String,
    },
    /// Every request would fail in this way, so no more are made.
    #[error("the model cannot be used: {0}")]
    Model(ChatError),
    /// Every request to the model that checks would fail in this way.
    #[error("the check model cannot be used: {0}")]
    CheckModel(ChatError),
    /// Not one passage was answered, or so many in a row were not that the rest would not be either.
    #[error(
        "{n_failed} of {n_asked} passages asked about got no answer and the run was stopped; the first: {first}"
    )]
    Unanswered {
        /// Passages without an answer.
        n_failed: usize,
        /// Passages asked about.
        n_asked: usize,
        /// The first failure.
        first: ChatError,
    },
}

const AGAIN: &str = "run the same command again to go on, finished calls are not repeated";

impl GenerateError {
    /// The next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoDocuments { .. } => Some("name your documents with --input".to_owned()),
            Self::NothingReadable { .. } => Some("save the documents as text, in UTF-8".to_owned()),
            Self::Prompt { .. } => {
                Some("`examen prompts DIR` writes prompts that can be used".to_owned())
            }
            Self::OutputTaken { .. } => Some("choose a new folder with --output".to_owned()),
            Self::Spool(_) => Some("TMPDIR names another folder for temporary files".to_owned()),
            Self::Files(error) => error.hint(),
            Self::Model(error) => Some(error.hint().unwrap_or_else(|| AGAIN.to_owned())),
            Self::CheckModel(error) => {
                let hint = error.hint().unwrap_or_else(|| AGAIN.to_owned());
                Some(
                    hint.replace("--model", "--check-model")
                        .replace("--base-url", "--check-base-url"),
                )
            }
            Self::Unanswered { first, .. } => Some(first.hint().map_or_else(
                || AGAIN.to_owned(),
                |hint| format!("{AGAIN}; but first: {hint}"),
            )),
            Self::Setting { .. }
            | Self::Input { .. }
            | Self::Scratch { .. }
            | Self::Stopped { .. } => None,
        }
    }
}
