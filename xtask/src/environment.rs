//! Virtual environments of Python with pinned packages.

use crate::process::{Outcome, root, step};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Makes a virtual environment with the packages of `xtask/requirements/NAME.txt`, unless it is there; returns the
/// folder of its programs.
pub(crate) fn environment(name: &str) -> Outcome<PathBuf> {
    let folder = root().join("target/python").join(name);
    let programs = folder.join("bin");
    let requirements = root().join(format!("xtask/requirements/{name}.txt"));
    let installed = folder.join("installed.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|error| format!("{}: {error}", requirements.display()))?;
    if fs::read_to_string(&installed).is_ok_and(|done| done == wanted) {
        return Ok(programs);
    }
    empty(&folder)?;
    let mut install = pip_install(&programs);
    install.arg("--requirement").arg(&requirements);
    step(&format!("packages for {name}"), &mut install)?;
    fs::write(&installed, wanted).map_err(|error| error.to_string())?;
    Ok(programs)
}

/// Makes an empty virtual environment in `folder`.
pub(crate) fn empty(folder: &Path) -> Outcome {
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder);
    step("virtual environment", &mut make)
}

/// `pip install` of the environment with these programs.
pub(crate) fn pip_install(programs: &Path) -> Command {
    let mut install = Command::new(programs.join("python"));
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    install
}
