//! Documents: the map names every crate, links lead somewhere, the index has every page.

use crate::process::{Outcome, root};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Index of all pages below `docs/`.
const INDEX: &str = "docs/README.md";

/// Checks the Markdown files of the root and of `docs/`.
pub(super) fn check() -> Outcome {
    every_crate_is_on_the_map()?;
    let docs = pages(&root().join("docs"), true)?;
    let mut all = pages(&root(), false)?;
    all.extend(docs.iter().cloned());
    for page in &all {
        if let Some(link) = targets(page)?.iter().find(|target| !target.exists()) {
            return Err(format!(
                "{} links to {}, which is not there",
                page.display(),
                link.display()
            ));
        }
    }
    let index = root().join(INDEX);
    let linked: Vec<PathBuf> = targets(&index)?
        .iter()
        .filter_map(|link| link.canonicalize().ok())
        .collect();
    let is_listed = |page: &PathBuf| {
        *page == index || page.canonicalize().is_ok_and(|page| linked.contains(&page))
    };
    match docs.iter().find(|page| !is_listed(page)) {
        Some(page) => Err(format!("{INDEX} does not link to {}", page.display())),
        None => Ok(()),
    }
}

fn every_crate_is_on_the_map() -> Outcome {
    let map = read(&root().join("docs/ARCHITECTURE.md"))?;
    for folder in entries(&root().join("crates"))? {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !map.contains(&format!("`{name}`")) {
            return Err(format!(
                "docs/ARCHITECTURE.md does not name the crate `{name}`"
            ));
        }
    }
    Ok(())
}

/// The Markdown files of a folder; those of its folders too where it is `deep`.
fn pages(folder: &Path, deep: bool) -> Outcome<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() && deep {
            pages.extend(self::pages(&path, deep)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    Ok(pages)
}

/// The files that a page links to.
fn targets(page: &Path) -> Outcome<Vec<PathBuf>> {
    let folder = page.parent().expect("a page lies in a folder");
    let text = read(page)?;
    Ok(links(&text).map(|link| folder.join(link)).collect())
}

/// Paths that Markdown links to, without what they name inside the file.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link.split('#').next().unwrap_or_default())
        .filter(|link| {
            !link.is_empty() && !link.contains(':') && !link.contains(char::is_whitespace)
        })
}

fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn links_are_paths_of_this_repository() {
        let text =
            "[a](b/c.md), ![d](e.png), [f](https://g.example/h), [i](#j), [k](l.md#m), n](o p)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["b/c.md", "e.png", "l.md"]);
    }

    #[test]
    fn the_documents_of_this_repository_hold() {
        super::check().unwrap();
    }
}
