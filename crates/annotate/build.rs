//! Builds the review page (`ui/`, with npm and Vite) into `OUT_DIR/ui`, from where the crate embeds it.
//!
//! Only with the feature `page`. Runs again only when the page's sources change; `npm ci` only when what is installed in
//! `ui/node_modules` is older than the lock file. Nothing is written into the repository but that ignored folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The oldest Node.js that Vite runs on.
const NODE: u32 = 20;

/// What the page is made of, below `ui/`.
const SOURCES: [&str; 7] =
    ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json"];

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
    check_node()?;
    if !is_installed(&ui) {
        run(&ui, "npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"])?;
    }
    let out = directory("OUT_DIR").join("ui");
    let out_text = out.to_str().ok_or("the build folder's path is not Unicode, which npm cannot take")?;
    run(&ui, "npm", &["run", "build", "--", "--outDir", out_text, "--emptyOutDir"])?;
    match out.join("index.html").is_file() {
        true => Ok(()),
        false => Err(format!("`npm run build` left no index.html in {}", out.display())),
    }
}

/// A folder that cargo names.
fn directory(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).expect("cargo sets it for build scripts"))
}

/// Says in one line what is missing.
fn check_node() -> Result<(), String> {
    let wanted = format!(
        "the review page needs Node.js {NODE} or newer with npm to be built: install them (Debian: apt install nodejs \
         npm), or build without the page (--no-default-features)"
    );
    let (Ok(node), Ok(npm)) = (output("node", &["--version"]), output("npm", &["--version"])) else {
        return Err(wanted);
    };
    let version = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE && npm.status.success() => Ok(()),
        _ => Err(format!("{wanted}; found node {version}")),
    }
}

/// Whether `npm ci` finished after the lock file last changed: npm writes the hidden lock file at its end.
fn is_installed(ui: &Path) -> bool {
    let changed = |path: PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let installed = changed(ui.join("node_modules/.package-lock.json"));
    installed.is_some() && installed >= changed(ui.join("package-lock.json"))
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let what = format!("`{program} {}` in ui/", arguments[..arguments.len().min(2)].join(" "));
    let done = command(program).args(arguments).current_dir(folder).output();
    let done = done.map_err(|error| format!("{what} could not be started: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    for line in String::from_utf8_lossy(&done.stderr).lines().chain(String::from_utf8_lossy(&done.stdout).lines()) {
        println!("cargo::warning={line}");
    }
    Err(format!("{what} failed ({}); --no-default-features builds without the review page", done.status))
}

fn output(program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    command(program).args(arguments).output()
}

fn command(program: &str) -> Command {
    // On Windows npm is a script, which is not found without its ending.
    Command::new(if cfg!(windows) && program == "npm" { "npm.cmd" } else { program })
}
