//! `examen restore`: a copy of a review store in its place.

use super::backup::counted;
use crate::{
    console,
    failure::{Ending, Failure},
    interrupt,
    review_store::StoreFolder,
};
use clap::Args;
use examen_annotate::backup;
use std::path::PathBuf;

/// Put a copy of a review store in its place.
///
/// The copy is looked through first; one of a newer Examen is refused. A store that is there is never lost: with --overwrite it
/// is moved to a folder beside. Nobody may have it open meanwhile.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder with the copy, as `examen backup` made it
    #[arg(value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    folder: StoreFolder,
    /// Move a store that is there aside
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
        folder: StoreFolder { data },
        overwrite,
    } = arguments;
    let restoring = backup::restore(&from, &data, overwrite, jiff::Timestamp::now());
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
    Ok(Ending::Complete)
}
