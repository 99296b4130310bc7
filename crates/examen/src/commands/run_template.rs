//! `examen run-template`: what a model in this process has its chat template run by. One conversation a line comes in as
//! JSON, one text a line goes out.

use crate::{
    failure::{Ending, Failure},
    sandbox::{Rights, end_with_parent, lock_down},
};
use clap::Args;
use examen_files::child;
use std::io;

/// Memory that the program and a conversation may take together.
const MAX_MEMORY: u64 = 1 << 30;

/// Run chat templates of models: conversations in, one per line as JSON; texts out
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: Arguments) -> Result<Ending, Failure> {
    lock_down(&Rights {
        max_memory: MAX_MEMORY,
        readable: Some(&[]),
    })?;
    end_with_parent();
    child::serve(
        io::stdin().lock(),
        io::stdout().lock(),
        examen_engine::run_template,
    )
    .map_err(|error| Failure::new(format!("cannot go on running templates: {error}")))?;
    Ok(Ending::silent())
}
