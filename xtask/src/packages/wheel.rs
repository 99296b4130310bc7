//! The wheel, by maturin, and the list of components that maturin writes into it.

use super::{Binary, VERSION, copy, copy_tree};
use crate::{
    environment::environment,
    process::{Outcome, emptied, output, root, step},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Builds the wheel from the binary that is built already: maturin asks cargo for the same again, which is at hand.
pub(super) fn build(folder: &Path, binary: &Binary, share: &Path) -> Outcome<PathBuf> {
    let project = emptied(folder.join("wheel"))?;
    copy(
        &root().join("xtask/packages/pyproject.toml"),
        &project.join("pyproject.toml"),
    )?;
    for name in ["LICENSE", "README.md", "THIRD-PARTY-NOTICES.txt"] {
        copy(&share.join("doc/examen").join(name), &project.join(name))?;
    }
    let data = emptied(project.join("data/data/share"))?;
    for name in ["man", "bash-completion", "zsh", "fish"] {
        copy_tree(&share.join(name), &data)?;
    }
    let mut build = Command::new(environment("maturin")?.join("maturin"));
    // Without another tag maturin finds the oldest system that the binary runs on.
    build
        .args(["build", "--quiet", "--auditwheel", "check", "--out"])
        .arg(folder)
        .args(&binary.cargo_arguments)
        .arg("--")
        .args(&binary.rustc_arguments)
        .current_dir(&project);
    step("wheel", &mut build)?;
    let mut wheels = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheels.next();
    wheel.ok_or_else(|| format!("maturin left no wheel in {}", folder.display()))
}

/// Copies the CycloneDX list of components out of the wheel, for those who take another package.
pub(super) fn sbom(wheel: &Path, folder: &Path) -> Outcome {
    let unpacked = emptied(folder.join("wheel/unpacked"))?;
    let mut unpack = Command::new(environment("maturin")?.join("python"));
    unpack.args(["-m", "zipfile", "--extract"]);
    output(unpack.arg(wheel).arg(&unpacked))?;
    let entry = format!("examen_cli-{VERSION}.dist-info/sboms/examen.cyclonedx.json");
    copy(
        &unpacked.join(entry),
        &folder.join(format!("examen-{VERSION}.cdx.json")),
    )
}
