//! Answers that point to another address. None is followed: a key is for the server that it was given for.

use crate::{clip, without_secrets};
use reqwest::{Response, header::LOCATION};

/// The address that a redirection points to, as it may be shown; `None` where it names none.
pub fn target(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let target = response.url().join(&location).ok()?;
    Some(clip(&without_secrets(&target)))
}
