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

/// What is printed, and what is told, by a run of which some lines cannot be scored.
fn partly(model: &Path, arguments: &[&str], requests: &[u8]) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = examen(folder.path());
    command
        .args(["score", "--model"])
        .arg(model)
        .args(arguments);
    let output = command.write_stdin(requests).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    let lines = output.stdout.lines().map(|line| line.unwrap());
    let lines = lines.map(|line| serde_json::from_str(&line).unwrap());
    (lines.collect(), told)
}

#[test]
fn a_line_that_cannot_be_scored_has_an_error_in_its_place() {
    let model = checkpoint("llama3");
    let good = r#"{"context": "a", "continuations": [" b"]}"#;
    let bad = [
        r#"{"context": 1}"#,
        r#"{"continuations": [" b"]}"#,
        r#"{"messages": [], "continuations": [" b"]}"#,
        r#"{"context": "a", "messages": [], "continuations": [" b"]}"#,
        r#"{"context": "a", "continuations": [" b", ""]}"#,
        "[]",
    ];
    let requests = format!("{good}\n\n{}\n{good}", bad.join("\n"));
    let mut requests = requests.into_bytes();
    requests.extend(b"\n\xff\xfe\n");
    let (lines, told) = partly(&model, &[], &requests);
    assert_eq!(lines.len(), 9);
    let is_scored: Vec<bool> = lines
        .iter()
        .map(|line| line["log_probs"].is_array())
        .collect();
    assert_eq!(
        is_scored,
        [vec![true], vec![false; 6], vec![true, false]].concat()
    );
    assert_close(&lines[0], &lines[7]);
    let errors: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["error"].as_str())
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
    assert!(
        told.contains("7 of 9 lines have no scores") && told.contains("the first: line 3: "),
        "{told}"
    );
}

/// "ab" is one token, so that nothing of it is left for the continuation.
#[test]
fn a_continuation_that_melts_into_its_context_is_refused_alone() {
    let requests = concat!(
        r#"{"context":"The","continuations":[" cat"]}"#,
        "\n",
        r#"{"context":"a","continuations":["b"]}"#,
    );
    let (lines, _) = partly(&test_model(), &[], requests.as_bytes());
    let alone = scored(&test_model(), &[], requests.lines().next().unwrap());
    assert_close(&lines[0], &alone[0]);
    let error = lines[1]["error"].as_str().unwrap();
    assert!(
        error.starts_with("line 2: continuation 0 melts into its context")
            && error.contains("\"ab\""),
        "{error}"
    );
}

/// As lm-evaluation-harness does: the tokens of both together after as many as the context alone has.
#[test]
fn a_border_within_a_token_is_scored_as_lm_eval_does() {
    let melted = r#"{"context": "The capi", "continuations": ["tal of France"]}"#;
    let line = &scored(&test_model(), &[], melted)[0];
    assert_eq!(
        (&line["n_context_tokens"], &line["n_tokens"]),
        (&json!(3), &json!([1]))
    );
}

#[test]
fn lines_that_ask_for_nothing_need_no_model() {
    let (lines, told) = partly(&checkpoint("llama3"), &[], b"[]\n{}\n");
    assert_eq!(lines.len(), 2);
    assert!(
        told.contains("2 of 2 lines") && !told.contains("loading"),
        "{told}"
    );
}

#[test]
fn a_conversation_that_the_template_refuses_is_an_error_of_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(checkpoint("llama3")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let template = "{% if messages|length > 1 %}{{ raise_exception('one at a time') }}{% endif %}{{ messages[0].content }}";
    fs::write(folder.path().join("chat_template.jinja"), template).unwrap();
    let requests = concat!(
        r#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}], "continuations": [" c"]}"#,
        "\n",
        r#"{"context": "a", "continuations": [" c"]}"#,
    );
    let (lines, _) = partly(folder.path(), &["--chat"], requests.as_bytes());
    assert!(
        lines[0]["error"]
            .as_str()
            .unwrap()
            .contains("one at a time"),
        "{}",
        lines[0]
    );
    assert!(lines[1]["log_probs"].is_array());
    fs::write(folder.path().join("chat_template.jinja"), "{% for %}").unwrap();
    let told = refused(folder.path(), &["--chat"], requests, 2);
    assert!(told.contains("does not parse"), "{told}");
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
fn lines_keep_their_order_across_chunks_and_a_mistake_far_below() {
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
    assert_eq!(output.status.code(), Some(3));
    let printed: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(printed.len(), 1031);
    assert!(
        printed[1030]["error"]
            .as_str()
            .unwrap()
            .starts_with("line 1031: ")
    );
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
