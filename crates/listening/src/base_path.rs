//! The path under which a server lies behind a proxy: `/exam`.

use axum::{Router, body::Body, extract::Request, http::Uri, response::Response};
use std::{fmt, str::FromStr};
use tower::ServiceExt;

/// A path without a slash at its end; empty for a server that has its host to itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// A text that is no path of an address.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no path: letters, digits and `-._~`, with a slash before each part (such as /exam)"
)]
pub struct NoBasePath(String);

impl FromStr for BasePath {
    type Err = NoBasePath;

    fn from_str(text: &str) -> Result<Self, NoBasePath> {
        let path = text.trim_end_matches('/');
        let is_plain = |part: &str| {
            let is_known = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            !part.is_empty() && part != "." && part != ".." && part.chars().all(is_known)
        };
        let parts = path.strip_prefix('/').map(|path| path.split('/'));
        let is_good = path.is_empty() || parts.is_some_and(|mut parts| parts.all(is_plain));
        match is_good {
            true => Ok(Self(path.to_owned())),
            false => Err(NoBasePath(text.to_owned())),
        }
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BasePath {
    /// The application under this path. Addresses without it are served too: some proxies take it off.
    pub fn lay(&self, application: Router) -> Router {
        if self.0.is_empty() {
            return application;
        }
        let base = self.clone();
        Router::new().fallback(move |mut request: Request| {
            if let Some(uri) = base.without(request.uri()) {
                *request.uri_mut() = uri;
            }
            let application = application.clone();
            async move {
                let answered: Result<Response<Body>, _> = application.oneshot(request).await;
                answered.unwrap_or_else(|never| match never {})
            }
        })
    }

    /// The address without the path; `None` for one that does not lie under it.
    fn without(&self, uri: &Uri) -> Option<Uri> {
        let path = uri.path_and_query()?.as_str();
        let rest = path.strip_prefix(&self.0)?;
        let rest = match rest.chars().next() {
            Some('/') => rest.to_owned(),
            None | Some('?') => format!("/{rest}"),
            Some(_) => return None,
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(rest.parse().ok()?);
        Uri::from_parts(parts).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_others_are_not() {
        for (text, path) in [
            ("/exam", "/exam"),
            ("/a/b-1/", "/a/b-1"),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(text.parse::<BasePath>().unwrap().to_string(), path);
        }
        for text in [
            "exam",
            "/a//b",
            "/../x",
            "/a b",
            "/\"><script>",
            "https://a/b",
        ] {
            text.parse::<BasePath>().unwrap_err();
        }
    }

    #[test]
    fn the_path_is_taken_off_addresses_that_lie_under_it() {
        let base: BasePath = "/exam".parse().unwrap();
        for (uri, without) in [
            ("/exam/api/v1/me?x=1", Some("/api/v1/me?x=1")),
            ("/exam", Some("/")),
            ("/exam?x=1", Some("/?x=1")),
            ("/exams", None),
            ("/api", None),
        ] {
            let found = base.without(&uri.parse().unwrap());
            assert_eq!(
                found.map(|uri| uri.to_string()).as_deref(),
                without,
                "{uri}"
            );
        }
    }
}
