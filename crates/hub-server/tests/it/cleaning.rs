//! Cleaning removes what no commit has, and nothing else.

use crate::support::{ANA, Hub, XetFile, header, noise};
use examen_hub_server::Storage;
use serde_json::json;
use std::time::Duration;

#[test]
fn what_a_commit_has_stays() {
    let hub = Hub::start();
    hub.make("ana/kept", true);
    hub.make("ana/gone", true);
    // The first pieces are those of both files: the xorb of the one that stays holds them.
    let (kept, gone) = (
        XetFile::new(noise(150_000, 1)),
        XetFile::new(noise(150_000, 5)),
    );
    hub.push_xet("ana/kept", "a.bin", &kept);
    hub.push_xet("ana/kept", "b.bin", &gone);
    hub.push_xet("ana/gone", "b.bin", &gone);
    let only = XetFile::new(noise(90_000, 9));
    hub.push_xet("ana/gone", "only.bin", &only);
    let deleted = json!({"key": "deletedFile", "value": {"path": "b.bin"}});
    assert_eq!(hub.push("ana/kept", &[header(), deleted]).status, 200);
    let name = json!({"name": "gone", "organization": "ana", "type": "dataset"}).to_string();
    assert_eq!(
        hub.ask(Some(ANA), "DELETE", "/api/repos/delete", name)
            .status,
        200
    );
    let folder = hub.stop();
    let storage = Storage::open(folder.path()).unwrap();
    let young = storage.clean(Duration::from_secs(3600)).unwrap();
    assert_eq!(
        (young.files, young.bytes),
        (0, 0),
        "it may belong to a push that goes on"
    );
    let cleaned = storage.clean(Duration::ZERO).unwrap();
    // The file, its xorb, its SHA-256 and its first piece: those of `only.bin`, since an older commit of `kept` has b.bin.
    assert_eq!(cleaned.files, 4, "{cleaned:?}");
    assert!(
        cleaned.bytes > 90_000 && cleaned.bytes < 100_000,
        "{cleaned:?}"
    );
    let again = storage.clean(Duration::ZERO).unwrap();
    assert_eq!(again.files, 0);
}

#[test]
fn a_folder_has_one_process() {
    let hub = Hub::start();
    let second = Storage::open(hub.folder.path());
    assert!(second.is_err_and(|error| error.to_string().contains("another process")));
}
