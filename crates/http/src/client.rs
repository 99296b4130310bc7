//! The one constructor of a `reqwest` client, and what its failures come down to.

use reqwest::{
    Client, Url,
    header::{HeaderMap, HeaderValue, InvalidHeaderValue},
    redirect::Policy,
};
use std::{net::IpAddr, time::Duration};

/// Longest wait for a connection; the whole answer may take longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Settings of a client. Everything else is the same for all of them.
#[derive(Debug, Default)]
pub struct ClientOptions {
    /// Headers of every request, such as the key.
    pub headers: HeaderMap,
    /// Longest wait for one whole answer; `None` waits for as long as bytes come.
    pub timeout: Option<Duration>,
    /// Connections that are kept open between requests; `None` keeps all.
    pub max_idle_connections: Option<usize>,
    /// Answers that point elsewhere.
    pub redirects: Redirects,
}

/// Rule for answers that point elsewhere (3xx). The only one: every client is built with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Redirects {
    /// Followed as `reqwest` does: ten at most, `Authorization` and cookies stay with their host.
    #[default]
    Follow,
    /// Handed to the caller.
    Refuse,
}

/// Builds the client of the server at `url`.
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
        redirects,
    } = options;
    let mut builder = Client::builder()
        .default_headers(headers)
        .connect_timeout(timeout.map_or(CONNECT_TIMEOUT, |timeout| timeout.min(CONNECT_TIMEOUT)))
        .pool_max_idle_per_host(max_idle_connections.unwrap_or(usize::MAX))
        .tcp_nodelay(true)
        .http1_only();
    if let Some(timeout) = timeout {
        builder = builder.timeout(timeout);
    }
    if redirects == Redirects::Refuse {
        builder = builder.redirect(Policy::none());
    }
    if url.and_then(Url::host_str).is_some_and(is_this_machine) {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// The value of a header that holds a key. It is never shown, not even by `Debug`.
///
/// # Errors
/// If the key holds characters that no header can carry.
pub fn secret(key: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(key)?;
    value.set_sensitive(true);
    Ok(value)
}

/// `true` for names and addresses of the loopback interface, such as `localhost` and `[::1]`.
pub fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The innermost cause of an error, such as `Connection refused (os error 111)`. The layers above it say only that a
/// request failed.
pub fn root_cause(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.unwrap_or(error).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown_and_never_splits_a_header() {
        let value = secret("s3cret").unwrap();
        assert!(value.is_sensitive() && !format!("{value:?}").contains("s3cret"));
        for hostile in ["a\nx-other: 1", "a\r\n\r\nb", "a\0"] {
            secret(hostile).unwrap_err();
        }
    }

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
