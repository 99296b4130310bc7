//! `examen serve`: the review page and Argilla's API.

mod accounts;
mod start;

use crate::{
    console::{LogFormat, LogLevel},
    failure::{Ending, Failure},
    interrupt, memory,
    review_store::ReviewStore,
};
use clap::{Args, ValueEnum};
use examen_annotate::server::Network;
use std::{net::IpAddr, path::PathBuf};

/// Open the review page.
///
/// Keys in the page: 1–4 choose, Enter submits, Backspace discards, u takes the last answer back, arrows move, e edits,
/// ? shows all. Several people can review at once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: ReviewStore,
    /// Port of the page
    #[arg(long, value_name = "N", default_value_t = 6900)]
    port: u16,
    /// Address to listen on; one that others can reach asks for a password that is not well known
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Name of the owner, who is made at the first start (default: the owner who is there, else `owner`)
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Their password, at least 8 characters (default: EXAMEN_PASSWORD, else one is made at the first start and shown once)
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Their API key (default: EXAMEN_API_KEY, else one is made at the first start and shown once)
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    #[command(flatten)]
    network: NetworkArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    logging: LogArguments,
    #[command(flatten)]
    account: AccountArguments,
}

/// Who may connect, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
struct NetworkArguments {
    /// Certificate chain for TLS (PEM); SIGHUP reads it and its key anew
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address or network of a proxy whose X-Forwarded-For, -Proto and -Host are believed; may be given several times
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<Network>,
    /// Whether API keys can be read later by their user and by owners, as in Argilla
    #[arg(long, value_enum, value_name = "HOW", default_value_t = ApiKeys::Readable)]
    api_keys: ApiKeys,
    /// Let webhooks go to private addresses
    #[arg(long)]
    allow_private_webhooks: bool,
}

/// How much is too much.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArguments {
    /// Largest body of a bulk request, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    max_body: u32,
    /// Requests that are served at once; more are told to come back (503)
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_requests: u32,
    /// Seconds after which a request is given up (408)
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    request_timeout: u32,
}

/// What is logged on stderr, and how.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Logs")]
pub(crate) struct LogArguments {
    /// What is logged: `info` has a line a request (default: EXAMEN_LOG, else warnings)
    #[arg(long = "log", value_enum, value_name = "LEVEL")]
    pub(crate) level: Option<LogLevel>,
    /// Lines for people, or one JSON object a line
    #[arg(long = "log-format", value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(crate) format: LogFormat,
}

/// Changes to accounts, after which the command stops.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts")]
#[group(id = "account_change", multiple = false, conflicts_with = "api_key")]
struct AccountArguments {
    /// Add a reviewer of this name (with --password, or one is made and shown), and stop
    #[arg(long, value_name = "NAME")]
    add_user: Option<String>,
    /// Give this user a new password (--password, or one is made and shown), end their sessions, and stop
    #[arg(long, value_name = "NAME")]
    reset_password: Option<String>,
    /// Give this user a new API key, which is shown once, and stop
    #[arg(long, value_name = "NAME")]
    rotate_api_key: Option<String>,
    /// Take this user's API key away, and stop
    #[arg(long, value_name = "NAME")]
    revoke_api_key: Option<String>,
    /// Seal all API keys and webhook secrets with a new key file, and stop; no server may run meanwhile
    #[arg(long)]
    rotate_sealing_key: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ApiKeys {
    /// By their user and by owners
    Readable,
    /// Never again: a key is shown when it is made, and only then
    ShowOnce,
}

const EXAMPLES: &str = "\
Examples:
  examen serve --username ana --password 'a long one'             then open http://127.0.0.1:6900
  examen serve --add-user luis                                    a second reviewer; prints their password
  examen serve --data /srv/examen --port 8080
  examen serve --database postgresql://examen@db.example.org/examen
  examen serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --log info
  examen serve --trusted-proxy 127.0.0.1 --log info --log-format json
  examen serve --rotate-api-key luis                              the old key ends at once";

impl Arguments {
    /// How this command logs.
    pub(crate) fn logging(&self) -> LogArguments {
        self.logging
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    memory::return_large_blocks();
    interrupt::runtime()?.block_on(async {
        let store = arguments.store.location().open().await?;
        match arguments.account.change() {
            Some(change) => accounts::apply(&store, change, arguments.password.as_deref()).await?,
            None => start::serve(store, &arguments).await?,
        }
        Ok(Ending::Complete)
    })
}

impl AccountArguments {
    /// The change that was asked for.
    fn change(&self) -> Option<accounts::Change<'_>> {
        use accounts::Change;
        let named = [
            self.add_user.as_deref().map(Change::Add),
            self.reset_password.as_deref().map(Change::ResetPassword),
            self.rotate_api_key.as_deref().map(Change::RotateApiKey),
            self.revoke_api_key.as_deref().map(Change::RevokeApiKey),
        ];
        named
            .into_iter()
            .flatten()
            .next()
            .or_else(|| self.rotate_sealing_key.then_some(Change::RotateSealingKey))
    }
}
