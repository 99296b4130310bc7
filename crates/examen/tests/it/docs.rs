//! Every `examen …` line of README and the guides, in English and Spanish, is one that the binary takes.

use crate::support::examen;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The command lines of a page: lines that start with `examen `, joined where they end with a backslash.
fn command_lines(page: &str) -> Vec<String> {
    let joined = page.replace("\\\n", " ");
    joined
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("examen "))
        .map(str::to_owned)
        .collect()
}

/// README and the guides, in both languages.
fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = vec![root.join("README.md"), root.join("README.es.md")];
    for folder in ["docs/guide", "docs/guide/es"] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages
}

#[test]
fn documented_command_lines_are_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let mut n_lines = 0;
    for page in pages(&root) {
        for line in command_lines(&fs::read_to_string(&page).unwrap()) {
            let words = shlex::split(&line)
                .unwrap_or_else(|| panic!("{}: unbalanced quotes: {line}", page.display()));
            let words = words
                .iter()
                .map(String::as_str)
                .take_while(|word| !["|", ">", "<"].contains(word));
            // With --help last, what stands before it is still parsed, and nothing is done.
            let output = examen(folder.path())
                .args(words.skip(1))
                .arg("--help")
                .output()
                .unwrap();
            let talk = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{}: `{line}`\n{talk}",
                page.display()
            );
            n_lines += 1;
        }
    }
    assert!(n_lines > 15, "only {n_lines} command lines found");
}
