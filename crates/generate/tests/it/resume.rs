//! Nothing is asked twice, and nothing depends on when a reply came.

use crate::support::{
    Scripted, contents, interrupted, rows, run_silently, settings, three_documents, user,
};
use examen_core::Silent;
use examen_files::journal::Journal;
use examen_generate::{GenerateError, Settings, run};
use examen_llm::{ChatError, ChatReply};
use std::{collections::HashSet, fs, sync::Arc};

#[tokio::test]
async fn every_row_can_be_walked_back_to_its_bytes() {
    let folder = three_documents();
    let settings = settings(&folder);
    let summary = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    let questions = rows(&settings, "questions");
    assert_eq!(
        (summary.documents, summary.chunks, summary.accepted),
        (3, 9, 18)
    );
    assert_eq!(questions.len(), 18);
    for question in &questions {
        let text = fs::read_to_string(settings.input.paths[0].join(&question.document)).unwrap();
        let at = |start: u64, end: u64| {
            &text[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()]
        };
        assert_eq!(
            at(question.chunk_start, question.chunk_end),
            question.passage
        );
        assert_eq!(
            at(question.quote_start.unwrap(), question.quote_end.unwrap()),
            question.quote.as_deref().unwrap()
        );
    }
    let ids: HashSet<&str> = questions
        .iter()
        .map(|question| question.question_id.as_str())
        .collect();
    assert_eq!(ids.len(), questions.len());
}

#[tokio::test]
async fn concurrency_changes_no_byte() {
    for max_questions in [None, Some(7)] {
        let folder = three_documents();
        let mut outputs = Vec::new();
        for concurrency in [1, 16] {
            let settings = Settings {
                concurrency,
                max_questions,
                ..settings(&folder)
            };
            run_silently(&settings, &Scripted::faithful())
                .await
                .unwrap();
            fs::remove_file(settings.journal()).unwrap();
            outputs.push(contents(&settings.output));
        }
        assert_eq!(outputs[0], outputs[1]);
    }
}

#[tokio::test]
async fn a_rerun_asks_nothing_and_writes_the_same() {
    let folder = three_documents();
    let settings = settings(&folder);
    let model = Scripted::faithful();
    run_silently(&settings, &model).await.unwrap();
    let (first, n_calls) = (contents(&settings.output), model.n_calls());
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.calls, summary.replayed), (0, n_calls as u64));
    assert_eq!(model.n_calls(), n_calls);
    assert_eq!(contents(&settings.output), first);
}

#[tokio::test]
async fn a_rerun_that_accepts_less_keeps_what_it_replaces() {
    let below = |folder: &std::path::Path| -> Vec<(String, Vec<u8>)> {
        let files = contents(folder).into_iter();
        files
            .map(|(path, bytes)| {
                let start = folder.display().to_string().len();
                (path[start..].to_owned(), bytes)
            })
            .collect()
    };
    let folder = three_documents();
    let settings = settings(&folder);
    let first = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!(first.kept, None);
    let earlier = below(&settings.output);
    let fewer = Settings {
        max_questions: Some(first.accepted - 1),
        ..settings.clone()
    };
    let second = run_silently(&fewer, &Scripted::faithful()).await.unwrap();
    let kept = second.kept.unwrap();
    assert_eq!(kept.accepted, first.accepted);
    assert!(below(&kept.folder) == earlier);
    assert!(kept.folder.ends_with("out_earlier_1"), "{kept:?}");

    // As many, or more, replace it as before; a second loss is kept beside the first.
    let third = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!(third.kept, None);
    let fourth = run_silently(&fewer, &Scripted::faithful()).await.unwrap();
    assert!(fourth.kept.unwrap().folder.ends_with("out_earlier_2"));
    assert!(below(&kept.folder) == earlier);
}

#[tokio::test]
async fn resumed_equals_uninterrupted() {
    let folder = three_documents();
    let whole = settings(&folder);
    run_silently(&whole, &Scripted::faithful()).await.unwrap();
    let expected = contents(&whole.output);
    for n_polls in [1, 20, 50, 90, 130, 200, 400] {
        fs::remove_dir_all(&whole.output).unwrap();
        fs::remove_file(whole.journal()).unwrap();
        let settings = Settings {
            concurrency: 2,
            ..whole.clone()
        };
        let model = Scripted::faithful();
        {
            let mut interrupted =
                std::pin::pin!(run(&settings, Arc::<Scripted>::clone(&model), &Silent));
            for _ in 0..n_polls {
                if futures::poll!(&mut interrupted).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // What was in flight lets go of the journal.
        while Journal::<ChatReply>::open(settings.journal()).is_err() {
            tokio::task::yield_now().await;
        }
        run_silently(&settings, &model).await.unwrap();
        let asked: Vec<String> = model
            .requests()
            .iter()
            .map(|request| user(request).to_owned())
            .collect();
        let distinct: HashSet<&String> = asked.iter().collect();
        assert!(
            asked.len() <= distinct.len() + settings.concurrency,
            "only what was in flight may be asked twice"
        );
        assert_eq!(
            contents(&settings.output),
            expected,
            "interrupted after {n_polls} polls"
        );
    }
}

#[tokio::test]
async fn a_torn_journal_line_costs_one_call() {
    let folder = three_documents();
    let settings = settings(&folder);
    let model = Scripted::faithful();
    run_silently(&settings, &model).await.unwrap();
    let n_calls = model.n_calls();
    let journal = fs::read(settings.journal()).unwrap();
    fs::write(settings.journal(), &journal[..journal.len() - 3]).unwrap();
    run_silently(&settings, &model).await.unwrap();
    assert_eq!(model.n_calls(), n_calls + 1);
}

#[tokio::test]
async fn only_what_changed_is_asked_again() {
    let folder = three_documents();
    let settings = settings(&folder);
    let model = Scripted::faithful();
    run_silently(&settings, &model).await.unwrap();
    let path = settings.input.paths[0].join("b.md");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("Fact 6", "Fact 7")).unwrap();
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.calls, summary.replayed), (1, 8));
    assert!(
        rows(&settings, "questions")
            .iter()
            .any(|question| question.passage.contains("Fact 7 about bones"))
    );

    let other_seed = Settings {
        seed: examen_core::Seed(1),
        ..settings.clone()
    };
    assert_eq!(run_silently(&other_seed, &model).await.unwrap().calls, 9);
    let other_weights = Settings {
        model_fingerprint: "fine-tuned".to_owned(),
        ..settings
    };
    assert_eq!(run_silently(&other_weights, &model).await.unwrap().calls, 9);
}

#[tokio::test]
async fn an_output_taken_from_its_place_is_put_back() {
    let folder = three_documents();
    let (settings, old) = interrupted(&folder).await;
    let failing = Scripted::new(|_| Err(ChatError::Refused("too long".to_owned())));
    let other_seed = Settings {
        seed: examen_core::Seed(1),
        ..settings.clone()
    };
    run_silently(&other_seed, &failing).await.unwrap_err();
    assert!(settings.output.join("questions").is_dir() && !old.exists());
    assert_eq!(
        fs::read_to_string(settings.output.join("notes.md")).unwrap(),
        "Mine."
    );
}

#[tokio::test]
async fn what_was_added_is_moved_to_the_new_output() {
    let folder = three_documents();
    let (settings, old) = interrupted(&folder).await;
    let new = Settings {
        output: folder.path().join("new"),
        ..settings.clone()
    };
    run_silently(&new, &Scripted::faithful()).await.unwrap();
    fs::rename(&new.output, &settings.output).unwrap();
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!(
        fs::read_to_string(settings.output.join("notes.md")).unwrap(),
        "Mine."
    );
    assert!(!old.exists());

    // Killed while the old one was removed: its mark is gone, and nobody else's things are in it.
    fs::create_dir_all(old.join("questions")).unwrap();
    run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert!(!old.exists());
}

#[tokio::test]
async fn nothing_is_overwritten_by_what_is_put_back() {
    let folder = three_documents();
    let (settings, old) = interrupted(&folder).await;
    fs::create_dir(&settings.output).unwrap();
    fs::write(settings.output.join("notes.md"), "Newer.").unwrap();
    fs::create_dir(settings.output.join("distiset_configs")).unwrap();
    fs::copy(
        old.join("distiset_configs/pipeline.yaml"),
        settings.output.join("distiset_configs/pipeline.yaml"),
    )
    .unwrap();
    let error = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("`notes.md` is there and in "),
        "{error}"
    );
    assert_eq!(fs::read_to_string(old.join("notes.md")).unwrap(), "Mine.");

    fs::remove_dir_all(old.join("distiset_configs")).unwrap();
    let error = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, GenerateError::OutputTaken { path } if *path == old),
        "{error}"
    );
}
