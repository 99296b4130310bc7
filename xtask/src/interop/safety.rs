//! Hostile clients and power cuts against the release binary: the scripts in `xtask/interop/safety`.

use super::script;
use crate::{
    fake_server::write_documents,
    process::{Outcome, emptied, examen, fake_server, root, step},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Documents of a run that is cut off; each is a call of the model.
const N_DOCUMENTS: u64 = 200;

/// Attacks servers from outside, one function a kind of attack, and prints figures beside their bounds.
pub(super) fn attacks(work: &Path, serve_arguments: &[String]) -> Outcome {
    let work = emptied(work.to_owned())?;
    let certificates = root().join("testdata/tls");
    let mut attack = python("attacks.py", &work);
    attack
        .arg("--layer")
        .arg(layer(&work)?)
        .arg("--tls-cert")
        .arg(certificates.join("server1.pem"))
        .arg("--tls-key")
        .arg(certificates.join("server1.key"))
        .arg("--")
        .args(serve_arguments);
    step("attacks", &mut attack)
}

/// Cuts the power of a server that is written to, and of runs of `generate`, at random moments.
pub(super) fn power_cut(work: &Path) -> Outcome {
    let work = emptied(work.to_owned())?;
    let documents = work.join("documents");
    write_documents(&documents, N_DOCUMENTS)?;
    let mut cut = python("power_cut.py", &work);
    cut.arg("--layer")
        .arg(layer(&work)?)
        .arg("--fake-server")
        .arg(fake_server())
        .arg("--documents")
        .arg(documents);
    step("power cuts", &mut cut)
}

/// `cargo xtask soak`: people who review and people who attack, together.
#[derive(Debug, clap::Args)]
pub(crate) struct Soak {
    /// Length, in minutes
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// Seed of what the attackers choose
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Prints what the reviewers noticed, and what the server took.
pub(crate) fn soak(arguments: &Soak) -> Outcome {
    crate::process::build()?;
    let work = emptied(root().join("target/soak"))?;
    let mut soak = python("soak.py", &work);
    soak.args(["--minutes", &arguments.minutes.to_string()])
        .args(["--seed", &arguments.seed.to_string()]);
    step("soak", &mut soak)
}

/// A script with the binary and its folder as arguments. It needs nothing but Python's standard library.
fn python(name: &str, work: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(script("safety").join(name))
        .arg("--examen")
        .arg(examen())
        .arg("--work")
        .arg(work.join("run"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The library between a program and its files, built with the linker that Rust needs, too.
fn layer(work: &Path) -> Outcome<PathBuf> {
    let library = work.join("layer.so");
    let mut compile = Command::new("cc");
    compile
        .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-o"])
        .arg(&library)
        .arg(script("safety/layer.c"))
        .arg("-ldl");
    step("the layer under the files", &mut compile)?;
    Ok(library)
}
