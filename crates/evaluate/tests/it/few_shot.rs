//! Examples before the question: LightEval's, without its leak unless asked.

use crate::{exam, scorers::Hashing, settings, task, testdata};
use examen_core::Silent;
use examen_evaluate::{EvaluateError, Exam, Reading, RunSummary, Sampler, Task, TaskSpec, run};
use examen_files::table::read_parquet;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What LightEval 0.13 drew from this exam, as recorded in `lighteval_5shot_raw_n60_fp32.jsonl`.
const LIGHTEVAL: [&str; 5] = ["q178", "q042", "q030", "q220", "q088"];

/// What lm-evaluation-harness's `ContextSampler` (0.4.13) draws from twelve questions for each of them.
const HARNESS: [&str; 12] = [
    "q7 q1 q10",
    "q9 q0 q11",
    "q5 q3 q0",
    "q0 q5 q9",
    "q9 q7 q2",
    "q2 q1 q0",
    "q7 q3 q1",
    "q1 q9 q10",
    "q9 q0 q4",
    "q8 q1 q4",
    "q5 q4 q3",
    "q7 q8 q0",
];

#[derive(Serialize, Deserialize)]
struct Row {
    doc: Doc,
    model_response: Response,
}

#[derive(Serialize, Deserialize)]
struct Doc {
    fewshot_samples: Vec<Shot>,
}

#[derive(Serialize, Deserialize)]
struct Shot {
    query: String,
    gold_index: i64,
    specific: Specific,
}

#[derive(Serialize, Deserialize)]
struct Specific {
    question_id: String,
}

#[derive(Serialize, Deserialize)]
struct Response {
    input: String,
}

/// The run, and for each question the ids of its examples and what the model was given.
fn held(folder: &Path, task: &Task, scorer: &Hashing) -> (RunSummary, Vec<(Vec<String>, String)>) {
    let summary = run(&settings(folder), task, scorer, &Silent).unwrap();
    let rows: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    let ids = |row: &Row| {
        row.doc
            .fewshot_samples
            .iter()
            .map(|shot| shot.specific.question_id.clone())
            .collect()
    };
    let asked = rows
        .iter()
        .map(|row| (ids(row), row.model_response.input.clone()))
        .collect();
    (summary, asked)
}

/// The task with examples from `pool`.
fn drawn_from(pool: &Exam, name: &str, exam: &Exam) -> Task {
    let spec: TaskSpec = name.parse().unwrap();
    spec.task_on(exam, Some(pool))
}

fn lighteval_exam() -> Exam {
    Exam::read(&testdata("lighteval/exam.jsonl"), &Reading::default()).unwrap()
}

#[test]
fn examples_are_lighteval_s_and_a_question_is_never_among_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let exam = lighteval_exam();
    let task = task("community|exam_questions|5|0", &exam);
    let (summary, asked) = held(folder.path(), &task, &Hashing::new());
    for (item, (ids, _)) in exam.items.iter().zip(&asked) {
        let mut expected: Vec<_> = LIGHTEVAL.into_iter().filter(|id| *id != item.id).collect();
        if expected.len() < 5 {
            // LightEval draws one more than it needs, for this.
            expected.push("q211");
        }
        assert_eq!(*ids, expected, "{}", item.id);
    }
    let few_shot = summary.few_shot.unwrap();
    assert_eq!(few_shot.shots, LIGHTEVAL);
    assert_eq!(
        (
            few_shot.n_shots,
            few_shot.n_effective,
            few_shot.n_replaced,
            few_shot.n_leaked
        ),
        (5, 5.0, 5, 0)
    );
    assert_eq!(
        (few_shot.selection.as_str(), few_shot.seed),
        ("balanced", 0)
    );
    assert_eq!(summary.task, "exam_questions|5");
}

#[test]
fn another_seed_draws_what_python_draws() {
    let folder = tempfile::tempdir().unwrap();
    let mut task = task("exam_questions|20", &lighteval_exam());
    task.few_shot.seed = 7;
    let (summary, _) = held(folder.path(), &task, &Hashing::new());
    // LightEval's FewShotSampler with variance_seed=7 on this exam (Python 3.13).
    let expected = "q215 q190 q192 q157 q195 q155 q050 q060 q064 q035 q049 q051 q179 q156 q109 q196 q048 q031 q054 q093";
    assert_eq!(summary.few_shot.unwrap().shots.join(" "), expected);
}

#[test]
fn the_leak_is_there_when_asked_for_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut task = task("exam_questions|5", &lighteval_exam());
    task.few_shot.allows_leak = true;
    let (summary, asked) = held(folder.path(), &task, &Hashing::new());
    assert!(asked.iter().all(|(ids, _)| *ids == LIGHTEVAL));
    assert_eq!(summary.few_shot.unwrap().n_leaked, 5);
    // (The made-up scorer has no answer to some words of the examples, which is warned of first.)
    let warning = summary.warnings.last().unwrap();
    assert_eq!(
        warning,
        "5 of 221 questions were among their own examples, which gave their answers away"
    );
}

#[test]
fn a_prompt_is_instruction_examples_and_question() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = exam(3);
    pool.items[1].question = " What  is 7? ".to_owned();
    let task = drawn_from(&pool, "exam_questions|2", &exam(8));
    let (_, asked) = held(folder.path(), &task, &Hashing::new());
    insta::assert_snapshot!(asked[3].1, @"
    Choose the correct answer for the following exam question:

    What is 0? one of 0

    What  is 7? two of 1

    What is 3?
    ");
}

#[test]
fn a_question_that_another_exam_holds_too_is_left_out_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = exam(3);
    pool.items[1].question = " what  is 7".to_owned();
    let mut items = exam(9).items;
    items.drain(..7);
    let task = drawn_from(&pool, "exam_questions|2", &Exam::new("held", items));
    let (summary, asked) = held(folder.path(), &task, &Hashing::new());
    assert!(!asked[0].0.contains(&"q1".to_owned()), "{asked:?}");
    assert_eq!(summary.few_shot.unwrap().dataset, "an-exam");
}

#[test]
fn too_few_examples_are_an_error_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let scorer = Hashing::new();
    let mut items = exam(6).items;
    items[0].answers[2] = String::new();
    let task = task("exam_questions|5", &Exam::new("small", items));
    let error = run(&settings(folder.path()), &task, &scorer, &Silent).unwrap_err();
    assert!(
        matches!(
            error,
            EvaluateError::TooFewShots {
                n_shots: 5,
                available: 4
            }
        ),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("exam_questions|4"));
    assert_eq!(scorer.n_asked(), 0);
}

#[test]
fn examples_that_do_not_fit_are_left_out_from_the_last_where_the_task_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // 9 words of instruction, 6 an example, 3 of question.
    let scorer = Hashing {
        window: 9 + 2 * 6 + 3,
        ..Hashing::new()
    };
    let short = task("community|exam_questions|4|1", &exam(9));
    let (summary, asked) = held(folder.path(), &short, &scorer);
    let few_shot = summary.few_shot.unwrap();
    assert_eq!(
        (few_shot.n_effective, few_shot.n_shortened, few_shot.n_shots),
        (2.0, 9, 4)
    );
    assert!(asked.iter().all(|(ids, _)| ids.len() == 2));
    assert_eq!(
        summary.warnings,
        ["9 of 9 questions had fewer than 4 examples: the model's window is too short"]
    );
    let cut = task("community|exam_questions|4|0", &exam(9));
    let (summary, _) = held(folder.path(), &cut, &scorer);
    assert_eq!(summary.few_shot.unwrap().n_shortened, 0);
}

#[test]
fn run_json_and_results_say_which_examples() {
    let folder = tempfile::tempdir().unwrap();
    let task = task("exam_questions|2", &exam(4));
    let summary = run(&settings(folder.path()), &task, &Hashing::new(), &Silent).unwrap();
    let json = |path: &Path| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let run_json = json(&summary.files[2]);
    insta::assert_json_snapshot!(run_json["summary"]["few_shot"]);
    assert_eq!(run_json["seeds"]["few_shot"], 0);
    let config = &json(&summary.files[0])["config_tasks"]["exam_questions|2"];
    assert_eq!(
        (
            config["num_fewshots"].as_u64(),
            config["few_shots_select"].as_str()
        ),
        (Some(2), Some("balanced"))
    );
    assert!(
        summary.files[1]
            .display()
            .to_string()
            .contains("details_exam_questions|2_")
    );
}

#[test]
fn examples_are_drawn_as_lm_evaluation_harness_draws_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut task = task("exam_questions|3", &exam(12));
    task.few_shot.sampler = Sampler::Random;
    task.few_shot.seed = 1234;
    let (summary, asked) = held(folder.path(), &task, &Hashing::new());
    let drawn: Vec<_> = asked.iter().map(|(ids, _)| ids.join(" ")).collect();
    // r = random.Random(1234); [[x for x in r.sample(range(12), 4) if x != q][:3] for q in range(12)]
    assert_eq!(drawn, HARNESS);
    let few_shot = summary.few_shot.unwrap();
    assert_eq!(
        (few_shot.selection.as_str(), few_shot.n_leaked),
        ("default", 0)
    );
    assert!(few_shot.shots.is_empty(), "no examples are common to all");

    task.few_shot.sampler = Sampler::FirstN;
    let (_, asked) = held(folder.path(), &task, &Hashing::new());
    assert_eq!(asked[0].0, ["q1", "q2", "q3"]);
    assert_eq!(asked[7].0, ["q0", "q1", "q2"]);
}
