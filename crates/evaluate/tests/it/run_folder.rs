//! What LightEval's consumers find.

use crate::{exam, run, scorers::Hashing, settings};
use examen_core::{ExamRow, KeySource, Letter, Silent};
use examen_evaluate::{
    Also, Exam, HubDataset, Reading, RunSummary, Settings, StoredQuestion, StoredRun, find_runs,
};
use examen_files::table::{read_parquet, write_parquet};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The parts of a details row that consumers read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) doc: Doc,
    pub(crate) metric: Metric,
    pub(crate) model_response: ModelResponse,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Doc {
    pub(crate) query: String,
    pub(crate) choices: Vec<String>,
    pub(crate) gold_index: i64,
    pub(crate) specific: Specific,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Specific {
    pub(crate) question_id: String,
    pub(crate) key_source: Option<String>,
    pub(crate) unscored: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Metric {
    pub(crate) acc: Option<f64>,
    pub(crate) acc_norm: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ModelResponse {
    pub(crate) input: Option<String>,
    pub(crate) input_tokens: Vec<i64>,
    pub(crate) output_tokens: Vec<Vec<i64>>,
    pub(crate) logprobs: Vec<f64>,
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn files_lie_where_lighteval_puts_them() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&settings(folder.path()), &exam(6), &Hashing::new(), &Silent).unwrap();
    let below = |path: &Path| {
        path.strip_prefix(folder.path())
            .unwrap()
            .display()
            .to_string()
    };
    let files: Vec<_> = summary.files.iter().map(|path| below(path)).collect();
    let details = "details/org/hashing/2026-11-24T12-00-00.000000";
    assert_eq!(
        files,
        [
            "results/org/hashing/results_2026-11-24T12-00-00.000000.json".to_owned(),
            format!("{details}/details_exam_questions|0_2026-11-24T12-00-00.000000.parquet"),
            format!("{details}/run.json"),
            format!("{details}/wrong.csv"),
        ]
    );
    assert!(summary.files.iter().all(|path| path.is_file()));
}

#[test]
fn results_have_lighteval_s_keys() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&settings(folder.path()), &exam(6), &Hashing::new(), &Silent).unwrap();
    insta::assert_snapshot!(fs::read_to_string(&summary.files[0]).unwrap());
}

#[test]
fn run_json_says_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&settings(folder.path()), &exam(6), &Hashing::new(), &Silent).unwrap();
    let mut run_json = json(&summary.files[2]);
    assert_eq!(
        serde_json::from_value::<examen_evaluate::RunSummary>(run_json["summary"].clone()).unwrap(),
        summary
    );
    run_json["summary"]["files"] = Value::Null;
    insta::assert_snapshot!(serde_json::to_string_pretty(&run_json).unwrap());
}

#[test]
fn details_hold_what_was_asked_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut items = exam(3).items;
    items[1].question = "refuse".to_owned();
    let summary = run(
        &settings(folder.path()),
        &Exam::new("an-exam", items),
        &Hashing::new(),
        &Silent,
    )
    .unwrap();
    let rows: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0].doc.query,
        "Choose the correct answer for the following exam question: What is 0?"
    );
    assert_eq!(
        rows[0].model_response.input.as_deref(),
        Some("Choose the correct answer for the following exam question:\n\nWhat is 0?")
    );
    assert_eq!(
        rows[2].doc.choices,
        [" one of 2", " two of 2", " three of 2", " four of 2"]
    );
    assert_eq!(
        (
            rows[2].doc.gold_index,
            rows[2].doc.specific.key_source.as_deref()
        ),
        (2, Some("reviewed"))
    );
    assert_eq!(rows[2].model_response.input_tokens, [1, 2, 3]);
    assert_eq!(rows[2].model_response.output_tokens, vec![vec![0, 1, 2]; 4]);
    assert!(rows[2].metric.acc.is_some() && rows[2].metric.acc_norm.is_some());
    assert_eq!(
        (rows[1].metric.acc, rows[1].model_response.logprobs.len()),
        (None, 0)
    );
    assert_eq!(
        rows[1].doc.specific.unscored.as_deref(),
        Some("the model could not score it: the question is refused")
    );
    assert_eq!(rows[1].doc.specific.question_id, "q1");
}

#[test]
fn two_models_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let other = Hashing {
        name: "../other",
        ..Hashing::new()
    };
    run(&settings, &exam(3), &Hashing::new(), &Silent).unwrap();
    let summary = run(&settings, &exam(3), &other, &Silent).unwrap();
    assert!(folder.path().join("results/org/hashing").is_dir());
    assert!(folder.path().join("results/other").is_dir());
    assert_eq!(summary.model, "../other");
}

/// A row of a published exam.
fn published(index: usize, key_source: KeySource) -> ExamRow {
    ExamRow {
        question: format!("Question {index}?"),
        answer_a: "a".to_owned(),
        answer_b: "b".to_owned(),
        answer_c: "c".to_owned(),
        answer_d: "d".to_owned(),
        correct_answer: Letter::B,
        answer: 1,
        key_source,
        n_votes: 1,
        n_agree: 1,
        n_discards: 0,
        votes: Vec::new(),
        flaws: Vec::new(),
        comments: Vec::new(),
        improved: false,
        n_improved: 0,
        question_id: format!("id-{index}"),
        document: Some("heart.txt".to_owned()),
        document_id: None,
        chunk_id: None,
        quote: None,
        second_quote: None,
        kind: None,
        difficulty: None,
        language: None,
        generation_model: None,
    }
}

#[test]
fn a_published_exam_keeps_its_ids_and_its_shares() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        published(0, KeySource::Reviewed),
        published(1, KeySource::Adjudicated),
        published(2, KeySource::Suggested),
    ];
    write_parquet(
        &folder.path().join("exam/data/train-00000-of-00001.parquet"),
        &rows,
    )
    .unwrap();
    let exam = Exam::read(&folder.path().join("exam"), &Reading::default()).unwrap();
    assert_eq!(exam.items[2].id, "id-2");
    assert_eq!(exam.items[2].labels.document.as_deref(), Some("heart.txt"));
    let summary = run(
        &settings(&folder.path().join("run")),
        &exam,
        &Hashing::new(),
        &Silent,
    )
    .unwrap();
    assert_eq!(
        json(&summary.files[0])["config_tasks"]["exam_questions|0"]["evaluation_splits"],
        value!(["train"])
    );
    let sources = summary.key_sources;
    assert_eq!(
        (
            sources.reviewed,
            sources.adjudicated,
            sources.suggested,
            sources.unknown
        ),
        (1, 1, 1, 0)
    );
    assert!(summary.warnings[0].starts_with("1 of 3 keys were never reviewed"));
}

/// The files of formats of others, by the end of their names.
fn also(formats: &[&str], edit: impl Fn(&mut Settings)) -> (tempfile::TempDir, RunSummary) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.also = formats
        .iter()
        .map(|name| Also::find(name).unwrap())
        .collect();
    edit(&mut settings);
    let mut items = exam(6).items;
    items[5].question = "refuse".to_owned();
    let exam = Exam::new("an-exam", items);
    let summary = run(&settings, &exam, &Hashing::new(), &Silent).unwrap();
    (folder, summary)
}

fn file(summary: &RunSummary, end: &str) -> PathBuf {
    let files = summary.files.iter();
    let mut found = files.filter(|file| file.to_string_lossy().ends_with(end));
    found.next().unwrap().clone()
}

#[test]
fn wrong_answers_are_rows_of_separated_values() {
    let (_folder, summary) = also(&[], |_| ());
    let text = fs::read_to_string(file(&summary, "wrong.csv")).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    let metric = summary.headline();
    let n_wrong = metric.n - metric.n_correct.unwrap();
    assert_eq!(rows.len() as u64, 1 + n_wrong);
    assert!(
        rows[0].starts_with("id,question,key,key_text,answer,answer_text,key_log_prob"),
        "{text}"
    );
    assert!(!text.contains("refuse"), "{text}");
    for row in &rows[1..] {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells.len(), 16, "{row}");
        assert_ne!(cells[2], cells[4]);
        let log_prob = |index: usize| cells[index].parse::<f64>().unwrap();
        assert!(log_prob(6) <= log_prob(7), "{row}");
        assert!(cells[9].starts_with("document-"), "{row}");
    }
}

#[test]
fn a_run_is_written_as_lm_eval_writes_it() {
    let (_folder, summary) = also(&["lm-eval"], |_| ());
    let results = summary
        .files
        .iter()
        .find(|file| file.starts_with(_folder.path().join("lm-eval")));
    let results = json(results.unwrap());
    assert_eq!(
        results["results"]["exam_questions"]["acc,none"],
        value!(summary.headline().value)
    );
    assert_eq!(
        results["n-samples"]["exam_questions"],
        value!({"original": 6, "effective": 6})
    );
    let samples = fs::read_to_string(file(&summary, ".jsonl")).unwrap();
    let samples: Vec<Value> = samples
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(samples.len(), 6);
    assert_eq!(samples[1]["target"], "1");
    assert_eq!(
        samples[1]["arguments"]["gen_args_2"]["arg_1"],
        " three of 1"
    );
    assert_eq!(samples[1]["resps"].as_array().unwrap().len(), 4);
    assert_eq!(samples[5]["metrics"], value!([]));
    assert!(samples[5]["unscored"].as_str().unwrap().contains("refused"));
}

#[test]
fn a_run_is_a_log_of_inspect() {
    let (_folder, summary) = also(&["inspect"], |_| ());
    let bytes = fs::read(file(&summary, ".eval")).unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part =
        |name: &str| -> Value { serde_json::from_reader(zip.by_name(name).unwrap()).unwrap() };
    let header = part("header.json");
    assert_eq!(
        (&header["version"], &header["status"]),
        (&value!(2), &value!("success"))
    );
    let acc = &header["results"]["scores"][0];
    assert_eq!(
        acc["metrics"]["accuracy"]["value"],
        value!(summary.headline().value)
    );
    assert_eq!(
        (&acc["scored_samples"], &acc["unscored_samples"]),
        (&value!(5), &value!(1))
    );
    assert_eq!(part("summaries.json").as_array().unwrap().len(), 6);
    let sample = part("samples/q0_epoch_1.json");
    assert_eq!(
        (&sample["target"], &sample["input"]),
        (&value!("A"), &value!("What is 0?"))
    );
    assert!(
        ["C", "I"]
            .map(|score| value!(score))
            .contains(&sample["scores"]["acc"]["value"])
    );
    let refused = part("samples/q5_epoch_1.json");
    assert_eq!(refused["scores"], value!({}));
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("refused")
    );
}

#[test]
fn results_for_the_hub_name_its_dataset() {
    let (_folder, summary) = also(&["hub-results"], |settings| {
        settings.hub_dataset = HubDataset::parse("hf:org/exam@0f1e");
    });
    let yaml = fs::read_to_string(file(&summary, ".eval_results/exam_questions.yaml")).unwrap();
    insta::assert_snapshot!(yaml);
}

#[test]
fn a_run_folder_is_read_again() {
    let (folder, summary) = also(&[], |_| ());
    let found = find_runs(folder.path()).unwrap();
    assert_eq!(found, [file(&summary, "run.json")]);
    let stored = StoredRun::read(&found[0]).unwrap();
    assert_eq!(stored.summary.metrics, summary.metrics);
    let first = &stored.questions[0];
    assert_eq!(
        (
            first.id.as_str(),
            first.question.as_str(),
            first.golds.as_slice()
        ),
        ("q0", "What is 0?", [0].as_slice())
    );
    assert_eq!(
        first.options,
        ["one of 0", "two of 0", "three of 0", "four of 0"]
    );
    assert_eq!(first.labels["document"], "document-0.txt");
    assert_eq!(first.log_probs.len(), 4);
    let n_right = stored
        .questions
        .iter()
        .filter(|question| question.is_right == Some(true));
    assert_eq!(Some(n_right.count() as u64), summary.headline().n_correct);
    let likeliest = |question: &StoredQuestion| {
        let log_probs = question.log_probs.iter().map(|log_prob| log_prob.unwrap());
        let (index, _) = log_probs
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .unwrap();
        index
    };
    for question in &stored.questions[..5] {
        assert_eq!(question.choice, Some(likeliest(question)));
        assert_eq!(
            question.metrics["acc"],
            f64::from(u8::from(question.is_right.unwrap()))
        );
    }
    assert!(
        stored.questions[5]
            .unscored
            .as_deref()
            .unwrap()
            .contains("refused")
    );
}

#[test]
fn what_is_no_run_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("details")).unwrap();
    assert_eq!(find_runs(folder.path()).unwrap(), Vec::<PathBuf>::new());
    let run_json = folder.path().join("run.json");
    fs::write(&run_json, "{\"summary\": 1}").unwrap();
    let refused = StoredRun::read(&run_json).unwrap_err().to_string();
    assert!(refused.contains("run.json"), "{refused}");
}
