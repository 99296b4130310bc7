//! The output folder: replaced as a whole, and only over what an earlier run wrote.

use crate::error::GenerateError;
use examen_files::{
    FilesError,
    atomic::{self, NewFolder, Owner},
};
use std::{fs, io, path::Path};

/// Begins the first line of our `pipeline.yaml`, and nobody else's.
const MARK: &str = "examen_generate:";
/// The folders that we write below the output folder.
pub(super) const OUR_FOLDERS: [&str; 5] = [
    "default",
    "questions",
    "rejected",
    "unreadable",
    "distiset_configs",
];

const OWNER: Owner = Owner {
    has_mark: |output| {
        let pipeline = fs::read_to_string(output.join("distiset_configs").join("pipeline.yaml"));
        pipeline.is_ok_and(|text| text.starts_with(MARK))
    },
    is_ours: |path| OUR_FOLDERS.iter().any(|ours| path == Path::new(ours)),
    is_public: false,
};

/// Refuses an output that holds something that we did not write.
pub(crate) fn check_free(output: &Path) -> Result<(), GenerateError> {
    atomic::check_free(output, &OWNER).map_err(refused)
}

/// A new output, empty, on its way to its path; what a killed run has left of an earlier one is brought to its end.
pub(crate) fn stage(output: &Path) -> Result<NewFolder, GenerateError> {
    NewFolder::stage(output, &OWNER).map_err(refused)
}

fn refused(error: FilesError) -> GenerateError {
    match error {
        FilesError::Taken { path } => GenerateError::OutputTaken { path },
        FilesError::Io { path, source, .. } if source.kind() == io::ErrorKind::NotADirectory => {
            GenerateError::OutputTaken { path }
        }
        error => error.into(),
    }
}
