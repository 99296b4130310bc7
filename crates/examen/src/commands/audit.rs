//! `examen audit`: the audit log of a review store.

use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    interrupt,
    review_store::ReviewStore,
};
use clap::Args;
use examen_annotate::store::Act;

/// Show who did what to accounts and datasets of a review store, the newest first.
///
/// Also to be read by owners at /api/review/audit while the store is served.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: ReviewStore,
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
    let Arguments {
        store,
        limit,
        offset,
        format,
    } = arguments;
    let (_, acts) = interrupt::runtime()?.block_on(async {
        let store = store.location().open_existing().await?;
        let acts = store.acts(offset, limit).await?;
        store.close().await;
        Ok::<_, Failure>(acts)
    })?;
    match format {
        Format::Json => console::print_json(&acts)?,
        Format::Text => {
            console::print(&console::table(
                &["time", "who", "from", "what", ""],
                acts.into_iter().map(row).collect(),
            ))?;
        }
    }
    Ok(Ending::Complete)
}

fn row(act: Act) -> Vec<String> {
    let seconds = act.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    vec![
        seconds,
        act.actor,
        act.address.unwrap_or_default(),
        act.act,
        act.subject.unwrap_or_default(),
    ]
}
