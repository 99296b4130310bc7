//! The seeds and findings in `testdata/fuzz`, given to their targets: what was mended stays so.

use examen_fuzz::targets::TARGETS;
use std::{fs, path::PathBuf};

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
