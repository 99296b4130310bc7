//! Hostile task files: read as `examen evaluate` reads them, and made into questions of made-up rows. Python of
//! theirs is evaluated here, never run.

use crate::Folder;
use examen_evaluate::{
    Doc,
    filters::Pipeline,
    tasks::yaml::{Config, Entry, Splits, read_file},
};
use serde_json::{Value, json};
use std::fs;

/// Reads a task file and makes of it whatever can be made.
pub fn file(input: &[u8]) {
    exercise(input, b"def process(dataset):\n    return dataset\n");
}

/// Evaluates a module that a fixed task file names.
pub fn python(input: &[u8]) {
    let task = b"task: t\ntest_split: test\noutput_type: multiple_choice\nprocess_docs: !function utils.process\n\
                 doc_to_text: !function utils.text\ndoc_to_choice: choices\ndoc_to_target: answer\n";
    exercise(task, input);
}

/// Applies the filters of a `filter_list`, written as JSON, to a reply: `[filter_list, reply]`.
pub fn filters(input: &[u8]) {
    let Ok((list, reply)) = serde_json::from_slice::<(Vec<Value>, String)>(input) else {
        return;
    };
    let doc = Doc {
        row: Some(row().into()),
        ..Doc::default()
    };
    for pipeline in Pipeline::read(&list).into_iter().flatten() {
        let _ = pipeline.texts(std::slice::from_ref(&reply), &doc);
    }
}

fn exercise(task: &[u8], module: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[]);
    }
    FOLDER.with(|folder| {
        let path = folder.path().join("task.yaml");
        fs::write(&path, task).expect("a temporary file can be written");
        let module_path = folder.path().join("utils.py");
        fs::write(module_path, module).expect("a temporary file can be written");
        for found in read_file(&path) {
            if let Ok(Entry::Task(config)) = found.entry {
                made(&config);
            }
        }
    });
}

/// The metrics of a file live as long as the program, so that they are not made here.
fn made(config: &Config) {
    let _ = config.python_parts();
    let splits: Splits = config
        .needed_splits()
        .into_iter()
        .map(|split| (split, vec![row(), row()]))
        .collect();
    let Ok(made) = config.task(&splits, None) else {
        return;
    };
    let _ = made.task.questions(2);
}

fn row() -> Value {
    json!({
        "id": "q1", "question": " Is it {{ \"one\" }}? ", "text": "It is.", "choices": ["one", "two's"], "answer": 1, "label": "B",
        "options": {"text": ["a", "b"], "label": ["A", "B"]}, "scores": [0.5, -1, null], "is_it": true
    })
}
