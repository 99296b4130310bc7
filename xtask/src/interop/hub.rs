//! The Hub's official clients, of today and of a year ago, against `examen hub`; crowds and kills.

use super::{demo, script};
use crate::{
    environment::environment,
    process::{Outcome, emptied, examen, step},
    server::{API_KEY, Server, free_port},
};
use std::{
    path::Path,
    process::{Command, Stdio},
};

const TOKEN: &str = "hf_interop_0123456789abcdef";

fn start(data: &Path) -> Outcome<Server> {
    let port = free_port()?;
    let mut hub = Command::new(examen());
    hub.args(["hub", "--port", &port.to_string(), "--username", "org"])
        .args(["--token", TOKEN, "--data"])
        .arg(data)
        .stderr(Stdio::null());
    Server::run(hub, port, "/health")
}

pub(super) fn run(work: &Path) -> Outcome {
    let folder = emptied(work.join("hub"))?;
    let hub = start(&folder.join("data"))?;
    for packages in ["datasets", "hub-old"] {
        let mut clients = client(packages, &hub.url())?;
        step(&format!("clients of {packages}"), clients.arg("clients"))?;
    }
    step(
        "20 clients at once",
        client("datasets", &hub.url())?.arg("crowd"),
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
    let mut script = client("argilla", &hub.url())?;
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
