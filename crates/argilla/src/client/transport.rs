//! One request: sent, sent again where that may help and does no harm, its answer read.

use super::{
    Client, ClientError,
    error::{detail, root_cause, shortened},
};
use backon::{ExponentialBuilder, Retryable};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};

/// No wait of our own is longer than this, before jitter.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// A server that asks for a longer wait than this is not waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

/// A request to make.
struct Request {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    doing: String,
}

impl Request {
    /// Whether doing it twice is doing it once (RFC 9110, 9.2.2).
    fn is_idempotent(&self) -> bool {
        self.method != Method::POST && self.method != Method::PATCH
    }

    /// Whether it is worth making again, and does no harm.
    fn may_follow(&self, error: &ClientError) -> bool {
        match error {
            ClientError::Unreachable { was_sent, .. } => self.is_idempotent() || !was_sent,
            ClientError::Refused {
                retry_after: Some(wait),
                ..
            } if *wait > LONGEST_RETRY_AFTER => false,
            ClientError::Refused { status: 429, .. } => true,
            ClientError::Refused {
                status: 502..=504, ..
            } => self.is_idempotent(),
            _ => false,
        }
    }
}

impl Client {
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, ClientError> {
        let mut url = self.address_of(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.ask(Request {
            method: Method::GET,
            url,
            body: None,
            doing: doing.to_owned(),
        })
        .await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let (url, body) = (self.address_of(path), Some(json(body)));
        self.ask(Request {
            method: Method::POST,
            url,
            body,
            doing: doing.to_owned(),
        })
        .await
    }

    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let (url, body) = (self.address_of(path), body.map(json));
        self.ask(Request {
            method: Method::PUT,
            url,
            body,
            doing: doing.to_owned(),
        })
        .await
    }

    pub(super) async fn delete<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
    ) -> Result<T, ClientError> {
        let url = self.address_of(path);
        self.ask(Request {
            method: Method::DELETE,
            url,
            body: None,
            doing: doing.to_owned(),
        })
        .await
    }

    fn address_of(&self, path: &str) -> Url {
        self.api
            .join(path)
            .expect("paths are made of fixed words and ids")
    }

    /// Makes a request and reads its answer.
    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, ClientError> {
        let text = self.send(&request).await?;
        serde_json::from_str(&text).map_err(|error| {
            let reason = match text.trim_start().starts_with('<') {
                true => "it is an HTML page".to_owned(),
                false => shortened(&error.to_string()),
            };
            ClientError::Unreadable {
                url: self.shown.to_string(),
                doing: request.doing.clone(),
                reason,
            }
        })
    }

    /// Makes a request until it succeeds, fails for good, or was made often enough.
    async fn send(&self, request: &Request) -> Result<String, ClientError> {
        let backoff = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_delay)
            .with_max_delay(LONGEST_DELAY)
            .with_max_times(self.max_retries);
        (|| self.send_once(request))
            .retry(backoff)
            .sleep(tokio::time::sleep)
            .when(|error| request.may_follow(error))
            .adjust(|error, delay| delay.map(|delay| delay.max(wait_asked_for(error))))
            .notify(|error, delay| tracing::warn!(%error, "asking again in {:.1} s", delay.as_secs_f64()))
            .await
    }

    async fn send_once(&self, request: &Request) -> Result<String, ClientError> {
        let mut sending = self
            .http
            .request(request.method.clone(), request.url.clone());
        if let Some(body) = &request.body {
            sending = sending
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let response = sending
            .send()
            .await
            .map_err(|error| self.not_sent(request, &error))?;
        self.has_answered.store(true, Relaxed);
        let (status, retry_after) = (response.status(), retry_after(&response));
        if status.is_redirection() {
            return Err(self.moved(request, &response));
        }
        let text = response
            .text()
            .await
            .map_err(|error| self.unreachable(request, &error))?;
        match status {
            StatusCode::UNAUTHORIZED => Err(ClientError::Unauthorized {
                url: self.shown.to_string(),
            }),
            status if status.is_success() => Ok(text),
            status => Err(ClientError::Refused {
                url: self.shown.to_string(),
                doing: request.doing.clone(),
                status: status.as_u16(),
                // A server that repeats what it was sent must not bring the key into a log.
                detail: detail(&text).replace(&*self.api_key, "…"),
                retry_after,
            }),
        }
    }

    fn not_sent(&self, request: &Request, error: &reqwest::Error) -> ClientError {
        match error.is_connect() && !self.has_answered.load(Relaxed) {
            true => ClientError::NobodyThere {
                url: self.shown.to_string(),
                reason: root_cause(error),
            },
            false => self.unreachable(request, error),
        }
    }

    fn unreachable(&self, request: &Request, error: &reqwest::Error) -> ClientError {
        ClientError::Unreachable {
            url: self.shown.to_string(),
            doing: request.doing.clone(),
            reason: if error.is_timeout() {
                "it took too long".to_owned()
            } else {
                root_cause(error)
            },
            was_sent: !error.is_connect(),
        }
    }

    /// A redirection, less the path of this request.
    fn moved(&self, request: &Request, response: &Response) -> ClientError {
        let target = response
            .headers()
            .get(LOCATION)
            .and_then(|target| target.to_str().ok())
            .unwrap_or("nowhere");
        let target = request
            .url
            .join(target)
            .map_or_else(|_| target.to_owned(), |target| target.to_string());
        let target = target
            .split("/api/v1")
            .next()
            .unwrap_or_default()
            .to_owned();
        ClientError::Moved {
            url: self.shown.to_string(),
            target: target.replace(&*self.api_key, "…"),
        }
    }
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("bodies have string keys only")
}

fn wait_asked_for(error: &ClientError) -> Duration {
    match error {
        ClientError::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

/// How long a response asks to wait: seconds, or a date (RFC 9110, 10.2.3), which is compared with the response's own.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name: HeaderName| response.headers().get(name)?.to_str().ok();
    let asked = header(RETRY_AFTER)?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    Some(
        date(asked)?
            .duration_since(date(header(DATE)?)?)
            .unwrap_or_default(),
    )
}
