//! `generate --dry-run` for a model of this machine: the time it takes, without its weights.

use crate::{
    models::Hub,
    support::{checkpoint, examen, plants, succeed, talk, test_model},
};
use serde_json::Value;
use std::{fs, path::Path};

fn plan(folder: &Path, model: &str, more: &[&str]) -> assert_cmd::Command {
    let mut command = examen(folder);
    command
        .args(["generate", "--dry-run", "--input", "docs", "--model", model])
        .args(more);
    command
}

fn parsed(command: &mut assert_cmd::Command) -> Value {
    serde_json::from_str(&succeed(command.args(["--format", "json"]))).unwrap()
}

#[test]
fn the_beginning_of_a_gguf_file_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 3);
    let whole = test_model();
    let bytes = fs::read(&whole).unwrap();
    // The weights of the smallest model are 20 times as long as what comes before them.
    fs::write(
        folder.path().join("beginning.gguf"),
        &bytes[..bytes.len() / 8],
    )
    .unwrap();
    let part = parsed(&mut plan(
        folder.path(),
        "beginning.gguf",
        &["--threads", "2"],
    ));
    let all = parsed(&mut plan(
        folder.path(),
        whole.to_str().unwrap(),
        &["--threads", "2"],
    ));
    assert_eq!(part, all);
    assert!(part["time"]["seconds"].as_f64().unwrap() > 0.0, "{part}");
    let half = parsed(&mut plan(
        folder.path(),
        "beginning.gguf",
        &["--threads", "1"],
    ));
    let ratio =
        half["time"]["seconds"].as_f64().unwrap() / part["time"]["seconds"].as_f64().unwrap();
    assert!((ratio - 2.0).abs() < 1e-9, "{ratio}");
}

#[test]
fn a_stated_speed_is_taken_and_the_assumption_printed() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 2);
    let model = checkpoint("llama3");
    let model = model.to_str().unwrap();
    let stated = succeed(&mut plan(
        folder.path(),
        model,
        &["--tokens-per-second", "10"],
    ));
    assert!(
        stated.contains("10.0 written a second (as stated)"),
        "{stated}"
    );
    let guessed = succeed(&mut plan(folder.path(), model, &[]));
    assert!(
        guessed.contains("billion weights on") && guessed.contains("--tokens-per-second"),
        "{guessed}"
    );
    let plan = parsed(&mut plan(
        folder.path(),
        model,
        &["--tokens-per-second", "10"],
    ));
    let written = plan["time"]["written_tokens"].as_f64().unwrap();
    assert!(
        plan["time"]["seconds"].as_f64().unwrap() >= written / 10.0,
        "{plan}"
    );
}

#[test]
fn of_a_model_on_the_hub_the_weights_are_not_fetched() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 2);
    let read = |name: &str| fs::read(checkpoint("llama3").join(name)).unwrap();
    let mut files: Vec<(&str, Vec<u8>)> =
        ["config.json", "tokenizer.json", "tokenizer_config.json"]
            .map(|name| (name, read(name)))
            .into();
    files.push(("model.safetensors", vec![0; 1_000_000]));
    let hub = Hub::start("org/large", &files);
    let plan = parsed(plan(folder.path(), "hf:org/large", &[]).env("HF_ENDPOINT", hub.url()));
    assert!(plan["calls"].as_u64().unwrap() > 0, "{plan}");
    assert!(plan["time"]["seconds"].as_f64().unwrap() > 0.0, "{plan}");
    let fetched = hub.fetched();
    assert!(
        fetched.len() == 3 && !fetched.iter().any(|file| file.contains("safetensors")),
        "{fetched:?}"
    );
}

#[test]
fn of_a_gguf_file_on_the_hub_the_beginning_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 1);
    let hub = Hub::start("org/small", &[("m.gguf", fs::read(test_model()).unwrap())]);
    let plan = parsed(plan(folder.path(), "hf:org/small", &[]).env("HF_ENDPOINT", hub.url()));
    assert!(plan["calls"].as_u64().unwrap() > 0, "{plan}");
    assert_eq!(hub.fetched(), ["m.gguf bytes=0-8388607"]);
}

#[test]
fn without_the_hub_tokens_are_estimated_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 1);
    let mut command = plan(folder.path(), "qwen2.5-7b", &[]);
    let told = talk(command.env("HF_ENDPOINT", "http://127.0.0.1:9"), 0);
    assert!(
        told.contains("warning: ") && told.contains("counts 4 letters as a token"),
        "{told}"
    );
    assert!(parsed(&mut command)["time"]["seconds"].as_f64().unwrap() > 60.0);
}
