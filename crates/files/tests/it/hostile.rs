//! Tables from elsewhere: what is damaged or would take too much memory is an error.

use crate::rows::exam_row;
use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, types::Int32Type,
};
use examen_core::{ExamRow, Question};
use examen_files::{
    FilesError,
    distiset::{Distiset, read_rows},
    exam, table,
    text_rows::TextRows,
};
use parquet::arrow::ArrowWriter;
use std::{fs, path::Path, sync::Arc, time::Instant};

fn column(text: &str, n: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec![text; n]))
}

/// An exam of so many rows, all alike.
fn many_rows(path: &Path, n: usize) {
    let columns = [
        ("question", column("q", n)),
        ("answer_a", column("a", n)),
        ("answer_b", column("b", n)),
        ("answer_c", column("c", n)),
        ("answer_d", column("d", n)),
        ("correct_answer", column("answer_a", n)),
    ];
    write(path, RecordBatch::try_from_iter(columns).unwrap());
}

fn write(path: &Path, batch: RecordBatch) {
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn an_exam_of_too_many_rows_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.parquet");
    many_rows(&path, 3_000_000);
    assert!(fs::metadata(&path).unwrap().len() < 1 << 20, "it is small");
    let begun = Instant::now();
    let error = exam::read(&path).unwrap_err();
    assert!(begun.elapsed().as_secs() < 5);
    assert!(
        error
            .to_string()
            .ends_with("its 3000000 rows would take more than 2 GB of memory"),
        "{error}"
    );
    many_rows(&path, 10_000);
    assert_eq!(exam::read(&path).unwrap().len(), 10_000);
}

#[test]
fn one_long_text_in_every_row_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.parquet");
    let (n, long) = (30_000, "x".repeat(100 << 10));
    let columns = [
        "question",
        "answer_a",
        "answer_b",
        "answer_c",
        "answer_d",
        "correct_answer",
    ];
    let exam = columns.map(|name| (name, column("answer_a", n)));
    let keys = Int32Array::from(vec![0; n]);
    let values = Arc::new(StringArray::from(vec![long.as_str()]));
    let shared: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, values));
    let batch = RecordBatch::try_from_iter(exam.into_iter().chain([("document", shared)])).unwrap();
    write(&path, batch);
    assert!(fs::metadata(&path).unwrap().len() < 4 << 20, "it is small");
    let error = exam::read(&path).unwrap_err();
    assert!(matches!(error, FilesError::TooLarge { .. }), "{error}");
}

/// The bytes with one of them changed, at places spread over them.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let step = (bytes.len() / 700).max(1);
    (0..bytes.len()).step_by(step).flat_map(move |place| {
        [0x01, 0x80, 0xff].map(|change| {
            let mut bytes = bytes.to_vec();
            bytes[place] ^= change;
            bytes
        })
    })
}

#[test]
fn a_damaged_parquet_file_is_read_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    let rows: Vec<ExamRow> = (0..20).map(exam_row).collect();
    table::write_parquet(&path, &rows).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut n_errors = 0;
    for bytes in damaged(&bytes) {
        fs::write(&path, bytes).unwrap();
        n_errors += usize::from(exam::read(&path).is_err());
        n_errors += usize::from(table::read_parquet::<ExamRow>(&path).is_err());
        // In use this is done in a process of its own, where a panic is an answer.
        let _ = examen_core::caught(|| TextRows::open(&path, Some("question")).is_ok());
    }
    assert!(n_errors > 100, "{n_errors}");
}

#[test]
fn a_damaged_arrow_stream_is_read_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let questions: Vec<Question> = (0..20).map(crate::rows::question).collect();
    let distiset = Distiset::new()
        .with_config("questions", &questions)
        .unwrap();
    distiset.write(folder.path(), &Default::default()).unwrap();
    let path = folder
        .path()
        .join("questions/train/data-00000-of-00001.arrow");
    let bytes = fs::read(&path).unwrap();
    let mut n_errors = 0;
    for bytes in damaged(&bytes) {
        fs::write(&path, bytes).unwrap();
        let read = read_rows::<Question>(folder.path(), "questions", "train");
        n_errors += usize::from(read.is_err());
    }
    assert!(n_errors > 100, "{n_errors}");
}
