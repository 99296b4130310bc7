//! `examen completions`: written from the definition of the command line.

use crate::{
    failure::{Ending, Failure},
    program,
};
use clap::Args;
use clap_complete::Shell;
use std::{io, io::Write};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Shell that reads them
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  examen completions bash > ~/.local/share/bash-completion/completions/examen
  examen completions zsh > ~/.zfunc/_examen                  with ~/.zfunc in $fpath
  examen completions fish > ~/.config/fish/completions/examen.fish";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    // Written at once: `generate` panics where its output is closed.
    let mut completions = Vec::new();
    let mut command = program::definition();
    clap_complete::generate(arguments.shell, &mut command, "examen", &mut completions);
    io::stdout()
        .write_all(&completions)
        .map_err(|error| Failure::new(format!("could not print the completions: {error}")))?;
    Ok(Ending::silent())
}
