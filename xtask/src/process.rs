//! Running other programs, loudly.

use serde_json::Value;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};
use wait4::Wait4;

/// A result, or a message for the developer.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The root of the workspace, wherever the task was started from.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
        .to_owned()
}

/// The folder that cargo builds in.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Profile of cargo whose programs a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to compile: for tests
    Dev,
    /// What is shipped: for figures and packages
    Release,
}

static PROFILE: OnceLock<Profile> = OnceLock::new();

impl Profile {
    /// Makes it the profile of this task.
    pub(crate) fn choose(self) {
        PROFILE.get_or_init(|| self);
    }

    /// The profile of this task.
    pub(crate) fn chosen() -> Self {
        *PROFILE.get().unwrap_or(&Self::Dev)
    }

    /// Its name for cargo.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// The folder that cargo lays the programs of a profile in.
pub(crate) fn programs(profile: &str) -> PathBuf {
    // Cargo's own name for what its profile `dev` builds.
    target().join(if profile == "dev" { "debug" } else { profile })
}

/// The binary of the product.
pub(crate) fn examen() -> PathBuf {
    programs(Profile::chosen().name()).join("examen")
}

/// The server that answers like a model, in tests and benchmarks.
pub(crate) fn fake_server() -> PathBuf {
    programs(Profile::chosen().name()).join("examen-fake-server")
}

/// `cargo`, as cargo itself names it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Builds the binaries that a task runs, for tests the tests as well. All tasks choose the same packages: another choice
/// would have other features, and everything would be built again.
pub(crate) fn build() -> Outcome {
    let what: &[&str] = match Profile::chosen() {
        Profile::Dev => &["test", "--workspace", "--no-run"],
        Profile::Release => &["build", "--release", "--workspace"],
    };
    step("build", &mut cargo(what))
}

/// Runs a step to its end and says how long it took.
pub(crate) fn step(name: &str, command: &mut Command) -> Outcome {
    say(&format!("── {name}"));
    let start = Instant::now();
    let is_alone = thread::current().name() == Some("main");
    let status = match is_alone {
        true => command.status(),
        false => status_then_output(command),
    };
    let status = status.map_err(|error| format!("{name}: could not start {command:?}: {error}"))?;
    if !status.success() {
        return Err(format!("{name} failed ({status}): {command:?}"));
    }
    say(&format!(
        "── {name}: ok, {:.0} s",
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Prints all that a program said after its end, so that two programs do not interrupt each other.
fn status_then_output(command: &mut Command) -> io::Result<ExitStatus> {
    let ended = command.output()?;
    let said = [ended.stdout, ended.stderr].concat();
    say(String::from_utf8_lossy(&said).trim_end());
    Ok(ended.status)
}

/// The standard output of a program that must succeed.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not start {command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?} failed ({})", output.status)),
    }
}

/// The JSON lines that a command prints.
pub(crate) fn json_lines(command: &mut Command) -> Outcome<Vec<Value>> {
    let name = format!("{command:?}");
    output(command)?
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|error| format!("{name}: {error}")))
        .collect()
}

/// Makes an empty folder, or empties it.
pub(crate) fn emptied(folder: PathBuf) -> Outcome<PathBuf> {
    if folder.is_dir() {
        fs::remove_dir_all(&folder)
            .map_err(|error| format!("could not empty {}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("could not make {}: {error}", folder.display()))?;
    Ok(folder)
}

/// Resources that a process used until its end.
pub(crate) struct Cost {
    /// User and system time, with that of its own children.
    pub(crate) cpu: Duration,
    /// Largest resident memory, in bytes.
    pub(crate) rss: u64,
    pub(crate) status: ExitStatus,
}

/// Waits for a process.
pub(crate) fn cost(name: &str, child: &mut Child) -> Outcome<Cost> {
    let ended = child
        .wait4()
        .map_err(|error| format!("could not wait for {name}: {error}"))?;
    Ok(Cost {
        cpu: ended.rusage.utime + ended.rusage.stime,
        rss: ended.rusage.maxrss,
        status: ended.status,
    })
}

/// Talks to the developer.
#[expect(clippy::print_stderr, reason = "a task talks on stderr")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
