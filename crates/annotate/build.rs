//! Builds the review page (`ui/`, with npm and Vite) into `OUT_DIR/ui`, from where the crate embeds it.
//!
//! Only with the feature `page`. Runs again only when the page's sources or what is installed in `ui/node_modules` change;
//! `npm ci` only when the latter is missing, unfinished or older than the lock file. Nothing is written into the repository but that ignored folder.

use std::{
    env, fmt, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output},
};

/// Sources of the page, below `ui/`.
const SOURCES: [&str; 7] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

/// The file that npm writes last, when it has installed everything.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// The page that could not be built.
enum BuildError {
    /// Node or npm is missing, or too old.
    Node { found: Option<String> },
    /// The build folder's path is not Unicode.
    Folder,
    /// A command did not start.
    NotStarted { command: String, source: io::Error },
    /// A command failed; its output was shown.
    Failed { command: String, status: ExitStatus },
    /// `npm ci` left its last file out.
    NotInstalled(io::Error),
    /// The build left its first file out.
    NoPage { folder: PathBuf },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { found } => {
                f.write_str(
                    "the review page needs Node 20.19 (or 22.12) or newer with npm to be built: install them (Debian: \
                     apt install nodejs npm), or build without the page (--no-default-features)",
                )?;
                match found {
                    Some(version) => write!(f, "; found node {version}"),
                    None => Ok(()),
                }
            }
            Self::Folder => {
                f.write_str("the build folder's path is not Unicode, which npm cannot take")
            }
            Self::NotStarted { command, source } => {
                write!(f, "{command} could not be started: {source}")
            }
            Self::Failed { command, status } => write!(
                f,
                "{command} failed ({status}); --no-default-features builds without the review page"
            ),
            Self::NotInstalled(source) => {
                write!(f, "`npm ci` in ui/ left no usable {INSTALLED}: {source}")
            }
            Self::NoPage { folder } => write!(
                f,
                "`npm run build` left no index.html in {}",
                folder.display()
            ),
        }
    }
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_PAGE").is_none() {
        return;
    }
    if let Err(problem) = build_page() {
        println!("cargo::error={problem}");
        std::process::exit(1);
    }
}

fn build_page() -> Result<(), BuildError> {
    let ui = directory("CARGO_MANIFEST_DIR").join("../../ui");
    for source in SOURCES {
        if ui.join(source).exists() {
            println!("cargo::rerun-if-changed={}", ui.join(source).display());
        }
    }
    // While it is missing this script runs again each time.
    println!("cargo::rerun-if-changed={}", ui.join(INSTALLED).display());
    check_node()?;
    install(&ui)?;
    let out = directory("OUT_DIR").join("ui");
    let out_text = out.to_str().ok_or(BuildError::Folder)?;
    run(
        &ui,
        "npm",
        &["run", "build", "--", "--outDir", out_text, "--emptyOutDir"],
    )?;
    match out.join("index.html").is_file() {
        true => Ok(()),
        false => Err(BuildError::NoPage { folder: out }),
    }
}

/// A folder that cargo names.
fn directory(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).expect("cargo sets it for build scripts"))
}

/// Says in one line what is missing.
fn check_node() -> Result<(), BuildError> {
    let (Ok(node), Ok(npm)) = (
        output("node", &["--version"]),
        output("npm", &["--version"]),
    ) else {
        return Err(BuildError::Node { found: None });
    };
    let version = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    match runs_vite(&version) && npm.status.success() {
        true => Ok(()),
        false => Err(BuildError::Node {
            found: Some(version),
        }),
    }
}

/// True where Vite 8 runs on this version of Node, such as `v20.19.0`: ^20.19 or >=22.12.
fn runs_vite(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(minor)) => minor >= 19,
        (Some(22), Some(minor)) => minor >= 12,
        (Some(major), _) => major >= 23,
        _ => false,
    }
}

/// Runs `npm ci` unless it finished after the lock file last changed.
fn install(ui: &Path) -> Result<(), BuildError> {
    let changed = |name: &str| {
        fs::metadata(ui.join(name))
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let wanted = changed("package-lock.json");
    let installed = changed(INSTALLED);
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    run(
        ui,
        "npm",
        &["ci", "--no-audit", "--no-fund", "--ignore-scripts"],
    )?;
    // As old as its sources: cargo takes a file that is younger than this run for a change.
    let done = fs::File::options().write(true).open(ui.join(INSTALLED));
    let dated = done.and_then(|file| wanted.map_or(Ok(()), |time| file.set_modified(time)));
    dated.map_err(BuildError::NotInstalled)
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), BuildError> {
    let shown = format!(
        "`{program} {}` in ui/",
        arguments[..arguments.len().min(2)].join(" ")
    );
    let done = command(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    let done = match done {
        Ok(done) => done,
        Err(source) => {
            return Err(BuildError::NotStarted {
                command: shown,
                source,
            });
        }
    };
    if done.status.success() {
        return Ok(());
    }
    for line in String::from_utf8_lossy(&done.stderr)
        .lines()
        .chain(String::from_utf8_lossy(&done.stdout).lines())
    {
        println!("cargo::warning={line}");
    }
    Err(BuildError::Failed {
        command: shown,
        status: done.status,
    })
}

fn output(program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    command(program).args(arguments).output()
}

fn command(program: &str) -> Command {
    // On Windows npm is a script, which is not found without its ending.
    Command::new(if cfg!(windows) && program == "npm" {
        "npm.cmd"
    } else {
        program
    })
}
