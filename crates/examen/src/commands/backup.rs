//! `examen backup`: a copy of a review store, made while others use it.

use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    interrupt,
    next::Next,
    review_store::ReviewStore,
};
use clap::Args;
use examen_annotate::{backup, store::Contents};
use std::path::PathBuf;

/// Back up a review store, also while it is served
///
/// The backup is a folder with two files: the store as it was at one moment, checked from end to end, and its key file,
/// which opens the API keys in it. Keep the folder as safe as the store. `examen restore` restores it. Back up a store in
/// PostgreSQL with pg_dump, together with its key file (examen.key in the --data folder).
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder for the backup
    #[arg(value_name = "DIR")]
    target: PathBuf,
    #[command(flatten)]
    store: ReviewStore,
    /// Replace an existing backup
    #[arg(long)]
    overwrite: bool,
    /// Format of the result
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
        store,
        overwrite,
        format,
    } = arguments;
    let folder = store.folder_of_file("backup", "pg_dump")?;
    let contents = interrupt::runtime()?.block_on(backup::backup(
        folder,
        &target,
        overwrite,
        jiff::Timestamp::now(),
    ))?;
    match format {
        Format::Json => console::print_json(&contents)?,
        Format::Text => console::print(&format!(
            "copied to {}: {}",
            target.display(),
            counted(&contents)
        ))?,
    }
    Ok(Ending::complete(
        Next::command("restore")
            .argument(&target)
            .option("--data", "restored"),
    ))
}

/// Contents of a store, in words.
pub(crate) fn counted(contents: &Contents) -> String {
    let Contents {
        users,
        datasets,
        records,
        responses,
    } = contents;
    format!("{users} users, {datasets} datasets, {records} records, {responses} responses")
}
