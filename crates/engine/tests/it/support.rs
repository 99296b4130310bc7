//! Parts that the tests share: the test model, and the folder of test data.

use examen_engine::{Engine, EngineError, EngineOptions, Memory};
use examen_llm::{ContinuationScorer, ScoreRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

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

/// So many free bytes of memory, and no other bound.
pub(crate) fn free(bytes: u64) -> Memory {
    Memory {
        free: Some((bytes, "the test".into())),
        ..Memory::default()
    }
}

/// A text with its ids and the log-probability of each after the first.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) ids: Vec<u32>,
    pub(crate) logprobs: Vec<f64>,
}

/// If the model puts a token in front, every token of the text is scored; else the first few are the context.
pub(crate) fn check_row(engine: &Engine, name: &str, row: &Row, tolerance: f64) {
    assert_eq!(engine.encode(&row.text).unwrap(), row.ids, "{:?}", row.text);
    let has_start = engine.count_tokens(&row.text) < row.ids.len();
    let ends = row.text.char_indices().skip(1).map(|(end, _)| end);
    let begins = |&end: &usize| {
        row.ids
            .starts_with(&engine.encode(&row.text[..end]).unwrap())
    };
    let first = if has_start {
        0
    } else {
        ends.into_iter().find(begins).unwrap()
    };
    let (context, continuation) = row.text.split_at(first);
    let request = ScoreRequest {
        context: context.into(),
        continuations: vec![continuation.into()],
    };
    let reply = engine.score(&[request], &|_| {}).unwrap().remove(0);
    assert_eq!(reply.n_truncated, 0);
    let score = &reply.continuations[0];
    let n_scored = score.tokens.len();
    assert!(
        n_scored + 3 >= row.ids.len(),
        "nearly all tokens are scored"
    );
    assert_eq!(score.tokens, row.ids[row.ids.len() - n_scored..]);
    assert_close(
        name,
        &score.token_log_probs,
        &row.logprobs[row.logprobs.len() - n_scored..],
        tolerance,
    );
}

/// A checkpoint of `testdata/engine`.
pub(crate) fn folder(name: &str) -> PathBuf {
    workspace().join("testdata/engine").join(name)
}

/// A copy of a checkpoint, to change something in.
pub(crate) fn copy_of(name: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder(name)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

/// Changes `config.json`.
pub(crate) fn change_config(folder: &Path, change: impl Fn(Value) -> Value) {
    change_json(&folder.join("config.json"), change);
}

/// Changes a JSON file.
pub(crate) fn change_json(path: &Path, change: impl Fn(Value) -> Value) {
    let value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    std::fs::write(path, change(value).to_string()).unwrap();
}

/// The error of a model that does not load.
pub(crate) fn refusal(path: &Path) -> EngineError {
    Engine::load(path, EngineOptions::default()).err().unwrap()
}
