//! `cargo xtask dist`: the packages of a release. docs/releasing.md says how they are released.

mod binary;
mod debian;
mod notices;
mod wheel;

use crate::process::{Outcome, Profile, emptied, output, root, say, step};
use binary::Binary;
use std::{
    env::consts::ARCH,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Version of the packages; all crates of the workspace have the same.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs on Linux and packages for it, for the processor of this machine.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Link against this machine's C library, so that nothing is compiled again; the packages need one as new
    #[arg(long)]
    local: bool,
    /// Profile of cargo to build with
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
}

/// The packages that were made.
#[derive(Debug)]
pub(crate) struct Packages {
    pub(crate) folder: PathBuf,
    pub(crate) wheel: PathBuf,
    pub(crate) archive: PathBuf,
    pub(crate) debian: PathBuf,
}

/// Packages that need a C library as new as this machine's, from what `check` has built.
pub(crate) fn local() -> Outcome<Packages> {
    run(&Arguments {
        local: true,
        profile: Profile::chosen().name().to_owned(),
    })
}

/// Builds the binary and packages it, into target/dist.
pub(crate) fn run(arguments: &Arguments) -> Outcome<Packages> {
    let folder = emptied(root().join("target/dist"))?;
    let binary = Binary::build(&folder, arguments)?;
    let share = shared_files(&folder, &binary)?;
    let wheel = wheel::build(&folder, &binary, &share)?;
    wheel::sbom(&wheel, &folder)?;
    let packages = Packages {
        archive: archive(&folder, &binary, &share)?,
        debian: debian::build(&folder, &binary, &share)?,
        wheel,
        folder,
    };
    checksums(&packages)?;
    say(&format!(
        "dist: {} (needs glibc {})",
        packages.folder.display(),
        binary.glibc
    ));
    Ok(packages)
}

/// Makes the tree that every package has below `share`: documents, notices, man pages, completions.
fn shared_files(folder: &Path, binary: &Binary) -> Outcome<PathBuf> {
    let share = folder.join("share");
    let documents = emptied(share.join("doc/examen"))?;
    for name in ["LICENSE", "README.md", "CHANGELOG.md"] {
        copy(&root().join(name), &documents.join(name))?;
    }
    write(
        &documents.join("THIRD-PARTY-NOTICES.txt"),
        &notices::notices()?,
    )?;
    let mut man_pages = Command::new(&binary.path);
    man_pages.arg("man-pages").arg(share.join("man/man1"));
    step("man pages", &mut man_pages)?;
    let completions = [
        ("bash", "bash-completion/completions/examen"),
        ("zsh", "zsh/site-functions/_examen"),
        ("fish", "fish/vendor_completions.d/examen.fish"),
    ];
    for (shell, file) in completions {
        let mut print = Command::new(&binary.path);
        let text = output(print.args(["completions", shell]))?;
        write(&share.join(file), &text)?;
    }
    Ok(share)
}

/// Packs the binary and the shared files as a folder in a tar.gz.
fn archive(folder: &Path, binary: &Binary, share: &Path) -> Outcome<PathBuf> {
    let name = format!("examen-{VERSION}-{ARCH}-linux");
    let tree = emptied(folder.join("archive").join(&name))?;
    copy(&binary.path, &tree.join("bin/examen"))?;
    copy_tree(share, &tree)?;
    let archive = folder.join(format!("{name}.tar.gz"));
    let mut pack = Command::new("tar");
    pack.args(["--create", "--gzip", "--sort=name", "--numeric-owner"])
        .args(["--owner=0", "--group=0", "--mode=go-w"])
        .arg(format!("--mtime=@{}", commit_time()))
        .arg("--file")
        .arg(&archive)
        .arg("--directory")
        .arg(folder.join("archive"))
        .arg(&name);
    step("archive", &mut pack)?;
    Ok(archive)
}

/// Writes `SHA256SUMS` over everything that is published.
fn checksums(packages: &Packages) -> Outcome {
    let mut names: Vec<String> = fs::read_dir(&packages.folder)
        .map_err(|error| error.to_string())?
        .flatten()
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut sum = Command::new("sha256sum");
    let sums = output(sum.args(names).current_dir(&packages.folder))?;
    write(&packages.folder.join("SHA256SUMS"), &sums)
}

/// Time of the commit that is packaged, in seconds: the same commit gives the same archives.
fn commit_time() -> u64 {
    let mut log = Command::new("git");
    log.args(["log", "-1", "--format=%ct"]).current_dir(root());
    output(&mut log)
        .ok()
        .and_then(|time| time.trim().parse().ok())
        .unwrap_or(0)
}

/// Copies a file, with its permissions, to a folder that is made.
fn copy(from: &Path, to: &Path) -> Outcome {
    let copied = parent(to).and_then(|()| fs::copy(from, to));
    copied.map(drop).map_err(|error| {
        format!(
            "could not copy {} to {}: {error}",
            from.display(),
            to.display()
        )
    })
}

/// Copies a folder into another.
fn copy_tree(from: &Path, into: &Path) -> Outcome {
    let mut copy = Command::new("cp");
    copy.arg("--recursive").arg(from).arg(into);
    output(&mut copy).map(drop)
}

/// Writes a file to a folder that is made.
fn write(file: &Path, text: &str) -> Outcome {
    parent(file)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| format!("could not write {}: {error}", file.display()))
}

fn parent(file: &Path) -> std::io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)
}
