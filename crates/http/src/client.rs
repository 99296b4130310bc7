//! The one constructor of a `reqwest` client, and what its failures come down to.

use reqwest::{Client, Url, header::HeaderMap, redirect::Policy};
use std::{error::Error, net::IpAddr, time::Duration};

/// Longest wait for a connection; the whole answer may take longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Settings of a client. Everything else is the same for all of them.
#[derive(Debug)]
pub struct ClientOptions {
    /// Headers of every request, such as the key.
    pub headers: HeaderMap,
    /// Longest wait for one whole answer, from the first byte sent to the last one received.
    pub timeout: Duration,
    /// Connections that are kept open between requests; `None` keeps all.
    pub max_idle_connections: Option<usize>,
}

/// Builds the client of the server at `url`.
///
/// Answers that point elsewhere (3xx) are handed to the caller: `reqwest` would send keys in other headers than
/// `Authorization`, and the body, to any host that is named. Compressed answers are neither asked for nor unpacked, so
/// that the length of a body is what the server sent.
///
/// A proxy of the environment is used, except for servers of this machine, which it could not reach. Requests go over
/// HTTP/1.1, a connection each: over HTTP/2 they would share one, on which servers allow about a hundred.
///
/// # Errors
/// If the system's certificates or the proxy settings cannot be used.
pub fn client(url: Option<&Url>, options: ClientOptions) -> Result<Client, reqwest::Error> {
    let ClientOptions {
        headers,
        timeout,
        max_idle_connections,
    } = options;
    let mut builder = Client::builder()
        .default_headers(headers)
        .connect_timeout(timeout.min(CONNECT_TIMEOUT))
        .timeout(timeout)
        .pool_max_idle_per_host(max_idle_connections.unwrap_or(usize::MAX))
        .redirect(Policy::none())
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .tcp_nodelay(true)
        .http1_only();
    if url.and_then(Url::host_str).is_some_and(is_this_machine) {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// `true` for names and addresses of the loopback interface, such as `localhost` and `[::1]`.
pub fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The innermost cause of an error, such as `Connection refused (os error 111)`. The layers above it say only that a
/// request failed, and at which address, which may hold a key.
pub fn root_cause(error: &reqwest::Error) -> String {
    match std::iter::successors(error.source(), |cause| (*cause).source()).last() {
        Some(cause) => cause.to_string(),
        None if error.is_timeout() => "it took too long".to_owned(),
        None => "the request failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_several_names() {
        for host in ["localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["localhost.example.org", "10.0.0.7", "0.0.0.0", "", "[::2]"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
