//! JSON over HTTP to one server: one try a call, and every failure as a [`ChatError`]. Knows no vendor.

use crate::ChatError;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

/// How much of an error's text is kept. Servers may echo the request, so more would carry documents into logs.
const MAX_REASON_CHARS: usize = 300;

/// The longest wait for a connection, where the whole answer may take longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// A server, and what is sent to it with every request.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    /// As errors show it: without a query, where some put keys.
    url: String,
    timeout: Duration,
    /// Whether it ever answered anything.
    has_answered: AtomicBool,
    /// The headers of its first answer that say how much may be asked.
    limits: OnceLock<BTreeMap<String, String>>,
}

impl Server {
    /// `url` is what errors name. At most `n_connections` are kept open.
    pub(super) fn new(
        url: String,
        headers: HeaderMap,
        timeout: Duration,
        n_connections: usize,
    ) -> Result<Self, ChatError> {
        let mut builder = Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(CONNECT_TIMEOUT))
            .default_headers(headers)
            .pool_max_idle_per_host(n_connections)
            .tcp_nodelay(true)
            // Over HTTP/2 all requests would share one connection, and servers allow about a hundred on it.
            .http1_only();
        if Url::parse(&url).is_ok_and(|url| url.host_str().is_some_and(is_this_machine)) {
            // A proxy for the outer world cannot reach this machine's own servers.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| ChatError::Setting {
            setting: "HTTP client",
            reason: root_cause(&error),
        })?;
        Ok(Self {
            client,
            url,
            timeout,
            has_answered: AtomicBool::new(false),
            limits: OnceLock::new(),
        })
    }

    /// What errors call it.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What the headers of its first answer say about limits, as `x-ratelimit-limit-requests: 500`.
    pub(super) fn limits(&self) -> BTreeMap<String, String> {
        self.limits.get().cloned().unwrap_or_default()
    }

    /// The text of a good answer to `POST`.
    pub(super) async fn post(&self, url: &Url, body: &impl Serialize) -> Result<String, ChatError> {
        let mut body = serde_json::to_vec(body).expect("a request is plain data");
        // It is held until the answer is in.
        body.shrink_to_fit();
        self.send(
            self.client
                .post(url.clone())
                .header(CONTENT_TYPE, "application/json")
                .body(body),
        )
        .await
    }

    /// The text of a good answer to `GET`.
    pub(super) async fn get(&self, url: &Url) -> Result<String, ChatError> {
        self.send(self.client.get(url.clone())).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<String, ChatError> {
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        self.has_answered.store(true, Relaxed);
        self.limits.get_or_init(|| limits(response.headers()));
        let (status, retry_after) = (response.status(), retry_after(&response));
        let text = response.text().await.map_err(|error| self.failed(&error))?;
        if status == StatusCode::OK {
            return Ok(text);
        }
        let retry_after = retry_after.or_else(|| retry_info(&text));
        Err(ChatError::Status {
            url: self.url.clone(),
            status: status.as_u16(),
            body: reason(&text),
            retry_after,
        })
    }

    fn failed(&self, error: &reqwest::Error) -> ChatError {
        let url = self.url.clone();
        if error.is_connect() && !self.has_answered.load(Relaxed) {
            return ChatError::NobodyThere {
                url,
                reason: root_cause(error),
            };
        }
        match error.is_timeout() {
            true => ChatError::TimedOut {
                url,
                after: self.timeout,
            },
            false => ChatError::Unreachable {
                url,
                reason: root_cause(error),
            },
        }
    }

    /// The answer is not what the vendor's reference says.
    pub(super) fn malformed(&self, reason: impl Into<String>) -> ChatError {
        ChatError::Malformed {
            url: self.url.clone(),
            reason: reason.into(),
        }
    }

    /// Reads an answer.
    pub(super) fn parse<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<T, ChatError> {
        serde_json::from_str(text).map_err(|error| self.malformed(error.to_string()))
    }
}

/// A header with a key in it, which is never shown; nothing for no key or a blank one.
pub(super) fn key_header(
    headers: &mut HeaderMap,
    name: HeaderName,
    prefix: &str,
    key: Option<&str>,
) -> Result<(), ChatError> {
    let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else {
        return Ok(());
    };
    let mut value =
        HeaderValue::from_str(&format!("{prefix}{key}")).map_err(|_| ChatError::Setting {
            setting: "API key",
            reason: "it holds characters that no HTTP header can carry".to_owned(),
        })?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// Whether `host` is a name or address of the loopback interface.
pub(super) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn limits(headers: &HeaderMap) -> BTreeMap<String, String> {
    let is_limit = |name: &str| name.contains("ratelimit");
    let shown = headers.iter().filter(|(name, _)| is_limit(name.as_str()));
    shown
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

/// How long a response asks to wait: seconds, or a date (RFC 9110, 10.2.3). A date is compared with the response's own
/// `Date`, so that a wrong clock on either side does no harm.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name: HeaderName| response.headers().get(name)?.to_str().ok();
    let asked = header(RETRY_AFTER)?.trim();
    if let Some(wait) = seconds(asked) {
        return Some(wait);
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    Some(
        date(asked)?
            .duration_since(date(header(DATE)?)?)
            .unwrap_or_default(),
    )
}

/// Google says it in the body: `{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}`.
fn retry_info(body: &str) -> Option<Duration> {
    if !body.contains("retryDelay") {
        return None;
    }
    let value: Value = serde_json::from_str(body).ok()?;
    // Some endpoints send the error in an array.
    let error = value.get(0).unwrap_or(&value).get("error")?;
    let delay = error["details"]
        .as_array()?
        .iter()
        .find_map(|detail| detail["retryDelay"].as_str())?;
    seconds(delay.strip_suffix('s')?)
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// What an error comes down to: `Connection refused (os error 111)`. The layers above say only that a request failed.
fn root_cause(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.unwrap_or(error).to_string()
}

/// What an error body says: its `error.message` with its code, FastAPI's `detail`, or its first words.
pub(super) fn reason(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return clip(body);
    };
    let value = value.get(0).unwrap_or(&value);
    let error = &value["error"];
    let message = [
        &error["message"],
        error,
        &value["message"],
        &value["detail"],
    ]
    .into_iter()
    .find_map(Value::as_str);
    let words = match (message, &value["detail"]) {
        (Some(message), _) => message.to_owned(),
        (None, Value::Array(items)) => items
            .iter()
            .map(validation_error)
            .collect::<Vec<_>>()
            .join("; "),
        (None, _) => body.to_owned(),
    };
    match error["code"].as_str().filter(|code| !words.contains(code)) {
        Some(code) => format!("{} ({code})", clip(&words)),
        None => clip(&words),
    }
}

/// One entry of FastAPI's `detail`: where and what, without the `input` that it echoes.
fn validation_error(item: &Value) -> String {
    let place: Vec<String> = item["loc"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|part| match part {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        })
        .collect();
    format!(
        "{}: {}",
        place.join("."),
        item["msg"].as_str().unwrap_or("is not valid")
    )
}

/// The first words of a text, on one line.
pub(super) fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.is_empty() => "(an empty answer)".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_an_error_is_found_in_every_dialect() {
        assert_eq!(
            reason(r#"{"error":{"message":"slow down","code":"rate_limit"}}"#),
            "slow down (rate_limit)"
        );
        assert_eq!(
            reason(r#"{"error":"model is loading"}"#),
            "model is loading"
        );
        assert_eq!(
            reason(r#"{"object":"error","message":"too long"}"#),
            "too long"
        );
        assert_eq!(reason(r#"[{"error":{"code":400,"message":"bad"}}]"#), "bad");
        let fast_api = r#"{"detail":[{"loc":["body","seed"],"msg":"not permitted","input":"a private text"}]}"#;
        assert_eq!(reason(fast_api), "body.seed: not permitted");
        assert_eq!(
            reason("<html>\n 502 Bad\tGateway"),
            "<html> 502 Bad Gateway"
        );
        assert_eq!(
            reason(&"x".repeat(1000)).chars().count(),
            MAX_REASON_CHARS + 1
        );
    }

    #[test]
    fn google_says_in_the_body_how_long_to_wait() {
        let body =
            r#"{"error": {"code": 429, "details": [{"@type": "a"}, {"retryDelay": "34.5s"}]}}"#;
        assert_eq!(retry_info(body), Some(Duration::from_millis(34_500)));
        assert_eq!(retry_info(r#"{"retryDelay": "x"}"#), None);
        assert_eq!(
            retry_info(r#"{"error": {"details": [{"retryDelay": "-3s"}]}}"#),
            None
        );
    }
}
