//! Dependencies: their licences, origins and known faults, by cargo-deny; the version of Rust that they need.

use crate::{
    environment::environment,
    process::{Outcome, cargo, output, root, say, step},
};
use serde_json::Value;
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// Checks against `deny.toml` and against the workspace's `rust-version`.
pub(super) fn check() -> Outcome {
    rust_version()?;
    let program = cargo_deny()?;
    let deny = |arguments: &[&str]| {
        let mut deny = Command::new(&program);
        deny.arg("--locked").args(arguments).current_dir(root());
        deny
    };
    step(
        "licences, bans, sources",
        &mut deny(&[
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ]),
    )?;
    let fetched = deny(&["fetch", "db"]).stderr(Stdio::null()).status();
    if !fetched.is_ok_and(|status| status.success()) {
        say("── advisories: SKIPPED, the database cannot be reached");
        return Ok(());
    }
    let check = ["check", "--disable-fetch", "advisories"];
    step("advisories", &mut deny(&check))
}

/// cargo-deny: that of the path, else the pinned one.
fn cargo_deny() -> Outcome<PathBuf> {
    let is_there = Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    match is_there {
        true => Ok("cargo-deny".into()),
        false => Ok(environment("deny")?.join("cargo-deny")),
    }
}

/// Fails where a dependency needs a newer Rust than `rust-version` promises.
///
/// Cargo itself refuses to build with an older one, and clippy's `incompatible_msrv` looks for parts of the standard
/// library that are newer. Not checked: whether our code uses newer syntax, which only that compiler could tell.
fn rust_version() -> Outcome {
    let mut metadata = cargo(&["metadata", "--format-version=1", "--locked"]);
    let metadata: Value = serde_json::from_str(&output(&mut metadata)?)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array();
    let packages = || packages.into_iter().flatten();
    let promised = packages()
        .find(|package| package["name"] == "examen")
        .and_then(version)
        .ok_or("the crate examen has no rust-version")?;
    let newer: Vec<String> = packages()
        .filter(|package| version(package) > Some(promised))
        .map(|package| format!("{} {}", package["name"], package["rust_version"]))
        .collect();
    match newer.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "these need a newer Rust than the workspace's rust-version: {}",
            newer.join(", ")
        )),
    }
}

/// The version of Rust that a package needs, major and minor; `None` where it does not say.
fn version(package: &Value) -> Option<(u32, u32)> {
    let mut numbers = package["rust_version"]
        .as_str()?
        .split('.')
        .map(|number| number.parse());
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::version;
    use serde_json::json;

    #[test]
    fn versions_compare_as_numbers_and_none_is_least() {
        let of = |text| version(&json!({ "rust_version": text }));
        assert!(of("1.100") > of("1.95.0"));
        assert_eq!(of("1.95"), of("1.95.1"));
        assert!(version(&json!({})) < of("1.0"));
    }
}
