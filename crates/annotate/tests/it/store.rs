//! Datasets and records: all or nothing, never deleted unasked, read back as they were written.

use crate::support::{annotator, exam_of, new_dataset, new_record, owner, response, stored, time};
use examen_annotate::{AnnotateError, Location, Store, store::Existing};
use examen_core::annotation::{RecordStatus, ResponseStatus};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn records_come_back_in_order_with_suggestions_and_responses() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = new_dataset(store, "exam", 2).await;
    // More than the store reads at once.
    let records: Vec<_> = (0..1003).map(new_record).collect();
    store
        .create_dataset(&dataset, &records, Existing::Refuse, time(0))
        .await
        .unwrap();
    let (ana, ben) = (owner(store).await, annotator(store, "ben").await);
    let id = records[1001].id;
    store
        .put_response(
            &response(id, &ben, ResponseStatus::Submitted, "answer_a"),
            time(2),
        )
        .await
        .unwrap()
        .unwrap();
    store
        .put_response(
            &response(id, &ana, ResponseStatus::Draft, "answer_c"),
            time(3),
        )
        .await
        .unwrap()
        .unwrap();

    let read = store.records(dataset.id).await.unwrap();
    assert_eq!(read.len(), 1003);
    for (read, written) in read.iter().zip(&records) {
        assert_eq!(
            (read.id, &read.external_id),
            (written.id, &written.external_id)
        );
        assert_eq!(
            (&read.fields, &read.metadata),
            (&written.fields, &written.metadata)
        );
        assert_eq!(read.suggestions, written.suggestions);
    }
    let answered: Vec<_> = read[1001]
        .responses
        .iter()
        .map(|one| (one.username.as_str(), one.status))
        .collect();
    assert_eq!(
        answered,
        [
            ("ben", ResponseStatus::Submitted),
            ("owner", ResponseStatus::Draft)
        ]
    );
    assert_eq!(
        read[1001].responses[0].values["correct_answer"],
        json!("answer_a")
    );
    assert!(
        read.iter()
            .enumerate()
            .all(|(index, record)| index == 1001 || record.responses.is_empty())
    );

    // Who changes an answer has the last word.
    store
        .put_response(
            &response(id, &ben, ResponseStatus::Submitted, "answer_b"),
            time(4),
        )
        .await
        .unwrap()
        .unwrap();
    let read = store.records(dataset.id).await.unwrap();
    let names: Vec<_> = read[1001]
        .responses
        .iter()
        .map(|one| one.username.as_str())
        .collect();
    assert_eq!(names, ["owner", "ben"]);
}

#[tokio::test]
async fn settings_come_back_as_they_were_written() {
    let stored = stored().await;
    let dataset = new_dataset(&stored.store, "exam", 2).await;
    stored
        .store
        .create_dataset(&dataset, &[], Existing::Refuse, time(0))
        .await
        .unwrap();
    let read = stored.store.dataset_by_name("exam").await.unwrap();
    assert_eq!(read.settings, dataset.settings);
    assert_eq!((read.id, read.inserted_at), (dataset.id, time(0)));
    let unknown = stored.store.dataset_by_name("exma").await.unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no dataset named `exma` in the store; there are: exam"
    );
}

#[tokio::test]
async fn one_bad_record_keeps_all_out() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = new_dataset(store, "exam", 1).await;
    let mut no_answer = new_record(3);
    no_answer.fields.shift_remove("answer_d");
    let mut bad_label = new_record(3);
    bad_label.suggestions[0].value = json!("answer_e");
    let mut unknown_field = new_record(3);
    unknown_field.fields.insert("hint".to_owned(), json!("x"));
    let known = new_record(0);
    for (bad, reason) in [
        (no_answer, "missing required value for field: 'answer_d'"),
        (
            bad_label,
            "record does not have valid suggestions: 'answer_e' is not a valid label for label selection question.\nValid labels are: ['answer_a', 'answer_b', 'answer_c', 'answer_d']",
        ),
        (
            unknown_field,
            "found fields values for non configured fields: ['hint']",
        ),
        (known, "another record of the dataset has this external id"),
    ] {
        let records = [new_record(0), bad];
        let error = store
            .create_dataset(&dataset, &records, Existing::Refuse, time(1))
            .await
            .unwrap_err();
        let AnnotateError::Record {
            position: 1,
            reason: told,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(told.to_string(), reason);
        assert_eq!(store.datasets().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_dataset_is_replaced_only_when_asked() {
    let stored = stored().await;
    let store = &stored.store;
    let first = exam_of(store, 3).await;
    let user = owner(store).await;
    let record = store.records(first).await.unwrap()[0].id;
    store
        .put_response(
            &response(record, &user, ResponseStatus::Submitted, "answer_a"),
            time(1),
        )
        .await
        .unwrap();

    let again = new_dataset(store, "exam", 1).await;
    let refused = store
        .create_dataset(&again, &[new_record(9)], Existing::Refuse, time(2))
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a dataset named `exam` exists already, with 3 records and 1 responses"
    );
    assert!(refused.hint().unwrap().contains("--overwrite"));
    assert_eq!(store.records(first).await.unwrap().len(), 3);

    // A replacement that fails leaves the old one alone.
    let twice = [new_record(9), new_record(9)];
    store
        .create_dataset(&again, &twice, Existing::Replace, time(2))
        .await
        .unwrap_err();
    assert_eq!(store.records(first).await.unwrap()[0].responses.len(), 1);

    let replaced = store
        .create_dataset(&again, &[new_record(9)], Existing::Replace, time(2))
        .await
        .unwrap();
    assert_eq!(replaced, Some((3, 1)));
    assert_eq!(store.record_place(record).await.unwrap(), None);
    assert_eq!(store.records(first).await.unwrap(), []);
    assert_eq!(store.records(again.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_is_completed_by_enough_submitted_responses() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = new_dataset(store, "exam", 2).await;
    let record = new_record(0);
    store
        .create_dataset(
            &dataset,
            std::slice::from_ref(&record),
            Existing::Refuse,
            time(0),
        )
        .await
        .unwrap();
    let (ana, ben) = (owner(store).await, annotator(store, "ben").await);
    let status = async || store.records(dataset.id).await.unwrap()[0].status;

    let submitted = |user| response(record.id, user, ResponseStatus::Submitted, "answer_a");
    store.put_response(&submitted(&ana), time(1)).await.unwrap();
    store.put_response(&submitted(&ana), time(2)).await.unwrap();
    assert_eq!(status().await, RecordStatus::Pending);
    store
        .put_response(
            &response(record.id, &ben, ResponseStatus::Discarded, "answer_a"),
            time(3),
        )
        .await
        .unwrap();
    assert_eq!(status().await, RecordStatus::Pending);
    let progress = store
        .put_response(&submitted(&ben), time(4))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status().await, RecordStatus::Completed);
    assert_eq!(
        (progress.total, progress.completed, progress.mine.submitted),
        (1, 1, 1)
    );
    let progress = store
        .delete_response(record.id, ben.id, &[], time(5))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status().await, RecordStatus::Pending);
    assert_eq!((progress.completed, progress.mine.pending), (0, 1));
    assert_eq!(
        store
            .delete_response(Uuid::new_v4(), ben.id, &[], time(5))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn an_unknown_status_of_a_dataset_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    exam_of(&store, 1).await;
    let set = "PRAGMA ignore_check_constraints = ON; UPDATE datasets SET status = 'archived'";
    set_pragma(&folder.path().join("examen.sqlite"), set).await;
    let error = store.datasets().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the store holds a damaged value (dataset status: `archived`)"
    );
}

#[tokio::test]
async fn a_newer_file_is_refused_by_name_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    exam_of(&store, 1).await;
    let path = folder.path().join("examen.sqlite");
    store.close().await;
    set_pragma(&path, "PRAGMA user_version = 99").await;
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    let named = path.display().to_string();
    assert!(
        matches!(&error, AnnotateError::NewerStore { place, found: 99, .. } if *place == named),
        "{error}"
    );
    assert!(error.hint().is_some());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("examen.sqlite");
    std::fs::write(
        &path,
        "A text that is long enough to be no database, whatever it is. ".repeat(20),
    )
    .unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, AnnotateError::NotAStore { .. }), "{error}");

    std::fs::remove_file(&path).unwrap();
    set_pragma(&path, "CREATE TABLE somebody_elses (x)").await;
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, AnnotateError::NotAStore { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing beside it"
    );

    let nowhere = Location::folder(&folder.path().join("nowhere"))
        .open_existing()
        .await
        .unwrap_err();
    assert!(
        matches!(nowhere, AnnotateError::NoStore { .. }),
        "{nowhere}"
    );
}

async fn set_pragma(path: &std::path::Path, sql: &'static str) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
