//! Builds the review page (`ui/`, with npm and Vite) into `OUT_DIR/ui`, from where the crate embeds it.
//!
//! Only with the feature `page`. Runs again only when the page's sources or what is installed in `ui/node_modules` change;
//! `npm ci` only when the latter is missing, unfinished or older than the lock file. Nothing is written into the repository but that ignored folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What the page is made of, below `ui/`.
const SOURCES: [&str; 7] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

/// What npm writes, as the last thing, when it has installed everything.
const INSTALLED: &str = "node_modules/.package-lock.json";

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

fn build_page() -> Result<(), String> {
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
    let out_text = out
        .to_str()
        .ok_or("the build folder's path is not Unicode, which npm cannot take")?;
    run(
        &ui,
        "npm",
        &["run", "build", "--", "--outDir", out_text, "--emptyOutDir"],
    )?;
    match out.join("index.html").is_file() {
        true => Ok(()),
        false => Err(format!(
            "`npm run build` left no index.html in {}",
            out.display()
        )),
    }
}

/// A folder that cargo names.
fn directory(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).expect("cargo sets it for build scripts"))
}

/// Says in one line what is missing.
fn check_node() -> Result<(), String> {
    let wanted = "the review page needs Node 20.19 (or 22.12) or newer with npm to be built: install them (Debian: apt \
                  install nodejs npm), or build without the page (--no-default-features)";
    let (Ok(node), Ok(npm)) = (
        output("node", &["--version"]),
        output("npm", &["--version"]),
    ) else {
        return Err(wanted.to_owned());
    };
    let version = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    match runs_vite(&version) && npm.status.success() {
        true => Ok(()),
        false => Err(format!("{wanted}; found node {version}")),
    }
}

/// Whether Vite 8 runs on this version of Node, such as `v20.19.0`: ^20.19 or >=22.12.
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
fn install(ui: &Path) -> Result<(), String> {
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
    // As old as what it was made from: cargo would take a file that is younger than this run for a change.
    let done = fs::File::options().write(true).open(ui.join(INSTALLED));
    let dated = done.and_then(|file| wanted.map_or(Ok(()), |time| file.set_modified(time)));
    dated.map_err(|error| format!("`npm ci` in ui/ left no usable {INSTALLED}: {error}"))
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let what = format!(
        "`{program} {}` in ui/",
        arguments[..arguments.len().min(2)].join(" ")
    );
    let done = command(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    let done = done.map_err(|error| format!("{what} could not be started: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    for line in String::from_utf8_lossy(&done.stderr)
        .lines()
        .chain(String::from_utf8_lossy(&done.stdout).lines())
    {
        println!("cargo::warning={line}");
    }
    Err(format!(
        "{what} failed ({}); --no-default-features builds without the review page",
        done.status
    ))
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
