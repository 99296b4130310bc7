use crate::rows::{exam_row, generation, question};
use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, LargeStringArray, NullArray, RecordBatch,
    StringViewArray, types::Int8Type,
};
use examen_core::{ExamRow, Letter};
use examen_files::{FilesError, table};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path, sync::Arc};

#[test]
fn rows_come_back_from_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    let rows: Vec<ExamRow> = (0..3).map(exam_row).collect();
    let encoded = table::encode_parquet(&rows).unwrap();
    assert_eq!(encoded.num_examples, 3);
    table::write_parquet(&path, &rows).unwrap();
    assert_eq!(encoded.bytes, fs::read(&path).unwrap());
    assert_eq!(table::read_parquet::<ExamRow>(&path).unwrap(), rows);

    let questions: Vec<_> = (0..3).map(question).collect();
    table::write_parquet(&path, &questions).unwrap();
    assert_eq!(
        table::read_parquet::<examen_core::Question>(&path).unwrap(),
        questions
    );

    let nested = [generation(1)];
    table::write_parquet(&path, &nested).unwrap();
    assert_eq!(
        table::read_parquet::<crate::rows::Generation>(&path).unwrap(),
        nested
    );
}

#[test]
fn the_same_rows_are_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        table::write_parquet(&path, &[question(0), question(1)]).unwrap();
        fs::read(path).unwrap()
    };
    assert_eq!(write("a.parquet"), write("b.parquet"));
}

#[test]
fn a_table_without_rows_has_the_columns_of_its_type() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, full) = (
        folder.path().join("empty.parquet"),
        folder.path().join("full.parquet"),
    );
    table::write_parquet::<ExamRow>(&empty, &[]).unwrap();
    table::write_parquet(&full, &[exam_row(1)]).unwrap();
    assert_eq!(table::read_parquet::<ExamRow>(&empty).unwrap(), []);
    assert_eq!(schema(&empty), schema(&full));
}

#[test]
fn columns_are_plain_nullable_strings_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("questions.parquet");
    table::write_parquet(&path, &[question(0)]).unwrap();
    let columns: Vec<String> = schema(&path)
        .fields()
        .iter()
        .map(|field| {
            format!(
                "{}: {}{}",
                field.name(),
                field.data_type(),
                if field.is_nullable() { "?" } else { "" }
            )
        })
        .collect();
    insta::assert_snapshot!(columns.join("\n"));
}

#[test]
fn json_lines_come_back_and_name_a_bad_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    let rows: Vec<ExamRow> = (0..2).map(exam_row).collect();
    table::write_jsonl(&path, &rows).unwrap();
    assert_eq!(table::read_jsonl::<ExamRow>(&path).unwrap(), rows);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}{text}\n{{\"question\": 3}}\n")).unwrap();
    let error = table::read_jsonl::<ExamRow>(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("rows.jsonl, line 4: invalid type"),
        "{error}"
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Narrow {
    correct_answer: Letter,
    quote: Option<String>,
    n: u64,
}

#[test]
fn strings_of_every_kind_are_read_and_other_columns_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    let keys: DictionaryArray<Int8Type> = ["answer_b", "answer_a"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("other", Arc::new(StringViewArray::from(vec!["x", "y"]))),
        ("correct_answer", Arc::new(keys)),
        ("n", Arc::new(Int32Array::from(vec![3, 4]))),
        (
            "quote",
            Arc::new(LargeStringArray::from(vec![Some("q"), None])),
        ),
    ];
    write_batch(&path, columns);
    let rows = table::read_parquet::<Narrow>(&path).unwrap();
    let expected = [
        Narrow {
            correct_answer: Letter::B,
            quote: Some("q".to_owned()),
            n: 3,
        },
        Narrow {
            correct_answer: Letter::A,
            quote: None,
            n: 4,
        },
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_column_of_nulls_reads_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "correct_answer",
            Arc::new(StringViewArray::from(vec!["answer_d"])),
        ),
        ("n", Arc::new(Int32Array::from(vec![0]))),
        ("quote", Arc::new(NullArray::new(1))),
    ];
    write_batch(&path, columns);
    assert_eq!(
        table::read_parquet::<Narrow>(&path).unwrap(),
        [Narrow {
            correct_answer: Letter::D,
            quote: None,
            n: 0
        }]
    );
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("Question", Arc::new(StringViewArray::from(vec!["x"]))),
        (
            "correct_answer",
            Arc::new(StringViewArray::from(vec!["answer_b"])),
        ),
    ];
    write_batch(&path, columns);
    let error = table::read_parquet::<Narrow>(&path).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "exam.parquet has no column `n`; its columns are `Question`, `correct_answer`"
        ),
        "{error}"
    );
}

#[test]
fn a_value_that_does_not_fit_is_named_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "correct_answer",
            Arc::new(StringViewArray::from(vec!["answer_b", "b"])),
        ),
        ("n", Arc::new(Int32Array::from(vec![1, 2]))),
    ];
    write_batch(&path, columns);
    let error = table::read_parquet::<Narrow>(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("exam.parquet, row 2, column `correct_answer`: unknown variant `b`"),
        "{error}"
    );
}

#[test]
fn what_is_no_parquet_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.parquet");
    fs::write(&path, "question,answer\n").unwrap();
    assert!(matches!(
        table::read_parquet::<Narrow>(&path),
        Err(FilesError::Parquet { .. })
    ));
    assert!(matches!(
        table::read_parquet::<Narrow>(&folder.path().join("none")),
        Err(FilesError::Io { .. })
    ));
}

fn schema(path: &Path) -> arrow_schema::SchemaRef {
    Arc::clone(
        ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap())
            .unwrap()
            .schema(),
    )
}

fn write_batch(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}
