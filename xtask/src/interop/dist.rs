//! The packages of `cargo xtask dist`, as a user without Rust meets them.

use crate::{
    environment,
    packages::Packages,
    process::{Outcome, emptied, step},
    test_model,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Installs the wheel and runs the demo; unpacks the other two packages and runs their binaries.
pub(super) fn run(made: &Packages, work: &Path) -> Outcome {
    wheel(made, work)?;
    let (archive, debian) = (
        emptied(work.join("archive"))?,
        emptied(work.join("debian"))?,
    );
    let mut unpack = Command::new("tar");
    unpack
        .args(["--extract", "--strip-components=1", "--directory"])
        .arg(&archive)
        .arg("--file")
        .arg(&made.archive);
    step("unpack the archive", &mut unpack)?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("--extract").arg(&made.debian).arg(&debian);
    step("unpack the Debian package", &mut unpack)?;
    has_all(&archive, "share/doc/examen/LICENSE")?;
    has_all(&debian.join("usr"), "share/doc/examen/copyright")?;
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "--quiet", "SHA256SUMS"]);
    step("checksums", check.current_dir(&made.folder))
}

/// The folder of the demo that the wheel runs.
pub(super) fn demo(work: &Path) -> PathBuf {
    work.join("demo")
}

fn wheel(packages: &Packages, work: &Path) -> Outcome {
    let folder = work.join("wheel");
    environment::empty(&folder)?;
    let programs = folder.join("bin");
    let mut install = environment::pip_install(&programs);
    install.arg("--no-index").arg(&packages.wheel);
    step("install the wheel", &mut install)?;
    step("examen --version", without_rust(&programs).arg("--version"))?;
    test_model::fetch()?;
    let mut run = without_rust(&programs);
    run.args(["demo", "--output"])
        .arg(demo(work))
        .env("EXAMEN_CACHE", test_model::cache());
    step("examen demo from the wheel", &mut run)
}

/// The command in a folder of programs, which are all that is on its path.
fn without_rust(programs: &Path) -> Command {
    let mut examen = Command::new(programs.join("examen"));
    examen
        .env_clear()
        .env("PATH", programs)
        .env("HOME", programs);
    examen
}

/// Runs the binary below `prefix`, and looks for what comes with it.
fn has_all(prefix: &Path, licence: &str) -> Outcome {
    let programs = prefix.join("bin");
    step(
        &format!("{} --version", programs.join("examen").display()),
        without_rust(&programs).arg("--version"),
    )?;
    let share = [
        licence,
        "share/bash-completion/completions/examen",
        "share/fish/vendor_completions.d/examen.fish",
    ];
    let missing: Vec<PathBuf> = share
        .iter()
        .map(|file| prefix.join(file))
        .filter(|file| !file.is_file())
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("a package lacks {missing:?}")),
    }
}
