//! `examen completions` and `examen man-pages`: both written from the definition of the command line.

use crate::{
    arguments,
    failure::{Ending, Failure},
};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::{fs, io, io::Write, path::PathBuf};

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

/// Write a man page for each command to a folder
#[derive(Debug, Args)]
pub(crate) struct ManPages {
    /// Folder for the pages
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints the completions.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending, Failure> {
    // Written at once: `generate` panics where its output is closed.
    let mut completions = Vec::new();
    let mut command = arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "examen", &mut completions);
    io::stdout()
        .write_all(&completions)
        .map_err(|error| Failure::new(format!("could not print the completions: {error}")))?;
    Ok(Ending::Complete)
}

/// Writes the man pages.
pub(crate) fn man_pages(arguments: &ManPages) -> Result<Ending, Failure> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(arguments::Arguments::command(), folder))
        .map_err(|error| {
            Failure::new(format!(
                "could not write man pages to {}: {error}",
                folder.display()
            ))
        })?;
    Ok(Ending::Complete)
}
