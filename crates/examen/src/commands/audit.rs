//! `examen audit`: the audit log of a review store.

use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    interrupt,
};
use clap::Args;
use examen_annotate::{Location, store::Act};
use std::path::PathBuf;

/// Show who did what to accounts and datasets of a review store, the newest first.
///
/// Also to be read by owners at /api/review/audit while the store is served.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder of the review store
    #[arg(long, value_name = "DIR", env = "EXAMEN_DATA", default_value = "examen-data")]
    data: PathBuf,
    /// How many acts
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    /// How many of the newest to leave out
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u64,
    /// How they are printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  examen audit --limit 20
  examen audit --data /srv/examen --format json";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let Arguments { data, limit, offset, format } = arguments;
    let (_, acts) = interrupt::runtime()?.block_on(async {
        let store = Location::folder(&data).open_existing().await?;
        let acts = store.acts(offset, limit).await?;
        store.close().await;
        Ok::<_, Failure>(acts)
    })?;
    match format {
        Format::Json => console::print_json(&acts)?,
        Format::Text => {
            console::print(&console::table(&["time", "who", "from", "what", ""], acts.into_iter().map(row).collect()))?;
        }
    }
    Ok(Ending::Complete)
}

fn row(act: Act) -> Vec<String> {
    let seconds = act.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    vec![seconds, act.actor, act.address.unwrap_or_default(), act.act, act.subject.unwrap_or_default()]
}
