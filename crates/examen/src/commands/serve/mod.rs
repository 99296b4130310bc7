//! `examen serve`: the review page and Argilla's API.

mod accounts;
mod start;

use crate::{
    console::{self, LogFormat, LogLevel},
    defaults,
    failure::{Ending, Failure},
    holdings, interrupt, memory,
    review_store::ReviewStore,
};
use clap::{Args, FromArgMatches, ValueEnum};
use examen_annotate::server::{BasePath, Network, Origin};
use std::{
    ffi::OsStr,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// Serve the review page
///
/// Keys in the page: 1–4 choose an answer, Enter submits, Backspace discards, u undoes, arrows move, e edits, ? shows all
/// keys. Several people can review at once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: ReviewStore,
    #[command(flatten)]
    owner: OwnerArguments,
    #[command(flatten)]
    network: NetworkArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    logging: LogArguments,
    #[command(flatten)]
    account: AccountArguments,
}

/// The owner, who is created at the first start.
#[derive(Debug, Args)]
#[command(next_help_heading = "Owner")]
struct OwnerArguments {
    /// Name of the owner, created at the first start (default: the existing owner, else `owner`)
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Password of the owner, at least 8 characters (default: EXAMEN_PASSWORD, else one is generated at the first start and
    /// shown once)
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// API key of the owner (default: EXAMEN_API_KEY, else one is generated at the first start and shown once)
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
}

/// Who may connect, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
struct NetworkArguments {
    /// Port of the page
    #[arg(long, value_name = "N", default_value_t = 6900)]
    port: u16,
    /// Address to listen on; one that others can reach requires a strong password
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Certificate chain for TLS (PEM); SIGHUP reloads it and its key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address or network of a proxy whose X-Forwarded-For, -Proto and -Host headers are trusted; may be repeated
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<Network>,
    /// Path under which a proxy shows the page, such as /exam; with it or taken off, both are served
    #[arg(long, value_name = "PATH", default_value = "")]
    base_path: BasePath,
    /// Site that may show the page in a frame, such as `https://huggingface.co`; may be repeated. Needs HTTPS for logging in
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    frame_ancestors: Vec<Origin>,
    /// Who can read API keys later
    #[arg(long, value_enum, value_name = "HOW", default_value_t = ApiKeys::Readable)]
    api_keys: ApiKeys,
    /// Allow webhooks to private addresses
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
    /// Most requests at a time; others are answered 503
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_requests: u32,
    /// Longest time from logging in to logging in again, in hours, however much the page is used
    #[arg(long, value_name = "HOURS", default_value_t = 168, value_parser = clap::value_parser!(u32).range(1..=8760))]
    session_limit: u32,
    /// Delete entries of the audit log that are older than this many days (default: keep all)
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_audit: Option<u32>,
    /// Longest time for a request, in seconds; then it is answered 408
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    request_timeout: u32,
}

/// What is logged on stderr, and how.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Logs")]
pub(crate) struct LogArguments {
    /// What to log; `info` logs every request (default: EXAMEN_LOG, else warnings)
    #[arg(long = "log", value_enum, value_name = "LEVEL")]
    pub(crate) level: Option<LogLevel>,
    /// Format of the log: lines of text, or one JSON object per line
    #[arg(long = "log-format", value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(crate) format: LogFormat,
}

/// Changes to accounts, after which the command stops.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts (each changes the store and exits)")]
#[group(id = "account_change", multiple = false, conflicts_with = "api_key")]
struct AccountArguments {
    /// Add a reviewer (with --password, or one is generated and shown)
    #[arg(long, value_name = "NAME")]
    add_user: Option<String>,
    /// Set a new password for this user (--password, or one is generated and shown) and end their sessions
    #[arg(long, value_name = "NAME")]
    reset_password: Option<String>,
    /// Replace this user's API key; the new one is shown once
    #[arg(long, value_name = "NAME")]
    rotate_api_key: Option<String>,
    /// Revoke all API keys of this user
    #[arg(long, value_name = "NAME")]
    revoke_api_key: Option<String>,
    /// Disable this user: they can no longer log in, their API keys no longer work, their answers stay
    #[arg(long, value_name = "NAME")]
    disable_user: Option<String>,
    /// Let a user who was disabled in again
    #[arg(long, value_name = "NAME")]
    enable_user: Option<String>,
    /// Delete this user; their submitted answers stay under a pseudonym
    #[arg(long, value_name = "NAME")]
    delete_user: Option<String>,
    /// Take the second factor of this user away, who lost their authenticator
    #[arg(long, value_name = "NAME")]
    reset_second_factor: Option<String>,
    /// Encrypt all API keys and webhook secrets with a new key file; stop all servers first
    #[arg(long)]
    rotate_sealing_key: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ApiKeys {
    /// Their user and owners, as in Argilla
    Readable,
    /// Nobody: a key is shown only when it is created
    ShowOnce,
}

const EXAMPLES: &str = "\
Examples:
  On this machine, at http://127.0.0.1:6900:
    examen serve
  A second reviewer:
    examen serve --add-user luis
  For others, with TLS:
    examen serve --username ana --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --log info
  Behind a proxy with TLS:
    examen serve --trusted-proxy 127.0.0.1 --log info --log-format json
  Under a path of another site, and in a frame of a Space:
    examen serve --trusted-proxy 127.0.0.1 --base-path /exam
    examen serve --host 0.0.0.0 --trusted-proxy 10.0.0.0/8 --frame-ancestors https://huggingface.co
  Another store, or a PostgreSQL database:
    examen serve --data /srv/examen --port 8080
    examen serve --database postgresql://examen@db.example.org/examen";

impl Arguments {
    /// Log settings of this command.
    pub(crate) fn logging(&self) -> LogArguments {
        self.logging
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    memory::return_large_blocks();
    let flags = arguments.store.flags();
    let runtime = interrupt::runtime()?;
    let ended = runtime.block_on(async {
        let Some(change) = arguments.account.change() else {
            serve(&arguments).await?;
            return Ok(Ending::complete(holdings::publish(
                defaults::REVIEW,
                &flags,
            )));
        };
        // Accounts are changed where there are some: a wrong folder must not become a new store.
        let store = match change.needs_store_alone() {
            true => arguments.store.open_alone().await?,
            false => arguments.store.open_existing().await?,
        };
        let store = store.by_command_line();
        accounts::apply(&store, change, arguments.owner.password.as_deref()).await?;
        Ok(Ending::complete(holdings::review(&flags)))
    });
    // What still waits, such as for a name server, does not keep the process.
    runtime.shutdown_background();
    ended
}

/// Serves the store in a folder with the usual settings, and opens the page in a browser.
pub(crate) fn open(folder: &Path) -> Result<Ending, Failure> {
    let words = ["serve", "--data"].map(OsStr::new);
    let command = Arguments::augment_args(clap::Command::new("serve"));
    let matches = command.get_matches_from(words.into_iter().chain([folder.as_os_str()]));
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // The page answers a moment later; without a browser the address on stderr is enough.
    let page = format!(
        "http://{}:{}",
        arguments.network.host, arguments.network.port
    );
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        open::that_detached(page)
    });
    run(arguments)
}

async fn serve(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.store.is_there() {
        console::say(&format!(
            "note: making a new review store in {}",
            arguments.store
        ));
    }
    let store = arguments.store.location().open().await?;
    start::serve(store, arguments).await
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
            self.disable_user.as_deref().map(Change::Disable),
            self.enable_user.as_deref().map(Change::Enable),
            self.delete_user.as_deref().map(Change::Delete),
            self.reset_second_factor
                .as_deref()
                .map(Change::ResetSecondFactor),
        ];
        named
            .into_iter()
            .flatten()
            .next()
            .or_else(|| self.rotate_sealing_key.then_some(Change::RotateSealingKey))
    }
}
