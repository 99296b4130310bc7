//! The flags that name an Argilla server, or another `examen serve`.

use crate::{failure::Failure, paths};
use clap::Args;
use examen_argilla::{Client, ClientOptions};

/// The address that the original workflow and Argilla's SDK use.
const DEFAULT_URL: &str = "http://localhost:6900";
/// The key that Argilla's own quick start makes, which the original workflow uses.
const DEFAULT_API_KEY: &str = "argilla.apikey";

/// A server to work with instead of the embedded store.
#[derive(Args)]
#[command(next_help_heading = "Argilla server, or another `examen serve`, instead of the store")]
pub(crate) struct ArgillaServer {
    /// Address of the server (default, if another of these options is given: ARGILLA_API_URL, else http://localhost:6900)
    #[arg(long = "argilla-url", alias = "argilla-api-url", value_name = "URL")]
    url: Option<String>,
    /// Your API key on the server (default: ARGILLA_API_KEY, else argilla.apikey)
    #[arg(long = "argilla-api-key", value_name = "KEY")]
    api_key: Option<String>,
    /// Workspace on the server (default: the first one that the key can use; for reading, all of them)
    #[arg(long = "argilla-workspace", value_name = "NAME")]
    workspace: Option<String>,
}

/// Without the key, and the address, which may hold a password.
impl std::fmt::Debug for ArgillaServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArgillaServer")
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

impl ArgillaServer {
    /// True if a flag names a server. The variables alone do not: nothing goes over the network unasked.
    pub(crate) fn is_named(&self) -> bool {
        self.url.is_some() || self.api_key.is_some() || self.workspace.is_some()
    }

    /// The workspace, if one is named.
    pub(crate) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    /// A connection whose address and key were tried.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        let or = |flag: &Option<String>, variable: &str, default: &str| {
            flag.clone()
                .or_else(|| paths::variable(variable))
                .unwrap_or_else(|| default.to_owned())
        };
        let url = or(&self.url, "ARGILLA_API_URL", DEFAULT_URL);
        let api_key = or(&self.api_key, "ARGILLA_API_KEY", DEFAULT_API_KEY);
        let client = Client::new(&ClientOptions::new(url, api_key))?;
        let me = client.me().await?;
        tracing::info!(
            url = client.url(),
            username = me.username,
            role = me.role,
            "connected"
        );
        Ok(client)
    }
}
