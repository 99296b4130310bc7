//! `examen logout`: forgets the token of the Hub.

use crate::{
    console,
    failure::{Ending, Failure},
    paths,
};
use clap::Args;
use std::{fs, io};

/// Forget the token that `examen login` or `hf auth login` kept
///
/// The token stays valid: revoke it in the settings of your account on the Hub.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

const EXAMPLES: &str = "\
Examples:
  examen logout";

pub(crate) fn run(_: Arguments) -> Result<Ending, Failure> {
    let Some(file) = paths::hub_token() else {
        return Err(Failure::new("no home folder that could hold a token"));
    };
    match fs::remove_file(&file) {
        Ok(()) => console::say(&format!("removed {}", file.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            console::say(&format!("there is no token in {}", file.display()));
        }
        Err(error) => {
            let path = file.display();
            return Err(Failure::new(format!("could not remove {path}: {error}")));
        }
    }
    if paths::variable("HF_TOKEN").is_some() {
        console::warn("HF_TOKEN is still set");
    }
    Ok(Ending::silent())
}
