use crate::records::{discarded, mixture, record, submitted};
use examen_core::ExamRow;
use examen_files::{exam, table};
use examen_publish::{CardOptions, LeftOut, Plan, PlanOptions, PublishError, plan, write_folder};
use std::{fs, path::Path};

fn options() -> CardOptions {
    CardOptions {
        title: "Sums: the \"easy\" ones".to_owned(),
        license: Some("cc-by-4.0".to_owned()),
        location: "sums".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

fn all() -> Plan {
    plan(
        &mixture(),
        &PlanOptions {
            include_unreviewed: true,
            min_votes: None,
        },
    )
}

fn card(plan: &Plan) -> String {
    let folder = tempfile::tempdir().unwrap();
    write_folder(plan, &options(), folder.path()).unwrap();
    fs::read_to_string(folder.path().join("README.md")).unwrap()
}

#[test]
fn rows_list_and_card_are_written() {
    let target = tempfile::tempdir().unwrap();
    let folder = target.path().join("new/sums");
    let plan = all();
    let written = write_folder(&plan, &options(), &folder).unwrap();
    assert!(written.iter().all(|path| path.is_file()));
    let rows: Vec<ExamRow> =
        table::read_parquet(&folder.join("data/train-00000-of-00001.parquet")).unwrap();
    assert_eq!(rows, plan.rows);
    let left_out: Vec<LeftOut> = table::read_jsonl(&folder.join("left_out.jsonl")).unwrap();
    assert_eq!(left_out, plan.left_out);
    assert_eq!(exam::read(&folder).unwrap().len(), plan.rows.len());
}

#[test]
fn the_card_says_what_is_in_it() {
    insta::assert_snapshot!(card(&all()));
}

#[test]
fn a_card_of_reviewed_rows_warns_of_nothing_and_one_of_suggestions_of_all() {
    let reviewed = card(&plan(&[submitted(record(2), "b")], &PlanOptions::default()));
    assert!(!reviewed.contains("[!WARNING]"));
    assert!(
        reviewed.contains("1 multiple-choice question with four options each"),
        "{reviewed}"
    );
    assert!(reviewed.contains("and reviewed by 1 person."));
    let suggested = card(&plan(
        &[record(2)],
        &PlanOptions {
            include_unreviewed: true,
            min_votes: None,
        },
    ));
    assert!(suggested.contains("**No question was reviewed.**"));
    assert!(!suggested.contains("reviewed by"));
}

#[test]
fn the_same_plan_is_the_same_bytes_and_replaces_itself() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |paths: Vec<std::path::PathBuf>| {
        paths
            .iter()
            .map(|path| fs::read(path).unwrap())
            .collect::<Vec<_>>()
    };
    let first = bytes(write_folder(&all(), &options(), folder.path()).unwrap());
    let second = bytes(write_folder(&all(), &options(), folder.path()).unwrap());
    assert_eq!(first, second);
    let fewer = plan(&[submitted(record(2), "b")], &PlanOptions::default());
    write_folder(&fewer, &options(), folder.path()).unwrap();
    assert_eq!(exam::read(folder.path()).unwrap().len(), 1);
    assert_eq!(
        fs::read_to_string(folder.path().join("left_out.jsonl")).unwrap(),
        ""
    );
}

#[test]
fn somebody_elses_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), "# My thesis\n").unwrap();
    let error = write_folder(&all(), &options(), folder.path()).unwrap_err();
    assert!(matches!(error, PublishError::NotOurs { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let file = folder.path().join("README.md");
    assert!(matches!(
        write_folder(&all(), &options(), &file),
        Err(PublishError::Look { .. })
    ));
}

#[test]
fn a_file_that_would_be_taken_for_rows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(&all(), &options(), folder.path()).unwrap();
    // What a publication that was killed leaves is no data, nor is what lies beside the folder of the data.
    fs::write(folder.path().join("data/.examen-x.tmp"), "").unwrap();
    fs::write(folder.path().join("notes.txt"), "").unwrap();
    write_folder(&all(), &options(), folder.path()).unwrap();
    let card = fs::read(folder.path().join("README.md")).unwrap();
    fs::write(folder.path().join("data/train-00001-of-00002.parquet"), "").unwrap();
    let fewer = plan(&[submitted(record(2), "b")], &PlanOptions::default());
    let error = write_folder(&fewer, &options(), folder.path()).unwrap_err();
    assert!(matches!(error, PublishError::NotOurs { .. }), "{error}");
    assert_eq!(fs::read(folder.path().join("README.md")).unwrap(), card);
}

#[test]
fn without_rows_nothing_is_written_and_the_way_out_is_told() {
    let hint = |records: &[_]| {
        let empty = plan(records, &PlanOptions::default());
        let error = write_folder(&empty, &options(), Path::new("/nowhere")).unwrap_err();
        assert!(matches!(error, PublishError::NoRows { .. }));
        error.hint().unwrap()
    };
    assert!(hint(&[]).contains("examen annotate"));
    assert!(hint(&[record(1)]).contains("--include-unreviewed"));
    assert!(hint(&[submitted(submitted(record(1), "a"), "b")]).contains("one more reviewer"));
    assert!(hint(&[discarded(record(1))]).contains("--dry-run"));
}
