//! The commit of a repository's revision, and the list of its files, page by page.
//!
//! Not by hf-hub, which goes wherever the Hub's links point, with the token, and reads answers of any length.

use super::Announced;
use crate::error::HubError;
use reqwest::{
    Client, Response, Url,
    header::{HeaderMap, LINK, LOCATION},
};
use serde::{Deserialize, de::DeserializeOwned};
use std::time::Duration;

/// Most files of a repository; the Hub itself advises against more than 100,000.
const MAX_FILES: usize = 1_000_000;
/// Most pages of a list, of which the Hub's own have a thousand files each.
const MAX_PAGES: usize = 1_000;
/// Most bytes of a page, and of what the Hub tells of a repository.
const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;
/// Most redirections of one page: repositories are renamed.
const MAX_REDIRECTS: usize = 5;
/// Times that a page is asked for, and the wait before the second.
const ATTEMPTS: u32 = 4;
const WAIT: Duration = Duration::from_millis(250);

/// Who asks about what.
pub(super) struct Asking<'a> {
    /// Follows no redirection.
    pub(super) client: &'a Client,
    pub(super) token: Option<&'a str>,
    /// Name of the repository, for errors.
    pub(super) repository: &'a str,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
}

#[derive(Deserialize)]
struct Info {
    sha: Option<String>,
}

impl Asking<'_> {
    /// The commit that the repository's description at `url` names.
    pub(super) async fn commit(&self, url: Url) -> Result<Option<String>, HubError> {
        let info: Info = self.json(self.answer(url).await?).await?;
        Ok(info.sha)
    }

    /// All files of the list that begins at `first`.
    pub(super) async fn files(&self, first: Url) -> Result<Vec<Announced>, HubError> {
        let (mut files, mut next) = (Vec::new(), Some(first));
        for _ in 0..MAX_PAGES {
            let Some(url) = next else { return Ok(files) };
            let (entries, following) = self.page(url).await?;
            let is_file = |entry: &Entry| entry.kind == "file";
            files.extend(entries.into_iter().filter(is_file).map(|entry| Announced {
                path: entry.path,
                bytes: entry.size,
            }));
            next = following.filter(|_| files.len() <= MAX_FILES);
            if files.len() > MAX_FILES {
                break;
            }
        }
        Err(HubError::TooManyFiles {
            repository: self.repository.to_owned(),
            limit: MAX_FILES,
        })
    }

    /// The entries of a page, and the address of the next one.
    async fn page(&self, url: Url) -> Result<(Vec<Entry>, Option<Url>), HubError> {
        let response = self.answer(url).await?;
        let next = match next_page(response.headers()) {
            Some(link) => Some(self.same_host(response.url(), &link)?),
            None => None,
        };
        Ok((self.json(response).await?, next))
    }

    async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, HubError> {
        let text = examen_http::text(response, MAX_PAGE_BYTES).await;
        let text = text.map_err(|error| self.failed(error.to_string()))?;
        examen_http::json(&text).map_err(|error| self.failed(error.to_string()))
    }

    /// The answer of the address, or of the one on the same host that it points to.
    async fn answer(&self, mut url: Url) -> Result<Response, HubError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get(&url).await?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = response.headers().get(LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            url = self.same_host(&url, location.unwrap_or_default())?;
        }
        Err(self.failed(format!("it points elsewhere {MAX_REDIRECTS} times")))
    }

    /// Asks, and asks again where that may help.
    async fn get(&self, url: &Url) -> Result<Response, HubError> {
        for attempt in 1.. {
            let request = self.client.get(url.clone());
            let request = match self.token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let may_ask_again = attempt < ATTEMPTS;
            match request.send().await {
                Err(error) if may_ask_again && (error.is_connect() || error.is_timeout()) => {}
                Err(source) => {
                    return Err(HubError::HuggingFaceFile {
                        file: self.repository.to_owned(),
                        source,
                    });
                }
                Ok(response) if may_ask_again && is_busy(&response) => {}
                Ok(response) if is_refusal(&response) => return Err(self.refused(response).await),
                Ok(response) => return Ok(response),
            }
            tokio::time::sleep(WAIT * attempt).await;
        }
        unreachable!("the last attempt returns")
    }

    async fn refused(&self, response: Response) -> HubError {
        let status = response.status().as_u16();
        let header = |name| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(examen_http::clip(value))
        };
        let (code, told) = (header("x-error-code"), header("x-error-message"));
        let told = match told {
            Some(told) => told,
            None => examen_http::reason(&examen_http::beginning(response).await),
        };
        HubError::Refused {
            repository: self.repository.to_owned(),
            status,
            code,
            told,
        }
    }

    /// An address that the Hub names, if it is the Hub's: the token would go along to another.
    fn same_host(&self, url: &Url, named: &str) -> Result<Url, HubError> {
        match url.join(named) {
            Ok(target) if target.origin() == url.origin() => Ok(target),
            Ok(target) => {
                let target = examen_http::without_secrets(&target);
                Err(self.failed(format!("it points to another host: {target}")))
            }
            Err(_) => Err(self.failed("it points to no address".to_owned())),
        }
    }

    fn failed(&self, reason: String) -> HubError {
        HubError::Listing {
            repository: self.repository.to_owned(),
            reason: examen_http::clip(&reason),
        }
    }
}

/// The target of `<…>; rel="next"` (RFC 8288).
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let next = links
        .split(',')
        .find(|link| link.contains(r#"rel="next""#))?;
    let (_, target) = next.split_once('<')?;
    target.split_once('>').map(|(target, _)| target.to_owned())
}

fn is_refusal(response: &Response) -> bool {
    let status = response.status();
    status.is_client_error() || status.is_server_error()
}

fn is_busy(response: &Response) -> bool {
    let repeat = examen_http::repeat(response.status().as_u16());
    is_refusal(response) && repeat != examen_http::Repeat::Never
}
