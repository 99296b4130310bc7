//! Hostile answers of the Python that runs task files: each line of an input is one answer, in the order in which they are asked for.

use examen_evaluate::{
    bridge::{CustomTasks, HookRunner, Rows, ScoredSample},
    tasks::yaml::PythonRunner,
};
use serde_json::json;
use std::path::Path;

/// Takes the lines for the answers of a task file, and of functions of YAML tasks.
pub fn lines(input: &[u8]) {
    let lines: Vec<&[u8]> = input.split(|&byte| byte == b'\n').collect();
    let _ = of_task_file(&lines);
    let hooks = HookRunner::replay(&lines);
    let rows = vec![json!({"q": 1}), json!({"q": 2})];
    let path = Path::new("utils.py");
    let _ = hooks.call_each(path, "text", &rows);
    let _ = hooks.process_rows(path, "process", rows);
}

fn of_task_file(lines: &[&[u8]]) -> Option<()> {
    let tasks = CustomTasks::replay(lines).ok()?;
    let index = tasks.find("a task").unwrap_or_default();
    tasks.tasks.get(index)?;
    let rows = Rows {
        rows: vec![json!({"q": 1}), json!({"q": 2})],
        ..Rows::default()
    };
    let task = tasks.task(index, rows.clone(), Some(rows), 1).ok()?;
    let _ = task.questions(2);
    let sample = |doc: &examen_evaluate::Doc| ScoredSample {
        query: doc.query.clone(),
        context: String::new(),
        choices: doc.choices.clone(),
        golds: doc.golds.clone(),
        instruction: String::new(),
        log_probs: vec![-1.0; doc.choices.len()],
        text: Vec::new(),
        is_greedy: vec![false; doc.choices.len()],
        references: Vec::new(),
        row: None,
    };
    let samples: Vec<ScoredSample> = task.dataset.docs.iter().map(sample).collect();
    for metric in tasks.score(index, &samples).ok()? {
        let _ = examen_evaluate::bridge::chooses_unlikeliest(&metric, &samples);
    }
    Some(())
}
