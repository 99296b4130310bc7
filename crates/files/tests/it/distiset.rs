use crate::rows::{Generation, generation, question};
use examen_core::Question;
use examen_files::{
    FilesError,
    distiset::{self, Description, Distiset},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/distiset/sample")
}

fn write(folder: &Path) -> Vec<PathBuf> {
    let description = Description {
        title: "Boundary layers".to_owned(),
        summary: "Three questions.".to_owned(),
        pipeline: serde_json::json!({ "examen": { "version": "0" }, "seed": 7 }),
        log: "written\n".to_owned(),
    };
    Distiset::new()
        .with_config("default", &[generation(0)])
        .unwrap()
        .with_config("questions", &[question(0), question(2)])
        .unwrap()
        .with_config::<Question>("rejected", &[])
        .unwrap()
        .write(folder, &description)
        .unwrap()
}

/// Every file below `folder` with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(contents(&path)),
            false => drop(files.insert(path.clone(), fs::read(path).unwrap())),
        }
    }
    files
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(folder.path());
    assert_eq!(
        distiset::configs(folder.path()).unwrap(),
        ["default", "questions", "rejected"]
    );
    let questions: Vec<Question> =
        distiset::read_rows(folder.path(), "questions", "train").unwrap();
    assert_eq!(questions, [question(0), question(2)]);
    let generations: Vec<Generation> =
        distiset::read_rows(folder.path(), "default", "train").unwrap();
    assert_eq!(generations, [generation(0)]);
    assert_eq!(
        distiset::read_rows::<Question>(folder.path(), "rejected", "train").unwrap(),
        []
    );
    let mut sorted = written.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        contents(folder.path()).into_keys().collect::<Vec<_>>()
    );
}

#[test]
fn the_same_rows_are_the_same_bytes_and_a_second_write_changes_nothing() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(one.path());
    let before = contents(one.path());
    write(one.path());
    assert_eq!(contents(one.path()), before);
    write(two.path());
    assert_eq!(
        contents(two.path()).into_values().collect::<Vec<_>>(),
        before.into_values().collect::<Vec<_>>()
    );
}

#[test]
fn the_texts_beside_the_data() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let text = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    insta::assert_snapshot!(
        "dataset_info.json",
        text("questions/train/dataset_info.json")
    );
    insta::assert_snapshot!("state.json", text("questions/train/state.json"));
    insta::assert_snapshot!("distiset_README.md", text("distiset_configs/README.md"));
    insta::assert_snapshot!("pipeline.yaml", text("distiset_configs/pipeline.yaml"));
    assert_eq!(
        text("questions/dataset_dict.json"),
        r#"{"splits":["train"]}"#
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Narrow {
    document: String,
    generation: Option<String>,
    #[serde(default)]
    language: Option<String>,
}

#[test]
fn distilabels_own_is_read_in_part_and_whole() {
    let rows: Vec<Narrow> = distiset::read_rows(&sample(), "default", "train").unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows[0].document.contains("DOCID:"), "{}", rows[0].document);
    let exam: serde_json::Value =
        serde_json::from_str(rows[0].generation.as_deref().unwrap()).unwrap();
    assert_eq!(exam["exam"][0]["distractors"].as_array().unwrap().len(), 3);

    let whole: Vec<Generation> = distiset::read_rows(&sample(), "default", "train").unwrap();
    let metadata = &whole[0].distilabel_metadata;
    assert_eq!(metadata.raw_input_exam_generation[0].role, "system");
    assert!(metadata.statistics_exam_generation.input_tokens.unwrap() > 0);
}

#[test]
fn a_table_of_thousands_of_rows_keeps_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Generation> = (0..2500).map(generation).collect();
    Distiset::new()
        .with_config("default", &rows)
        .unwrap()
        .write(folder.path(), &Description::default())
        .unwrap();
    assert_eq!(
        distiset::read_rows::<Generation>(folder.path(), "default", "train").unwrap(),
        rows
    );
}

#[test]
fn several_shards_are_read_in_their_order_and_swept_by_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let split = folder.path().join("questions/train");
    write(folder.path());
    let first = fs::read(split.join("data-00000-of-00001.arrow")).unwrap();
    Distiset::new()
        .with_config("questions", &[question(1)])
        .unwrap()
        .write(folder.path(), &Description::default())
        .unwrap();
    fs::rename(
        split.join("data-00000-of-00001.arrow"),
        split.join("data-00001-of-00002.arrow"),
    )
    .unwrap();
    fs::write(split.join("data-00000-of-00002.arrow"), first).unwrap();
    let state = r#"{"_data_files": [{"filename": "data-00000-of-00002.arrow"}, {"filename": "data-00001-of-00002.arrow"}]}"#;
    fs::write(split.join("state.json"), state).unwrap();
    let questions: Vec<Question> =
        distiset::read_rows(folder.path(), "questions", "train").unwrap();
    assert_eq!(questions, [question(0), question(2), question(1)]);

    write(folder.path());
    assert_eq!(
        distiset::read_rows::<Question>(folder.path(), "questions", "train")
            .unwrap()
            .len(),
        2
    );
    assert_eq!(fs::read_dir(&split).unwrap().count(), 3);
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let error = distiset::read_rows::<Narrow>(&sample(), "questions", "train").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no configuration `questions`; it has `default`"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("default"));
    let error = distiset::read_rows::<Narrow>(&sample(), "default", "test").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no split `test`; it has `train`"),
        "{error}"
    );
    let error = distiset::read_rows::<Question>(&sample(), "default", "train").unwrap_err();
    assert!(
        matches!(&error, FilesError::MissingColumns { missing, .. } if missing == &["question_id"]),
        "{error}"
    );
    assert!(
        error.to_string().contains("data-00000-of-00001.arrow"),
        "{error}"
    );
    let error =
        distiset::read_rows::<Narrow>(&sample().join("default"), "default", "train").unwrap_err();
    assert!(matches!(error, FilesError::NotADataset { .. }), "{error}");
}

#[test]
fn a_damaged_shard_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let shard = folder
        .path()
        .join("questions/train/data-00000-of-00001.arrow");
    let bytes = fs::read(&shard).unwrap();
    fs::write(&shard, &bytes[..bytes.len() / 2]).unwrap();
    let error = distiset::read_rows::<Question>(folder.path(), "questions", "train").unwrap_err();
    assert!(
        matches!(&error, FilesError::Arrow { path, .. } if path == &shard),
        "{error}"
    );
}

#[test]
fn a_shard_outside_the_folder_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let state = r#"{"_data_files": [{"filename": "../../secret.arrow"}]}"#;
    fs::write(folder.path().join("questions/train/state.json"), state).unwrap();
    let error = distiset::read_rows::<Question>(folder.path(), "questions", "train").unwrap_err();
    assert!(
        matches!(error, FilesError::Name { what: "shard", .. }),
        "{error}"
    );
}

#[test]
fn a_name_that_is_no_folder_or_is_taken_is_refused() {
    for name in ["", "a/b", "..", "distiset_configs"] {
        let error = Distiset::new()
            .with_config(name, &[question(0)])
            .unwrap_err();
        assert!(
            matches!(
                error,
                FilesError::Name {
                    what: "configuration",
                    ..
                }
            ),
            "{name}"
        );
    }
    let twice = Distiset::new()
        .with_config("a", &[question(0)])
        .unwrap()
        .with_config("a", &[question(0)]);
    assert!(matches!(twice, Err(FilesError::Name { .. })));
}
