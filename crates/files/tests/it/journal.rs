use examen_files::{FilesError, journal::Journal};
use proptest::prelude::*;
use std::fs;

#[test]
fn what_was_appended_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work/calls.journal");
    let mut journal = Journal::<Vec<u32>>::open(&path).unwrap();
    assert!(journal.is_empty());
    journal.append("a", vec![1]).unwrap();
    journal.append("b\n\"", vec![]).unwrap();
    journal.append("a", vec![1, 2]).unwrap();
    drop(journal);
    let journal = Journal::<Vec<u32>>::open(&path).unwrap();
    assert_eq!(journal.len(), 2);
    assert_eq!(journal.get("a"), Some(&vec![1, 2]));
    assert_eq!(journal.get("c"), None);
    assert_eq!(journal.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "b\n\""]);
}

#[test]
fn a_broken_line_in_the_middle_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.journal");
    fs::write(&path, "{\"key\":\"a\",\"value\":1}\n{\"key\":\"b\"\n{\"key\":\"c\",\"value\":3}\n").unwrap();
    let error = Journal::<u32>::open(&path).unwrap_err();
    assert!(matches!(error, FilesError::Line { line: 2, .. }), "{error}");
    assert!(error.hint().unwrap().contains("line 2"));
}

#[test]
fn two_runs_cannot_append_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.journal");
    let first = Journal::<u32>::open(&path).unwrap();
    assert!(matches!(Journal::<u32>::open(&path), Err(FilesError::InUse { .. })));
    drop(first);
    Journal::<u32>::open(&path).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Wherever the process dies, what came before the torn line is kept and work goes on.
    #[test]
    fn a_journal_torn_at_any_byte_replays(entries in prop::collection::vec((".{0,6}", ".{0,8}"), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.journal");
        let mut journal = Journal::<String>::open(&path).unwrap();
        let mut ends = vec![0];
        for (key, value) in &entries {
            journal.append(key, value.clone()).unwrap();
            ends.push(fs::metadata(&path).unwrap().len() as usize);
        }
        drop(journal);
        let bytes = fs::read(&path).unwrap();
        for torn in 0..=bytes.len() {
            fs::write(&path, &bytes[..torn]).unwrap();
            let whole = ends.iter().rposition(|&end| end <= torn).unwrap();
            let mut journal = Journal::<String>::open(&path).unwrap();
            for (place, (key, _)) in entries.iter().enumerate() {
                let last = entries[..whole].iter().rev().find(|(other, _)| other == key).map(|(_, value)| value);
                prop_assert_eq!(journal.get(key), last, "entry {} torn at {}", place, torn);
            }
            journal.append("next", "go on".to_owned()).unwrap();
            drop(journal);
            let journal = Journal::<String>::open(&path).unwrap();
            prop_assert_eq!(journal.get("next").map(String::as_str), Some("go on"));
        }
    }
}
