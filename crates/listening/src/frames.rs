//! Sites that may show the page in a frame.

use std::{fmt, str::FromStr};

/// The origin of a site, or of all hosts below one: `https://huggingface.co`, `https://*.hf.space`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// A text that is no origin.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no origin: a scheme and a host, such as https://huggingface.co")]
pub struct NoOrigin(String);

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let refused = || NoOrigin(text.to_owned());
        let origin = text.trim_end_matches('/');
        let (scheme, authority) = origin.split_once("://").ok_or_else(refused)?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let name = host.strip_prefix("*.").unwrap_or(host);
        let is_label = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let has_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
        match matches!(scheme, "http" | "https") && name.split('.').all(is_label) && has_port {
            true => Ok(Self(origin.to_lowercase())),
            false => Err(refused()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_nothing_else() {
        for (text, origin) in [
            ("https://huggingface.co/", "https://huggingface.co"),
            ("https://*.hf.space", "https://*.hf.space"),
            ("http://LOCALHOST:3000", "http://localhost:3000"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), origin);
        }
        for text in [
            "",
            "*",
            "huggingface.co",
            "https://",
            "https://a.b/c",
            "https://a; script-src *",
            "https://a.*",
            "https://a:b",
            "ftp://a.b",
            "data:x",
        ] {
            text.parse::<Origin>().unwrap_err();
        }
    }
}
