//! A model that answers as a test scripts it, and folders to run on.

use examen_core::{DocumentId, Question, Silent};
use examen_files::{FilesError, distiset::read_rows};
use examen_generate::{GenerateError, Settings, Summary, run};
use examen_llm::{BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, FinishReason, Usage};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

type Script = dyn Fn(&ChatRequest) -> Result<String, ChatError> + Send + Sync;

/// Answers by a function of the request, late ones before early ones. An answer of nothing is one that was cut off.
pub(crate) struct Scripted {
    script: Box<Script>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn(&ChatRequest) -> Result<String, ChatError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            requests: Mutex::default(),
        })
    }

    /// Writes what it is asked for, about the sentences of the passage.
    pub(crate) fn faithful() -> Arc<Self> {
        Self::new(|request| Ok(exam(request)))
    }

    pub(crate) fn n_calls(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(crate) fn requests(&self) -> Vec<ChatRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl ChatModel for Scripted {
    fn id(&self) -> &str {
        "scripted"
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(async move {
            let n_before = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request.clone());
                requests.len()
            };
            for _ in 0..40_usize.saturating_sub(n_before) {
                tokio::task::yield_now().await;
            }
            let text = (self.script)(request)?;
            let finish = if text.is_empty() {
                FinishReason::Length
            } else {
                FinishReason::Stop
            };
            Ok(ChatReply {
                text,
                finish,
                usage: Usage {
                    input_tokens: 10,
                    output_tokens: 5,
                },
                extra: Default::default(),
            })
        })
    }
}

/// A server that answers with an error.
pub(crate) fn status(status: u16) -> ChatError {
    let body = "injected".to_owned();
    ChatError::Status {
        url: "http://here/v1".to_owned(),
        status,
        body,
        retry_after: None,
    }
}

/// What is asked last, after the example.
pub(crate) fn user(request: &ChatRequest) -> &str {
    &request.messages.last().unwrap().content
}

/// The passage in a request.
pub(crate) fn passage(request: &ChatRequest) -> &str {
    user(request)
        .split_once("<passage>\n")
        .unwrap()
        .1
        .split_once("\n</passage>")
        .unwrap()
        .0
}

/// How many questions a request asks for.
pub(crate) fn n_asked(request: &ChatRequest) -> usize {
    let Some(examen_llm::Constraint::JsonSchema(schema)) = &request.constraint else {
        panic!("{request:?}")
    };
    usize::try_from(schema["properties"]["exam"]["minItems"].as_u64().unwrap()).unwrap()
}

/// A question about a sentence, as the model writes it.
pub(crate) fn item(sentence: &str) -> serde_json::Value {
    let words = |n: &str| format!("{n} of {sentence}");
    json!({
        "quote": sentence,
        "question": format!("What is said of {sentence}?"),
        "answer": words("this"),
        "distractors": [words("that"), words("another"), words("a fourth")],
    })
}

/// As many questions as the request asks for, about its passage's sentences that have none yet.
pub(crate) fn exam(request: &ChatRequest) -> String {
    let user = user(request);
    let sentences = passage(request)
        .split_inclusive('.')
        .map(str::trim)
        .filter(|sentence| sentence.len() > 9);
    let new = sentences.filter(|sentence| !user.contains(&format!("What is said of {sentence}?")));
    let items: Vec<serde_json::Value> = new.take(n_asked(request)).map(item).collect();
    json!({ "exam": items }).to_string()
}

/// `n` sentences about `subject`, of eight words each.
pub(crate) fn sentences(subject: &str, n: usize) -> String {
    (1..=n)
        .map(|n| format!("Fact {n} about {subject} has exactly eight words. "))
        .collect()
}

pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join("docs").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Three documents of several passages each.
pub(crate) fn three_documents() -> TempDir {
    let (a, b, c) = (
        sentences("arteries", 12),
        sentences("bones", 6),
        sentences("cells", 9),
    );
    folder(&[
        ("a.txt", a.as_bytes()),
        ("b.md", b.as_bytes()),
        ("sub/c.txt", c.as_bytes()),
    ])
}

/// Passages of three sentences, two questions each.
pub(crate) fn settings(folder: &TempDir) -> Settings {
    Settings {
        questions_per_chunk: 2,
        chunk_tokens: 24,
        chunk_overlap: 0,
        ..Settings::new(folder.path().join("docs"), folder.path().join("out"))
    }
}

pub(crate) async fn run_silently(
    settings: &Settings,
    model: &Arc<Scripted>,
) -> Result<Summary, GenerateError> {
    run(settings, Arc::<Scripted>::clone(model), &Silent).await
}

/// An output with a note in it, waiting where a run that was killed in between left it.
pub(crate) async fn interrupted(folder: &TempDir) -> (Settings, PathBuf) {
    let settings = settings(folder);
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    fs::write(settings.output.join("notes.md"), "Mine.").unwrap();
    let old = settings.output.with_file_name(".out.old");
    fs::rename(&settings.output, &old).unwrap();
    (settings, old)
}

pub(crate) fn rows(settings: &Settings, config: &str) -> Vec<Question> {
    read_rows(&settings.output, config, "train").unwrap()
}

/// A row of `unreadable`.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct UnreadableRow {
    pub(crate) document_id: DocumentId,
    pub(crate) document: String,
    pub(crate) reasons: Vec<String>,
}

/// The documents that could not be read; the config is there only if there is one.
pub(crate) fn unreadable(settings: &Settings) -> Vec<UnreadableRow> {
    match read_rows(&settings.output, "unreadable", "train") {
        Err(FilesError::NoConfig { .. }) => Vec::new(),
        rows => rows.unwrap(),
    }
}

/// The reasons in `rejected`.
pub(crate) fn reasons(settings: &Settings) -> Vec<String> {
    rows(settings, "rejected")
        .into_iter()
        .flat_map(|row| row.reasons)
        .collect()
}

/// Every file below a folder, with its bytes.
pub(crate) fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}
