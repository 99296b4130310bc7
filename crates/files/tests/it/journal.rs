use examen_files::{
    FilesError,
    journal::{Journal, entries},
};
use futures::executor::block_on;
use proptest::prelude::*;
use std::fs;

#[test]
fn what_was_appended_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work/calls.journal");
    let journal = Journal::<Vec<u32>>::open(&path).unwrap();
    assert!(journal.is_empty());
    for (key, value) in [("a", vec![1]), ("b\n\"", vec![]), ("a", vec![1, 2])] {
        block_on(journal.append(key, &value)).unwrap();
        assert_eq!(journal.get(key).unwrap(), Some(value));
    }
    drop(journal);
    let journal = Journal::<Vec<u32>>::open(&path).unwrap();
    assert_eq!(journal.len(), 2);
    assert_eq!(journal.get("a").unwrap(), Some(vec![1, 2]));
    assert_eq!(journal.get("c").unwrap(), None);
    assert!(journal.contains("b\n\"").unwrap() && !journal.contains("b").unwrap());
    let all = entries::<Vec<u32>>(&path).unwrap();
    let (keys, values): (Vec<String>, Vec<Vec<u32>>) = all.map(Result::unwrap).unzip();
    assert_eq!(keys, ["a", "b\n\"", "a"]);
    assert_eq!(values, [vec![1], vec![], vec![1, 2]]);
    assert_eq!(
        entries::<Vec<u32>>(&path.with_extension("nowhere"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn lines_that_wait_together_are_all_written_and_so_are_those_nobody_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.journal");
    let journal = Journal::<usize>::open(&path).unwrap();
    let together = (0..3000).map(|n| journal.append(&n.to_string(), &n));
    assert!(
        block_on(futures::future::join_all(together))
            .into_iter()
            .all(|written| written.is_ok())
    );
    drop(journal.append("nobody waits", &3000));
    drop(journal);
    let journal = Journal::<usize>::open(&path).unwrap();
    assert_eq!(journal.len(), 3001);
    for n in [0, 1024, 2999] {
        assert_eq!(journal.get(&n.to_string()).unwrap(), Some(n));
    }
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.journal");
    fs::write(&path, "{\"key\":\"a\",\"value\":\"text\"}\n").unwrap();
    let journal = Journal::<u32>::open(&path).unwrap();
    assert!(matches!(journal.get("a"), Err(FilesError::Json { .. })));
}

#[test]
fn a_broken_line_in_the_middle_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.journal");
    fs::write(
        &path,
        "{\"key\":\"a\",\"value\":1}\n{\"key\":\"b\"\n{\"key\":\"c\",\"value\":3}\n",
    )
    .unwrap();
    let error = Journal::<u32>::open(&path).unwrap_err();
    assert!(matches!(error, FilesError::Line { line: 2, .. }), "{error}");
    assert!(error.hint().unwrap().contains("line 2"));
}

#[test]
fn two_runs_cannot_append_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.journal");
    let first = Journal::<u32>::open(&path).unwrap();
    assert!(matches!(
        Journal::<u32>::open(&path),
        Err(FilesError::InUse { .. })
    ));
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
        let journal = Journal::<String>::open(&path).unwrap();
        let mut ends = vec![0];
        for (key, value) in &entries {
            block_on(journal.append(key, value)).unwrap();
            ends.push(fs::metadata(&path).unwrap().len() as usize);
        }
        drop(journal);
        let bytes = fs::read(&path).unwrap();
        for torn in 0..=bytes.len() {
            fs::write(&path, &bytes[..torn]).unwrap();
            let whole = ends.iter().rposition(|&end| end <= torn).unwrap();
            let journal = Journal::<String>::open(&path).unwrap();
            for (index, (key, _)) in entries.iter().enumerate() {
                let last = entries[..whole].iter().rev().find(|(other, _)| other == key).map(|(_, value)| value);
                prop_assert_eq!(journal.get(key).unwrap(), last.cloned(), "entry {} torn at {}", index, torn);
            }
            block_on(journal.append("next", &"go on".to_owned())).unwrap();
            drop(journal);
            let journal = Journal::<String>::open(&path).unwrap();
            prop_assert_eq!(journal.get("next").unwrap(), Some("go on".to_owned()));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_journal_is_for_its_owner_alone_also_one_of_an_earlier_version() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(Journal::<u32>::open(&path).unwrap());
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
