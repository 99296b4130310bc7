//! `examen score`: a line for a line.

use crate::support::{checkpoint, examen, examen_to_spawn, fail, succeed, test_model};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

fn scored(model: &Path, arguments: &[&str], requests: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let printed = succeed(
        examen(folder.path())
            .args(["score", "--model"])
            .arg(model)
            .args(arguments)
            .write_stdin(requests),
    );
    printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn refused(model: &Path, arguments: &[&str], requests: &str, exit_code: i32) -> String {
    let folder = tempfile::tempdir().unwrap();
    fail(
        examen(folder.path())
            .args(["score", "--model"])
            .arg(model)
            .args(arguments)
            .write_stdin(requests),
        exit_code,
    )
}

/// The same tokens with the same numbers, which other lines in a batch may change in the last digits.
fn assert_close(one: &Value, other: &Value) {
    assert_eq!(
        (&one["n_tokens"], &one["n_context_tokens"]),
        (&other["n_tokens"], &other["n_context_tokens"])
    );
    let sums =
        |line: &Value| -> Vec<f64> { serde_json::from_value(line["log_probs"].clone()).unwrap() };
    for (one, other) in sums(one).iter().zip(sums(other)) {
        assert!((one - other).abs() < 1e-4, "{one} {other}");
    }
}

#[test]
fn a_line_has_sums_tokens_and_their_numbers() {
    let requests = "{\"context\": \"The capital of France is\", \"continuations\": [\" Paris\", \" Rome\"]}\n\n\
                    {\"context\": \"2 + 2 =\", \"continuations\": [\" 4\"]}\n";
    let lines = scored(&test_model(), &[], requests);
    assert_eq!(lines.len(), 2);
    let paris = &lines[0];
    assert!(
        paris["log_probs"][0].as_f64() > paris["log_probs"][1].as_f64(),
        "{paris}"
    );
    let tokens = paris["token_log_probs"][0].as_array().unwrap();
    let sum: f64 = tokens.iter().map(|value| value.as_f64().unwrap()).sum();
    assert!((sum - paris["log_probs"][0].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(
        paris["n_tokens"],
        json!([
            tokens.len(),
            paris["token_log_probs"][1].as_array().unwrap().len()
        ])
    );
    assert_eq!(paris["n_context_tokens"], 5);
    assert_eq!(lines[1]["is_greedy"].as_array().unwrap().len(), 1);
}

#[test]
fn a_conversation_is_scored_as_the_template_writes_it() {
    let model = checkpoint("llama3");
    let plain = r#"{"context": "[user] hello<|im_end|>\n[assistant]", "continuations": [" the river", " a"]}"#;
    let chats = r#"{"context": " hello ", "continuations": [" the river", " a"]}
{"messages": [{"role": "user", "content": "hello"}], "continuations": [" the river", " a"]}
{"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}], "continuations": [" a"]}"#;
    let (plain, chats) = (
        scored(&model, &[], plain),
        scored(&model, &["--chat"], chats),
    );
    assert_close(&chats[0], &plain[0]);
    assert_close(&chats[1], &plain[0]);
    assert!(chats[2]["n_context_tokens"].as_u64() > chats[1]["n_context_tokens"].as_u64());
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let model = checkpoint("llama3");
    let good = r#"{"context": "a", "continuations": [" b"]}"#;
    let of = |line: &str| refused(&model, &[], &format!("{good}\n\n{line}\n"), 1);
    let mistakes = [
        of(r#"{"context": 1}"#),
        of(r#"{"continuations": [" b"]}"#),
        of(r#"{"messages": [], "continuations": [" b"]}"#),
        of(r#"{"context": "a", "continuations": [" b", ""]}"#),
        refused(
            &model,
            &["--chat"],
            r#"{"context": "a", "messages": [], "continuations": [" b"]}"#,
            1,
        ),
    ];
    insta::assert_snapshot!(mistakes.join("").replace("scoring …\n", ""));
    // Before any model is looked for.
    assert!(refused(Path::new("m"), &[], "[]\n", 1).contains("line 1"));
}

#[test]
fn a_base_model_cannot_chat_and_the_error_says_what_can() {
    let request = r#"{"context": "a", "continuations": [" b"]}"#;
    let talk = refused(
        &checkpoint("mistral-gguf/model.gguf"),
        &["--chat"],
        request,
        2,
    );
    assert!(
        talk.contains("without a chat template") && talk.contains("leave out --chat"),
        "{talk}"
    );
}

/// Requests that end differently and are not in the order of their texts.
fn many(n: usize) -> String {
    (0..n)
        .map(|i| {
            format!(
                "{}\n",
                json!({ "context": format!("river {}", n - i), "continuations": [" a"] })
            )
        })
        .collect()
}

#[test]
fn lines_keep_their_order_and_come_before_a_mistake_far_below() {
    let folder = tempfile::tempdir().unwrap();
    let requests = many(1030);
    fs::write(
        folder.path().join("many.jsonl"),
        format!("{requests}not JSON\n"),
    )
    .unwrap();
    let mut command = examen(folder.path());
    let output = command
        .args(["score", "many.jsonl", "--model"])
        .arg(checkpoint("llama3"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 1031"));
    let printed: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(printed.len(), 1024, "what was read before is scored");
    for index in [0, 31, 1023] {
        let alone = &scored(
            &checkpoint("llama3"),
            &[],
            requests.lines().nth(index).unwrap(),
        )[0];
        assert_close(alone, &printed[index]);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("many.jsonl"), many(5000)).unwrap();
    let mut command = examen_to_spawn(folder.path());
    command
        .args(["score", "many.jsonl", "--model"])
        .arg(checkpoint("llama3"));
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.contains("log_probs"), "{first}");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("5000 lines"),
        "it scored what nobody reads"
    );
}
