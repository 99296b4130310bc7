//! The package for Debian and its kin.

use super::{Binary, VERSION, commit_time, copy, copy_tree, write};
use crate::process::{Outcome, emptied, output, step};
use std::{
    env::consts::ARCH,
    path::{Path, PathBuf},
    process::Command,
};

/// Builds the package.
pub(super) fn build(folder: &Path, binary: &Binary, share: &Path) -> Outcome<PathBuf> {
    let tree = emptied(folder.join("debian"))?;
    copy(&binary.path, &tree.join("usr/bin/examen"))?;
    copy_tree(share, &tree.join("usr"))?;
    to_debians_places(&tree.join("usr/share"))?;
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let size = output(
        Command::new("du")
            .args(["--summarize", "--block-size=1K"])
            .arg(&tree),
    )?;
    let size = size.split_whitespace().next().unwrap_or("0");
    let control = format!(
        "Package: examen\n\
         Version: {VERSION}\n\
         Architecture: {architecture}\n\
         Maintainer: The Examen maintainers\n\
         Installed-Size: {size}\n\
         Depends: libc6 (>= {})\n\
         Recommends: ca-certificates\n\
         Section: science\n\
         Priority: optional\n\
         Description: multiple-choice exams from documents, to grade language models\n \
         Examen writes questions from a folder of documents, has experts review them,\n \
         publishes them as a dataset and grades language models with it.\n",
        binary.glibc
    );
    write(&tree.join("DEBIAN/control"), &control)?;
    let package = folder.join(format!("examen_{VERSION}_{architecture}.deb"));
    let mut pack = Command::new("dpkg-deb");
    pack.args(["--build", "--root-owner-group"])
        .arg(&tree)
        .arg(&package)
        .env("SOURCE_DATE_EPOCH", commit_time().to_string());
    step("Debian package", &mut pack)?;
    Ok(package)
}

/// Debian wants man pages compressed, the licence under another name and zsh's completions in a folder of its own.
fn to_debians_places(share: &Path) -> Outcome {
    let script = "gzip --no-name --best man/man1/*.1 doc/examen/THIRD-PARTY-NOTICES.txt doc/examen/CHANGELOG.md \
                  && mv doc/examen/LICENSE doc/examen/copyright && mv zsh/site-functions zsh/vendor-completions";
    output(Command::new("sh").args(["-c", script]).current_dir(share)).map(drop)
}
