//! The address of a server, from what people paste.

use crate::error::ChatError;
use examen_http::{is_this_machine, typed_without_secrets};
use reqwest::Url;
use std::fmt;

/// The base of a server's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
}

impl Endpoint {
    /// Reads a base URL:
    /// - without a scheme, `http://` is meant for this machine and for IP addresses, `https://` for everything else;
    /// - slashes at the end, and a pasted `/chat/completions` or `/messages`, are taken off;
    /// - an address without a path gets `/v1`, where nearly all servers have their API; any path that is there is
    ///   kept as it is (`https://api.groq.com/openai/v1`, `https://gateway.example/team/llm`), and so is a query.
    ///
    /// ```
    /// use examen_llm::backends::endpoint::Endpoint;
    /// for pasted in ["localhost:8000", "http://localhost:8000/", "http://localhost:8000/v1/chat/completions"] {
    ///     assert_eq!(Endpoint::parse(pasted)?.to_string(), "http://localhost:8000/v1");
    /// }
    /// # Ok::<(), examen_llm::ChatError>(())
    /// ```
    pub fn parse(pasted: &str) -> Result<Self, ChatError> {
        Self::parse_with(pasted, "/v1")
    }

    /// The same, with another path for an address without one.
    pub(super) fn parse_with(pasted: &str, default_path: &str) -> Result<Self, ChatError> {
        let refused = |reason: String| ChatError::Setting {
            setting: "base URL",
            reason,
        };
        let pasted = pasted.trim();
        let mut base = Url::parse(&with_scheme(pasted))
            .map_err(|error| refused(format!("`{}`: {error}", typed_without_secrets(pasted))))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refused(format!(
                "`{}` is neither http nor https",
                base.scheme()
            )));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused(
                "it holds a user name or password; give the key as the API key".to_owned(),
            ));
        }
        let mut path = base.path().trim_end_matches('/');
        for end in ["/chat/completions", "/messages"] {
            path = path.strip_suffix(end).unwrap_or(path).trim_end_matches('/');
        }
        let path = if path.is_empty() { default_path } else { path }.to_owned();
        base.set_path(&path);
        base.set_fragment(None);
        Ok(Self { base })
    }

    /// The URL of a part of the API, such as `chat/completions`.
    pub fn at(&self, part: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}/{part}",
            self.base.path().trim_end_matches('/')
        ));
        url
    }

    /// The path of the API, such as `/v1`.
    pub fn path(&self) -> &str {
        self.base.path()
    }

    /// `true` if the address has a query.
    pub(super) fn has_query(&self) -> bool {
        self.base.query().is_some()
    }

    /// The same server with another path.
    pub(super) fn with_path(mut self, path: &str) -> Self {
        self.base.set_path(path);
        self
    }

    /// The same address with a query.
    pub(super) fn with_query(mut self, query: &str) -> Self {
        self.base.set_query(Some(query));
        self
    }

    /// The name of the server.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Identity of the server: `scheme://host:port`.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// `true` if the server is on this machine.
    pub fn is_loopback(&self) -> bool {
        is_this_machine(self.host())
    }
}

impl fmt::Display for Endpoint {
    /// The base URL, without a query: some put keys there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.base.clone();
        shown.set_query(None);
        f.write_str(shown.as_str().trim_end_matches('/'))
    }
}

fn with_scheme(pasted: &str) -> String {
    if pasted.contains("://") {
        return pasted.to_owned();
    }
    let authority = pasted.split('/').next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    let is_plain = is_this_machine(host) || host.parse::<std::net::IpAddr>().is_ok();
    format!("{}://{pasted}", if is_plain { "http" } else { "https" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_understood() {
        let shown = |pasted: &str| Endpoint::parse(pasted).expect("a good URL").to_string();
        assert_eq!(
            shown("https://api.openai.com/v1/"),
            "https://api.openai.com/v1"
        );
        assert_eq!(shown("https://api.openai.com"), "https://api.openai.com/v1");
        assert_eq!(
            shown("https://api.groq.com/openai/v1//"),
            "https://api.groq.com/openai/v1"
        );
        assert_eq!(shown(" 10.0.0.7:8080 "), "http://10.0.0.7:8080/v1");
        assert_eq!(shown("[::1]:8080"), "http://[::1]:8080/v1");
        assert_eq!(
            shown("https://api.anthropic.com/v1/messages"),
            "https://api.anthropic.com/v1"
        );
        assert_eq!(shown("api.example.org/llm"), "https://api.example.org/llm");
    }

    #[test]
    fn a_query_is_sent_but_not_shown() {
        let endpoint =
            Endpoint::parse("https://x.example/openai?api-version=1").expect("a good URL");
        assert_eq!(
            endpoint.at("chat/completions").as_str(),
            "https://x.example/openai/chat/completions?api-version=1"
        );
        assert_eq!(endpoint.to_string(), "https://x.example/openai");
        assert_eq!(endpoint.origin(), "https://x.example");
    }

    #[test]
    fn this_machine_is_known() {
        let is_loopback = |pasted: &str| Endpoint::parse(pasted).expect("a good URL").is_loopback();
        assert!(
            is_loopback("localhost:1")
                && is_loopback("http://127.0.0.1:8000")
                && is_loopback("[::1]:8080")
        );
        assert!(!is_loopback("https://api.openai.com") && !is_loopback("10.0.0.7"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_secrets() {
        for pasted in ["", "ftp://host", "http://", "not a url"] {
            assert!(
                matches!(Endpoint::parse(pasted), Err(ChatError::Setting { .. })),
                "{pasted}"
            );
        }
        for pasted in [
            "https://me:s3cret@host",
            "https://me:s3cret@ho st",
            "ftp://me:s3cret@host",
            "https://host:port/?key=s3cret",
        ] {
            let error = Endpoint::parse(pasted).expect_err(pasted);
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
