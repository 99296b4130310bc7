//! `examen man-pages`: one for each command, written from the definition of the command line.

use crate::{
    failure::{Ending, Failure},
    program,
};
use clap::Args;
use std::{fs, path::PathBuf};

/// Write a man page for each command to a folder
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// Folder for the pages
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(program::definition(), folder))
        .map_err(|error| {
            Failure::new(format!(
                "could not write man pages to {}: {error}",
                folder.display()
            ))
        })?;
    Ok(Ending::silent())
}
