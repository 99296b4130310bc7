//! One request: sent, sent again where that may help and does no harm, its answer read.

use super::{Client, ClientError};
use backon::{ExponentialBuilder, Retryable};
use examen_http::{BodyError, JsonError, Repeat, clip, n_values, repeat, retry_after, root_cause};
use reqwest::{Method, Response, StatusCode, Url, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

/// Longest wait of our own, before jitter.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// Time after which a request is not made again: one that drips its answer takes the whole time limit each time.
const LONGEST_TRYING: Duration = Duration::from_secs(180);
/// A server that asks for a longer wait than this is not waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

/// Most bytes of an answer: a page of records with long fields and vectors takes some megabytes. Pages that are longer
/// are asked for in parts.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// Size of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Its bytes.
    pub(super) bytes: usize,
    /// The values in its JSON.
    pub(super) values: usize,
}

/// A request to make.
struct Request {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    doing: String,
}

impl Request {
    /// `true` if doing it twice is doing it once (RFC 9110, 9.2.2).
    fn is_idempotent(&self) -> bool {
        self.method != Method::POST && self.method != Method::PATCH
    }

    /// `true` if it is worth making again, and does no harm.
    fn may_follow(&self, error: &ClientError) -> bool {
        match error {
            ClientError::Unreachable { was_sent, .. } => self.is_idempotent() || !was_sent,
            ClientError::Refused {
                retry_after: Some(wait),
                ..
            } if *wait > LONGEST_RETRY_AFTER => false,
            ClientError::Refused { status, .. } => match repeat(*status) {
                Repeat::Always => true,
                Repeat::IfIdempotent => self.is_idempotent(),
                // One client asks, one request at a time: the server stumbles over the request, and would again.
                Repeat::IfServerIsBusy | Repeat::Never => false,
            },
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
        self.get_sized(doing, path, query)
            .await
            .map(|(answer, _)| answer)
    }

    /// An answer and its size.
    pub(super) async fn get_sized<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<(T, Size), ClientError> {
        let mut url = self.address_of(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = Request {
            method: Method::GET,
            url,
            body: None,
            doing: doing.to_owned(),
        };
        let text = self.send(&request).await?;
        let size = Size {
            bytes: text.len(),
            values: n_values(&text),
        };
        Ok((self.read(&request, &text)?, size))
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
        self.read(&request, &text)
    }

    fn read<T: DeserializeOwned>(&self, request: &Request, text: &str) -> Result<T, ClientError> {
        examen_http::json(text).map_err(|error| match error {
            JsonError::TooMany => self.too_large(request, error.to_string()),
            JsonError::Invalid(_) if text.trim_start().starts_with('<') => {
                self.unreadable(request, "it is an HTML page".to_owned())
            }
            JsonError::Invalid(error) => self.unreadable(request, clip(&error.to_string())),
        })
    }

    fn too_large(&self, request: &Request, reason: String) -> ClientError {
        ClientError::TooLarge {
            url: self.shown.to_string(),
            doing: request.doing.clone(),
            reason,
        }
    }

    fn unreadable(&self, request: &Request, reason: String) -> ClientError {
        ClientError::Unreadable {
            url: self.shown.to_string(),
            doing: request.doing.clone(),
            reason: self.secrets.hidden_in(&reason),
        }
    }

    /// Makes a request until it succeeds, fails for good, or was made often enough.
    async fn send(&self, request: &Request) -> Result<String, ClientError> {
        let backoff = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_delay)
            .with_max_delay(LONGEST_DELAY)
            .with_max_times(self.max_retries);
        let begin = Instant::now();
        (|| self.send_once(request))
            .retry(backoff)
            .sleep(tokio::time::sleep)
            .when(|error| begin.elapsed() < LONGEST_TRYING && request.may_follow(error))
            .adjust(|error, delay| delay.map(|delay| delay.max(wait_asked_for(error))))
            .notify(
                |error, delay| tracing::warn!(%error, "retrying in {:.1} s", delay.as_secs_f64()),
            )
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
        match response.status() {
            status if status.is_redirection() => Err(self.moved(&response)),
            status if status.is_success() => self.text(request, response).await,
            StatusCode::UNAUTHORIZED => Err(ClientError::Unauthorized {
                url: self.shown.to_string(),
            }),
            _ => Err(self.refused(request, response).await),
        }
    }

    async fn text(&self, request: &Request, response: Response) -> Result<String, ClientError> {
        let text = examen_http::text(response, MAX_ANSWER_BYTES).await;
        text.map_err(|error| match error {
            BodyError::Broken(error) => self.unreachable(request, &error),
            BodyError::TooLong { .. } | BodyError::Packed { .. } => {
                self.too_large(request, error.to_string())
            }
        })
    }

    async fn refused(&self, request: &Request, response: Response) -> ClientError {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let text = examen_http::beginning(response).await;
        // A server that repeats what it was sent must not bring the key into a log. Hidden first, since a reason may end
        // in the middle of it, and once more, since JSON may have disguised it.
        let reason = examen_http::reason(&self.secrets.hidden_in(&text));
        ClientError::Refused {
            url: self.shown.to_string(),
            doing: request.doing.clone(),
            status: status.as_u16(),
            detail: self.secrets.hidden_in(&reason),
            retry_after,
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
    fn moved(&self, response: &Response) -> ClientError {
        let target = examen_http::target(response).unwrap_or_else(|| "no address".to_owned());
        let server = target.split("/api/v1").next().unwrap_or_default();
        ClientError::Moved {
            url: self.shown.to_string(),
            target: self.secrets.hidden_in(server),
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
