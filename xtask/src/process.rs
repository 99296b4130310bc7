//! Running other programs, loudly.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// What went wrong, for a person.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The root of the workspace, wherever the task was started from.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// The release binary of the product.
pub(crate) fn examen() -> PathBuf {
    root().join("target/release/examen")
}

/// `cargo`, as cargo itself names it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a step to its end and says how long it took.
pub(crate) fn step(name: &str, command: &mut Command) -> Outcome {
    say(&format!("── {name}"));
    let start = Instant::now();
    let status = command.status().map_err(|error| format!("{name}: could not start {command:?}: {error}"))?;
    if !status.success() {
        return Err(format!("{name} failed ({status}): {command:?}"));
    }
    say(&format!("── {name}: ok, {:.0} s", start.elapsed().as_secs_f64()));
    Ok(())
}

/// Talks to the developer.
#[expect(clippy::print_stderr, reason = "a task talks on stderr")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
