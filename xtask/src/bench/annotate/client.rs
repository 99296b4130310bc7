//! A client of the server that keeps one connection open, as the SDK does.

use crate::process::Outcome;
use serde_json::Value;
use std::time::{Duration, Instant};
use ureq::{Agent, Body, http::Response};

/// Longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1 << 30;

/// Somebody who asks the server. Clones share their connections; a [new](Self::new) one has its own.
pub(super) struct Client {
    agent: Agent,
    url: String,
    api_key: String,
}

/// An answer and how long it took: from sending the request to the last byte of the answer.
pub(super) struct Answer {
    pub(super) value: Value,
    pub(super) took: Duration,
}

impl Client {
    pub(super) fn new(url: &str, api_key: &str) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .build()
            .into();
        Self {
            agent,
            url: url.to_owned(),
            api_key: api_key.to_owned(),
        }
    }

    /// The same person, on a connection of their own.
    pub(super) fn another(&self) -> Self {
        Self::new(&self.url, &self.api_key)
    }

    /// Another person, on a connection of their own.
    pub(super) fn as_user(&self, api_key: &str) -> Self {
        Self::new(&self.url, api_key)
    }

    pub(super) fn get(&self, path: &str) -> Outcome<Answer> {
        let request = self
            .agent
            .get(self.address(path))
            .header("X-Argilla-Api-Key", &self.api_key);
        answer(path, || request.call())
    }

    pub(super) fn delete(&self, path: &str) -> Outcome<Answer> {
        let request = self
            .agent
            .delete(self.address(path))
            .header("X-Argilla-Api-Key", &self.api_key);
        answer(path, || request.call())
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.send("POST", path, body.to_string().as_bytes())
    }

    pub(super) fn put(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.send("PUT", path, body.to_string().as_bytes())
    }

    /// Sends JSON that is made already.
    pub(super) fn send(&self, method: &str, path: &str, body: &[u8]) -> Outcome<Answer> {
        let address = self.address(path);
        let request = if method == "PUT" {
            self.agent.put(address)
        } else {
            self.agent.post(address)
        };
        let request = request
            .header("X-Argilla-Api-Key", &self.api_key)
            .header("Content-Type", "application/json");
        answer(path, || request.send(body))
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

fn answer(
    path: &str,
    ask: impl FnOnce() -> Result<Response<Body>, ureq::Error>,
) -> Outcome<Answer> {
    let failed = |error: &dyn std::fmt::Display| format!("{path}: {error}");
    let start = Instant::now();
    let mut response = ask().map_err(|error| failed(&error))?;
    let body = response
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER)
        .read_to_vec()
        .map_err(|error| failed(&error))?;
    let took = start.elapsed();
    if !response.status().is_success() {
        let beginning = &body[..body.len().min(500)];
        return Err(failed(&format!(
            "{} {}",
            response.status(),
            String::from_utf8_lossy(beginning)
        )));
    }
    let value = if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&body)
    };
    Ok(Answer {
        value: value.map_err(|error| failed(&error))?,
        took,
    })
}
