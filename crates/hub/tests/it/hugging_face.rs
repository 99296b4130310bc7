//! Models of the Hub.

use crate::{
    Counting, WEIGHTS, WEIGHTS_SHA256,
    hub::{COMMIT, Hub},
};
use examen_core::Silent;
use examen_hub::{HubError, ModelSource};
use std::{fs, path::Path};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{header, method, path},
};

fn source(text: &str) -> ModelSource {
    ModelSource::parse(text).unwrap()
}

#[tokio::test]
async fn weights_come_with_what_belongs_to_them_and_nothing_else() {
    let files = [
        "README.md",
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
        "onnx/model.onnx",
        "original/weights.safetensors",
        "original/model.safetensors",
        "consolidated.safetensors",
        "adapter_model.safetensors",
        "model.q4.gguf",
    ];
    let hub = Hub::new(&files, usize::MAX).await;
    let progress = Counting::default();
    let folder = hub
        .cache()
        .fetch(&source("org/tiny"), None, &progress)
        .await
        .unwrap();
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    let mut expected: Vec<_> = files[1..9]
        .iter()
        .map(ToString::to_string)
        .chain(["model.json".to_owned()])
        .collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    let bytes = 8 * WEIGHTS.len() as u64;
    assert_eq!(progress.total_and_done(), (bytes, bytes));
    let model = &hub.cache().list().unwrap()[0];
    assert_eq!(
        (model.name.as_str(), model.bytes, &model.path),
        ("hf-org,tiny", bytes, &folder)
    );

    let before = hub.server.received_requests().await.unwrap().len();
    assert_eq!(
        hub.cache()
            .fetch(&source("hf:org/tiny"), None, &Silent)
            .await
            .unwrap(),
        folder
    );
    assert_eq!(
        hub.server.received_requests().await.unwrap().len(),
        before,
        "what is here is not asked for again"
    );
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke() {
    // The server sends ten bytes at a time and then closes.
    let hub = Hub::new(&["sub/m.gguf"], 10).await;
    let path = hub
        .cache()
        .fetch(
            &source("hf:org/tiny/sub/m.gguf"),
            Some(WEIGHTS_SHA256),
            &Silent,
        )
        .await
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), WEIGHTS);
    assert_eq!(hub.ranges().await, [None, Some("bytes=10-15".to_owned())]);
}

#[tokio::test]
async fn a_killed_download_goes_on_in_the_next_process() {
    let hub = Hub::new(&["m.gguf"], usize::MAX).await;
    let part = hub
        .folder
        .path()
        .join(format!("partial/hf-org,tiny,m.gguf/{COMMIT}/m.gguf"));
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    fs::write(&part, &WEIGHTS[..7]).unwrap();
    assert_eq!(hub.cache().list().unwrap(), []);
    let progress = Counting::default();
    let path = hub
        .cache()
        .fetch(&source("hf:org/tiny/m.gguf"), None, &progress)
        .await
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), WEIGHTS);
    assert_eq!(hub.ranges().await, [Some("bytes=7-15".to_owned())]);
    assert_eq!(progress.total_and_done(), (16, 16));
    assert_eq!(
        fs::read_dir(hub.folder.path().join("partial"))
            .unwrap()
            .count(),
        1,
        "only the lock is left"
    );
}

#[tokio::test]
async fn the_beginning_of_a_model_comes_alone_and_the_rest_later() {
    let hub = Hub::new(&["m.gguf"], usize::MAX).await;
    let cache = hub.cache();
    let model = source("hf:org/tiny/m.gguf");
    let outline = cache.fetch_outline(&model, 7, &Silent).await.unwrap();
    assert_eq!(
        (fs::read(&outline.path).unwrap().as_slice(), outline.bytes),
        (&WEIGHTS[..7], Some(WEIGHTS.len() as u64))
    );
    assert_eq!(cache.list().unwrap(), []);
    cache.fetch_outline(&model, 5, &Silent).await.unwrap();
    let path = cache
        .fetch(&model, Some(WEIGHTS_SHA256), &Silent)
        .await
        .unwrap();
    assert_eq!(fs::read(path).unwrap(), WEIGHTS);
    let ranges = ["bytes=0-6", "bytes=7-15"].map(|range| Some(range.to_owned()));
    assert_eq!(hub.ranges().await, ranges);
}

#[tokio::test]
async fn of_weights_in_several_files_only_the_small_ones_come() {
    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    let hub = Hub::new(&files, usize::MAX).await;
    let outline = hub
        .cache()
        .fetch_outline(&source("hf:org/tiny"), 7, &Silent)
        .await
        .unwrap();
    let found = |name: &str| outline.path.join(name).is_file();
    assert_eq!(files.map(found), [true, true, false]);
    assert_eq!(outline.bytes, Some(3 * WEIGHTS.len() as u64));
}

#[tokio::test]
async fn a_damaged_download_is_not_kept() {
    let hub = Hub::new(&["m.gguf"], usize::MAX).await;
    let part = hub
        .folder
        .path()
        .join(format!("partial/hf-org,tiny,m.gguf/{COMMIT}/m.gguf"));
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    fs::write(&part, b"others!").unwrap();
    let error = hub
        .cache()
        .fetch(&source("hf:org/tiny/m.gguf"), None, &Silent)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, HubError::WrongHash { expected, .. } if expected == WEIGHTS_SHA256),
        "{error}"
    );
    assert!(!part.exists());
    assert!(
        hub.cache()
            .fetch(&source("hf:org/tiny/m.gguf"), None, &Silent)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn the_only_gguf_is_the_model_and_of_several_one_must_be_named() {
    let one = Hub::new(&["README.md", "m.gguf"], usize::MAX).await;
    let path = one
        .cache()
        .fetch(&source("org/tiny"), None, &Silent)
        .await
        .unwrap();
    assert_eq!(path.file_name(), Path::new("m.gguf").file_name());

    let several = Hub::new(&["a.gguf", "b.gguf"], usize::MAX).await;
    let error = several
        .cache()
        .fetch(&source("org/tiny"), None, &Silent)
        .await
        .unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "there is: hf:org/tiny/a.gguf, hf:org/tiny/b.gguf"
    );
    let error = several
        .cache()
        .fetch(&source("hf:org/tiny/c.gguf"), None, &Silent)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "org/tiny does not hold one model: there is no file c.gguf"
    );

    let none = Hub::new(&["README.md", "adapter_model.safetensors"], usize::MAX).await;
    let error = none
        .cache()
        .fetch(&source("org/tiny"), None, &Silent)
        .await
        .unwrap_err();
    let expected =
        "org/tiny does not hold one model: there are neither model.safetensors nor .gguf files";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn weights_that_are_named_come_with_what_belongs_to_them() {
    let hub = Hub::new(
        &[
            "config.json",
            "tokenizer.json",
            "model.safetensors",
            "model.q4.gguf",
        ],
        usize::MAX,
    )
    .await;
    let folder = hub
        .cache()
        .fetch(&source("hf:org/tiny/model.safetensors"), None, &Silent)
        .await
        .unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    assert!(!folder.join("model.q4.gguf").exists());
}

#[tokio::test]
async fn a_hash_for_several_files_is_an_error_before_and_after_they_are_fetched() {
    let hub = Hub::new(&["config.json", "model.safetensors"], usize::MAX).await;
    let fetch = async |sha256| {
        hub.cache()
            .fetch(&source("org/tiny"), sha256, &Silent)
            .await
    };
    assert!(matches!(
        fetch(Some(WEIGHTS_SHA256)).await.unwrap_err(),
        HubError::NotOneFile { .. }
    ));
    assert_eq!(hub.ranges().await, [], "nothing was fetched");
    let folder = fetch(None).await.unwrap();
    assert!(matches!(
        fetch(Some(WEIGHTS_SHA256)).await.unwrap_err(),
        HubError::NotOneFile { .. }
    ));
    let local = ModelSource::Local(folder);
    let error = hub
        .cache()
        .fetch(&local, Some(WEIGHTS_SHA256), &Silent)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, HubError::NotOneFile { .. }) && error.hint().is_some(),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_whose_hash_may_not_be_asked_for_is_not_kept_unverified() {
    for (status, hint) in [
        (401, "HF_TOKEN"),
        (403, "HF_TOKEN"),
        (503, "goes on from there"),
    ] {
        let hub = Hub::new(&["m.gguf"], usize::MAX).await;
        let head = Mock::given(method("HEAD"))
            .respond_with(ResponseTemplate::new(status))
            .with_priority(1);
        head.mount(&hub.server).await;
        let error = hub
            .cache()
            .fetch(&source("hf:org/tiny/m.gguf"), None, &Silent)
            .await
            .unwrap_err();
        assert!(error.hint().unwrap().contains(hint), "{status}: {error}");
        assert_eq!(hub.cache().list().unwrap(), []);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_last_write_that_fails_is_told() {
    let hub = Hub::new(&["m.gguf"], usize::MAX).await;
    let part = hub
        .folder
        .path()
        .join(format!("partial/hf-org,tiny,m.gguf/{COMMIT}/m.gguf"));
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let error = hub
        .cache()
        .fetch(&source("hf:org/tiny/m.gguf"), None, &Silent)
        .await
        .unwrap_err();
    assert!(
        matches!(error, HubError::Io { doing: "write", .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_repository_that_needs_a_token_says_so_and_the_token_is_sent() {
    let hub = Hub::new(&[], usize::MAX).await;
    let missing = Mock::given(method("GET")).and(path("/api/models/org/other"));
    missing
        .respond_with(ResponseTemplate::new(404))
        .mount(&hub.server)
        .await;
    let error = hub
        .cache()
        .fetch(&source("org/other"), None, &Silent)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("could not fetch org/other from the Hub"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("HF_TOKEN"));
    let private = Mock::given(method("GET")).and(path("/api/models/org/private"));
    let private = private.and(header("authorization", "Bearer secret"));
    private
        .respond_with(ResponseTemplate::new(403))
        .expect(1)
        .mount(&hub.server)
        .await;
    let error = hub
        .cache()
        .fetch(&source("org/private"), None, &Silent)
        .await
        .unwrap_err();
    assert!(error.hint().unwrap().contains("HF_TOKEN"));
    assert!(!format!("{:?} {error}", hub.cache()).contains("secret"));
}
