use examen_files::{FilesError, atomic};
use std::{fs, io};

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
