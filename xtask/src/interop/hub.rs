//! The Hub's official clients, of today and of a year ago, against `examen hub`; crowds and kills.

use super::{demo, script};
use crate::{
    environment::environment,
    process::{Outcome, emptied, examen, step},
    server::{API_KEY, Server, free_port},
};
use std::{
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const TOKEN: &str = "hf_interop_0123456789abcdef";
/// Time within which a hub must start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hub that is stopped when it goes out of scope.
struct Hub {
    child: Child,
    url: String,
}

impl Hub {
    fn start(data: &Path) -> Outcome<Self> {
        let port = free_port()?;
        let mut hub = Command::new(examen());
        hub.args(["hub", "--port", &port.to_string(), "--username", "org"])
            .args(["--token", TOKEN, "--data"])
            .arg(data)
            .stderr(Stdio::null());
        let child = hub
            .spawn()
            .map_err(|error| format!("could not start examen hub: {error}"))?;
        let hub = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(hub);
            }
            sleep(Duration::from_millis(5));
        }
        Err("examen hub did not start".to_owned())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about it then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn run(work: &Path) -> Outcome {
    let folder = emptied(work.join("hub"))?;
    let hub = Hub::start(&folder.join("data"))?;
    for packages in ["datasets", "hub-old"] {
        let mut clients = client(packages, &hub.url)?;
        step(&format!("clients of {packages}"), clients.arg("clients"))?;
    }
    step(
        "20 clients at once",
        client("datasets", &hub.url)?.arg("crowd"),
    )?;
    let review = folder.join("review");
    let mut annotate = Command::new(examen());
    annotate
        .args(["annotate", "--data"])
        .arg(&review)
        .arg("--input")
        .arg(demo(work)?.join("distiset"));
    step("questions to review", &mut annotate)?;
    let reviewing = Server::start(&review, &[])?;
    let mut script = client("argilla", &hub.url)?;
    step(
        "reviewed records to the hub",
        script.args(["script", &reviewing.url(), API_KEY]),
    )?;
    drop(hub);
    let port = free_port()?;
    let mut kills = client("datasets", &format!("http://127.0.0.1:{port}"))?;
    kills
        .arg("kills")
        .arg(examen())
        .arg(folder.join("killed"))
        .arg(port.to_string());
    step("kill -9 in the middle of pushes", &mut kills)
}

fn client(packages: &str, url: &str) -> Outcome<Command> {
    let mut client = Command::new(environment(packages)?.join("python"));
    client
        .arg(script("hub.py"))
        .env("HF_ENDPOINT", url)
        .env("HF_TOKEN", TOKEN);
    Ok(client)
}
