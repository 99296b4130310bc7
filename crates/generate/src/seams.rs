//! Adds a check and a format as anybody would, each with one file and one line, and looks for them in every output.

use crate::{
    checks,
    error::GenerateError,
    reading::{
        documents::Listing,
        formats::{self, Formats},
    },
    report::Report,
    run,
    settings::{Dataset, Format, Inputs, Settings},
};
use examen_core::{Language, Question, Silent};
use examen_files::{child::Program, distiset::read_rows};
use examen_llm::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, FinishReason, Meter, Usage,
};
use serde_json::json;
use std::{fs, sync::Arc};
use tempfile::TempDir;

/// A format of the caller's.
const PASSED_IN: &[Format] = &[Format {
    name: "Passed",
    extensions: &["passed"],
    begins: |beginning| beginning.starts_with(b"\0passed"),
    ..formats::planted::FORMAT
}];

/// Writes one question that the planted check rejects, and one that it does not.
struct Writer;

impl ChatModel for Writer {
    fn id(&self) -> &str {
        "writer"
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn chat<'a>(&'a self, _: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        let question = |stem: &str| {
            json!({
                "quote": "A planted file holds bytes.",
                "question": stem,
                "answer": "Bytes",
                "distractors": ["Pages", "Words", "Lines"],
            })
        };
        let exam = [
            "What does a planted file hold?",
            "What is such a file made of?",
        ]
        .map(question);
        let reply = ChatReply {
            text: json!({ "exam": exam }).to_string(),
            finish: FinishReason::Stop,
            usage: Usage::default(),
            extra: Default::default(),
        };
        Box::pin(async move { Ok(reply) })
    }
}

/// Settings of a run on three files: of the planted format, of the one that is passed in, and of none.
fn settings(formats: &'static [Format]) -> (Settings, TempDir) {
    let folder = TempDir::new().unwrap();
    let documents = folder.path().join("documents");
    fs::create_dir(&documents).unwrap();
    for name in ["a.planted", "b.passed", "c.unknown"] {
        fs::write(documents.join(name), "ab").unwrap();
    }
    let input = Inputs {
        formats,
        ..Inputs::from(documents)
    };
    let settings = Settings {
        questions_per_chunk: 2,
        max_re_asks: 0,
        languages: vec![Language::ENGLISH.into()],
        ..Settings::new(input, folder.path().join("out"))
    };
    (settings, folder)
}

#[tokio::test]
async fn a_new_check_is_in_every_output() {
    let (settings, _folder) = settings(&[]);
    let summary = run::run(&settings, Arc::new(Writer), &Silent)
        .await
        .unwrap();
    let reason = "planted: the stem is `What does a planted file hold?`";
    let rejected: Vec<Question> = read_rows(&settings.output, "rejected", "train").unwrap();
    assert_eq!(rejected.len(), 1, "{rejected:#?}");
    assert_eq!(rejected[0].reasons, [reason]);
    assert_eq!(summary.accepted, 1);

    let report = Report::new(&settings, "writer", summary, Meter::default());
    let for_programs = serde_json::to_value(&report).unwrap();
    let counts = json!({ "planted": 1 });
    assert_eq!(for_programs["rejected"], counts);
    assert_eq!(for_programs["funnel"]["questions"][1]["lost"], counts);
    let page = report.to_html();
    assert!(page.contains(checks::planted::CHECK.words), "{page}");
    assert!(page.contains(reason), "{page}");
}

#[test]
fn a_new_format_is_found_read_and_told() {
    let (settings, _folder) = settings(&[]);
    let listing = Listing::of(&settings).unwrap();
    assert_eq!((listing.len(), listing.n_other_files()), (1, 2));
    let sentence = "A planted file holds bytes. ";
    assert_eq!(
        listing.read(0).unwrap().document.text,
        format!("{sentence}{sentence}")
    );
    let formats = Formats::with(&[]);
    assert!(formats.names().contains(", Planted, and rows of"));
    assert_eq!(formats.extension_of(b"\0planted"), "planted");
    assert_eq!(files_read(&settings.input), ["a.planted"]);

    let empty = TempDir::new().unwrap();
    let error = Listing::of(&Settings::new(empty.path(), "out")).unwrap_err();
    let GenerateError::NoDocuments { extensions, .. } = error else {
        panic!("{error}");
    };
    assert!(extensions.contains(", .planted, "), "{extensions}");
}

#[test]
fn a_format_that_is_passed_in_is_found_read_and_told() {
    let (settings, _folder) = settings(PASSED_IN);
    let listing = Listing::of(&settings).unwrap();
    assert_eq!((listing.len(), listing.n_other_files()), (2, 1));
    assert_eq!(listing.read(1).unwrap().document.path, "b.passed");
    let formats = Formats::with(PASSED_IN);
    assert!(formats.names().contains(", Planted, Passed, and rows of"));
    assert!(formats.extensions().contains(", .planted, .passed, "));
    assert_eq!(formats.extension_of(b"\0passed"), "passed");
    assert_eq!(files_read(&settings.input), ["a.planted", "b.passed"]);
}

#[cfg(unix)]
#[test]
fn a_file_is_read_in_the_child_process() {
    let (settings, _folder) = settings(PASSED_IN);
    let script =
        r#"while read path; do echo '{"Ok":{"Documents":[{"Err":"is read elsewhere"}]}}'; done"#;
    let settings = Settings {
        reader: Some(Program::new("/bin/sh", ["-c", script])),
        ..settings
    };
    let listing = Listing::of(&settings).unwrap();
    for index in 0..2 {
        assert_eq!(listing.read(index).unwrap_err().reason, "is read elsewhere");
    }
}

/// The files of a dataset that are read.
fn files_read(inputs: &Inputs) -> Vec<&'static str> {
    let dataset = Dataset {
        name: "hf:a/b".to_owned(),
        folder: "b".into(),
        path: None,
    };
    let files = ["a.planted", "b.passed", "c.unknown"];
    inputs.files_read(&dataset, files).unwrap()
}
