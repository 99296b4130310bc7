//! Parts that the tests share: the test model, and the folder of test data.

use examen_engine::{Engine, EngineOptions};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The root of the repository.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// SmolLM2-135M-Instruct as GGUF.
pub(crate) fn test_model_path() -> PathBuf {
    let own = || workspace().join("target/test-models/SmolLM2-135M-Instruct.Q4_1.gguf");
    let path = std::env::var_os("EXAMEN_TEST_MODEL").map_or_else(own, PathBuf::from);
    assert!(
        path.is_file(),
        "run `cargo xtask test-model` first: there is no {}",
        path.display()
    );
    path
}

/// The test model, loaded once for all tests.
pub(crate) fn test_model() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::load(&test_model_path(), EngineOptions::default()).unwrap())
}

/// The rows of a file in `testdata/`.
pub(crate) fn rows<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let text = std::fs::read_to_string(workspace().join("testdata").join(name)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Panics unless the numbers agree within the tolerance.
pub(crate) fn assert_close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "{name} at {index}: {found} is not {expected} ± {tolerance}"
        );
    }
}
