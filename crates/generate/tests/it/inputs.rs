//! Folders as people have them.

use crate::support::{
    Scripted, contents, folder, rows, run_silently, sentences, settings, three_documents,
    unreadable,
};
use examen_core::{DocumentId, Language, Silent};
use examen_generate::{GenerateError, Settings, check, plan};
use serde_json::Value;
use std::fs;

const SPANISH: &str =
    "El corazón bombea la sangre por todo el cuerpo. Late unas setenta veces por minuto. ";

#[tokio::test]
async fn every_encoding_is_read_and_what_is_no_text_is_a_row() {
    let latin_1: Vec<u8> = SPANISH.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(sentences("arteries", 2).encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = folder(&[
        ("latin-1.txt", &latin_1),
        ("utf-16.txt", &utf_16),
        ("binary.txt", b"\x7fELF\0\0\0"),
        ("empty.md", b"  \n"),
        ("figure.png", b"\x89PNG"),
        (".hidden.txt", b"not looked at"),
    ]);
    let settings = settings(&folder);
    let summary = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!(
        (
            summary.documents,
            summary.unreadable,
            summary.other_files,
            summary.accepted
        ),
        (2, 2, 1, 4)
    );
    let unreadable = unreadable(&settings);
    assert_eq!(
        unreadable
            .iter()
            .map(|row| row.reasons.concat())
            .collect::<Vec<_>>(),
        [
            "document: it is not text: it holds NUL bytes",
            "document: it is empty"
        ]
    );
    assert_eq!(unreadable[0].document_id, DocumentId::of(&["binary.txt"]));
    assert_eq!(rows(&settings, "rejected"), []);
    let questions = rows(&settings, "questions");
    assert_eq!(
        questions[0].quote.as_deref(),
        Some("El corazón bombea la sangre por todo el cuerpo.")
    );
    assert_eq!(
        (questions[0].language, questions[3].language),
        (Language::SPANISH, Language::ENGLISH)
    );
}

#[tokio::test]
async fn a_document_that_is_mended_leaves_no_row() {
    let folder = folder(&[
        ("a.txt", sentences("arteries", 2).as_bytes()),
        ("b.txt", b"\0"),
    ]);
    let settings = settings(&folder);
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!(unreadable(&settings).len(), 1);
    fs::write(settings.input.paths[0].join("b.txt"), sentences("bones", 2)).unwrap();
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert!(!settings.output.join("unreadable").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_listed_is_a_row_without_the_machines_paths() {
    let folder = three_documents();
    let settings = settings(&folder);
    std::os::unix::fs::symlink("nowhere", settings.input.paths[0].join("broken.txt")).unwrap();
    std::os::unix::fs::symlink(
        &settings.input.paths[0],
        settings.input.paths[0].join("sub/loop"),
    )
    .unwrap();
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    let told = unreadable(&settings)
        .into_iter()
        .map(|row| (row.document, row.reasons.concat()));
    let expected = [
        (
            "broken.txt",
            "document: it cannot be listed: entity not found",
        ),
        (
            "sub/loop",
            "document: it cannot be listed: a link leads back to a folder above it",
        ),
    ];
    assert_eq!(
        told.collect::<Vec<_>>(),
        expected.map(|(path, reason)| (path.to_owned(), reason.to_owned()))
    );
}

/// More than a task of the runtime may take from a channel before it yields.
#[tokio::test]
async fn a_plan_of_many_documents_ends() {
    let files: Vec<(String, String)> = (0..400)
        .map(|n| {
            (
                format!("{n:03}.txt"),
                format!("Fact {n} has exactly five words."),
            )
        })
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    let folder = folder(&files);
    let plan = plan(
        &settings(&folder),
        &|text| text.split_whitespace().count(),
        &Silent,
    )
    .unwrap();
    assert_eq!((plan.documents.len(), plan.calls), (400, 400));
}

#[tokio::test]
async fn prompts_are_in_the_language_of_the_document_or_the_one_that_is_said() {
    let folder = folder(&[("a.txt", SPANISH.as_bytes())]);
    let (detected, said) = (Scripted::faithful(), Scripted::faithful());
    run_silently(&settings(&folder), &detected).await.unwrap();
    assert!(
        detected.requests()[0].messages[0]
            .content
            .contains("Escribe en español")
    );
    let settings = Settings {
        languages: vec!["b.txt=es".parse().unwrap(), Language::ENGLISH.into()],
        ..settings(&folder)
    };
    run_silently(&settings, &said).await.unwrap();
    assert!(
        said.requests()[0].messages[0]
            .content
            .contains("Write in English")
    );
}

#[tokio::test]
async fn one_file_is_an_input_too() {
    let folder = three_documents();
    let settings = Settings {
        input: folder.path().join("docs/b.md").into(),
        ..settings(&folder)
    };
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert!(
        rows(&settings, "questions")
            .iter()
            .all(|question| question.document == "b.md")
    );
}

#[tokio::test]
async fn inputs_without_documents_are_told_with_what_is_read() {
    let empty = folder(&[("figure.png", b"\x89PNG")]);
    let error = run_silently(&settings(&empty), &Scripted::faithful())
        .await
        .unwrap_err();
    let expected = format!(
        "{} holds no document: files that end in .txt, .text, .md, .markdown, .html, .htm, .xhtml, .epub, .odt, .ods, .odp, .fodt, .fods, .xml, .dbk, .nxml, .rtf, .tex, .latex, .ltx, .rst, .rest, .adoc, .asciidoc, .asc, .eml, .parquet, .jsonl, .ndjson, .json, .csv, .tsv, .zip, .gz are read",
        empty.path().join("docs").display()
    );
    assert_eq!(error.to_string(), expected);

    let unreadable = folder(&[("a.txt", b"\0\0"), ("b.txt", b"")]);
    let error = run_silently(&settings(&unreadable), &Scripted::faithful())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("`a.txt` is not text: it holds NUL bytes"),
        "{error}"
    );

    let missing = Settings {
        input: empty.path().join("nowhere").into(),
        ..settings(&empty)
    };
    let error = run_silently(&missing, &Scripted::faithful())
        .await
        .unwrap_err();
    assert!(matches!(error, GenerateError::Input { .. }), "{error}");
    assert!(matches!(
        check(&missing).unwrap_err(),
        GenerateError::Input { .. }
    ));
    check(&settings(&empty)).unwrap();
}

#[tokio::test]
async fn what_others_put_at_the_output_is_left_alone() {
    let folder = three_documents();
    let settings = settings(&folder);
    fs::create_dir(&settings.output).unwrap();
    fs::write(settings.output.join("thesis.txt"), "years of work").unwrap();
    let model = Scripted::faithful();
    let error = run_silently(&settings, &model).await.unwrap_err();
    assert!(
        matches!(error, GenerateError::OutputTaken { .. }),
        "{error}"
    );
    assert_eq!((model.n_calls(), contents(&settings.output).len()), (0, 1));
    assert!(matches!(
        check(&settings).unwrap_err(),
        GenerateError::OutputTaken { .. }
    ));
    let error = plan(&settings, &|text| text.len(), &Silent).unwrap_err();
    assert!(
        matches!(error, GenerateError::OutputTaken { .. }),
        "{error}"
    );

    let file = Settings {
        output: settings.output.join("thesis.txt"),
        ..settings
    };
    assert!(matches!(
        run_silently(&file, &model).await.unwrap_err(),
        GenerateError::OutputTaken { .. }
    ));
}

#[tokio::test]
async fn an_output_within_the_input_is_not_read_and_keeps_what_was_added_to_it() {
    let folder = three_documents();
    let settings = settings(&folder);
    let settings = Settings {
        output: settings.input.paths[0].join("out"),
        ..settings
    };
    let first = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    fs::write(settings.output.join("notes.md"), "Mine. ").unwrap();
    let second = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!((second.documents, second.calls), (first.documents, 0));
    assert_eq!(
        fs::read_to_string(settings.output.join("notes.md")).unwrap(),
        "Mine. "
    );
    let names: Vec<String> = fs::read_dir(&settings.input.paths[0])
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(names, Vec::<String>::new(), "nothing half-done is left");
}

#[tokio::test]
async fn the_output_is_as_distilabel_knows_it() {
    let folder = three_documents();
    let settings = Settings {
        max_questions: Some(3),
        ..settings(&folder)
    };
    let summary = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert!(
        summary
            .files
            .iter()
            .all(|file| file.starts_with(&settings.output) && file.is_file())
    );
    let generations: Vec<Value> =
        examen_files::distiset::read_rows::<Generation>(&settings.output, "default", "train")
            .unwrap()
            .into_iter()
            .map(|row| serde_json::from_str(&row.generation).unwrap())
            .collect();
    assert_eq!(generations.len(), 3);
    assert_eq!(
        generations[0]["exam"][0]["distractors"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let about = |name: &str| {
        fs::read_to_string(settings.output.join("distiset_configs").join(name)).unwrap()
    };
    let version = env!("CARGO_PKG_VERSION");
    insta::with_settings!({ filters => vec![(version, "[version]"), (r#""?[0-9a-f]{16}"?"#, "[hash]")] }, {
        let card = about("README.md");
        let (ours, _tables) = card.split_once("\n|").unwrap();
        insta::assert_snapshot!("card", ours);
        insta::assert_snapshot!("pipeline", about("pipeline.yaml"));
    });
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Generation {
    generation: String,
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let folder = three_documents();
    let good = settings(&folder);
    for bad in [
        Settings {
            questions_per_chunk: 0,
            ..good.clone()
        },
        Settings {
            max_questions: Some(0),
            ..good.clone()
        },
        Settings {
            chunk_overlap: 20,
            ..good.clone()
        },
        Settings {
            temperature: f64::NAN,
            ..good.clone()
        },
        Settings {
            top_p: 0.0,
            ..good.clone()
        },
        Settings {
            concurrency: 0,
            ..good.clone()
        },
    ] {
        let error = run_silently(&bad, &Scripted::faithful()).await.unwrap_err();
        assert!(matches!(error, GenerateError::Setting { .. }), "{error}");
    }
}
