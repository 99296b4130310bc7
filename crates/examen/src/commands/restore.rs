//! `examen restore`: a copy of a review store in its place.

use super::backup::counted;
use crate::{
    console,
    failure::{Ending, Failure},
    holdings, interrupt,
    review_store::ReviewStore,
};
use clap::Args;
use examen_annotate::backup;
use std::path::PathBuf;

/// Restore a review store from a backup
///
/// The backup is checked first; one of a newer Examen is refused. An existing store is never lost: with --overwrite it is
/// moved to a folder beside it. Stop whatever has it open before.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder with the backup, from `examen backup`
    #[arg(value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    store: ReviewStore,
    /// Move an existing store aside
    #[arg(long)]
    overwrite: bool,
}

const EXAMPLES: &str = "\
Examples:
  examen restore backups/monday --data restored
  examen restore /mnt/backup/examen --data /srv/examen --overwrite";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let Arguments {
        from,
        store,
        overwrite,
    } = arguments;
    let flags = store.flags();
    let data = store.folder_of_file("restore", "pg_restore")?;
    let restoring = backup::restore(&from, data, overwrite, jiff::Timestamp::now());
    let restored = interrupt::runtime()?.block_on(restoring)?;
    let mut lines = vec![format!(
        "restored to {}: {}",
        data.display(),
        counted(&restored.contents)
    )];
    lines.extend(
        restored
            .before
            .map(|before| format!("the store that was there is now in {}", before.display())),
    );
    console::print(&lines.join("\n"))?;
    Ok(Ending::complete(holdings::review(&flags)))
}
