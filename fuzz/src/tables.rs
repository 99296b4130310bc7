//! Hostile tables and journals.

use crate::{Folder, tolerating_caught_panics};
use examen_files::{exam, journal::Journal};
use serde_json::Value;
use std::{fs, path::Path};

/// Reads an Arrow stream in a folder as an exam.
pub fn arrow(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[(
            "state.json",
            br#"{"_data_files": [{"filename": "data.arrow"}]}"#,
        )]);
    }
    tolerating_caught_panics();
    FOLDER.with(|folder| {
        fs::write(folder.path().join("data.arrow"), input).expect("a file can be written");
        let _ = exam::read(folder.path());
    });
}

/// Opens a journal, reads all of it, adds an entry, and finds it when it is opened again.
pub fn journal(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[]);
    }
    FOLDER.with(|folder| {
        let path = folder.path().join("a.journal");
        fs::write(&path, input).expect("a file can be written");
        if add(&path).is_some() {
            let journal = Journal::<Value>::open(&path).expect("what was opened opens again");
            let entry = journal.get("new").expect("it can be read");
            assert_eq!(entry, Some(Value::from(7)));
        }
    });
}

/// Adds an entry, if what is there is a journal.
fn add(path: &Path) -> Option<()> {
    let journal = Journal::<Value>::open(path).ok()?;
    let append = journal.append("new", &Value::from(7));
    futures::executor::block_on(append).ok()
}
