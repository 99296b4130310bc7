//! Servers that fail, once, for one passage, or altogether.

use crate::support::{
    Scripted, exam, folder, passage, reasons, rows, run_silently, sentences, settings, status,
    three_documents,
};
use examen_generate::{GenerateError, Settings};
use examen_llm::ChatError;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn one_poisoned_passage_is_one_row_and_is_asked_again_next_time() {
    let folder = three_documents();
    let settings = settings(&folder);
    let model = Scripted::new(
        |request| match passage(request).contains("Fact 4 about bones") {
            true => Err(status(400)),
            false => Ok(exam(request)),
        },
    );
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.failed, summary.accepted), (1, 16));
    assert_eq!(
        reasons(&settings),
        ["call: the server answered 400: injected"]
    );
    let rejected = &rows(&settings, "rejected")[0];
    assert!(rejected.document == "b.md" && rejected.passage.contains("Fact 4 about bones"));

    let healed = Scripted::faithful();
    let summary = run_silently(&settings, &healed).await.unwrap();
    assert_eq!(
        (summary.failed, summary.accepted, healed.n_calls()),
        (0, 18, 1)
    );
}

#[tokio::test]
async fn what_was_accepted_before_a_failure_stays() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = settings(&folder);
    let n_calls = AtomicUsize::new(0);
    let model = Scripted::new(
        move |request| match n_calls.fetch_add(1, Ordering::Relaxed) {
            0 => {
                let whole = exam(request);
                Ok(whole[..whole.len() - 20].to_owned())
            }
            _ => Err(status(503)),
        },
    );
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.accepted, summary.failed), (1, 1));
    assert_eq!(
        summary.first_failure.as_deref(),
        Some("the server answered 503: injected")
    );
}

#[tokio::test]
async fn a_refused_key_stops_the_run_at_once() {
    let folder = three_documents();
    let settings = Settings {
        concurrency: 1,
        ..settings(&folder)
    };
    let model = Scripted::new(|_| Err(status(401)));
    let error = run_silently(&settings, &model).await.unwrap_err();
    assert!(matches!(error, GenerateError::Model(_)), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("key")));
    assert_eq!(model.n_calls(), 1);
    assert!(!settings.output.exists());
}

#[tokio::test]
async fn if_every_call_fails_nothing_pretends_to_be_finished() {
    let folder = three_documents();
    let settings = settings(&folder);
    let error = run_silently(&settings, &Scripted::new(|_| Err(status(500))))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"9 of 9 passages asked about got no answer and the run was stopped; the first: http://here/v1 answered 500: injected");
    assert!(!settings.output.exists());
    assert_eq!(
        run_silently(&settings, &Scripted::faithful())
            .await
            .unwrap()
            .accepted,
        18
    );
}

#[tokio::test]
async fn a_server_that_is_gone_is_not_asked_about_every_passage() {
    let folder = folder(&[("a.txt", sentences("arteries", 300).as_bytes())]);
    let settings = Settings {
        concurrency: 4,
        ..settings(&folder)
    };
    let n_calls = AtomicUsize::new(0);
    let model = Scripted::new(
        move |request| match n_calls.fetch_add(1, Ordering::Relaxed) {
            0..10 => Ok(exam(request)),
            _ => Err(ChatError::Unreachable {
                url: "http://here/v1".to_owned(),
                reason: "refused".to_owned(),
            }),
        },
    );
    let error = run_silently(&settings, &model).await.unwrap_err();
    assert!(
        matches!(
            error,
            GenerateError::Unanswered {
                n_failed: 1..=28,
                ..
            }
        ),
        "{error}"
    );
    // Four are asked at once, and what the first ten lacked may be asked again.
    assert!(
        model.n_calls() < 40,
        "{} of 100 passages were asked about",
        model.n_calls()
    );
    insta::assert_snapshot!(error.hint().unwrap(), @"run the same command again to go on, finished calls are not repeated; but first: is the server overloaded? A lower --concurrency may help");
}
