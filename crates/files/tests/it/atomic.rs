use examen_files::{
    FilesError,
    atomic::{self, NewFolder, Owner},
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
fn only_what_is_public_may_be_read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    atomic::write_bytes(&path("made/private"), b"x").unwrap();
    atomic::write_public_bytes(&path("public"), b"x").unwrap();
    fs::write(path("usual"), b"x").unwrap();
    assert_eq!(mode(path("made")), 0o700);
    assert_eq!(mode(path("made/private")), 0o600);
    assert_eq!(mode(path("public")), mode(path("usual")));
}

#[cfg(unix)]
#[test]
fn a_folder_is_private_until_it_is_published() {
    let parent = tempfile::tempdir().unwrap();
    let usual = parent.path().join("usual");
    fs::create_dir(&usual).unwrap();
    fs::write(usual.join("rows"), "x").unwrap();
    for is_public in [false, true] {
        let target = parent.path().join(format!("set-{is_public}"));
        let owner = Owner { is_public, ..OWNER };
        let new = NewFolder::stage(&target, &owner).unwrap();
        atomic::write_bytes(&new.path().join("rows"), b"x").unwrap();
        assert_eq!(mode(new.path()), 0o700);
        new.commit().unwrap();
        let modes = [mode(&target), mode(target.join("rows"))];
        match is_public {
            true => assert_eq!(modes, [mode(&usual), mode(usual.join("rows"))]),
            false => assert_eq!(modes, [0o700, 0o600]),
        }
    }
}

#[cfg(unix)]
fn mode(path: impl AsRef<Path>) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A writer of one file `rows` that marks its folders by it.
const OWNER: Owner = Owner {
    has_mark: |folder| folder.join("rows").is_file(),
    is_ours: |path| path == Path::new("rows"),
    is_public: false,
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
    assert_eq!(mode(&target), 0o750);
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
