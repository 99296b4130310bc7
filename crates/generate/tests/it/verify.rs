//! A second model that answers the questions.

use crate::support::{
    Scripted, contents, exam, folder, reasons, rows, run_silently, sentences, settings,
    three_documents, user,
};
use examen_core::{Question, Silent};
use examen_files::journal::Journal;
use examen_generate::{
    CheckSettings, Earlier, GenerateError, ModelCheck, Models, Settings, Summary, plan, run,
};
use examen_llm::{ChatError, ChatReply, ChatRequest, Constraint, Usage};
use serde_json::json;
use std::{
    collections::{BTreeSet, HashSet},
    fs,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// Calls for one question: four orders of three checks, and one.
const N_CALLS: usize = 13;

fn checked(folder: &TempDir) -> Settings {
    Settings {
        model_checks: Some(CheckSettings::default()),
        ..settings(folder)
    }
}

async fn run_checked(
    settings: &Settings,
    checker: &Arc<Scripted>,
) -> Result<Summary, GenerateError> {
    run_both(settings, &Scripted::faithful(), checker).await
}

async fn run_both(
    settings: &Settings,
    writer: &Arc<Scripted>,
    checker: &Arc<Scripted>,
) -> Result<Summary, GenerateError> {
    let models = Models {
        writer: Arc::<Scripted>::clone(writer),
        checker: Some(Arc::<Scripted>::clone(checker)),
    };
    run(settings, models, &Silent).await
}

/// What a request to the check model is about.
fn check(request: &ChatRequest) -> ModelCheck {
    match user(request) {
        text if text.starts_with("<passage>") => ModelCheck::OpenBook,
        text if text.contains("Can somebody who knows the subject") => ModelCheck::StandAlone,
        text if text.contains("What is said of") => ModelCheck::ClosedBook,
        _ => ModelCheck::OptionsOnly,
    }
}

/// The answer that chooses the option which begins with `word`. The key of every question begins with `this`.
fn choose(request: &ChatRequest, word: &str) -> String {
    let option = user(request)
        .lines()
        .find(|line| line.get(3..).is_some_and(|text| text.starts_with(word)));
    json!({ "answer": &option.unwrap()[..1] }).to_string()
}

/// Answers as a model does that reads and knows nothing else.
fn answer(request: &ChatRequest) -> String {
    match check(request) {
        ModelCheck::OpenBook => choose(request, "this"),
        ModelCheck::ClosedBook => choose(request, "that"),
        ModelCheck::OptionsOnly => json!({ "answer": "A" }).to_string(),
        ModelCheck::StandAlone => json!({ "answer": "yes" }).to_string(),
    }
}

fn reader() -> Arc<Scripted> {
    Scripted::new(|request| Ok(answer(request)))
}

/// The one like it that is wrong about one question in three: in the orders where the key is the first option.
fn fallible() -> Arc<Scripted> {
    Scripted::new(|request| {
        let is_hard = (1..=30)
            .step_by(3)
            .any(|n| user(request).contains(&format!("What is said of Fact {n} ")));
        let is_wrong = is_hard
            && check(request) == ModelCheck::OpenBook
            && user(request).contains("\nA. this of ");
        Ok(if is_wrong {
            choose(request, "another")
        } else {
            answer(request)
        })
    })
}

fn one_passage() -> TempDir {
    folder(&[("a.txt", sentences("arteries", 3).as_bytes())])
}

#[tokio::test]
async fn what_the_check_model_answers_is_in_the_rows() {
    let folder = three_documents();
    let (settings, checker) = (checked(&folder), reader());
    let summary = run_checked(&settings, &checker).await.unwrap();
    assert_eq!((summary.accepted, checker.n_calls()), (18, 18 * N_CALLS));
    for Question {
        check_model,
        open_book,
        closed_book,
        options_only,
        stands_alone,
        remarks,
        ..
    } in rows(&settings, "questions")
    {
        assert_eq!(check_model.as_deref(), Some("scripted"));
        assert_eq!(
            (open_book, closed_book, stands_alone),
            (Some(1.0), Some(0.0), Some(true))
        );
        assert_eq!(
            options_only,
            Some(0.25),
            "the key is at A in one of four orders"
        );
        assert_eq!(remarks, Vec::<String>::new());
    }
    let checks = summary.model_checks.unwrap();
    assert_eq!(
        (checks.replies, checks.unreadable, checks.orders),
        (18 * 13, 0, 4)
    );
    let open = checks.open_book.unwrap();
    assert_eq!((open.mean, open.questions, open.documents), (1.0, 18, 3));
    assert!(
        open.interval
            .is_some_and(|interval| interval.low < 0.9 && interval.high == 1.0)
    );
    assert_eq!(checks.open_minus_closed.unwrap().mean, 1.0);
    assert_eq!(checks.closed_minus_chance.unwrap().mean, -0.25);
    assert_eq!(checks.options_only_minus_chance.unwrap().mean, 0.0);
    assert_eq!(checks.stands_alone.unwrap().mean, 1.0);
}

#[tokio::test]
async fn a_request_is_short_greedy_and_bound_to_the_letters() {
    let folder = one_passage();
    let checker = reader();
    run_checked(&checked(&folder), &checker).await.unwrap();
    let requests = checker.requests();
    let orders: HashSet<&str> = requests.iter().map(user).collect();
    assert_eq!(orders.len(), 2 * N_CALLS, "no request is made twice");
    for request in &requests {
        let Some(Constraint::JsonSchema(schema)) = &request.constraint else {
            panic!("{request:?}")
        };
        let answers = &schema["properties"]["answer"]["enum"];
        let letters = if check(request) == ModelCheck::StandAlone {
            json!(["yes", "no"])
        } else {
            json!(["A", "B", "C", "D"])
        };
        assert_eq!(
            (
                answers,
                request.sampling.temperature,
                request.sampling.max_tokens
            ),
            (&letters, 0.0, 64)
        );
    }
}

#[tokio::test]
async fn what_is_known_guessable_or_dependent_is_remarked_on() {
    let folder = one_passage();
    let settings = checked(&folder);
    let knowing = Scripted::new(|request| {
        Ok(if check(request) == ModelCheck::StandAlone {
            "No.".to_owned()
        } else {
            choose(request, "this")
        })
    });
    let summary = run_checked(&settings, &knowing).await.unwrap();
    let remarks: Vec<(&str, usize)> = summary
        .remarks
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect();
    assert_eq!(
        (summary.accepted, remarks),
        (2, vec![("dependent", 2), ("guessable", 2), ("known", 2)])
    );
    assert_eq!(rows(&settings, "questions")[0].stands_alone, Some(false));
    let open = summary.model_checks.unwrap().open_book.unwrap();
    assert_eq!(
        open.why_no_interval(),
        Some("no interval: all are of one document")
    );
}

#[tokio::test]
async fn a_refuted_question_is_rejected_and_asked_for_again() {
    let folder = one_passage();
    let (settings, writer, checker) = (checked(&folder), Scripted::faithful(), fallible());
    let summary = run_both(&settings, &writer, &checker).await.unwrap();
    assert_eq!(
        (
            summary.accepted,
            summary.rejected.get("open_book"),
            writer.n_calls()
        ),
        (2, Some(&1), 2)
    );
    assert!(user(&writer.requests()[1]).contains("- What is said of Fact 1 about arteries"));
    let reason = "open_book: the check model chose the key in 3 of 4 orders, \
                  “another of Fact 1 about arteries has exactly eight words.” in 1";
    assert_eq!(reasons(&settings), [reason]);
    let refuted = &rows(&settings, "rejected")[0];
    assert_eq!(
        (refuted.open_book, refuted.closed_book, refuted.stands_alone),
        (Some(0.75), None, None)
    );
    assert_eq!(
        checker.n_calls(),
        4 + 2 * N_CALLS,
        "nothing else is asked about what is refuted"
    );
    let checks = summary.model_checks.unwrap();
    assert_eq!(
        checks.open_book.map(|open| (open.questions, open.mean)),
        Some((3, 2.75 / 3.0))
    );
    assert_eq!(checks.closed_book.map(|closed| closed.questions), Some(2));
}

#[tokio::test]
async fn a_number_of_questions_is_met_exactly_and_nothing_depends_on_which_reply_is_first() {
    let documents: Vec<(String, String)> = ["arteries", "bones", "cells", "nerves"]
        .map(|of| (format!("{of}.txt"), sentences(of, 30)))
        .to_vec();
    let documents: Vec<(&str, &[u8])> = documents
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    let folder = folder(&documents);
    let mut outputs = Vec::new();
    for concurrency in [1, 16] {
        let settings = Settings {
            max_questions: Some(25),
            max_re_asks: 0,
            concurrency,
            ..checked(&folder)
        };
        let summary = run_checked(&settings, &fallible()).await.unwrap();
        assert_eq!(summary.accepted, 25);
        let refuted = summary.rejected["open_book"];
        assert!(refuted >= 8, "{refuted} were refuted");
        fs::remove_file(settings.journal()).unwrap();
        outputs.push((contents(&settings.output), summary.model_checks));
    }
    assert_eq!(outputs[0], outputs[1]);
}

#[tokio::test]
async fn only_the_checks_that_are_wanted_are_made() {
    let folder = one_passage();
    let checks = BTreeSet::from([ModelCheck::ClosedBook]);
    let model_checks = Some(CheckSettings {
        checks,
        orders: 3,
        ..CheckSettings::default()
    });
    let (settings, checker) = (
        Settings {
            model_checks,
            ..settings(&folder)
        },
        reader(),
    );
    let summary = run_checked(&settings, &checker).await.unwrap();
    assert_eq!((summary.accepted, checker.n_calls()), (2, 6));
    let row = &rows(&settings, "questions")[0];
    assert_eq!(
        (
            row.open_book,
            row.closed_book,
            row.options_only,
            row.stands_alone
        ),
        (None, Some(0.0), None, None)
    );
    let checks = summary.model_checks.unwrap();
    assert_eq!((checks.open_book, checks.open_minus_closed), (None, None));
    assert_eq!(checks.closed_minus_chance.map(|gap| gap.questions), Some(2));
}

#[tokio::test]
async fn what_cannot_be_read_is_not_the_key() {
    let folder = one_passage();
    let settings = Settings {
        max_re_asks: 0,
        ..checked(&folder)
    };
    let summary = run_checked(
        &settings,
        &Scripted::new(|_| Ok("I cannot say.".to_owned())),
    )
    .await
    .unwrap();
    assert_eq!(
        (summary.accepted, summary.model_checks.unwrap().unreadable),
        (0, 8)
    );
    let reason =
        "open_book: the check model chose the key in 0 of 4 orders, none that can be read in 4";
    assert_eq!(reasons(&settings), [reason; 2]);
}

#[tokio::test]
async fn a_model_that_thinks_first_is_given_room() {
    let folder = one_passage();
    let settings = checked(&folder);
    // An empty reply is one that was cut off.
    let thinking = Scripted::new(|request| {
        Ok(if request.sampling.max_tokens < 2048 {
            String::new()
        } else {
            answer(request)
        })
    });
    let summary = run_checked(&settings, &thinking).await.unwrap();
    assert_eq!((summary.accepted, thinking.n_calls()), (2, 2 * 2 * N_CALLS));
    assert_eq!(summary.model_checks.unwrap().unreadable, 0);
}

#[tokio::test]
async fn a_call_that_fails_is_no_pass_and_is_made_again_next_time() {
    let folder = three_documents();
    let settings = checked(&folder);
    let failing = Scripted::new(|request| {
        match user(request).contains("What is said of Fact 4 about bones") {
            true => Err(ChatError::Refused("too long".to_owned())),
            false => Ok(answer(request)),
        }
    });
    let summary = run_checked(&settings, &failing).await.unwrap();
    assert_eq!(
        (
            summary.failed,
            summary.accepted,
            summary.rejected.get("unverified")
        ),
        (1, 17, Some(&1))
    );
    let expected = [
        "unverified: a call of the check model failed",
        "call: the model cannot answer this request: too long",
    ];
    assert_eq!(reasons(&settings), expected);

    let healed = reader();
    let summary = run_checked(&settings, &healed).await.unwrap();
    // Options alone were never the reason to fail, but their turn comes after the open book.
    assert_eq!(
        (summary.failed, summary.accepted, healed.n_calls()),
        (0, 18, N_CALLS)
    );
}

#[tokio::test]
async fn a_check_model_that_cannot_be_used_stops_the_run() {
    let folder = three_documents();
    let status = |status| ChatError::Status {
        url: "http://here/v1".to_owned(),
        status,
        body: "injected".to_owned(),
        retry_after: None,
    };
    let error = run_checked(&checked(&folder), &Scripted::new(move |_| Err(status(404))))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"the check model cannot be used: http://here/v1 answered 404: injected");
    insta::assert_snapshot!(error.hint().unwrap(), @"check --check-model (does the server offer a model of that name?) and the server's address: `examen doctor` looks at both");
    assert!(!checked(&folder).output.exists());
}

/// A reader that remembers which requests it answered, and stops answering after `n` of them.
fn counted(n: usize, answered: &Arc<Mutex<Vec<String>>>) -> Arc<Scripted> {
    let answered = Arc::clone(answered);
    Scripted::new(move |request| {
        let mut answered = answered.lock().unwrap();
        if answered.len() >= n {
            let [spent, limit, needed] = ["9", "10", "2"].map(|n| format!("{n} tokens"));
            return Err(ChatError::Budget {
                spent,
                limit,
                needed,
            });
        }
        answered.push(user(request).to_owned());
        Ok(answer(request))
    })
}

fn assert_distinct(answered: &Mutex<Vec<String>>) {
    let answered = answered.lock().unwrap();
    assert_eq!(
        answered.iter().collect::<HashSet<_>>().len(),
        answered.len(),
        "a request was answered twice"
    );
}

#[tokio::test]
async fn a_budget_that_ends_amid_the_checks_stops_and_the_next_run_goes_on() {
    let folder = three_documents();
    let settings = checked(&folder);
    run_checked(&settings, &reader()).await.unwrap();
    let expected = contents(&settings.output);
    for n_paid in [2, 30, 100] {
        fs::remove_dir_all(&settings.output).unwrap();
        fs::remove_file(settings.journal()).unwrap();
        let answered = Arc::default();
        let summary = run_checked(&settings, &counted(n_paid, &answered))
            .await
            .unwrap();
        assert!(
            summary
                .stopped
                .is_some_and(|reason| reason.contains("budget"))
        );
        assert!(summary.accepted < 18 && summary.rejected["unverified"] > 0);
        let summary = run_checked(&settings, &counted(usize::MAX, &answered))
            .await
            .unwrap();
        assert_eq!((summary.stopped, summary.accepted), (None, 18));
        assert_distinct(&answered);
        assert_eq!(contents(&settings.output), expected);
    }
}

#[tokio::test]
async fn resumed_equals_uninterrupted() {
    let folder = three_documents();
    let settings = Settings {
        concurrency: 2,
        ..checked(&folder)
    };
    run_checked(&settings, &reader()).await.unwrap();
    let expected = contents(&settings.output);
    for n_answered in [1, 10, 60, 150] {
        fs::remove_dir_all(&settings.output).unwrap();
        fs::remove_file(settings.journal()).unwrap();
        let answered = Arc::default();
        let (writer, checker) = (Scripted::faithful(), counted(usize::MAX, &answered));
        {
            let mut interrupted = std::pin::pin!(run_both(&settings, &writer, &checker));
            while answered.lock().unwrap().len() < n_answered {
                assert!(
                    futures::poll!(&mut interrupted).is_pending(),
                    "it ended before it was interrupted"
                );
                tokio::task::yield_now().await;
            }
        }
        // What was in flight lets go of the journal.
        while Journal::<ChatReply>::open(settings.journal()).is_err() {
            tokio::task::yield_now().await;
        }
        run_both(&settings, &writer, &checker).await.unwrap();
        assert_distinct(&answered);
        assert_eq!(
            contents(&settings.output),
            expected,
            "interrupted after {n_answered} answers"
        );
    }
}

#[tokio::test]
async fn what_each_model_has_taken_is_told_apart() {
    let folder = one_passage();
    let settings = checked(&folder);
    let summary = run_checked(&settings, &reader()).await.unwrap();
    let of = |n: u64| Usage {
        input_tokens: 10 * n,
        output_tokens: 5 * n,
    };
    let spent = Earlier::read(&settings).unwrap().spent;
    assert_eq!((spent.writer, spent.checker), (of(1), of(26)));
    assert_eq!(
        (summary.calls, summary.input_tokens, summary.output_tokens),
        (27, 270, 135)
    );
    let checks = summary.model_checks.unwrap();
    assert_eq!((checks.input_tokens, checks.output_tokens), (260, 130));
}

#[tokio::test]
async fn a_plan_counts_the_checks_that_a_run_makes() {
    let folder = three_documents();
    let settings = checked(&folder);
    let count = |text: &str| text.split_whitespace().count();
    let checks = plan(&settings, &count, &Silent).unwrap().checks.unwrap();
    let checker = reader();
    run_checked(&settings, &checker).await.unwrap();
    assert_eq!(
        (checks.calls, checks.max_output_tokens),
        (checker.n_calls(), checker.n_calls() * 64)
    );
    let asked: usize = checker
        .requests()
        .iter()
        .map(|request| count(user(request)))
        .sum();
    assert!(
        checks.input_tokens.abs_diff(asked) * 2 < asked,
        "{} planned, {asked} asked",
        checks.input_tokens
    );
}

#[tokio::test]
async fn the_pipeline_states_who_checked_and_how() {
    let folder = one_passage();
    let settings = checked(&folder);
    run_checked(&settings, &reader()).await.unwrap();
    let pipeline =
        fs::read_to_string(settings.output.join("distiset_configs/pipeline.yaml")).unwrap();
    for line in [
        "check_model: scripted",
        "check_prompts:",
        "model_checks:",
        "- open-book",
        "orders: 4",
    ] {
        assert!(pipeline.contains(line), "{pipeline}");
    }
}

#[tokio::test]
async fn a_check_model_and_its_settings_go_together() {
    let folder = one_passage();
    let without_model = run_silently(
        &checked(&folder),
        &Scripted::new(|request| Ok(exam(request))),
    )
    .await;
    let without_settings = run_checked(&settings(&folder), &reader()).await;
    let no_orders = Some(CheckSettings {
        orders: 25,
        ..CheckSettings::default()
    });
    let too_many = run_checked(
        &Settings {
            model_checks: no_orders,
            ..settings(&folder)
        },
        &reader(),
    )
    .await;
    for refused in [without_model, without_settings, too_many] {
        assert!(
            matches!(refused, Err(GenerateError::Setting { .. })),
            "{refused:?}"
        );
    }
}
