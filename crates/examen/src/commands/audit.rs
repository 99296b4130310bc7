//! `examen audit`: the audit log of a review store.

use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    holdings, interrupt,
    review_store::ReviewStore,
};
use clap::Args;
use examen_annotate::store::Act;

/// Show who changed accounts and datasets of a review store, newest first
///
/// While the store is served, its owners can read the same at /api/review/audit.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: ReviewStore,
    /// Most entries to show
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    /// Newest entries to skip
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u64,
    /// Format of the result
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
    let flags = store.flags();
    let (_, acts) = interrupt::runtime()?.block_on(async {
        let store = store.open_existing().await?;
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
    Ok(Ending::complete(holdings::review(&flags)))
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
