//! GGUF models in several files (`testdata/engine/make_parts.py`).

use crate::support::{Row, check_row, copy_of, folder, refusal, rows};
use examen_engine::{Engine, EngineOptions, Preview};

const FIRST: &str = "model-00001-of-00003.gguf";
const SECOND: &str = "model-00002-of-00003.gguf";

#[test]
fn any_part_or_the_folder_is_the_whole_model() {
    let whole = Engine::load(&folder("mistral-gguf/model.gguf"), EngineOptions::default()).unwrap();
    let parts = folder("mistral-gguf-parts");
    for path in [parts.clone(), parts.join(FIRST), parts.join(SECOND)] {
        let engine = Engine::load(&path, EngineOptions::default()).unwrap();
        assert_eq!(
            engine.description().n_parameters,
            whole.description().n_parameters
        );
        rows::<Row>("engine/mistral-gguf/golden.jsonl")
            .iter()
            .for_each(|row| check_row(&engine, "parts", row, 1e-4));
    }
    assert!(Preview::open(&parts.join(SECOND)).is_ok());
}

#[test]
fn a_missing_part_is_named() {
    for (missing, number) in [(FIRST, 1), (SECOND, 2)] {
        let copy = copy_of("mistral-gguf-parts");
        std::fs::remove_file(copy.path().join(missing)).unwrap();
        let error = refusal(&copy.path().join("model-00003-of-00003.gguf")).to_string();
        let expected = format!("part {number} of 3 of the model is missing: there is no ");
        assert!(
            error.starts_with(&expected) && error.ends_with(missing),
            "{error}"
        );
    }
}

#[test]
fn parts_under_wrong_names_are_errors() {
    let copy = copy_of("mistral-gguf-parts");
    let path = |name: &str| copy.path().join(name);
    std::fs::rename(path(FIRST), path("other.gguf")).unwrap();
    let error = refusal(&path("other.gguf")).to_string();
    assert!(error.contains("it is one of 3 parts"), "{error}");
    std::fs::rename(path("other.gguf"), path(FIRST)).unwrap();
    std::fs::copy(path(SECOND), path("model-00003-of-00003.gguf")).unwrap();
    let error = refusal(&path(FIRST)).to_string();
    assert!(error.contains("another part than its name says"), "{error}");
}
