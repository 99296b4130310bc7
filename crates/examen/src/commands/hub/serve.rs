//! Serving the hub until it is asked to stop.

use super::{DataArguments, open};
use crate::{
    commands::serve::LogArguments,
    console,
    failure::{Ending, Failure},
    interrupt, listener, paths,
};
use clap::Args;
use examen_hub_server::{Rights, SHORTEST_TOKEN, Settings, Tokens, new_token};
use examen_listening::{Certificate, Network};
use std::{net::IpAddr, path::PathBuf, sync::Arc};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    /// Name of the owner, whose token may write; also a namespace (default: the name of the first token, else `owner`)
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Token of the owner, at least 16 characters (default: EXAMEN_HUB_TOKEN, else one is made at the first start and shown once)
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    #[command(flatten)]
    network: NetworkArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    pub(super) log: LogArguments,
}

/// Who may connect, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
struct NetworkArguments {
    /// Port
    #[arg(long, value_name = "N", default_value_t = 7860)]
    port: u16,
    /// Address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Address that clients are told, where a proxy changes the host of requests
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Certificate chain for TLS (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address or network of a proxy whose X-Forwarded-For, -Proto and -Host headers are trusted; may be repeated
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<Network>,
}

/// How much is too much.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArguments {
    /// Largest file, in GiB
    #[arg(long, value_name = "GIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    max_file: u64,
    /// Memory for bodies of requests, in MiB; requests beyond are answered 503
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(128..=65_536))]
    max_bodies: u32,
    /// Most requests at a time; others are answered 503
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_requests: u32,
}

pub(super) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let certificate = match (&arguments.network.tls_cert, &arguments.network.tls_key) {
        (Some(chain), Some(key)) => {
            let certificate = Certificate::from_files(chain, key);
            Some(certificate.map_err(|error| Failure::usage(error.to_string()))?)
        }
        _ => None,
    };
    let runtime = interrupt::runtime()?;
    let served = runtime.block_on(serve(&arguments, certificate));
    runtime.shutdown_background();
    served.map(|()| Ending::silent())
}

async fn serve(arguments: &Arguments, certificate: Option<Certificate>) -> Result<(), Failure> {
    let storage = open(&arguments.data.data)?;
    let stopped = interrupt::stop_signals()?;
    let (host, port) = (arguments.network.host, arguments.network.port);
    let hint = "another program has the port; choose one with --port";
    let listener = listener::listen(host, port, hint).await?;
    let tokens = tokens(arguments)?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error.to_string()))?;
    let scheme = if certificate.is_some() {
        "https"
    } else {
        "http"
    };
    if !host.is_loopback() && certificate.is_none() && arguments.network.trusted_proxy.is_empty() {
        console::warn(
            "others can reach this hub, and tokens and files travel UNENCRYPTED.\n         \
             Give it a certificate (--tls-cert, --tls-key), or put it behind a proxy with TLS (--trusted-proxy).",
        );
    }
    let url = arguments.network.public_url.clone();
    let url = url.unwrap_or_else(|| format!("{scheme}://{address}"));
    console::insist(&format!("hub at {url} (Ctrl-C stops)"));
    console::say(&format!(
        "next: export HF_ENDPOINT={url} HF_TOKEN=…, then use hf, huggingface_hub, datasets or `examen publish --repo-id`"
    ));
    let application = examen_hub_server::router(storage, Arc::new(tokens), settings(arguments));
    examen_hub_server::serve(listener, application, certificate, stopped).await;
    Ok(())
}

fn settings(arguments: &Arguments) -> Settings {
    Settings {
        public_url: arguments.network.public_url.clone(),
        trusted_proxies: arguments.network.trusted_proxy.clone(),
        max_file: arguments.limits.max_file << 30,
        max_bodies: (arguments.limits.max_bodies as usize) << 20,
        max_requests: arguments.limits.max_requests as usize,
        ..Settings::new(jiff::Timestamp::now)
    }
}

/// The tokens, with the owner's among them.
fn tokens(arguments: &Arguments) -> Result<Tokens, Failure> {
    let mut tokens = super::tokens::open(&arguments.data)?;
    let given = arguments
        .token
        .clone()
        .or_else(|| paths::variable("EXAMEN_HUB_TOKEN"));
    let first = tokens.list().first().map(|token| token.name.clone());
    let name = arguments
        .username
        .clone()
        .or(first)
        .unwrap_or_else(|| "owner".to_owned());
    let has_token = tokens
        .list()
        .iter()
        .any(|token| token.name == name && token.rights == Rights::Write);
    let token = match given {
        Some(token)
            if token.chars().count() < SHORTEST_TOKEN || token.contains(char::is_whitespace) =>
        {
            return Err(Failure::usage(format!(
                "the token has fewer than {SHORTEST_TOKEN} characters, or spaces"
            )));
        }
        Some(token) => token,
        None if has_token => return Ok(tokens),
        None => {
            let token = new_token();
            console::insist(&format!("token of `{name}`: {token}   (shown only now)"));
            token
        }
    };
    super::tokens::add(&mut tokens, &name, Rights::Write, &token)?;
    Ok(tokens)
}
