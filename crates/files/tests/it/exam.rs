use crate::rows::exam_row;
use examen_core::ExamRow;
use examen_files::{
    FilesError,
    distiset::{Description, Distiset},
    exam, table,
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(path)
}

#[test]
fn an_exam_written_by_python_is_read_from_parquet_and_from_json_lines() {
    let parquet = exam::read(&testdata("lighteval/exam.parquet")).unwrap();
    let jsonl = exam::read(&testdata("lighteval/exam.jsonl")).unwrap();
    assert_eq!(parquet.len(), 221);
    assert_eq!(parquet, jsonl);
    assert!(parquet.iter().all(|item| item.text("subject").is_some()));
    assert_eq!(parquet[0].id, jsonl[0].text("id").unwrap());
}

#[test]
fn a_published_folder_and_a_saved_dataset_are_read_alike() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ExamRow> = (0..4).map(exam_row).collect();
    table::write_parquet(
        &folder.path().join("data/train-00000-of-00002.parquet"),
        &rows[..2],
    )
    .unwrap();
    table::write_parquet(
        &folder.path().join("data/train-00001-of-00002.parquet"),
        &rows[2..],
    )
    .unwrap();
    table::write_parquet(&folder.path().join("data/hard.parquet"), &rows[3..]).unwrap();
    let published = exam::read(folder.path()).unwrap();
    assert_eq!(
        published
            .iter()
            .map(|item| item.id.as_str())
            .collect::<Vec<_>>(),
        ["q0", "q1", "q2", "q3"]
    );
    assert_eq!(published[1].keys, [1]);
    assert_eq!(published[1].other["n_votes"], json!(2));
    assert_eq!(published[1].text("key_source"), Some("reviewed"));
    assert!(!published[1].other.contains_key("quote"));
    assert_eq!(
        exam::read_split(folder.path(), Some("hard")).unwrap(),
        published[3..]
    );
    let error = exam::read_split(folder.path(), Some("easy")).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no split `easy`; it has `hard`, `train`"),
        "{error}"
    );

    let saved = tempfile::tempdir().unwrap();
    Distiset::new()
        .with_config("exam", &rows)
        .unwrap()
        .write(saved.path(), &Description::default())
        .unwrap();
    assert_eq!(exam::read(&saved.path().join("exam")).unwrap(), published);
    assert_eq!(
        exam::read(&saved.path().join("exam/train")).unwrap(),
        published
    );
}

#[test]
fn rows_without_an_id_are_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.jsonl");
    let row = json!({"question": "?", "answer_a": "1", "answer_b": "2", "answer_c": "3", "answer_d": "4", "correct_answer": "answer_c"});
    let mut named = row.clone();
    named["id"] = json!(17);
    fs::write(&path, format!("{row}\n{named}\n")).unwrap();
    let items = exam::read(&path).unwrap();
    assert_eq!(items[0].id, "row-00001");
    assert_eq!(items[1].id, "17");
}

#[test]
fn missing_columns_and_bad_keys_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.jsonl");
    fs::write(
        &path,
        json!({"question": "?", "answer_a": "1", "answer_b": "2"}).to_string(),
    )
    .unwrap();
    let error = exam::read(&path).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "has no column `answer_c`; its columns are `question`, `answer_a`, `answer_b`"
        ),
        "{error}"
    );

    let mut row = json!({"question": "?", "answer_a": "1", "answer_b": "2", "answer_c": "3", "answer_d": "4"});
    row["correct_answer"] = json!("B");
    fs::write(&path, row.to_string()).unwrap();
    let error = exam::read(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("exam.jsonl, row 1: correct_answer is \"B\", not one of answer_a"),
        "{error}"
    );

    row["answer_d"] = json!(4);
    fs::write(&path, row.to_string()).unwrap();
    let error = exam::read(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("row 1, column `answer_d`: 4 is not a text"),
        "{error}"
    );
}

#[test]
fn generated_questions_are_not_taken_for_an_exam() {
    let error = exam::read(&testdata("distiset/sample/default")).unwrap_err();
    assert!(matches!(error, FilesError::MissingColumns { .. }));
    assert!(error.hint().unwrap().contains("publish"), "{error}");
    let error = exam::read(&testdata("distiset/sample")).unwrap_err();
    assert!(matches!(error, FilesError::NotADataset { .. }));
    let error = exam::read(&testdata("distiset/ORIGIN.md")).unwrap_err();
    assert!(matches!(error, FilesError::NotADataset { .. }));
    assert!(matches!(
        exam::read(&testdata("nowhere")),
        Err(FilesError::Io { .. })
    ));
}
