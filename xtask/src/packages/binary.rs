//! The binary that is packaged, and the C library that it needs.

use super::{Arguments, write};
use crate::{
    environment::environment,
    process::{Outcome, cargo, emptied, output, programs, root, step},
};
use std::{
    env::consts::ARCH,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest glibc that Rust's standard library works with: that of manylinux2014.
const OLDEST_GLIBC: &str = "2.17";

/// A built binary.
pub(super) struct Binary {
    pub(super) path: PathBuf,
    /// Newest version of glibc whose symbols it uses, such as `2.28`.
    pub(super) glibc: String,
    /// Arguments of cargo that build it again, where nothing changed, at once.
    pub(super) cargo_arguments: Vec<String>,
    /// Arguments of rustc for the binary's own crate.
    pub(super) rustc_arguments: Vec<String>,
}

impl Binary {
    /// Builds the binary. Only the last step, linking, differs between a local one and one for older systems, so that
    /// both take what is compiled already.
    pub(super) fn build(folder: &Path, arguments: &Arguments) -> Outcome<Self> {
        let rustc_arguments = match arguments.local {
            true => Vec::new(),
            false => vec![
                "-C".to_owned(),
                format!("linker={}", linker(folder)?.display()),
            ],
        };
        let cargo_arguments: Vec<String> = ["--locked", "--profile", &arguments.profile]
            .map(str::to_owned)
            .to_vec();
        let mut build = cargo(&["rustc", "--package", "examen", "--bin", "examen"]);
        build
            .args(&cargo_arguments)
            .arg("--")
            .args(&rustc_arguments);
        step("binary", &mut build)?;
        let path = programs(&arguments.profile).join("examen");
        Ok(Self {
            glibc: newest_glibc(&path)?,
            path,
            cargo_arguments,
            rustc_arguments,
        })
    }
}

/// A script that links against the oldest glibc, of which zig has stubs of every version.
fn linker(folder: &Path) -> Outcome<PathBuf> {
    let folder = emptied(folder.join("link"))?;
    let python = environment("zig")?.join("python");
    let target = format!("{ARCH}-linux-gnu.{OLDEST_GLIBC}");
    let lacking = folder.join("glibc.o");
    let mut compile = Command::new(&python);
    compile
        .args(["-m", "ziglang", "cc", "-target", &target, "-O2", "-c"])
        .arg(root().join("xtask/packages/glibc.c"))
        .arg("-o")
        .arg(&lacking);
    step("what glibc lacks", &mut compile)?;
    let script = folder.join("zig-cc");
    let text = format!(
        "#!/bin/sh\nexec '{}' -m ziglang cc -target {target} \"$@\" '{}'\n",
        python.display(),
        lacking.display()
    );
    write(&script, &text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .map_err(|error| format!("{}: {error}", script.display()))?;
    Ok(script)
}

/// The newest version among the symbols that the binary takes from glibc.
fn newest_glibc(binary: &Path) -> Outcome<String> {
    let symbols = output(Command::new("objdump").arg("--dynamic-syms").arg(binary))?;
    let versions = symbols.split("GLIBC_").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        &rest[..end.unwrap_or(rest.len())]
    });
    let numbers =
        |version: &&str| -> Vec<u32> { version.split('.').map_while(|n| n.parse().ok()).collect() };
    versions
        .max_by_key(numbers)
        .map(str::to_owned)
        .ok_or_else(|| format!("{} uses no symbol of glibc", binary.display()))
}
