//! What documentation says about the program is true: every `examen …` line of README and the guides is one that the
//! binary takes, and ARCHITECTURE.md's table "Where a new thing goes" names files that are there and lists that name all
//! files of their folder.

use crate::support::examen;
use std::{
    collections::BTreeSet,
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
    let root = root();
    let folder = tempfile::tempdir().unwrap();
    // One page goes on from the settings of an earlier run.
    let run = folder.path().join("out/distiset_configs");
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("pipeline.yaml"), "{}").unwrap();
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A row of the table: something new, the folder of its file, and the file with the list.
struct Seam {
    /// First column.
    new: &'static str,
    /// The files of the folder that are such things contain this; others are helpers.
    mark: &'static str,
    /// The list names a file so; `{}` is its name, `{Camel}` the same in camel case.
    entry: &'static str,
    /// The least number of such files, so that the test cannot look past them.
    least: usize,
}

const SEAMS: &[Seam] = &[
    Seam {
        new: "document format",
        mark: "const FORMAT: Format",
        entry: "{}::FORMAT,",
        least: 4,
    },
    Seam {
        new: "item check",
        mark: "const CHECK: Check",
        entry: "{}::CHECK,",
        least: 20,
    },
    Seam {
        new: "language of prompts",
        mark: "",
        entry: "include_str!(\"{}.toml\")",
        least: 19,
    },
    Seam {
        new: "language of checks that look at words",
        mark: "",
        entry: "include_str!(\"lexicons/{}.json\")",
        least: 2,
    },
    Seam {
        new: "kind of annotation question",
        mark: "impl QuestionKind for",
        entry: "=> {}::",
        least: 6,
    },
    Seam {
        new: "section of the report on a run",
        mark: "pub(super) fn section(",
        entry: "{}::section,",
        least: 8,
    },
    Seam {
        new: "metric",
        mark: "impl Metric for",
        entry: "&{}::",
        least: 4,
    },
    Seam {
        new: "filter of replies",
        mark: "impl Filter for",
        entry: "{}::",
        least: 4,
    },
    Seam {
        new: "format of another program that a run is written in",
        mark: "const ALSO: Also",
        entry: "&{}::ALSO",
        least: 3,
    },
    Seam {
        new: "model vendor with an API of its own",
        mark: "const API: Api",
        entry: ", {}::API,",
        least: 3,
    },
    Seam {
        new: "way to echo a prompt's log-probabilities",
        mark: "const WAY: EchoWay",
        entry: "{}::WAY",
        least: 4,
    },
    Seam {
        new: "model architecture",
        mark: "const FAMILY: Family",
        entry: "&{}::FAMILY,",
        least: 6,
    },
    Seam {
        new: "kind of question on the page",
        mark: ": QuestionKind =",
        entry: "from './{}'",
        least: 2,
    },
    Seam {
        new: "language of the page",
        mark: "export const",
        entry: "from './{}'",
        least: 2,
    },
    Seam {
        new: "subcommand",
        mark: "pub(crate) fn run(",
        entry: "{Camel}(",
        least: 10,
    },
];

/// The rows of the table: first column, and the paths in the others.
fn where_a_new_thing_goes() -> Vec<(String, Vec<String>)> {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, table) = page.split_once("## Where a new thing goes").unwrap();
    let rows = table.lines().skip_while(|line| !line.starts_with("| ---"));
    rows.skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let (new, others) = line[1..].split_once('|').unwrap();
            let paths = others.split('`').skip(1).step_by(2);
            (new.trim().to_owned(), paths.map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn every_list_names_all_that_it_is_for() {
    let rows = where_a_new_thing_goes();
    let told: BTreeSet<&str> = rows.iter().map(|(new, _)| new.as_str()).collect();
    let known: BTreeSet<&str> = SEAMS.iter().map(|seam| seam.new).collect();
    assert_eq!(told, known, "the table and this test know the same rows");
    for seam in SEAMS {
        let (_, paths) = rows.iter().find(|(new, _)| new == seam.new).unwrap();
        let (list, files) = paths.split_last().unwrap();
        assert!(!files.is_empty(), "{}: a file and a list", seam.new);
        for file in files {
            check(seam, &root().join(file), &root().join(list));
        }
    }
}

/// Looks for every file like `file` (`…/foo.rs`) in the list.
fn check(seam: &Seam, file: &Path, list: &Path) {
    let listed = fs::read_to_string(list).unwrap_or_else(|why| panic!("{}: {why}", list.display()));
    let mut n_files = 0;
    for name in things(file, seam.mark, list) {
        let entry = seam
            .entry
            .replace("{}", &name)
            .replace("{Camel}", &camel_case(&name));
        let is_listed = listed.lines().any(|line| line.contains(&entry));
        assert!(
            is_listed,
            "{}: {} has no `{entry}`",
            seam.new,
            list.display()
        );
        n_files += 1;
    }
    assert!(n_files >= seam.least, "{}: only {n_files} files", seam.new);
}

/// The `foo` of the files beside `file` (`…/foo.rs`) that are such things.
fn things(file: &Path, mark: &str, list: &Path) -> Vec<String> {
    let folder = file.parent().unwrap();
    let like = file.file_name().unwrap().to_str().unwrap();
    let ending = like
        .strip_prefix("foo")
        .expect("files of the table are called `foo`");
    let modules = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut names = Vec::new();
    for path in entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path != list)
    {
        let file_name = path.file_name().unwrap().to_str().unwrap();
        // A thing that needs more than a file is a folder with a `mod.rs`.
        let (name, source) = if path.is_dir() {
            (file_name, path.join("mod.rs"))
        } else {
            let Some(name) = file_name.strip_suffix(ending) else {
                continue;
            };
            (name, path.clone())
        };
        if ["mod", "tests"].contains(&name) {
            continue;
        }
        let is_compiled = !file_name.ends_with(".rs") || modules.contains(&format!("mod {name};"));
        assert!(is_compiled, "{} is no module", path.display());
        if fs::read_to_string(source).is_ok_and(|source| source.contains(mark)) {
            names.push(name.to_owned());
        }
    }
    names
}

fn camel_case(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(capital).collect()
}
