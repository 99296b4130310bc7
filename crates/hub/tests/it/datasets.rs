//! Datasets of the Hub.

use crate::{
    Counting, WEIGHTS,
    hub::{COMMIT, Hub},
};
use examen_core::Silent;
use examen_hub::{DatasetCache, DatasetFile, DatasetListing, HubError, HuggingFaceFile};
use std::fs;
use wiremock::{Mock, ResponseTemplate, matchers::path};

const FILES: [&str; 4] = ["README.md", "data/a.jsonl", "data/b.jsonl", "z/last.txt"];

fn source(text: &str) -> HuggingFaceFile {
    HuggingFaceFile::dataset(text).unwrap()
}

fn cache(hub: &Hub) -> DatasetCache {
    DatasetCache::new(hub.folder.path(), hub.access())
}

fn named(listing: &DatasetListing, names: &[&str]) -> Vec<DatasetFile> {
    listing
        .files
        .iter()
        .filter(|file| names.contains(&file.path.as_str()))
        .cloned()
        .collect()
}

#[tokio::test]
async fn files_that_are_wanted_come_and_are_not_asked_for_again() {
    let hub = Hub::of_dataset(&FILES, usize::MAX).await;
    let cache = cache(&hub);
    let listing = cache.list(&source("hf:org/tiny/data")).await.unwrap();
    assert_eq!(
        listing.source.to_string(),
        format!("hf:org/tiny/data@{COMMIT}")
    );
    assert_eq!(
        listing
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect::<Vec<_>>(),
        FILES
    );
    assert!(
        listing
            .files
            .iter()
            .all(|file| file.bytes == 16 && !file.is_here)
    );
    assert_eq!(hub.ranges().await, [], "listing fetches nothing");

    let (progress, wanted) = (
        Counting::default(),
        named(&listing, &["data/b.jsonl", "z/last.txt"]),
    );
    cache.fetch(&listing, &wanted, &progress).await.unwrap();
    assert_eq!(progress.total_and_done(), (32, 32));
    let here = |name: &str| fs::read(listing.folder.join(name)).ok();
    assert_eq!(
        FILES.map(here),
        [None, None, Some(WEIGHTS.to_vec()), Some(WEIGHTS.to_vec())]
    );
    assert_eq!(listing.folder.file_name().unwrap(), "tiny");

    let again = cache.list(&source("hf:org/tiny@v1")).await.unwrap();
    assert_eq!(
        again
            .files
            .iter()
            .map(|file| file.is_here)
            .collect::<Vec<_>>(),
        [false, false, true, true]
    );
    cache
        .fetch(
            &again,
            &named(&again, &["data/a.jsonl", "z/last.txt"]),
            &Silent,
        )
        .await
        .unwrap();
    assert_eq!(hub.ranges().await.len(), 3);
    assert_eq!(
        fs::read_dir(hub.folder.path().join("partial"))
            .unwrap()
            .count(),
        1,
        "only the lock is left"
    );
}

#[tokio::test]
async fn what_is_here_at_a_commit_needs_no_hub_and_a_branch_says_which_there_is() {
    let hub = Hub::of_dataset(&FILES, usize::MAX).await;
    let cache = cache(&hub);
    let listing = cache.list(&source("hf:org/tiny")).await.unwrap();
    let wanted = named(&listing, &["data/a.jsonl"]);
    cache.fetch(&listing, &wanted, &Silent).await.unwrap();
    let Hub {
        server,
        folder: _folder,
        ..
    } = hub;
    drop(server);

    let pinned = cache.list(&listing.source).await.unwrap();
    assert_eq!(pinned.files.iter().filter(|file| file.is_here).count(), 1);
    cache.fetch(&pinned, &wanted, &Silent).await.unwrap();

    let error = cache.list(&source("hf:org/tiny/data")).await.unwrap_err();
    assert!(matches!(error, HubError::NotReached { .. }), "{error}");
    let expected = format!("what was fetched before needs no network: hf:org/tiny/data@{COMMIT}");
    assert_eq!(error.hint().unwrap(), expected);
    let error = cache.list(&source("hf:org/other")).await.unwrap_err();
    assert!(error.hint().unwrap().starts_with("is there a network?"));
}

#[tokio::test]
async fn a_killed_download_goes_on_in_the_next_process() {
    let hub = Hub::of_dataset(&FILES, usize::MAX).await;
    let cache = cache(&hub);
    let part = hub
        .folder
        .path()
        .join(format!("partial/datasets,org,tiny/{COMMIT}/data/a.jsonl"));
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    fs::write(&part, &WEIGHTS[..7]).unwrap();
    let listing = cache.list(&source("hf:org/tiny")).await.unwrap();
    cache
        .fetch(&listing, &named(&listing, &["data/a.jsonl"]), &Silent)
        .await
        .unwrap();
    assert_eq!(
        fs::read(listing.folder.join("data/a.jsonl")).unwrap(),
        WEIGHTS
    );
    assert_eq!(hub.ranges().await, [Some("bytes=7-15".to_owned())]);
}

#[tokio::test]
async fn a_damaged_file_is_not_kept() {
    let hub = Hub::of_dataset(&FILES, usize::MAX).await;
    let cache = cache(&hub);
    let part = hub
        .folder
        .path()
        .join(format!("partial/datasets,org,tiny/{COMMIT}/data/a.jsonl"));
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    fs::write(&part, b"others!").unwrap();
    let listing = cache.list(&source("hf:org/tiny")).await.unwrap();
    let error = cache
        .fetch(&listing, &named(&listing, &["data/a.jsonl"]), &Silent)
        .await
        .unwrap_err();
    assert!(matches!(error, HubError::WrongHash { .. }), "{error}");
    assert!(!part.exists() && !listing.folder.join("data/a.jsonl").exists());
}

#[tokio::test]
async fn what_may_not_be_read_or_is_not_there_says_what_to_do() {
    let hub = Hub::of_dataset(&FILES, usize::MAX).await;
    let gated = ResponseTemplate::new(403).insert_header("x-error-code", "GatedRepo");
    for (name, answer, hint) in [
        ("gated", gated, "accept its conditions"),
        ("private", ResponseTemplate::new(401), "set HF_TOKEN"),
        ("missing", ResponseTemplate::new(404), "set HF_TOKEN"),
    ] {
        let asked = Mock::given(path(format!("/api/datasets/org/{name}")));
        asked.respond_with(answer).mount(&hub.server).await;
        let error = cache(&hub)
            .list(&source(&format!("hf:org/{name}")))
            .await
            .unwrap_err();
        assert!(
            error.to_string().starts_with(&format!(
                "could not fetch datasets/org/{name} from the Hub: "
            )),
            "{error}"
        );
        assert!(
            error.hint().unwrap().contains(hint),
            "{name}: {:?}",
            error.hint()
        );
    }
    let error = cache(&hub)
        .list(&source("hf:org/tiny@no-such-branch"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("Revision not found: no-such-branch"),
        "{error}"
    );
}
