//! One word for one thing in all commands; every older name still works.

use crate::support::{examen, succeed};
use std::collections::BTreeSet;

/// A command, the name that its help shows, and the others that are accepted.
const NAMES: [(&str, &str, &[&str]); 14] = [
    ("generate", "--input", &["--input-dir", "--input_dir"]),
    ("generate", "--output", &["--output-path", "--output_path"]),
    ("generate", "--model", &["--model-id", "--model_id"]),
    (
        "generate",
        "--questions",
        &["--max-questions", "--max_questions"],
    ),
    ("annotate", "--input", &["--dataset-path", "--dataset_path"]),
    (
        "annotate",
        "--name",
        &["--output-dataset-name", "--output_dataset_name"],
    ),
    (
        "annotate",
        "--argilla-url",
        &["--argilla-api-url", "--argilla_api_url", "--argilla_url"],
    ),
    ("publish", "--name", &["--dataset-path", "--dataset_path"]),
    ("publish", "--output", &["--output-path", "--output_path"]),
    ("evaluate", "--input", &["--dataset"]),
    ("evaluate", "--output", &["--output-dir", "--output_dir"]),
    ("doctor", "--model", &["--model-id", "--model_id"]),
    ("score", "--model", &["--model-id", "--model_id"]),
    ("demo", "--model", &["--model-id", "--model_id"]),
];

/// With `--help` last, what stands before it is still parsed, and nothing is done.
fn is_understood(command: &str, words: &[&str]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut run = examen(folder.path());
    run.arg(command).args(words).arg("--help");
    run.output().unwrap().status.success()
}

#[test]
fn older_names_are_understood() {
    for (command, name, others) in NAMES {
        for name in [&[name], others].concat() {
            assert!(is_understood(command, &[name, "1"]), "{command} {name}");
        }
    }
    assert!(!is_understood("generate", &["--inputs", "1"]));
}

#[test]
fn every_flag_of_the_original_scripts_is_understood_as_it_is() {
    let scripts: [(&str, &[&str]); 4] = [
        (
            "generate",
            &[
                "--input_dir",
                "data",
                "--model_id",
                "meta-llama/Llama-3.1-8B-Instruct",
                "--tokenizer_id",
                "t",
                "--output_path",
                "out",
                "--max_new_tokens",
                "2048",
            ],
        ),
        (
            "annotate",
            &[
                "--argilla_api_url",
                "http://localhost:6900",
                "--argilla_api_key",
                "argilla.apikey",
                "--dataset_path",
                "exam_questions",
                "--dataset_config",
                "default",
                "--dataset_split",
                "train",
                "--output_dataset_name",
                "exam_questions",
            ],
        ),
        (
            "publish",
            &[
                "--argilla_api_url",
                "http://localhost:6900",
                "--argilla_api_key",
                "argilla.apikey",
                "--dataset_path",
                "exam_questions",
                "--dataset_repo_id",
                "org/exam",
            ],
        ),
        (
            "evaluate",
            &[
                "--model_args",
                "pretrained=m",
                "--tasks",
                "community|exam_questions|0|0",
                "--custom_tasks",
                "evaluation_task.py",
                "--output_dir",
                "./evals",
            ],
        ),
    ];
    for (command, words) in scripts {
        assert!(is_understood(command, words), "{command} {words:?}");
    }
}

#[test]
fn a_model_and_what_is_read_and_written_have_one_name_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let older: BTreeSet<&str> = [
        "--model-id",
        "--input-dir",
        "--output-path",
        "--dataset-path",
        "--output-dir",
    ]
    .into();
    for command in [
        "generate", "annotate", "publish", "evaluate", "score", "doctor", "demo",
    ] {
        let help = succeed(examen(folder.path()).args([command, "--help"]));
        let shown: BTreeSet<&str> = help.split_whitespace().collect();
        assert_eq!(shown.intersection(&older).count(), 0, "{command}: {help}");
    }
}
