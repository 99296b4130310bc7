//! Running other programs, loudly.

use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// What went wrong, for a person.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The root of the workspace, wherever the task was started from.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
        .to_owned()
}

/// The release binary of the product.
pub(crate) fn examen() -> PathBuf {
    root().join("target/release/examen")
}

/// The server that answers like a model, in tests and benchmarks.
pub(crate) fn fake_server() -> PathBuf {
    root().join("target/release/examen-fake-server")
}

/// `cargo`, as cargo itself names it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Builds the tests, and the binaries that they run. One choice of packages for all tasks: another one would have other
/// features, and everything would be built once more.
pub(crate) fn build() -> Outcome {
    step(
        "release build",
        &mut cargo(&["test", "--release", "--workspace", "--no-run"]),
    )
}

/// Runs a step to its end and says how long it took.
pub(crate) fn step(name: &str, command: &mut Command) -> Outcome {
    say(&format!("── {name}"));
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("{name}: could not start {command:?}: {error}"))?;
    if !status.success() {
        return Err(format!("{name} failed ({status}): {command:?}"));
    }
    say(&format!(
        "── {name}: ok, {:.0} s",
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The JSON lines that a command prints.
pub(crate) fn json_lines(command: &mut Command) -> Outcome<Vec<Value>> {
    let name = format!("{command:?}");
    let failed = |reason: &str| format!("{name} failed: {reason}");
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&output.status.to_string()));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|error| failed(&error.to_string())))
        .collect()
}

/// A folder that is there and holds nothing.
pub(crate) fn emptied(folder: PathBuf) -> Outcome<PathBuf> {
    if folder.is_dir() {
        fs::remove_dir_all(&folder)
            .map_err(|error| format!("could not empty {}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("could not make {}: {error}", folder.display()))?;
    Ok(folder)
}

/// The value of an option that is a number.
pub(crate) fn number<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number"))
}

/// Talks to the developer.
#[expect(clippy::print_stderr, reason = "a task talks on stderr")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
