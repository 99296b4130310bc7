use examen_files::{
    FilesError,
    atomic::{self, NewFile, NewFolder, Owner},
};
use std::{fs, io, path::Path};

#[test]
fn folders_are_made_and_the_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/c.txt");
    atomic::write_bytes(&path, b"one").unwrap();
    atomic::write(&path, |out| out.write_all(b"two")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.txt");
    atomic::write_bytes(&path, b"old").unwrap();
    let error = atomic::write(&path, |out| {
        out.write_all(b"half of the new")?;
        Err(io::Error::other("the plug was pulled"))
    })
    .unwrap_err();
    assert!(matches!(&error, FilesError::Io { doing: "write", .. }));
    assert!(
        error.to_string().ends_with("c.txt: the plug was pulled"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn others_may_read_what_the_umask_lets_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (ours, usual) = (folder.path().join("ours"), folder.path().join("usual"));
    atomic::write_bytes(&ours, b"x").unwrap();
    fs::write(&usual, b"x").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&ours), mode(&usual));
}

/// A writer of one file `rows` that marks its folders by it.
const OWNER: Owner = Owner {
    has_mark: |folder| folder.join("rows").is_file(),
    is_ours: |path| path == Path::new("rows"),
};

fn put(target: &Path, rows: &str) -> Result<(), FilesError> {
    let new = NewFolder::stage(target, &OWNER)?;
    atomic::write_bytes(&new.path().join("rows"), rows.as_bytes())?;
    new.commit()
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_folder_is_replaced_and_keeps_what_others_put_into_it() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("set");
    put(&target, "one").unwrap();
    fs::create_dir_all(target.join("notes/2026")).unwrap();
    fs::write(target.join("notes/2026/a.txt"), "mine").unwrap();
    put(&target, "two").unwrap();
    assert_eq!(read(target.join("rows")), "two");
    assert_eq!(read(target.join("notes/2026/a.txt")), "mine");
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_is_not_committed_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("set");
    let new = NewFolder::stage(&target, &OWNER).unwrap();
    fs::write(new.path().join("rows"), "half").unwrap();
    drop(new);
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
}

#[test]
fn somebody_elses_folder_is_refused_whatever_its_name() {
    let parent = tempfile::tempdir().unwrap();
    for name in ["set", ".set.old", ".set.partial"] {
        let folder = parent.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("thesis.txt"), "years of work").unwrap();
        let error = put(&parent.path().join("set"), "one").unwrap_err();
        assert!(
            matches!(&error, FilesError::Taken { path } if *path == folder),
            "{error}"
        );
        assert_eq!(error.hint().as_deref(), Some("choose another folder"));
        assert_eq!(read(folder.join("thesis.txt")), "years of work");
        fs::remove_dir_all(&folder).unwrap();
    }
}

/// Systems without an exchange move the old folder aside first.
#[test]
fn a_folder_that_a_kill_left_aside_is_put_back() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("set");
    put(&target, "one").unwrap();
    fs::write(target.join("notes"), "mine").unwrap();
    fs::rename(&target, parent.path().join(".set.old")).unwrap();
    fs::create_dir(parent.path().join(".set.partial")).unwrap();
    fs::write(parent.path().join(".set.partial/rows"), "half").unwrap();
    drop(NewFolder::stage(&target, &OWNER).unwrap());
    assert_eq!(read(target.join("rows")), "one");
    assert_eq!(read(target.join("notes")), "mine");
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
}

#[test]
fn two_files_of_one_name_are_both_kept() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("set");
    put(&target, "one").unwrap();
    fs::write(target.join("notes"), "newer").unwrap();
    let left = parent.path().join(".set.partial");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("notes"), "mine").unwrap();
    let error = put(&target, "two").unwrap_err();
    assert!(
        error.to_string().contains("`notes` is there and in "),
        "{error}"
    );
    assert_eq!(
        (read(left.join("notes")), read(target.join("notes"))),
        ("mine".to_owned(), "newer".to_owned())
    );
}

#[test]
fn a_folder_has_one_writer() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("set");
    put(&target, "one").unwrap();
    let first = NewFolder::stage(&target, &OWNER).unwrap();
    let error = put(&target, "two").unwrap_err();
    assert!(matches!(error, FilesError::InUse { .. }), "{error}");
    drop(first);
    put(&target, "two").unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_so_do_modes() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let parent = tempfile::tempdir().unwrap();
    let (target, link) = (parent.path().join("set"), parent.path().join("link"));
    put(&target, "one").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o750)).unwrap();
    symlink(&target, &link).unwrap();
    put(&link, "two").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(read(target.join("rows")), "two");
    assert_eq!(
        fs::metadata(&target).unwrap().permissions().mode() & 0o777,
        0o750
    );
    let secret = parent.path().join("secret");
    NewFile::create_private(&secret).unwrap().commit().unwrap();
    assert_eq!(
        fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn files_and_folders_are_removed_and_renamed() {
    let parent = tempfile::tempdir().unwrap();
    let (one, two) = (parent.path().join("one"), parent.path().join("two"));
    fs::write(&one, "1").unwrap();
    fs::write(&two, "2").unwrap();
    atomic::rename(&one, &two).unwrap();
    assert_eq!(read(&two), "1");
    let error = atomic::rename(&one, &two).unwrap_err();
    assert!(error.to_string().contains("two"), "{error}");
    atomic::remove(&two).unwrap();
    atomic::remove(&two).unwrap();
    fs::create_dir_all(one.join("below")).unwrap();
    atomic::remove(&one).unwrap();
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
}
