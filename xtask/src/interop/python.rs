//! `datasets` and distilabel open what we write.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, cargo, step, target},
};
use std::{path::Path, process::Command};

/// `datasets`, in its newest version and an older one, and distilabel open the demo's folders, and those that
/// `publish`'s tests wrote with values that are known.
pub(super) fn run(demo: &Path) -> Outcome {
    // The whole workspace, so that cargo takes what `check` has built.
    let write = ["test", "--quiet", "--workspace", "--test", "it", "interop"];
    step("fixtures", &mut cargo(&write))?;
    let fixtures = target().join("tmp/interop");
    let expected = fixtures.join("expected.json");
    for packages in ["datasets", "datasets-3", "distilabel"] {
        let python = environment(packages)?.join("python");
        step(
            &format!("{packages} opens the demo's files"),
            &mut open(&python, packages, demo),
        )?;
        let mut open = open(&python, packages, &fixtures);
        step(
            &format!("{packages} reads the same values"),
            open.arg("--expected").arg(&expected),
        )?;
    }
    Ok(())
}

/// The script that opens the folders `distiset` and `published` below `folder`.
fn open(python: &Path, packages: &str, folder: &Path) -> Command {
    let mut open = Command::new(python);
    open.env("HF_HUB_OFFLINE", "1");
    match packages {
        "distilabel" => open
            .arg(script("open_distiset.py"))
            .arg(folder.join("distiset")),
        _ => open
            .arg(script("open_datasets.py"))
            .args([folder.join("distiset"), folder.join("published")]),
    };
    open
}
