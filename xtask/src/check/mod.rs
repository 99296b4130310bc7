//! `cargo xtask check`: everything that must hold before a commit.

mod dependencies;
mod documents;

use crate::{
    process::{Outcome, build, cargo, root, say, step},
    test_model,
};
use std::process::Command;

/// Checks in the order of their cost, and stops at the first that fails.
pub(crate) fn run() -> Outcome {
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    documents::check()?;
    dependencies::check()?;
    // Both in the profile of the tests, so that they share what build scripts make. The fuzz targets are members of the
    // workspace, so they are compiled here, too.
    let lint = ["clippy", "--workspace", "--all-targets"];
    step("clippy", cargo(&lint).args(["--", "--deny", "warnings"]))?;
    let document = ["doc", "--workspace", "--no-deps"];
    step(
        "documentation",
        cargo(&document).env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    page()?;
    build()?;
    test_model::fetch()?;
    step(
        "tests",
        &mut cargo(&["test", "--workspace", "--no-fail-fast"]),
    )?;
    say("check: all passed");
    Ok(())
}

/// Runs the page's checks. The build script of `annotate` has installed its packages by now.
fn page() -> Outcome {
    let npm = |task| {
        let mut npm = Command::new("npm");
        npm.args(["run", "--silent", task])
            .current_dir(root().join("ui"));
        npm
    };
    step("page types", &mut npm("check"))?;
    step("page unit tests", &mut npm("test"))
}
