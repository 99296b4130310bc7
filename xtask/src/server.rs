//! A running `examen serve`, or another server.

use crate::process::{Outcome, examen};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

/// Name and password of the owner of a server that a task starts.
pub(crate) const OWNER: (&str, &str) = ("owner", "correct horse battery staple");
/// The owner's API key.
pub(crate) const API_KEY: &str = "owner.apikey";

/// Time within which a server must start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that is stopped when it goes out of scope.
pub(crate) struct Server {
    child: Child,
    port: u16,
    /// From the start of the process to its first answer.
    pub(crate) start: Duration,
}

impl Server {
    /// Starts a server on a free port with the store in `data`, and waits until it answers.
    pub(crate) fn start(data: &Path, arguments: &[String]) -> Outcome<Self> {
        let port = free_port()?;
        let mut serve = Command::new(examen());
        serve.args([
            "serve",
            "--username",
            OWNER.0,
            "--password",
            OWNER.1,
            "--api-key",
            API_KEY,
        ]);
        serve
            .args(["--port", &port.to_string(), "--data"])
            .arg(data)
            .args(arguments);
        Self::run(serve, port, "/api/v1/version")
    }

    /// Runs a command that serves `port`, and waits until it answers `GET path`.
    pub(crate) fn run(mut command: Command, port: u16, path: &str) -> Outcome<Self> {
        let begin = Instant::now();
        let child = command
            .spawn()
            .map_err(|error| format!("could not start {command:?}: {error}"))?;
        let mut server = Self {
            child,
            port,
            start: Duration::ZERO,
        };
        while begin.elapsed() < PATIENCE {
            if answers(port, path) {
                server.start = begin.elapsed();
                return Ok(server);
            }
            sleep(Duration::from_millis(1));
        }
        Err(format!(
            "{command:?} did not answer within {} s",
            PATIENCE.as_secs()
        ))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about it then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    Ok(listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port())
}

/// True if `GET path` is answered with 200.
fn answers(port: u16, path: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
