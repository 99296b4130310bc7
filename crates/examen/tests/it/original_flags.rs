//! The four command lines of the original workflow, as they are, one after the other, with a real model.

use crate::support::{examen, review_all, succeed, test_model};
use examen_core::{ExamRow, KeySource};
use std::fs;

/// A task file that makes the original's calls; its `hf_repo` is `an-org/an-exam`.
const TASK_FILE: &str = include_str!("../../../../testdata/tasks/exam_task.py");

#[test]
fn the_original_command_lines_work_in_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let model = test_model();
    let model = model.to_str().unwrap();
    let documents = here.join("docs");
    fs::create_dir(&documents).unwrap();
    fs::write(
        documents.join("pressure.md"),
        include_str!("../../demo/hypertension.md"),
    )
    .unwrap();

    succeed(examen(here).args([
        "generate",
        "--input_dir",
        "docs",
        "--model_id",
        model,
        "--output_path",
        "out",
    ]));
    succeed(examen(here).args([
        "annotate",
        "--dataset_path",
        "out",
        "--output_dataset_name",
        "exam",
    ]));
    let n_reviewed = review_all(here, "exam");
    assert!(
        n_reviewed > 0,
        "the model wrote nothing that passes the checks"
    );
    fs::create_dir_all(here.join("an-org/an-exam")).unwrap();
    succeed(examen(here).args([
        "publish",
        "--dataset_path",
        "exam",
        "--dataset_repo_id",
        "an-org/an-exam",
    ]));
    let parquet = here.join("an-org/an-exam/data/train-00000-of-00001.parquet");
    let rows: Vec<ExamRow> = examen_files::table::read_parquet(&parquet).unwrap();
    assert_eq!(rows.len(), n_reviewed);
    assert!(rows.iter().all(|row| row.key_source == KeySource::Reviewed));

    fs::create_dir(here.join("domain-eval")).unwrap();
    fs::write(here.join("domain-eval/evaluation_task.py"), TASK_FILE).unwrap();
    let printed = succeed(
        examen(here)
            .args(["evaluate", "--model_args", &format!("pretrained={model}")])
            .args([
                "--tasks",
                "community|exam_questions|0|0",
                "--custom_tasks",
                "domain-eval/evaluation_task.py",
            ])
            .args(["--output_dir", "./evals"]),
    );
    for metric in ["acc", "exam_question_accuracy (task file)"] {
        assert!(printed.contains(metric), "{metric}: {printed}");
    }
    assert!(here.join("evals/results").is_dir());
}
