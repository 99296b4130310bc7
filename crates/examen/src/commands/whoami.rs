//! `examen whoami`: whose token the Hub is asked with.

use super::login;
use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models,
};
use clap::Args;

/// Show whose token the Hugging Face Hub is asked with
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  examen whoami
  examen whoami --format json";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let access = models::hub_access();
    let account = until_interrupted("nothing was changed", async {
        Ok(examen_hub::account(&access).await?)
    })?;
    match arguments.format {
        Format::Json => console::print_json(&account)?,
        Format::Text => console::print(&(login::told(&account) + "\n"))?,
    }
    Ok(Ending::silent())
}
