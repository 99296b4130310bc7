use crate::rows::exam_row;
use examen_core::ExamRow;
use examen_files::{
    FilesError,
    distiset::{Description, Distiset},
    exam::{self, Columns, ExamRows, Reading},
    table,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn read_split(path: &Path, split: &str) -> examen_files::Result<ExamRows> {
    let reading = Reading {
        split: Some(split.to_owned()),
        ..Reading::default()
    };
    exam::read_rows(path, &reading)
}

/// A file of these rows.
fn jsonl(folder: &Path, rows: &[Value]) -> PathBuf {
    let path = folder.join("exam.jsonl");
    let lines: Vec<_> = rows.iter().map(ToString::to_string).collect();
    fs::write(&path, lines.join("\n")).unwrap();
    path
}

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
        read_split(folder.path(), "hard").unwrap().items,
        published[3..]
    );
    let error = read_split(folder.path(), "easy").unwrap_err();
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
    let text = error.to_string();
    assert!(
        text.contains("has no column for the key: neither `correct_answer` or"),
        "{text}"
    );
    assert!(
        text.ends_with("its columns are `question`, `answer_a`, `answer_b`"),
        "{text}"
    );
    assert!(error.hint().unwrap().contains("--columns"));

    let mut row = json!({"question": "?", "answer_a": "1", "answer_b": "2", "answer_c": "3", "answer_d": "4"});
    row["correct_answer"] = json!("answer_e");
    let mut good = row.clone();
    good["correct_answer"] = json!("answer_b");
    let error = exam::read(&jsonl(folder.path(), &[row.clone(), good, row.clone()])).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "2 of 3 rows have a key in `correct_answer` that names no option: row 1: \"answer_e\", of 4 options; \
             row 3: \"answer_e\", of 4 options"
        ),
        "{error}"
    );

    row["answer_d"] = json!({"x": 4});
    let error = exam::read(&jsonl(folder.path(), &[row])).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("row 1: `answer_d` is {\"x\":4}, not a text"),
        "{error}"
    );
}

/// Question, options and keys.
type Read = (String, Vec<String>, Vec<usize>);

/// Questions, options, keys and the mapping of a file of these rows.
fn recognised(rows: &[Value]) -> (Vec<Read>, String) {
    let folder = tempfile::tempdir().unwrap();
    let read = exam::read_rows(&jsonl(folder.path(), rows), &Reading::default()).unwrap();
    let items = read.items.into_iter();
    let items = items.map(|item| (item.question, item.answers, item.keys));
    (items.collect(), read.mapping.unwrap_or_default())
}

/// One question in the shapes of datasets: the second of four options is right.
fn shapes() -> [(&'static str, Value); 13] {
    let choices = ["3", "4", "5", "6"];
    let labelled = json!({"text": choices, "label": ["1", "2", "3", "4"]});
    let lettered = json!({"text": choices, "label": ["A", "B", "C", "D"]});
    [
        (
            "MMLU",
            json!({"question": "?", "subject": "math", "choices": choices, "answer": 1}),
        ),
        (
            "MMLU with a letter",
            json!({"question": "?", "choices": choices, "answer": "B"}),
        ),
        (
            "ARC",
            json!({"id": "x", "question": "?", "choices": lettered, "answerKey": "B"}),
        ),
        (
            "ARC with digits",
            json!({"question": "?", "choices": labelled, "answerKey": "2"}),
        ),
        (
            "ARC's own files",
            json!({"question": {"stem": "?", "choices": [{"text": "3", "label": "A"}, {"text": "4", "label": "B"}, {"text": "5", "label": "C"}, {"text": "6", "label": "D"}]}, "answerKey": "B"}),
        ),
        (
            "OpenBookQA",
            json!({"question_stem": "?", "choices": lettered, "answerKey": "B"}),
        ),
        (
            "CommonsenseQA",
            json!({"question": "?", "question_concept": "sum", "choices": lettered, "answerKey": "B"}),
        ),
        (
            "MedQA",
            json!({"question": "?", "answer": "4", "options": {"A": "3", "B": "4", "C": "5", "D": "6", "E": null}, "answer_idx": "B"}),
        ),
        (
            "MedMCQA",
            json!({"question": "?", "opa": "3", "opb": "4", "opc": "5", "opd": "6", "cop": "b"}),
        ),
        (
            "columns A to D",
            json!({"Question": "?", "A": "3", "B": "4", "C": "5", "D": "6", "Answer": "B"}),
        ),
        (
            "columns option1 to option4",
            json!({"question": "?", "option1": "3", "option2": "4", "option3": "5", "option4": "6", "answer": "option2"}),
        ),
        (
            "the key's text",
            json!({"question": "?", "options": ["3", "4", "5", "six"], "correct_answer": " 4 "}),
        ),
        (
            "the original",
            json!({"question": "?", "answer_a": "3", "answer_b": "4", "answer_c": "5", "answer_d": "6", "correct_answer": "answer_b"}),
        ),
    ]
}

#[test]
fn the_shapes_of_well_known_datasets_are_recognised() {
    let (shapes, choices) = (shapes(), ["3", "4", "5", "6"]);
    for (name, row) in shapes {
        let (items, mapping) = recognised(&[row]);
        let (question, answers, keys) = &items[0];
        assert_eq!(
            (question.as_str(), keys.as_slice()),
            ("?", [1].as_slice()),
            "{name}"
        );
        assert_eq!(answers[..3], choices[..3], "{name}");
        assert_eq!(
            mapping.is_empty(),
            name == "the original",
            "{name}: {mapping}"
        );
    }
    let (_, mapping) = recognised(&[
        json!({"question_stem": "?", "choices": ["3", "4"], "answerKey": "B", "fact1": "x"}),
    ]);
    assert_eq!(
        mapping,
        "question = question_stem; options = choices; key = answerKey (the option's letter or name); not used: fact1"
    );
}

/// Datasets whose columns are less plain: a row with another key than the first option, one with the first or another, the
/// options of the first row and its key.
const UNCOMMON: [(&str, [&str; 2], &[&str], usize); 11] = [
    (
        "CosmosQA",
        [
            r#"{"context": "c", "question": "?", "answer0": "w", "answer1": "x", "answer2": "y", "answer3": "z", "label": 1}"#,
            r#"{"context": "c", "question": "?", "answer0": "w", "answer1": "x", "answer2": "y", "answer3": "z", "label": 0}"#,
        ],
        &["w", "x", "y", "z"],
        1,
    ),
    (
        "MedQA with endings",
        [
            r#"{"id": "1", "sent1": "?", "sent2": "", "ending0": "w", "ending1": "x", "ending2": "y", "ending3": "z", "label": 2}"#,
            r#"{"id": "2", "sent1": "?", "sent2": "", "ending0": "w", "ending1": "x", "ending2": "y", "ending3": "z", "label": 0}"#,
        ],
        &["w", "x", "y", "z"],
        2,
    ),
    (
        "SciQ",
        [
            r#"{"question": "?", "distractor3": "z", "distractor1": "x", "distractor2": "w", "correct_answer": "y", "support": "s"}"#,
            r#"{"question": "?", "distractor3": "z", "distractor1": "x", "distractor2": "y", "correct_answer": "w", "support": "s"}"#,
        ],
        &["w", "x", "y", "z"],
        2,
    ),
    (
        "GPQA",
        [
            r#"{"Question": "?", "Correct Answer": "w", "Incorrect Answer 1": "x", "Incorrect Answer 2": "z", "Incorrect Answer 3": "y"}"#,
            r#"{"Question": "?", "Correct Answer": "w", "Incorrect Answer 1": "x", "Incorrect Answer 2": "z", "Incorrect Answer 3": "y"}"#,
        ],
        &["w", "x", "y", "z"],
        0,
    ),
    (
        "Open Trivia",
        [
            r#"{"question": "?", "correct_answer": "x", "incorrect_answers": ["y", "w"]}"#,
            r#"{"question": "?", "correct_answer": "x", "incorrect_answers": ["y", "w"]}"#,
        ],
        &["w", "x", "y"],
        1,
    ),
    (
        "TruthfulQA's mc2",
        [
            r#"{"question": "?", "mc2_targets": {"choices": ["w", "x", "y"], "labels": [0, 1, 0]}}"#,
            r#"{"question": "?", "mc2_targets": {"choices": ["w", "x", "y"], "labels": [1, 0, 1]}}"#,
        ],
        &["w", "x", "y"],
        1,
    ),
    (
        "QuAIL",
        [
            r#"{"context": "c", "question": "?", "answers": ["w", "x", "y", "z"], "correct_answer_id": 3}"#,
            r#"{"context": "c", "question": "?", "answers": ["w", "x", "y", "z"], "correct_answer_id": 0}"#,
        ],
        &["w", "x", "y", "z"],
        3,
    ),
    (
        "Belebele",
        [
            r#"{"flores_passage": "p", "question": "?", "mc_answer1": "w", "mc_answer2": "x", "mc_answer3": "y", "mc_answer4": "z", "correct_answer_num": "4"}"#,
            r#"{"flores_passage": "p", "question": "?", "mc_answer1": "w", "mc_answer2": "x", "mc_answer3": "y", "mc_answer4": "z", "correct_answer_num": "1"}"#,
        ],
        &["w", "x", "y", "z"],
        3,
    ),
    (
        "BBQ",
        [
            r#"{"context": "c", "question": "?", "ans0": "w", "ans1": "x", "ans2": "y", "label": 2}"#,
            r#"{"context": "c", "question": "?", "ans0": "w", "ans1": "x", "ans2": "y", "label": 0}"#,
        ],
        &["w", "x", "y"],
        2,
    ),
    (
        "DREAM",
        [
            r#"{"dialogue": ["d"], "question": "?", "choice": ["w", "x", "y"], "answer": "x"}"#,
            r#"{"dialogue": ["d"], "question": "?", "choice": ["w", "x", "y"], "answer": "w"}"#,
        ],
        &["w", "x", "y"],
        1,
    ),
    (
        "M3Exam",
        [
            r#"{"question_text": "?", "options": ["w", "x", "y", "z"], "answer_text": "D"}"#,
            r#"{"question_text": "?", "options": ["w", "x", "y", "z"], "answer_text": "A"}"#,
        ],
        &["w", "x", "y", "z"],
        3,
    ),
];

#[test]
fn options_from_0_beside_distractors_or_marked_are_recognised() {
    let rows = |rows: [&str; 2]| rows.map(|row| serde_json::from_str(row).unwrap());
    for (name, lines, options, key) in UNCOMMON {
        let (items, mapping) = recognised(&rows(lines));
        let (question, answers, keys) = &items[0];
        assert_eq!(
            (question.as_str(), keys.as_slice()),
            ("?", [key].as_slice()),
            "{name}: {mapping}"
        );
        assert_eq!(answers, options, "{name}");
    }
    assert_eq!(
        recognised(&rows(UNCOMMON[2].1)).1,
        "question = question; options = correct_answer, distractor1, distractor2, distractor3, in alphabetical order; \
         key = correct_answer (the option's text); not used: support"
    );
}

#[test]
fn a_passage_that_is_not_shown_and_options_in_no_column_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let race = |article: Value| json!({"article": article, "question": "?", "options": ["x", "y"], "answer": "A"});
    let doubts = |row: Value| {
        let path = jsonl(folder.path(), &[row]);
        exam::read_rows(&path, &Reading::default()).unwrap().doubts
    };
    assert_eq!(doubts(race(Value::Null)), [""; 0]);
    let told = doubts(race(json!("A long text.")));
    assert!(told[0].contains("does not see `article`"), "{told:?}");
    assert!(
        told[0].ends_with("doc_to_text: \"{{article}} {{question}}\""),
        "{told:?}"
    );

    let boolq = json!({"question": "is it", "passage": "It is.", "answer": true});
    let error = exam::read(&jsonl(folder.path(), &[boolq])).unwrap_err();
    assert!(
        error.to_string().contains("no column for the options"),
        "{error}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("--columns") && hint.contains("doc_to_choice"),
        "{hint}"
    );
}

#[test]
fn options_are_two_to_twenty_six_and_may_differ_between_rows() {
    let five = json!({"question": "?", "answer_a": "1", "answer_b": "2", "answer_c": "3", "answer_d": "4", "answer_e": "5", "correct_answer": "answer_e"});
    let two = json!({"question": "?", "answer_a": "yes", "answer_b": "no", "answer_c": null, "correct_answer": "B"});
    let (items, _) = recognised(&[five, two]);
    assert_eq!((items[0].1.len(), &items[0].2), (5, &vec![4]));
    assert_eq!((items[1].1.len(), &items[1].2), (2, &vec![1]));

    let letters: Vec<String> = ('a'..='z').map(String::from).collect();
    let (items, _) = recognised(&[json!({"question": "?", "choices": letters, "answer": "Z"})]);
    assert_eq!(items[0].2, [25]);
    let (items, _) =
        recognised(&[json!({"question": "?", "choices": ["w", "x", "y"], "answer": ["A", "C"]})]);
    assert_eq!(items[0].2, [0, 2]);

    let folder = tempfile::tempdir().unwrap();
    let twenty_seven: Vec<String> = (0..27).map(|n| format!("option {n}")).collect();
    let rows = [
        json!({"question": "?", "choices": twenty_seven, "answer": 0}),
        json!({"question": "?", "choices": ["only"], "answer": 0}),
    ];
    let error = exam::read(&jsonl(folder.path(), &rows)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("2 of 2 rows have not 2 to 26 options: row 1: 27 options; row 2: 1 options"),
        "{error}"
    );
}

#[test]
fn columns_may_be_named_and_a_split_may_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let row = json!({"stimulus": {"text": "?"}, "w1": "yes", "w2": "no", "gold": 1, "question": "not this"});
    let path = jsonl(folder.path(), &[row]);
    let reading = |columns: &str| Reading {
        columns: columns.parse().unwrap(),
        ..Reading::default()
    };
    let read = |columns: &str| exam::read_rows(&path, &reading(columns));
    let rows = read("question=stimulus.text,choices=w1+w2,answer=gold:index1").unwrap();
    let item = &rows.items[0];
    assert_eq!(
        (item.question.as_str(), item.keys.as_slice()),
        ("?", [0].as_slice())
    );
    assert_eq!(item.other.keys().collect::<Vec<_>>(), ["question"]);
    let error = read("question=nowhere").unwrap_err().to_string();
    assert!(
        error.contains("no column for the question: neither `nowhere`"),
        "{error}"
    );
    assert!("choice=x".parse::<Columns>().is_err());

    for split in ["train", "test"] {
        let rows: Vec<ExamRow> = (0..2).map(exam_row).collect();
        table::write_parquet(
            &folder.path().join(format!("hub/{split}/0000.parquet")),
            &rows,
        )
        .unwrap();
    }
    let rows = exam::read_rows(&folder.path().join("hub"), &Reading::default()).unwrap();
    assert_eq!(
        (rows.split.as_deref(), rows.splits),
        (Some("test"), vec!["test".to_owned(), "train".to_owned()])
    );
}

#[test]
fn separated_values_and_json_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exam.csv");
    fs::write(
        &path,
        "\u{feff}question; A;B ;C;answer\r\n\"What, now?\";x;y;;B\r\n?;x;y;z;C\r\n",
    )
    .unwrap();
    let items = exam::read(&path).unwrap();
    assert_eq!(items[0].question, "What, now?");
    assert_eq!((items[0].answers.len(), items[1].answers.len()), (2, 3));
    assert_eq!((items[0].keys[0], items[1].keys[0]), (1, 2));
    fs::write(&path, "question,A,B,answer\n?,x,y,B\n?,x,B\n").unwrap();
    let error = exam::read(&path).unwrap_err().to_string();
    assert!(
        error.contains("line: 3") && error.contains("3 fields"),
        "{error}"
    );

    let path = folder.path().join("exam.json");
    let row = json!({"question": "?", "choices": ["x", "y"], "answer": 0});
    for text in [
        json!([row]).to_string(),
        json!({"data": [row]}).to_string(),
        format!("{row}\n{row}\n"),
    ] {
        fs::write(&path, &text).unwrap();
        assert_eq!(exam::read(&path).unwrap()[0].keys, [0], "{text}");
    }
}

#[test]
fn parquet_is_read_in_every_codec_that_pyarrow_writes() {
    for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"] {
        let items = exam::read(&testdata(&format!("exams/{codec}.parquet"))).unwrap();
        assert_eq!(items.len(), 40, "{codec}");
        assert_eq!(
            (items[3].question.as_str(), items[3].keys.as_slice()),
            ("What is 3 + 1?", [3].as_slice())
        );
    }
    assert_eq!(exam::read(&testdata("exams/file.arrow")).unwrap().len(), 40);
}

#[test]
fn generated_questions_are_not_taken_for_an_exam() {
    let error = exam::read(&testdata("distiset/sample/default")).unwrap_err();
    assert!(matches!(error, FilesError::NoExamColumn { .. }));
    assert!(error.hint().unwrap().contains("publish"), "{error}");
    let error = exam::read(&testdata("distiset/sample")).unwrap_err();
    assert!(matches!(error, FilesError::NoExamColumn { .. }));
    let error = exam::read(&testdata("distiset/ORIGIN.md")).unwrap_err();
    assert!(matches!(error, FilesError::NotADataset { .. }));
    assert!(matches!(
        exam::read(&testdata("nowhere")),
        Err(FilesError::Io { .. })
    ));
}
