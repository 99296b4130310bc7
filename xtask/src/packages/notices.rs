//! Notices of the licences of everything that is in the binary: crates, the page's packages, Rust's standard library, data.
//!
//! Crates come from `cargo metadata`, texts from the files that each package ships.

use crate::process::{Outcome, cargo, output, root};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    env::consts::ARCH,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const HEADER: &str = "\
THIRD-PARTY NOTICES

Examen itself is under the Apache License 2.0 (LICENSE). Its binary contains the packages below, unchanged, under their own
licences: first the list, then each text with the packages that ship it. The source of each package is at its address and,
for crates, in the registry under its name and version; that of those under the MPL-2.0 too.
";

/// Beginnings of the names of files with licences and notices.
const FILES: [&str; 6] = [
    "license",
    "licence",
    "copying",
    "notice",
    "copyright",
    "unlicense",
];

/// A package in the binary.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
    address: String,
    authors: String,
    folder: PathBuf,
}

/// The whole file.
pub(super) fn notices() -> Outcome<String> {
    let mut packages = crates()?;
    packages.extend(page()?);
    packages.insert(standard_library()?);
    packages.insert(common_passwords());
    let mut text = format!("{HEADER}\n");
    let mut without = String::new();
    let mut by_text: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for package in &packages {
        let Package {
            name,
            version,
            licence,
            address,
            authors,
            folder,
        } = package;
        text += &format!("{name} {version}  {licence}  {address}\n");
        let files = texts(folder, name.ends_with("-sys"));
        if files.is_empty() {
            let authors = if authors.is_empty() {
                "not named"
            } else {
                authors
            };
            without += &format!("{name} {version}  {licence}  authors: {authors}\n");
        }
        for file in files {
            // The same text in other lines is the same text.
            let key = file.split_whitespace().collect::<Vec<_>>().join(" ");
            let (_, names) = by_text.entry(key).or_insert((file, Vec::new()));
            names.push(format!("{name} {version}"));
        }
    }
    text += "\nThese ship no text of their licence; its usual text, which others below ship, holds for them:\n\n";
    text += &without;
    for (file, mut names) in by_text.into_values() {
        names.dedup();
        let rule = "=".repeat(80);
        text += &format!(
            "\n{rule}\n{}\n{rule}\n\n{}\n",
            names.join(", "),
            file.trim()
        );
    }
    Ok(text)
}

/// The crates that the binary is linked from, without those of the workspace.
fn crates() -> Outcome<BTreeSet<Package>> {
    let target = format!("{ARCH}-unknown-linux-gnu");
    let mut metadata = cargo(&["metadata", "--format-version=1", "--locked"]);
    let metadata = output(metadata.args(["--filter-platform", &target]))?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let linked = linked(&metadata);
    let packages = array(&metadata["packages"])
        .filter(|package| !package["source"].is_null() && linked.contains(text(&package["id"])));
    Ok(packages.map(of_crate).collect())
}

fn of_crate(package: &Value) -> Package {
    let authors: Vec<&str> = array(&package["authors"]).map(text).collect();
    Package {
        name: text(&package["name"]).to_owned(),
        version: text(&package["version"]).to_owned(),
        licence: text(&package["license"]).to_owned(),
        address: text(&package["repository"]).to_owned(),
        authors: authors.join(", "),
        folder: Path::new(text(&package["manifest_path"]))
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default(),
    }
}

/// Ids of what the binary's crate depends on, without what only tests and build scripts need.
fn linked(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Value> = array(&metadata["resolve"]["nodes"])
        .map(|node| (text(&node["id"]), node))
        .collect();
    let mut open: Vec<&str> = array(&metadata["packages"])
        .filter(|package| package["name"] == "examen")
        .map(|package| text(&package["id"]))
        .collect();
    let mut linked = BTreeSet::new();
    while let Some(id) = open.pop() {
        if linked.insert(id) {
            let dependencies = nodes.get(id).map(|node| array(&node["deps"]));
            let needed = dependencies.into_iter().flatten().filter(|dependency| {
                array(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null())
            });
            open.extend(needed.map(|dependency| text(&dependency["pkg"])));
        }
    }
    linked
}

/// The npm packages of the review page: the `dependencies` of `ui/`, not what builds and tests it.
fn page() -> Outcome<Vec<Package>> {
    let lock = root().join("ui/package-lock.json");
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", lock.display());
    let text_of_lock = fs::read_to_string(&lock).map_err(|error| failed(&error))?;
    let lock_file: Value = serde_json::from_str(&text_of_lock).map_err(|error| failed(&error))?;
    let packages = lock_file["packages"].as_object().into_iter().flatten();
    let shipped = packages.filter(|(path, package)| !path.is_empty() && package["dev"] != true);
    let package = |(path, package): (&String, &Value)| {
        let name = path.trim_start_matches("node_modules/");
        Package {
            name: name.to_owned(),
            version: text(&package["version"]).to_owned(),
            licence: text(&package["license"]).to_owned(),
            address: format!("npm: {name}"),
            authors: String::new(),
            folder: root().join("ui").join(path),
        }
    };
    Ok(shipped.map(package).collect())
}

/// Rust's standard library. Its package has the texts of all licences of the toolchain, so none is taken from there.
fn standard_library() -> Outcome<Package> {
    let version = output(Command::new("rustc").arg("--version"))?;
    Ok(Package {
        name: "rust-std".to_owned(),
        version: version.split(' ').nth(1).unwrap_or_default().to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        address: "https://github.com/rust-lang/rust".to_owned(),
        authors: "The Rust Project contributors".to_owned(),
        folder: PathBuf::new(),
    })
}

/// The list of the commonest passwords, whose README says where it is from.
fn common_passwords() -> Package {
    Package {
        name: "common passwords".to_owned(),
        version: "1".to_owned(),
        licence: "MIT AND BSD-3-Clause".to_owned(),
        address: "https://github.com/danielmiessler/SecLists, https://github.com/django/django"
            .to_owned(),
        authors: String::new(),
        folder: root().join("crates/annotate/src/known_secrets"),
    }
}

/// The texts of the licence files in a package's folder; also those deeper in it where a package brings C code along.
fn texts(folder: &Path, has_c_code: bool) -> Vec<String> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let is_named = FILES.iter().any(|start| name.starts_with(start));
        if path.is_dir() {
            match is_named {
                true => found.extend(all_files(&path)),
                false if has_c_code => found.extend(texts(&path, true)),
                false => {}
            }
        } else if is_named && !is_source(&name) {
            found.extend(read(&path));
        }
    }
    found
}

fn all_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_source(name: &str) -> bool {
    [".rs", ".c", ".h", ".go", ".py", ".html"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
