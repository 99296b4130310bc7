//! `examen prompts`: the prompts of `generate`, to change them.

use crate::{
    console,
    failure::{Ending, Failure},
    models,
    next::Next,
};
use clap::Args;
use examen_generate::asking::prompts::built_in;
use std::{fs, io::Write, path::PathBuf};

/// Write the built-in prompts of `generate` to a folder, to edit them
///
/// Each language has the rules (system), the request about a passage (user), an example of a passage with its reply, and an
/// example with two passages (pair). Templates are Jinja; docs/guide/generate.md lists their variables. Delete the files
/// that you do not change: the built-in ones are used instead.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder for the prompts; existing files are never overwritten
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  examen prompts my-prompts
  examen generate --model smollm2-135m --prompts my-prompts";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let folder = &arguments.folder;
    let failed = |path: &PathBuf, error| {
        Failure::new(format!("could not write {}: {error}", path.display()))
            .hint("choose a new or an empty folder that you may write to")
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in built_in() {
        let path = folder.join(name);
        let written =
            fs::File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| failed(&path, error))?;
        console::print(&path.display().to_string())?;
    }
    Ok(Ending::complete(
        Next::command("generate")
            .option("--model", models::example())
            .option("--prompts", folder),
    ))
}
