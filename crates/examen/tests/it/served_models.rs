//! `examen models serve`, and `examen evaluate` on it.

use crate::support::{checkpoint, examen, examen_to_spawn, fail, succeed};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

/// A server that ends with the test.
struct Serving {
    child: Child,
    base_url: String,
}

impl Serving {
    fn start(folder: &Path, model: &Path) -> Self {
        let mut child = examen_to_spawn(folder)
            .args(["models", "serve", "--port", "0"])
            .arg(model)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines
            .find(|line| line.as_ref().unwrap().contains("is served at"))
            .unwrap()
            .unwrap();
        let base_url = line
            .split(' ')
            .find(|word| word.starts_with("http"))
            .unwrap();
        let next = lines.next().unwrap().unwrap();
        assert!(
            next.starts_with("next: ") && next.contains(base_url),
            "{next}"
        );
        Self {
            child,
            base_url: base_url.to_owned(),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exam(folder: &Path) {
    let row = |number: usize| {
        json!({
            "question": format!("Where does river {number} rise?"),
            "answer_a": "in the mountains", "answer_b": "in the sea", "answer_c": "in spring", "answer_d": "under the snow",
            "correct_answer": "answer_a",
        })
        .to_string()
    };
    let rows: Vec<String> = (0..6).map(row).collect();
    fs::write(folder.join("exam.jsonl"), rows.join("\n")).unwrap();
}

fn graded(folder: &Path, more: &[&str]) -> Value {
    let mut command = examen(folder);
    command
        .args(["evaluate", "--input", "exam.jsonl", "--format", "json"])
        .args(["--chat-template", "off", "--metrics", "acc,log_loss"])
        .args(more);
    serde_json::from_str(&succeed(&mut command)).unwrap()
}

#[test]
fn a_served_model_has_the_likelihoods_that_it_has_here() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    exam(folder);
    let model = checkpoint("qwen2");
    let serving = Serving::start(folder, &model);
    let here = graded(
        folder,
        &["--model", model.to_str().unwrap(), "--output", "here"],
    );
    let url = serving.base_url.as_str();
    let there = graded(
        folder,
        &["--model", "qwen2", "--base-url", url, "--output", "there"],
    );
    assert_eq!(
        (&here["n_scored"], &there["n_scored"]),
        (&json!(6), &json!(6))
    );
    for (here, there) in here["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .zip(there["metrics"].as_array().unwrap())
    {
        let value = |metric: &Value| metric["value"].as_f64().unwrap();
        assert!((value(here) - value(there)).abs() < 1e-3, "{here} {there}");
    }
}

#[test]
fn a_server_for_others_needs_a_key_that_nobody_guesses() {
    let folder = tempfile::tempdir().unwrap();
    for more in [&[][..], &["--key", "short"]] {
        let mut command = examen(folder.path());
        command
            .args(["models", "serve", "smollm2-135m", "--host", "0.0.0.0"])
            .args(more);
        let talk = fail(&mut command, 2);
        assert!(
            talk.contains("not started") && talk.contains("EXAMEN_MODEL_KEY"),
            "{talk}"
        );
    }
}
