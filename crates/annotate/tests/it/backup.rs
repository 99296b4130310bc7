//! Backups made while others write, restored, and what is no backup; and a new key file.

use crate::support::{API_KEY, exam_of, owner, response, time};
use examen_annotate::{
    AnnotateError, Location, Store,
    backup::{backup, restore},
    secrets::Keyring,
    store::{COMMAND_LINE, Contents, Webhook},
};
use examen_core::annotation::ResponseStatus;
use sqlx::Connection;
use std::{fs, path::Path};
use tempfile::TempDir;
use uuid::Uuid;

const N: usize = 500;

/// A store of `N` records in a file.
async fn store() -> (TempDir, Store, Uuid) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    owner(&store).await;
    let dataset = exam_of(&store, N).await;
    (folder, store, dataset)
}

async fn key_of_owner(store: &Store) -> String {
    let user = store.users().await.unwrap().remove(0);
    store
        .api_keys(&[user.id])
        .await
        .unwrap()
        .remove(&user.id)
        .unwrap()
}

/// What the command line did, to what, as the audit log has it.
async fn acts(store: &Store) -> Vec<(String, Option<String>)> {
    let (_, acts) = store.acts(0, 10).await.unwrap();
    let by_command_line = acts.into_iter().filter(|act| act.actor == COMMAND_LINE);
    by_command_line.map(|act| (act.act, act.subject)).collect()
}

fn told(act: &str, folder: &Path) -> (String, Option<String>) {
    (act.to_owned(), Some(folder.display().to_string()))
}

async fn run(path: &Path, sql: &'static str) {
    let url = format!("sqlite://{}", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_made_while_others_write_is_a_whole_store() {
    let (folder, store, dataset) = store().await;
    let user = store.users().await.unwrap().remove(0);
    let records = store.records(dataset).await.unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for (n, record) in records.iter().cycle().enumerate() {
                let given = response(record.id, &user, ResponseStatus::Submitted, "answer_a");
                store
                    .put_response(&given, time(n as i64))
                    .await
                    .unwrap()
                    .unwrap();
            }
        }
    });
    let target = folder.path().join("backups/monday");
    let mut last = 0;
    for _ in 0..3 {
        let Contents {
            users,
            datasets,
            records,
            responses,
        } = backup(folder.path(), &target, true, time(0)).await.unwrap();
        assert_eq!((users, datasets, records), (1, 1, N as u64));
        assert!(responses >= last);
        last = responses;
    }
    writing.abort();
    let error = backup(folder.path(), &target, false, time(0))
        .await
        .unwrap_err();
    assert!(
        matches!(error, AnnotateError::BackupExists { .. }),
        "{error}"
    );
    #[cfg(unix)]
    for name in ["examen.sqlite", "examen.key"] {
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(target.join(name)).unwrap());
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // A backup is a store: its keys are readable and it is answered from as it stands.
    let copy = Store::open(&target).await.unwrap();
    assert_eq!(key_of_owner(&copy).await, API_KEY);
    let answered = copy.records(dataset).await.unwrap();
    assert_eq!(
        answered
            .iter()
            .filter(|record| !record.responses.is_empty())
            .count() as u64,
        last
    );
}

#[tokio::test]
async fn a_backup_is_restored_and_what_was_there_is_kept_beside() {
    let (folder, store, dataset) = store().await;
    let target = folder.path().join("backup");
    let contents = backup(folder.path(), &target, false, time(0))
        .await
        .unwrap();
    store.delete_dataset(dataset, &[], time(9)).await.unwrap();

    // Not over a store, and not while it is open.
    let error = restore(&target, folder.path(), false, time(0))
        .await
        .unwrap_err();
    assert!(
        matches!(error, AnnotateError::StoreExists { .. }),
        "{error}"
    );
    let error = restore(&target, folder.path(), true, time(0))
        .await
        .unwrap_err();
    assert!(matches!(error, AnnotateError::StoreInUse { .. }), "{error}");
    assert_eq!(store.datasets().await.unwrap(), []);
    store.close().await;

    let restored = restore(&target, folder.path(), true, time(0))
        .await
        .unwrap();
    assert_eq!(restored.contents, contents);
    let store = Store::open(folder.path()).await.unwrap();
    assert_eq!(acts(&store).await, [told("store.restored", &target)]);
    assert_eq!(store.records(dataset).await.unwrap().len(), N);
    assert_eq!(key_of_owner(&store).await, API_KEY);
    let before = restored.before.unwrap();
    assert_eq!(before, folder.path().join("before-restore-20231114T221320"));
    let old = Store::open(&before).await.unwrap();
    assert_eq!(old.datasets().await.unwrap(), []);
    assert_eq!(acts(&old).await, [told("store.backed_up", &target)]);

    let elsewhere = folder.path().join("elsewhere");
    assert_eq!(
        restore(&target, &elsewhere, false, time(0))
            .await
            .unwrap()
            .before,
        None
    );
    assert_eq!(
        Store::open(&elsewhere)
            .await
            .unwrap()
            .records(dataset)
            .await
            .unwrap()
            .len(),
        N
    );
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_replaces_nothing() {
    let (folder, store, _) = store().await;
    let copies: Vec<_> = (0..5).map(|n| folder.path().join(n.to_string())).collect();
    for copy in &copies {
        backup(folder.path(), copy, false, time(0)).await.unwrap();
    }
    store.close().await;
    let [newer, damaged, keyless, orphaned, missing] = copies.try_into().unwrap();
    run(&newer.join("examen.sqlite"), "PRAGMA user_version = 99").await;
    let path = damaged.join("examen.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle - 20_000..middle + 20_000].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    fs::remove_file(keyless.join("examen.key")).unwrap();
    run(
        &orphaned.join("examen.sqlite"),
        "PRAGMA foreign_keys = OFF; DELETE FROM datasets",
    )
    .await;
    fs::remove_file(missing.join("examen.sqlite")).unwrap();
    let whole = fs::read(folder.path().join("examen.sqlite")).unwrap();
    for (copy, expected) in [
        (&newer, "was written by a newer Examen"),
        (&damaged, "is damaged"),
        (&keyless, "key file"),
        (&orphaned, "a row refers to one that is not there"),
        (&missing, "there is no review store"),
    ] {
        let error = restore(copy, folder.path(), true, time(0))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.hint().is_some());
        assert_eq!(
            fs::read(folder.path().join("examen.sqlite")).unwrap(),
            whole
        );
    }
}

#[tokio::test]
async fn a_new_key_file_seals_everything_anew_even_if_it_is_broken_off() {
    let (folder, store, _) = store().await;
    let webhook = Webhook {
        id: Uuid::new_v4(),
        url: "https://example.org/".to_owned(),
        secret: "c2VjcmV0".to_owned(),
        events: vec!["record.created".to_owned()],
        enabled: true,
        description: None,
        inserted_at: time(0),
        updated_at: time(0),
    };
    store.insert_webhook(&webhook).await.unwrap();
    let (path, next) = (
        folder.path().join("examen.key"),
        folder.path().join("examen.key.next"),
    );
    let old = fs::read(&path).unwrap();
    assert_eq!(store.rotate_sealing_key().await.unwrap(), 2);
    store.close().await;
    let new = fs::read(&path).unwrap();
    assert!(old != new && !next.exists());
    let check = async || {
        let store = Store::open(folder.path()).await.unwrap();
        assert_eq!(key_of_owner(&store).await, API_KEY);
        assert_eq!(
            store.webhook(webhook.id).await.unwrap().secret,
            webhook.secret
        );
        store.close().await;
    };
    check().await;
    // The process ended after the database was changed and before the file was.
    fs::write(&path, &old).unwrap();
    fs::write(&next, &new).unwrap();
    check().await;
    assert!(fs::read(&path).unwrap() == new && !next.exists());
    // Before either was.
    fs::write(&next, &old).unwrap();
    check().await;
    assert_eq!(fs::read(&path).unwrap(), new);
    // The old key opens nothing.
    fs::remove_file(&next).unwrap();
    fs::write(&path, &old).unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, AnnotateError::Sealed), "{error}");
    Keyring::open_existing(folder.path()).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Two backups, of stores with different keys; and what the files of each are.
async fn two_backups(folder: &Path) -> [(std::path::PathBuf, Vec<Vec<u8>>); 2] {
    let mut made = Vec::new();
    for name in ["one", "other"] {
        let store = Store::open(&folder.join(name)).await.unwrap();
        owner(&store).await;
        store.close().await;
        let target = folder.join(format!("backup of {name}"));
        backup(&folder.join(name), &target, false, time(0))
            .await
            .unwrap();
        let files = pair(&target);
        made.push((target, files));
    }
    made.try_into().unwrap()
}

fn pair(folder: &Path) -> Vec<Vec<u8>> {
    ["examen.key", "examen.sqlite"]
        .map(|name| fs::read(folder.join(name)).unwrap_or_default())
        .to_vec()
}

/// The state of a replacement that was decided, after so many of its steps.
fn break_off(folder: &Path, new: &[Vec<u8>], n_steps: usize) {
    let names = ["examen.key", "examen.sqlite"];
    for (step, (name, bytes)) in names.iter().zip(new).enumerate() {
        let path = folder.join(name);
        let partial = if step < n_steps {
            path
        } else {
            path.with_added_extension("partial")
        };
        fs::write(partial, bytes).unwrap();
    }
    fs::write(folder.join("examen.replacing"), "").unwrap();
}

#[tokio::test]
async fn a_backup_that_is_broken_off_replaces_database_and_key_or_neither() {
    let folder = tempfile::tempdir().unwrap();
    let [(target, old), (other, new)] = two_backups(folder.path()).await;
    // Before it is decided: neither.
    for name in ["examen.key", "examen.sqlite"] {
        fs::write(target.join(format!("{name}.partial")), "half").unwrap();
    }
    Store::open(&target).await.unwrap().close().await;
    backup(&folder.path().join("one"), &target, true, time(0))
        .await
        .unwrap();
    assert_eq!(names(&target), ["examen.key", "examen.sqlite"]);
    // Afterwards: both, whoever looks first.
    for n_steps in 0..=2 {
        break_off(&target, &new, n_steps);
        Location::folder(&target)
            .open_existing()
            .await
            .unwrap()
            .close()
            .await;
        assert_eq!(pair(&target)[0], new[0], "{n_steps}");
        break_off(&target, &old, n_steps);
        let restored = folder.path().join(format!("restored {n_steps}"));
        restore(&target, &restored, false, time(0)).await.unwrap();
        assert_eq!(pair(&target), old, "{n_steps}");
        assert_eq!(names(&target), ["examen.key", "examen.sqlite"]);
    }
    // A key that cannot be replaced keeps its database.
    fs::remove_file(target.join("examen.key")).unwrap();
    fs::create_dir(target.join("examen.key")).unwrap();
    let error = backup(&folder.path().join("other"), &target, true, time(0))
        .await
        .unwrap_err();
    assert!(matches!(error, AnnotateError::Backup { .. }), "{error}");
    assert_eq!(pair(&target)[1], old[1]);
    assert_eq!(pair(&other), new);
}

#[tokio::test]
async fn a_backup_does_not_replace_a_store_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let [(target, old), _] = two_backups(folder.path()).await;
    let served = Store::open(&target).await.unwrap();
    let error = backup(&folder.path().join("other"), &target, true, time(0))
        .await
        .unwrap_err();
    assert!(matches!(error, AnnotateError::StoreInUse { .. }), "{error}");
    served.close().await;
    assert_eq!(pair(&target)[0], old[0]);
}

#[tokio::test]
async fn a_restore_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [(from, _), (other, new)] = two_backups(folder.path()).await;
    // The key of another store.
    fs::write(from.join("examen.key"), &new[0]).unwrap();
    let target = folder.path().join("target");
    let error = restore(&from, &target, false, time(0)).await.unwrap_err();
    assert!(matches!(error, AnnotateError::Sealed), "{error}");
    assert!(!target.exists());
    let error = restore(&from, &other, true, time(0)).await.unwrap_err();
    assert!(matches!(error, AnnotateError::Sealed), "{error}");
    assert_eq!((names(&other).len(), pair(&other)), (2, new));
}

#[tokio::test]
async fn a_key_without_its_database_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let [(from, _), (target, _)] = two_backups(folder.path()).await;
    // As in the folder of a store in PostgreSQL.
    fs::remove_file(target.join("examen.sqlite")).unwrap();
    let key = fs::read(target.join("examen.key")).unwrap();
    for error in [
        restore(&from, &target, false, time(0)).await.unwrap_err(),
        backup(&folder.path().join("one"), &target, false, time(0))
            .await
            .unwrap_err(),
    ] {
        assert!(error.to_string().contains("examen.key"), "{error}");
    }
    assert_eq!(fs::read(target.join("examen.key")).unwrap(), key);
    for _ in 0..2 {
        let restored = restore(&from, &target, true, time(0)).await.unwrap();
        assert!(restored.before.unwrap().join("examen.key").is_file());
    }
    let kept = names(&target);
    assert_eq!(kept.len(), 4, "{kept:?}");
}

#[tokio::test]
async fn a_sealing_key_is_not_changed_under_a_server() {
    let stored = crate::support::stored().await;
    owner(&stored.store).await;
    let error = stored.location.open_alone().await.unwrap_err();
    assert!(matches!(error, AnnotateError::StoreInUse { .. }), "{error}");
    stored.store.close().await;
    let alone = stored.location.open_alone().await.unwrap();
    alone.rotate_sealing_key().await.unwrap();
    alone.close().await;
    let store = stored.location.open().await.unwrap();
    assert_eq!(key_of_owner(&store).await, API_KEY);
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_is_for_its_owners_eyes_only_also_an_old_one() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let modes = || {
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for name in names(&data) {
            assert_eq!(mode(&data.join(&name)), 0o600, "{name}");
        }
    };
    let open =
        |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    open(&data, 0o755);
    let store = Store::open(&data).await.unwrap();
    owner(&store).await;
    assert_eq!(names(&data).len(), 4, "{:?}", names(&data));
    modes();
    // As an earlier Examen left it, or one that was killed.
    open(&data, 0o755);
    for name in names(&data) {
        open(&data.join(name), 0o644);
    }
    let again = Store::open(&data).await.unwrap();
    modes();
    again.close().await;
    store.close().await;
}
