//! `examen evaluate` on models behind servers: by likelihood, by letters, and when something goes wrong.

use crate::support::{examen, examen_to_spawn, fail, plants, questions, succeed};
use examen_core::Question;
use examen_fake_server::{Abilities, Echo, EchoApi, FakeServer, Faults, language};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

/// Everything that the fake server can do, rightly.
fn able() -> Abilities {
    Abilities {
        echo: Some((EchoApi::OpenAi, Echo::Right)),
        top_log_probs: 20,
        ..Abilities::default()
    }
}

fn server(faults: Faults, abilities: Abilities) -> FakeServer {
    FakeServer::start_with(0, faults, abilities).unwrap()
}

/// Text and options of a question.
fn question(number: usize) -> (String, [String; 4]) {
    let option = |part: &str| format!("the {part} of plant {number}");
    let options = ["pump", "valve", "ventilator", "coil"].map(option);
    let stem = format!("Which part of plant {number} is inspected first?");
    (stem, options)
}

/// An exam of `n` questions in `folder`, the keys in turn.
fn exam(folder: &Path, n: usize) {
    let row = |number: usize| {
        let (question, [a, b, c, d]) = question(number);
        let key = ["answer_a", "answer_b", "answer_c", "answer_d"][number % 4];
        json!({
            "question": question, "answer_a": a, "answer_b": b, "answer_c": c, "answer_d": d,
            "correct_answer": key,
        })
    };
    let rows: Vec<String> = (0..n).map(|number| row(number).to_string()).collect();
    fs::write(folder.join("exam.jsonl"), rows.join("\n")).unwrap();
}

fn evaluate(folder: &Path, server: &FakeServer, more: &[&str]) -> assert_cmd::Command {
    let mut command = examen(folder);
    command
        .args(["evaluate", "--model", "fake", "--input", "exam.jsonl"])
        .args(["--base-url", &server.base_url(), "--format", "json"])
        .args(more);
    command
}

fn summary(folder: &Path, server: &FakeServer, more: &[&str]) -> Value {
    serde_json::from_str(&succeed(&mut evaluate(folder, server, more))).unwrap()
}

/// Number of questions of which the fake's model finds the key the likeliest.
fn n_right(n: usize) -> usize {
    let is_right = |number: &usize| {
        let (question, options) = question(*number);
        let context =
            format!("Choose the correct answer for the following exam question:\n\n{question}");
        let n_context = language::tokens(&context).len();
        let log_prob = |option: &String| {
            let all = language::log_probs(&format!("{context} {option}"));
            all[n_context..].iter().flatten().sum::<f64>()
        };
        let log_probs: Vec<f64> = options.iter().map(log_prob).collect();
        log_probs
            .iter()
            .all(|other| *other <= log_probs[number % 4])
    };
    (0..n).filter(is_right).count()
}

#[test]
fn likelihoods_of_a_server_are_those_of_its_model() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 40);
    for (number, api) in [
        EchoApi::OpenAi,
        EchoApi::Vllm,
        EchoApi::SgLang,
        EchoApi::Tgi,
    ]
    .into_iter()
    .enumerate()
    {
        let abilities = Abilities {
            echo: Some((api, Echo::Right)),
            ..Abilities::default()
        };
        let output = format!("evals{number}");
        let summary = summary(
            folder.path(),
            &server(Faults::default(), abilities),
            &["--output", &output],
        );
        assert_eq!(summary["n_scored"], 40);
        assert_eq!(summary["metrics"][0]["n_correct"], n_right(40), "{api:?}");
    }
}

#[test]
fn a_wrong_or_missing_echo_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 4);
    for (echo, words) in [
        (Some(Echo::ShiftedLeft), "the numbers are shifted"),
        (Some(Echo::ShiftedRight), "the numbers are shifted"),
        (
            Some(Echo::NoFirst),
            "leaves out the beginning of the prompt",
        ),
        (Some(Echo::OnlyWritten), "only of the text that it writes"),
        (None, "this is a chat model"),
    ] {
        let abilities = Abilities {
            echo: echo.map(|echo| (EchoApi::OpenAi, echo)),
            ..Abilities::default()
        };
        let server = server(Faults::default(), abilities);
        let talk = fail(&mut evaluate(folder.path(), &server, &[]), 1);
        assert!(talk.contains(words), "{echo:?}: {talk}");
        assert!(talk.contains("--answer generate"), "{echo:?}: {talk}");
        assert!(!folder.path().join("evals").exists());
    }
}

#[test]
fn letters_are_scored_by_the_first_token_of_a_chat() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 20);
    let chats = Abilities {
        echo: None,
        top_log_probs: 5,
        ..able()
    };
    let server = server(Faults::default(), chats);
    let summary = summary(folder.path(), &server, &["--answer", "letters"]);
    assert_eq!(
        (&summary["n_scored"], &summary["answer"]),
        (&json!(20), &json!("letters"))
    );
    // A question and the probes before the run, and nothing else.
    assert_eq!(server.counters().n_requests(), 22);
}

#[test]
fn a_model_that_thinks_first_has_no_letters_and_no_wrong_answers() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 3);
    let abilities = Abilities {
        thinking: true,
        ..able()
    };
    let server = server(Faults::default(), abilities);
    let output = evaluate(folder.path(), &server, &["--answer", "letters"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["n_scored"], 0);
    let reason = summary["unscored"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("none of the letters"), "{reason}");
}

/// A summary without what differs from run to run.
fn steady(mut summary: Value) -> Value {
    for changing in ["seconds", "n_resumed", "files"] {
        summary.as_object_mut().unwrap().remove(changing);
    }
    summary
}

#[test]
fn killed_in_a_storm_and_resumed_a_run_is_as_undisturbed() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 60);
    let calm = summary(
        folder.path(),
        &server(Faults::default(), able()),
        &["--output", "calm"],
    );
    let storm = Faults {
        latency: Duration::from_millis(20),
        fail_every: 5,
        fail_code: Some(429),
        max_in_flight: Some(6),
        retry_after: Some(0),
        ..Faults::default()
    };
    let stormy = server(storm, able());
    let mut run = examen_to_spawn(folder.path());
    run.args([
        "evaluate",
        "--model",
        "fake",
        "--input",
        "exam.jsonl",
        "--output",
        "stormy",
    ])
    .args(["--base-url", &stormy.base_url()])
    .stdout(Stdio::null())
    .stderr(Stdio::null());
    let mut run = run.spawn().unwrap();
    let begun = Instant::now();
    while stormy.counters().n_answered() < 80 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no 80 answers");
        sleep(Duration::from_millis(2));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let resumed = summary(folder.path(), &stormy, &["--output", "stormy"]);
    let n_resumed = resumed["n_resumed"].as_u64().unwrap();
    assert!((1..60).contains(&n_resumed), "{n_resumed}");
    assert_eq!(steady(resumed), steady(calm));
}

#[test]
fn a_question_that_the_server_refuses_is_unscored_and_the_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 8);
    let abilities = Abilities {
        echo: None,
        ..able()
    };
    let faults = Faults {
        fail_every: 5,
        fail_code: Some(400),
        ..Faults::default()
    };
    let broken = server(faults, abilities);
    let output = evaluate(folder.path(), &broken, &["--answer", "letters"])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reason = summary["unscored"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("the server answered 400: injected"),
        "{reason}"
    );
}

#[test]
fn a_budget_ends_the_run_and_the_same_command_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 30);
    let server = server(Faults::default(), able());
    let talk = fail(
        &mut evaluate(folder.path(), &server, &["--max-tokens", "4000"]),
        1,
    );
    assert!(talk.contains("the budget is used up"), "{talk}");
    assert!(talk.contains("raise --max-cost or --max-tokens"), "{talk}");
    let summary = summary(folder.path(), &server, &[]);
    assert!(summary["n_resumed"].as_u64().unwrap() > 0);
    assert_eq!(summary["metrics"][0]["n_correct"], n_right(30));
}

/// Lines of the journals in `folder`.
fn n_journalled(folder: &Path) -> usize {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let journals = files.filter(|path| path.extension().is_some_and(|it| it == "journal"));
    let lines = journals.map(|path| fs::read_to_string(path).unwrap().lines().count());
    lines.sum()
}

#[test]
fn what_an_interrupted_run_spent_counts_in_each_way_of_answering() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 60);
    let server = server(Faults::default(), able());
    for (answer, budget) in [
        ("likelihood", "5000"),
        ("letters", "2500"),
        ("generate", "4000"),
    ] {
        let limited = [
            "--answer",
            answer,
            "--max-tokens",
            budget,
            "--output",
            answer,
        ];
        let first = fail(&mut evaluate(folder.path(), &server, &limited), 1);
        assert!(first.contains("the budget is used up"), "{answer}: {first}");
        let n = n_journalled(&folder.path().join(answer));
        assert!(n > 4, "{answer}: {n} before the budget ended");
        fail(&mut evaluate(folder.path(), &server, &limited), 1);
        let more = n_journalled(&folder.path().join(answer)) - n;
        // Without it there would be as many again. The tokens of log-probabilities are estimated.
        assert!(
            2 * more <= n,
            "{answer}: {more} more questions after {n} with the same budget"
        );
    }
}

#[test]
fn several_models_are_graded_in_one_call() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 4);
    let server = server(Faults::default(), able());
    let both = summary(folder.path(), &server, &["--model", "other"]);
    let models: Vec<&Value> = both
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["model"])
        .collect();
    assert_eq!(models, [&json!("fake"), &json!("other")]);
}

/// The letters that the fake server writes are its own; a run by replies has as many right ones as it has by letters.
#[test]
fn replies_are_read_for_their_letters_held_to_one_or_free_or_after_thinking() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 24);
    let mut found = Vec::new();
    for (number, (no_schema, thinking)) in [(false, false), (true, false), (true, true)]
        .into_iter()
        .enumerate()
    {
        let abilities = Abilities {
            no_schema,
            thinking,
            ..able()
        };
        let output = format!("evals{number}");
        let more = ["--answer", "generate", "--output", &output];
        let summary = summary(folder.path(), &server(Faults::default(), abilities), &more);
        assert_eq!(summary["n_scored"], 24, "{summary}");
        found.push(summary["metrics"][0].clone());
    }
    assert_eq!(found[0]["name"], "letter_match");
    assert_eq!(found[0], found[1]);
    assert_eq!(found[1], found[2]);
}

#[test]
fn a_reply_that_never_came_to_its_answer_is_unscored() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 24);
    for (number, thinking) in [true, false].into_iter().enumerate() {
        let abilities = Abilities {
            thinking,
            cut_every: 3,
            no_schema: true,
            ..able()
        };
        let server = server(Faults::default(), abilities);
        let output = format!("evals{number}");
        let more = ["--answer", "generate", "--output", &output];
        let output = evaluate(folder.path(), &server, &more).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        let unscored = summary["unscored"].as_array().unwrap();
        assert!((2..16).contains(&unscored.len()), "{}", unscored.len());
        let reason = unscored[0]["reason"].as_str().unwrap();
        assert!(reason.contains("answer"), "{reason}");
    }
}

#[test]
fn an_open_book_gives_the_passage_with_the_question() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 3);
    let server = server(Faults::default(), able());
    let mut generate = examen(folder.path());
    generate
        .args([
            "generate",
            "--input-dir",
            "docs",
            "--output-path",
            "out",
            "--model-id",
            "fake",
        ])
        .args(["--base-url", &server.base_url()]);
    succeed(&mut generate);
    let row = |(number, question): (usize, Question)| {
        let mut options = question.distractors.clone();
        options.insert(number % 4, question.answer.clone());
        let key = ["answer_a", "answer_b", "answer_c", "answer_d"][number % 4];
        json!({
            "question_id": question.question_id, "question": question.question,
            "answer_a": options[0], "answer_b": options[1], "answer_c": options[2], "answer_d": options[3],
            "correct_answer": key,
        })
    };
    let rows = questions(folder.path(), "questions")
        .into_iter()
        .enumerate()
        .map(row);
    let rows: Vec<String> = rows.map(|row| row.to_string()).collect();
    fs::write(folder.path().join("exam.jsonl"), rows.join("\n")).unwrap();
    let accuracy = |more: &[&str]| {
        let answer = ["--answer", "generate"];
        let summary = summary(folder.path(), &server, &[&answer[..], more].concat());
        assert_eq!(summary["n_scored"], rows.len());
        summary["metrics"][0]["value"].as_f64().unwrap()
    };
    assert!(accuracy(&[]) < 1.0);
    for book in ["passage", "document"] {
        let more = ["--open-book", book, "--sources", "out"];
        assert!((accuracy(&more) - 1.0).abs() < 1e-9, "{book}");
    }
}

#[test]
fn a_judge_of_a_server_is_held_to_its_verdicts_and_paid() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 12);
    let server = server(Faults::default(), able());
    let judge = ["--answer", "generate", "--judge-model", "judge"];
    let price = ["--price", "1,1", "--judge-price", "2,2"];
    let summary = summary(folder.path(), &server, &[&judge[..], &price].concat());
    let metric = &summary["metrics"][0];
    assert_eq!(
        (&metric["name"], &metric["n"]),
        (&json!("judge"), &json!(12))
    );
    let told = &summary["judge"];
    assert_eq!(
        (&told["n_calls"], &told["is_constrained"]),
        (&json!(12), &json!(true))
    );
    assert!(told["cost"].as_f64().unwrap() > 0.0, "{told}");
    // The judge's calls are within the budget of the run.
    let unpaid = ["--max-cost", "0.000001", "--output", "other"];
    let unpaid = [&judge[..], &price, &unpaid].concat();
    let talk = fail(&mut evaluate(folder.path(), &server, &unpaid), 1);
    assert!(talk.contains("the budget is used up"), "{talk}");
}

#[test]
fn a_judge_is_refused_where_there_is_nothing_to_judge() {
    let folder = tempfile::tempdir().unwrap();
    exam(folder.path(), 2);
    let server = server(Faults::default(), able());
    let refused = |more: &[&str]| fail(&mut evaluate(folder.path(), &server, more), 2);
    for answer in ["likelihood", "letters", "hybrid"] {
        let talk = refused(&["--answer", answer, "--judge-model", "judge"]);
        assert!(
            talk.contains("--judge-model judges replies") && talk.contains(answer),
            "{talk}"
        );
    }
    let talk = refused(&["--answer", "generate", "--metrics", "judge"]);
    assert!(talk.contains("--judge-model MODEL"), "{talk}");
    let talk = refused(&["--metrics", "judge", "--judge-model", "judge"]);
    assert!(talk.contains("a judge's verdict on the reply"), "{talk}");
    let talk = refused(&[
        "--answer",
        "generate",
        "--judge-model",
        "judge",
        "--judge-rubric",
        "none.yaml",
    ]);
    assert!(
        talk.contains("neither a rubric (reference, pair) nor a file"),
        "{talk}"
    );
}
