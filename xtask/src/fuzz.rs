//! `cargo xtask fuzz`: the fuzz targets, one after the other.
//!
//! Built with the coverage that libFuzzer looks for and without sanitizers, so the stable toolchain will do; in a folder of
//! their own, since everything is instrumented.

use crate::process::{Outcome, cargo, output, root, say, step, target};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The targets to run, and how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Targets, by their names in fuzz/src/targets.rs; all if none is named
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

/// Flags of `cargo fuzz` but for the sanitizer's.
const FLAGS: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Runs the targets. A finding ends a target and is kept in `fuzz/artifacts`; the others are run all the same.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let targets = match arguments.targets.is_empty() {
        true => all()?,
        false => arguments.targets.clone(),
    };
    step(
        "seeds",
        &mut cargo(&["run", "--package", "examen-fuzz", "--example", "seeds"]),
    )?;
    let fuzzer = build()?;
    let mut found = Vec::new();
    for target in &targets {
        if let Err(message) = fuzz(&fuzzer, target, arguments.seconds) {
            say(&message);
            found.push(target.as_str());
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(format!("findings in {}", found.join(", "))),
    }
}

fn all() -> Outcome<Vec<String>> {
    let list = ["run", "--package", "examen-fuzz"];
    let names = output(&mut cargo(&list))?;
    Ok(names.lines().map(str::to_owned).collect())
}

/// Builds the fuzzer; its path.
fn build() -> Outcome<PathBuf> {
    // With the system named, build scripts and macros are not instrumented.
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .ok_or("rustc does not say what it compiles for")?;
    let folder = target().join("fuzz");
    let mut build = cargo(&["build", "--release", "--package", "examen-fuzz"]);
    build
        .args(["--features", "fuzzer", "--target", host, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", FLAGS.join(" "))
        // Coverage is counted a crate at a time, and nobody ships a fuzzer.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    step("fuzzer", &mut build)?;
    Ok(folder.join(host).join("release/examen-fuzz"))
}

fn fuzz(fuzzer: &Path, target: &str, seconds: u64) -> Outcome {
    let below = |name: &str| root().join(name).join(target);
    let (corpus, artifacts) = (below("fuzz/corpus"), below("fuzz/artifacts"));
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new(fuzzer);
    command
        .env("EXAMEN_FUZZ_TARGET", target)
        .arg(&corpus)
        .args(Some(below("testdata/fuzz")).filter(|seeds| seeds.is_dir()))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]);
    step(&format!("fuzz {target}"), &mut command)
}
