//! The seeds and findings in `testdata/fuzz`, given to their targets: what was mended stays so.

use examen_fuzz::{documents, models, server::Server, tables};
use std::{fs, path::PathBuf};

type Target = fn(&[u8]);

/// The targets that need no fuzzer to be worth a look.
const TARGETS: [(&str, Target); 17] = [
    ("text", |input| documents::read_document("txt", input)),
    ("markdown", |input| documents::read_document("md", input)),
    ("html", |input| documents::read_document("html", input)),
    ("epub", |input| documents::read_document("epub", input)),
    ("pdf", |input| documents::read_document("pdf", input)),
    ("docx", |input| documents::read_document("docx", input)),
    ("pptx", |input| documents::read_document("pptx", input)),
    ("csv", |input| documents::rows("csv", input)),
    ("jsonl", |input| documents::rows("jsonl", input)),
    ("parquet", |input| documents::rows("parquet", input)),
    ("arrow", tables::arrow),
    ("journal", tables::journal),
    ("reply", models::reply),
    ("template", models::template),
    ("tokenizer", models::tokenizer),
    ("query", |input| {
        Server::new().search(&String::from_utf8_lossy(input))
    }),
    ("bulk", |input| Server::new().write(input)),
];

fn corpora() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/fuzz")
}

#[test]
fn every_input_is_answered() {
    for (name, target) in TARGETS {
        let folder = corpora().join(name);
        let Ok(inputs) = fs::read_dir(&folder) else {
            continue;
        };
        for input in inputs {
            let path = input.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            eprintln!("{}", path.display());
            target(&bytes);
        }
    }
}

#[test]
fn every_folder_of_inputs_is_that_of_a_target() {
    for folder in fs::read_dir(corpora()).unwrap() {
        let folder = folder.unwrap();
        if folder.path().is_file() {
            continue;
        }
        let name = folder.file_name();
        let is_target = TARGETS.iter().any(|(target, _)| *target == name);
        assert!(is_target, "{name:?}");
    }
}
