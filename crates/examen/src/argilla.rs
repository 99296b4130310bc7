//! The flags that name an Argilla server.

use crate::failure::Failure;
use clap::Args;

/// An Argilla server to work with instead of the embedded store.
#[derive(Debug, Args)]
pub(crate) struct ArgillaServer {
    /// An Argilla server instead of the embedded store (not possible yet)
    #[arg(long, alias = "argilla_api_url", value_name = "URL")]
    argilla_api_url: Option<String>,
    /// Its API key (not possible yet)
    #[arg(long, alias = "argilla_api_key", value_name = "KEY")]
    argilla_api_key: Option<String>,
}

impl ArgillaServer {
    /// This version does not speak to an Argilla server, and says so before anything is done.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
        let flag = match (&self.argilla_api_url, &self.argilla_api_key) {
            (Some(_), _) => "--argilla_api_url",
            (None, Some(_)) => "--argilla_api_key",
            (None, None) => return Ok(()),
        };
        Err(Failure::usage(format!("{flag}: this version cannot speak to an Argilla server"))
            .hint("leave it out to use the embedded review store (--data DIR), and open it with `examen serve`"))
    }
}
