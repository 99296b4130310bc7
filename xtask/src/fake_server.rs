//! The fake server as a child process.

use crate::process::{Cost, Outcome, cost, fake_server};
use examen_fake_server::document;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Writes the first `n` documents that the server knows to a folder, which is made if it is missing.
pub(crate) fn write_documents(folder: &Path, n: u64) -> Outcome {
    let write = || {
        fs::create_dir_all(folder)?;
        (0..n).try_for_each(|number| {
            fs::write(folder.join(format!("{number:06}.txt")), document(number))
        })
    };
    write().map_err(|error| format!("{}: {error}", folder.display()))
}

/// A server that ends with this task, even where that is killed.
pub(crate) struct FakeServer {
    child: Child,
    url: String,
}

impl FakeServer {
    /// Starts it on a free port.
    pub(crate) fn start(latency_ms: u64) -> Outcome<Self> {
        Self::start_with(latency_ms, &[])
    }

    /// The same with further arguments.
    pub(crate) fn start_with(latency_ms: u64, arguments: &[&str]) -> Outcome<Self> {
        let failed =
            |error: std::io::Error| format!("the fake server could not be started: {error}");
        let mut serve = Command::new(fake_server());
        serve
            .args(["--latency-ms", &latency_ms.to_string()])
            .args(arguments);
        let mut child = serve
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut url = String::new();
        let stdout = child.stdout.take().expect("its output is a pipe");
        BufReader::new(stdout).read_line(&mut url).map_err(failed)?;
        Ok(Self {
            child,
            url: url.trim_end().to_owned(),
        })
    }

    /// Base URL for clients.
    pub(crate) fn base_url(&self) -> String {
        format!("{}/v1", self.url)
    }

    /// Counts of what it was asked so far.
    pub(crate) fn stats(&self) -> Outcome<Value> {
        let failed = |error: &dyn std::fmt::Display| format!("the fake server's /stats: {error}");
        let mut answer = ureq::get(format!("{}/stats", self.url))
            .call()
            .map_err(|error| failed(&error))?;
        let body = answer
            .body_mut()
            .read_to_vec()
            .map_err(|error| failed(&error))?;
        serde_json::from_slice(&body).map_err(|error| failed(&error))
    }

    /// Ends it; returns the resources that it used.
    pub(crate) fn end(mut self) -> Outcome<Cost> {
        drop(self.child.stdin.take());
        cost("the fake server", &mut self.child)
    }
}
