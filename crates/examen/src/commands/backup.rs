//! `examen backup`: a copy of a review store, made while others use it.

use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    interrupt,
    review_store::StoreFolder,
};
use clap::Args;
use examen_annotate::{backup, store::Contents};
use std::path::PathBuf;

/// Copy a review store, also while it is served.
///
/// The copy is a folder with two files: the store as it was at one moment, looked through from end to end, and its key file,
/// which reads the API keys in it: keep the folder as safe as the store. `examen restore` puts it back. A store in PostgreSQL
/// is copied with pg_dump; the key file (examen.key in the --data folder) belongs to that copy too.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder for the copy
    #[arg(value_name = "DIR")]
    target: PathBuf,
    #[command(flatten)]
    folder: StoreFolder,
    /// Replace a copy that is there
    #[arg(long)]
    overwrite: bool,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  examen backup backups/monday
  examen backup --data /srv/examen /mnt/backup/examen --overwrite";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let Arguments {
        target,
        folder: StoreFolder { data },
        overwrite,
        format,
    } = arguments;
    let contents = interrupt::runtime()?.block_on(backup::backup(&data, &target, overwrite))?;
    match format {
        Format::Json => console::print_json(&contents)?,
        Format::Text => console::print(&format!(
            "copied to {}: {}",
            target.display(),
            counted(&contents)
        ))?,
    }
    Ok(Ending::Complete)
}

/// What a store holds, in words.
pub(crate) fn counted(contents: &Contents) -> String {
    let Contents {
        users,
        datasets,
        records,
        responses,
    } = contents;
    format!("{users} users, {datasets} datasets, {records} records, {responses} responses")
}
