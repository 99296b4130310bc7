//! Keys: sent in headers, and kept out of whatever is shown.

use reqwest::{
    Url,
    header::{HeaderValue, InvalidHeaderValue},
};
use std::fmt;

/// Shorter keys hide nothing, and their letters stand in ordinary words: servers without accounts are often given
/// `none` or `token`.
const SHORTEST: usize = 8;

/// Texts that no error and no log may show, wherever they come from.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// The key, and what the address holds of user, password and the values of its query.
    pub fn of(key: Option<&str>, url: &Url) -> Self {
        let queries = url.query_pairs().filter(|(name, _)| name != "api-version");
        let values = queries.map(|(_, value)| value.into_owned());
        let in_url = [Some(url.username()), url.password()].map(|part| part.map(str::to_owned));
        let key = key.map(|key| key.trim().to_owned());
        let mut found: Vec<String> = in_url
            .into_iter()
            .chain([key])
            .flatten()
            .chain(values)
            .collect();
        found.retain(|secret| secret.len() >= SHORTEST);
        Self(found)
    }

    /// The same, and these.
    #[must_use]
    pub fn and<'a>(mut self, others: impl IntoIterator<Item = &'a str>) -> Self {
        let others = others.into_iter().map(str::trim);
        let long = others.filter(|secret| secret.len() >= SHORTEST);
        self.0.extend(long.map(str::to_owned));
        self
    }

    /// The text with `…` in place of each secret: servers repeat what they were sent.
    pub fn hidden_in(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }
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

/// An address without what may be secret in it: user, password, query and fragment.
pub fn without_secrets(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    match shown.set_username("").and(shown.set_password(None)) {
        Ok(()) => shown.to_string(),
        // It has no host: all of it is a path, whatever that holds.
        Err(()) => format!("{}:…", url.scheme()),
    }
}

/// The same of an address as somebody typed it, which may be none.
pub fn typed_without_secrets(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}{host}{path}")
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
    fn what_a_server_repeats_of_key_and_address_is_hidden() {
        let url =
            Url::parse("https://somebody:password1@host/v1?key=query-key-1&api-version=2024-10-21")
                .unwrap();
        let secrets = Secrets::of(Some(" the-api-key\n"), &url);
        let text = "the-api-key, somebody, password1 and query-key-1 in 2024-10-21";
        assert_eq!(secrets.hidden_in(text), "…, …, … and … in 2024-10-21");
        assert!(!format!("{secrets:?}").contains("key"));
        let short = Secrets::of(Some("none"), &url);
        assert_eq!(short.hidden_in("none of it"), "none of it");
    }

    #[test]
    fn an_address_is_shown_without_what_is_secret_in_it() {
        for (typed, shown) in [
            (
                "https://me:s3cret@host:1/v1?key=s3cret#s3cret",
                "https://host:1/v1",
            ),
            ("me:s3cret@host/v1", "host/v1"),
            ("ftp://me:s3@cret@host", "ftp://host"),
            ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
            ("not a url", "not a url"),
        ] {
            assert_eq!(typed_without_secrets(typed), shown, "{typed}");
            if let Ok(url) = Url::parse(typed) {
                assert!(!without_secrets(&url).contains("cret"), "{typed}");
            }
        }
    }
}
