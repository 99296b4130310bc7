//! What several tests need: the binary, folders, the small real model.

use assert_cmd::Command;
use examen_annotate::{Location, Role};
use examen_core::{Question, annotation::ResponseStatus};
use serde_json::{Map, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The binary in `folder`, without the user's settings.
pub(crate) fn examen(folder: &Path) -> Command {
    Command::from_std(examen_to_spawn(folder))
}

/// The same, for a test that does not wait for its end.
pub(crate) fn examen_to_spawn(folder: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_examen"));
    command
        .current_dir(folder)
        .env("EXAMEN_CACHE", folder.join("cache"))
        .env("HF_HOME", folder.join("huggingface"));
    let ours = [
        "EXAMEN_DATA",
        "EXAMEN_LOG",
        "EXAMEN_PASSWORD",
        "EXAMEN_API_KEY",
    ];
    for name in ours.into_iter().chain([
        "ARGILLA_API_URL",
        "ARGILLA_API_KEY",
        "OPENAI_API_KEY",
        "HF_TOKEN",
        "HF_TOKEN_PATH",
        "HF_HUB_CACHE",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
    ]) {
        command.env_remove(name);
    }
    command
}

/// Runs a command that must succeed and returns its standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{talk}",
        output.status
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must end with this exit code and returns what it said.
pub(crate) fn fail(command: &mut Command, exit_code: i32) -> String {
    let output = command.output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        output.status.code(),
        Some(exit_code),
        "{command:?}:\n{talk}"
    );
    talk
}

/// The small real model; `cargo xtask check` fetches it.
pub(crate) fn test_model() -> PathBuf {
    let path = std::env::var_os("EXAMEN_TEST_MODEL")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../target/test-models/SmolLM2-135M-Instruct.Q4_1.gguf")
        });
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask test-model` first",
        path.display()
    );
    path.canonicalize().unwrap()
}

/// A tiny random checkpoint.
pub(crate) fn checkpoint(name: &str) -> PathBuf {
    testdata("engine").join(name)
}

/// A file or folder in `testdata/`.
pub(crate) fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(name)
        .canonicalize()
        .unwrap()
}

/// A folder with `n` short documents, each of one passage with facts of its own.
pub(crate) fn documents(folder: &Path, n: usize) {
    let documents = folder.join("docs");
    fs::create_dir_all(&documents).unwrap();
    for i in 0..n {
        let text = format!(
            "The river number {i} rises in the hills and is {} kilometres long. It carries most water in April, when \
             the snow melts. The town at its mouth has {} inhabitants and a bridge of stone.",
            100 + i,
            5000 + 17 * i
        );
        fs::write(documents.join(format!("river_{i:03}.txt")), text).unwrap();
    }
}

/// A folder with `n` documents, each of one passage, that [`examen_fake_server`] writes questions about.
pub(crate) fn plants(folder: &Path, n: usize) {
    let documents = folder.join("docs");
    fs::create_dir_all(&documents).unwrap();
    for i in 0..n {
        fs::write(
            documents.join(format!("{i:04}.txt")),
            examen_fake_server::document(i as u64),
        )
        .unwrap();
    }
}

/// What a command says on stderr, with the binary by its name. It must end with this exit code.
pub(crate) fn talk(command: &mut Command, exit_code: i32) -> String {
    fail(command, exit_code).replace(env!("CARGO_BIN_EXE_examen"), "examen")
}

/// The next command of what was said, in words without `examen`.
pub(crate) fn next(talk: &str) -> Vec<String> {
    let line = talk.lines().find_map(|line| line.strip_prefix("next: "));
    let words = shlex::split(line.unwrap_or_else(|| panic!("no next command:\n{talk}"))).unwrap();
    assert_eq!(words[0], "examen", "{talk}");
    words[1..].to_vec()
}

/// The rows of a config of `out`.
pub(crate) fn questions(folder: &Path, config: &str) -> Vec<Question> {
    examen_files::distiset::read_rows(&folder.join("out"), config, "train").unwrap()
}

/// Every file below a folder by its path below that, with its bytes.
pub(crate) fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(
                contents(&path)
                    .into_iter()
                    .map(|(below, bytes)| (format!("{name}/{below}"), bytes)),
            );
        } else {
            files.push((name, fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

/// Approves every suggestion in the store in `examen-data`, as a reviewer would in the page.
pub(crate) fn review_all(here: &Path, dataset: &str) -> usize {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Location::folder(&here.join("examen-data"))
            .open_existing()
            .await
            .unwrap();
        let account =
            examen_annotate::create_user(&store, "ana", Some("a long password"), Role::Annotator)
                .await
                .unwrap();
        let dataset = store.dataset_by_name(dataset).await.unwrap();
        let records = store.records(dataset.id).await.unwrap();
        for record in &records {
            let key = record
                .suggestions
                .iter()
                .find(|suggestion| suggestion.question == "correct_answer")
                .unwrap();
            let values = Map::from_iter([("correct_answer".to_owned(), json!(key.value))]);
            let response = examen_annotate::store::NewResponse {
                id: uuid::Uuid::new_v4(),
                record_id: record.id,
                user_id: account.user.id,
                status: ResponseStatus::Submitted,
                values,
            };
            store
                .put_response(&response, jiff::Timestamp::now())
                .await
                .unwrap();
        }
        store.close().await;
        records.len()
    })
}
