//! Languages of the texts in `testdata/languages`, whose names begin with the code that is right.

use examen_generate::text::language::detect;
use std::{fs, path::Path};

#[test]
fn every_text_is_in_the_language_of_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/languages");
    let (mut n_texts, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "txt") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let (expected, found) = (name.split('.').next().unwrap(), detect(&text).to_string());
        n_texts += 1;
        if found != expected {
            wrong.push(format!("{name}: {found}"));
        }
    }
    assert!(
        n_texts >= 30 && wrong.is_empty(),
        "{n_texts} texts: {wrong:?}"
    );
}
