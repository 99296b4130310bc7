//! Questions sent to a server, and reviews read from one.

use crate::{
    remote::{Fault, client, serve},
    support::{API_KEY, annotator, load_options, owner, response, sample, stored, time},
};
use examen_annotate::{
    AnnotateError, LoadOptions, Role, Store, StoredDataset, create_user, load_distiset,
    push_distiset,
};
use examen_argilla::{
    Client, ClientError,
    bodies::NewUser,
    client::{Include, RemoteDataset},
};
use examen_core::{
    ChunkId, DocumentId, Language, Question, QuestionId, Seed, Silent, Verdict,
    annotation::{Record, RecordSource, ResponseStatus, ReviewMode},
};
use examen_files::distiset::{Description, Distiset};
use std::path::Path;
use uuid::Uuid;

/// A Distiset of `n` questions: three batches where there are 600.
fn questions(folder: &Path, n: usize) {
    let question = |number: usize| Question {
        question_id: QuestionId::from_stored(format!("q{number}")),
        document_id: DocumentId::from_stored("d"),
        document: "d.md".to_owned(),
        chunk_id: ChunkId::from_stored("c"),
        chunk_start: 0,
        chunk_end: 1,
        language: Language::ENGLISH,
        question: format!("Question {number}?"),
        answer: format!("key {number}"),
        distractors: ["x", "y", "z"]
            .map(|word| format!("{word} {number}"))
            .to_vec(),
        quote: None,
        quote_start: None,
        quote_end: None,
        passage: "A passage.".to_owned(),
        generation_model: "org/model@main".to_owned(),
        verdict: Verdict::Accepted,
        reasons: Vec::new(),
        ..Question::default()
    };
    let all: Vec<Question> = (0..n).map(question).collect();
    let distiset = Distiset::new().with_config("questions", &all).unwrap();
    distiset.write(folder, &Description::default()).unwrap();
}

/// Records without what differs from store to store.
async fn records(store: &Store) -> Vec<Record> {
    let dataset = store.dataset_by_name("exam").await.unwrap();
    let records = store.records(dataset.id).await.unwrap();
    records
        .into_iter()
        .map(|record| Record {
            id: Uuid::nil(),
            ..record
        })
        .collect()
}

async fn push(
    client: &Client,
    path: &Path,
    options: &LoadOptions,
) -> Result<(usize, usize), AnnotateError> {
    let pushed = push_distiset(client, None, path, options, &Silent).await?;
    Ok((pushed.loaded, pushed.already_there))
}

#[tokio::test]
async fn what_is_sent_is_what_is_loaded() {
    let (here, there) = (stored().await, stored().await);
    owner(&there.store).await;
    let remote = client(&serve(&there.store, None).await, API_KEY);
    let loaded = load_distiset(&here.store, &sample(), &load_options(), &Silent)
        .await
        .unwrap();
    let mut pushed = push_distiset(
        &remote,
        Some("default"),
        &sample(),
        &load_options(),
        &Silent,
    )
    .await
    .unwrap();
    pushed.dataset_id = loaded.dataset_id;
    assert_eq!(pushed, loaded);
    assert_eq!(records(&there.store).await, records(&here.store).await);
    let [here, there] = [&here.store, &there.store].map(|store| store.dataset_by_name("exam"));
    let (here, there) = (here.await.unwrap(), there.await.unwrap());
    assert_eq!(
        (there.settings, there.metadata),
        (here.settings, here.metadata)
    );
}

#[tokio::test]
async fn a_push_that_broke_off_goes_on_where_it_stopped() {
    let (folder, here) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 600);
    load_distiset(&here.store, folder.path(), &load_options(), &Silent)
        .await
        .unwrap();
    let bulk = Fault {
        method: "PUT",
        path: "/records/bulk",
        after: 1,
        times: 9,
        is_done: false,
        status: 500,
    };
    let fields = Fault {
        method: "POST",
        path: "/fields",
        after: 2,
        ..bulk
    };
    let questions = Fault {
        path: "/questions",
        after: 1,
        is_done: true,
        ..fields
    };
    let publish = Fault {
        method: "PUT",
        path: "/publish",
        after: 0,
        ..bulk
    };
    let faults = [
        (bulk, 256),
        (
            Fault {
                is_done: true,
                ..bulk
            },
            512,
        ),
        (fields, 0),
        (questions, 0),
        (publish, 0),
    ];
    for (fault, sent) in faults {
        let there = stored().await;
        owner(&there.store).await;
        let broken = client(&serve(&there.store, Some(fault)).await, API_KEY);
        let error = push(&broken, folder.path(), &load_options())
            .await
            .unwrap_err();
        assert!(
            matches!(
                &error,
                AnnotateError::Argilla(ClientError::Refused { status: 500, .. })
            ),
            "{error}"
        );
        let whole = client(&serve(&there.store, None).await, API_KEY);
        assert_eq!(
            push(&whole, folder.path(), &load_options()).await.unwrap(),
            (600, sent),
            "{fault:?}"
        );
        let suggested = |mut record: Record| {
            record
                .suggestions
                .iter_mut()
                .for_each(|suggestion| suggestion.agent = Some("org/model_main".to_owned()));
            record
        };
        let expected: Vec<Record> = records(&here.store)
            .await
            .into_iter()
            .map(suggested)
            .collect();
        assert_eq!(records(&there.store).await, expected, "{fault:?}");
        assert_eq!(
            push(&whole, folder.path(), &load_options()).await.unwrap(),
            (600, 600)
        );
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() {
    let (folder, there) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 300);
    owner(&there.store).await;
    for (method, path) in [
        ("PUT", "/records/bulk"),
        ("PUT", "/publish"),
        ("DELETE", ""),
        ("GET", "/records"),
    ] {
        let fault = Fault {
            method,
            path,
            after: 0,
            times: 2,
            is_done: true,
            status: 504,
        };
        let remote = client(&serve(&there.store, Some(fault)).await, API_KEY);
        let overwriting = LoadOptions {
            overwrite: true,
            ..load_options()
        };
        assert_eq!(
            push(&remote, folder.path(), &overwriting).await.unwrap(),
            (300, 0),
            "{fault:?}"
        );
        assert_eq!(records(&there.store).await.len(), 300);
    }
}

#[tokio::test]
async fn another_dataset_is_left_alone() {
    let (folder, there) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 3);
    let user = owner(&there.store).await;
    let remote = client(&serve(&there.store, None).await, API_KEY);
    push(&remote, folder.path(), &load_options()).await.unwrap();
    let before = records(&there.store).await;
    let refused = async |options: LoadOptions, path: &Path| {
        let error = push(&remote, path, &options).await.unwrap_err();
        assert!(error.hint().unwrap().contains("--overwrite"), "{error}");
        error.to_string()
    };
    let told = refused(
        LoadOptions {
            min_submitted: 2,
            ..load_options()
        },
        folder.path(),
    )
    .await;
    assert!(
        told.ends_with(
            "with 3 records and 0 responses: another number of answers completes a record"
        ),
        "{told}"
    );
    let told = refused(
        LoadOptions {
            seed: Seed(8),
            ..load_options()
        },
        folder.path(),
    )
    .await;
    assert!(told.ends_with("the order of another seed"), "{told}");
    let told = refused(
        LoadOptions {
            mode: ReviewMode::Assisted,
            ..load_options()
        },
        folder.path(),
    )
    .await;
    assert!(told.ends_with("reviewed in the other mode"), "{told}");
    let told = refused(
        LoadOptions {
            guidelines: Some("Be kind.".to_owned()),
            ..load_options()
        },
        folder.path(),
    )
    .await;
    assert!(told.ends_with("its guidelines differ"), "{told}");
    let fewer = tempfile::tempdir().unwrap();
    questions(fewer.path(), 2);
    assert!(
        refused(load_options(), fewer.path())
            .await
            .ends_with("1 of its records are others")
    );
    assert_eq!(records(&there.store).await, before);

    let dataset = there.store.dataset_by_name("exam").await.unwrap().id;
    let record = there.store.records(dataset).await.unwrap()[0].id;
    there
        .store
        .put_response(
            &response(record, &user, ResponseStatus::Draft, "answer_a"),
            time(1),
        )
        .await
        .unwrap();
    let overwriting = LoadOptions {
        overwrite: true,
        min_submitted: 2,
        ..load_options()
    };
    let pushed = push_distiset(&remote, None, folder.path(), &overwriting, &Silent)
        .await
        .unwrap();
    assert_eq!((pushed.loaded, pushed.replaced), (3, Some((3, 1))));
    assert_eq!(there.store.datasets().await.unwrap().len(), 1);
}

#[tokio::test]
async fn workspaces_are_named_or_found() {
    let (folder, there) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 2);
    owner(&there.store).await;
    let url = serve(&there.store, None).await;
    let remote = client(&url, API_KEY);
    let team = remote.create_workspace("team").await.unwrap();
    let pushed = push_distiset(
        &remote,
        Some("team"),
        folder.path(),
        &load_options(),
        &Silent,
    )
    .await
    .unwrap();
    assert_eq!(
        remote.dataset_named(Some(&team), "exam").await.unwrap().id,
        pushed.dataset_id
    );
    let error = push_distiset(
        &remote,
        Some("taem"),
        folder.path(),
        &load_options(),
        &Silent,
    )
    .await
    .unwrap_err();
    assert!(
        error.to_string().ends_with("; there are: default, team"),
        "{error}"
    );
    push(&remote, folder.path(), &load_options()).await.unwrap();
    let error = remote.dataset_named(None, "exam").await.unwrap_err();
    assert!(
        matches!(&error, ClientError::AmbiguousDataset { workspaces, .. } if workspaces.len() == 2),
        "{error}"
    );
    let error = remote.dataset_named(Some(&team), "exma").await.unwrap_err();
    assert!(error.to_string().ends_with("; there are: exam"), "{error}");
    // An annotator may not send anything.
    let ben = create_user(&there.store, "ben", None, Role::Annotator)
        .await
        .unwrap();
    let error = push(&client(&url, &ben.api_key), folder.path(), &load_options())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, AnnotateError::Argilla(error) if error.is_forbidden()),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("owner"));
}

#[tokio::test]
async fn a_server_without_workspaces_gets_one() {
    let (folder, there) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 2);
    owner(&there.store).await;
    let remote = client(&serve(&there.store, None).await, API_KEY);
    for workspace in remote.workspaces().await.unwrap() {
        there.store.delete_workspace(workspace.id).await.unwrap();
    }
    push(&remote, folder.path(), &load_options()).await.unwrap();
    assert_eq!(remote.workspaces().await.unwrap()[0].name, "default");
}

#[tokio::test]
async fn reviews_are_read_from_a_server_as_from_the_store() {
    let (folder, there) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 300);
    let ana = owner(&there.store).await;
    let url = serve(&there.store, None).await;
    let remote = client(&url, API_KEY);
    push(&remote, folder.path(), &load_options()).await.unwrap();
    let new = NewUser {
        id: None,
        username: "eva".to_owned(),
        first_name: "Eva".to_owned(),
        last_name: None,
        role: "admin",
        password: "a fine password".to_owned(),
    };
    let eva = remote.create_user(&new).await.unwrap();
    let workspace = remote.workspaces().await.unwrap()[0].id;
    remote.add_member(workspace, eva.id).await.unwrap();
    let ben = annotator(&there.store, "ben").await;
    let dataset = there.store.dataset_by_name("exam").await.unwrap().id;
    let records = there.store.records(dataset).await.unwrap();
    for (index, record) in records.iter().enumerate().take(280) {
        // Ana and Ben take turns in being the first to answer.
        let (first, second) = if index % 2 == 0 {
            (&ana, &ben)
        } else {
            (&ben, &ana)
        };
        let status = [
            ResponseStatus::Submitted,
            ResponseStatus::Discarded,
            ResponseStatus::Draft,
        ][index % 3];
        there
            .store
            .put_response(&response(record.id, first, status, "answer_a"), time(9))
            .await
            .unwrap();
        let later = response(record.id, second, ResponseStatus::Submitted, "answer_b");
        there
            .store
            .put_response(&later, time(10 - (index as i64 % 4)))
            .await
            .unwrap();
    }
    let stored = StoredDataset::open(&there.store, "exam").await.unwrap();
    let expected = stored.records().await.unwrap();
    let read = async |key: &str| {
        let client = client(&url, key);
        let source = RemoteDataset::open(&client, None, "exam", &Silent)
            .await
            .unwrap();
        assert_eq!(source.settings(), stored.settings());
        source.records().await
    };
    assert_eq!(read(API_KEY).await.unwrap(), expected);

    // An admin learns the names of the workspace's members; the owner, who is none, has an id only.
    let key = there
        .store
        .api_keys(&[eva.id])
        .await
        .unwrap()
        .remove(&eva.id)
        .unwrap();
    there.store.remove_member(workspace, ana.id).await.unwrap();
    let seen = read(&key).await.unwrap();
    let names = |record: &Record| {
        record
            .responses
            .iter()
            .map(|one| one.username.clone())
            .collect::<Vec<_>>()
    };
    let mut first = names(&seen[0]);
    first.sort();
    let mut both = vec![ana.id.to_string(), "ben".to_owned()];
    both.sort();
    assert_eq!(first, both);
    let key = there
        .store
        .api_keys(&[ben.id])
        .await
        .unwrap()
        .remove(&ben.id)
        .unwrap();
    let error = read(&key).await.unwrap_err();
    assert!(
        error.is_forbidden() && error.hint().unwrap().contains("admin"),
        "{error}"
    );
}

#[tokio::test]
async fn pages_hold_every_record_once() {
    let (folder, there) = (tempfile::tempdir().unwrap(), stored().await);
    questions(folder.path(), 512);
    owner(&there.store).await;
    let remote = client(&serve(&there.store, None).await, API_KEY);
    let pushed = push_distiset(&remote, None, folder.path(), &load_options(), &Silent)
        .await
        .unwrap();
    let mut pages = remote.pages(pushed.dataset_id, Include::ALL);
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        ids.extend(page.into_iter().map(|record| record.external_id.unwrap()));
    }
    assert_eq!(
        ids,
        (0..512)
            .map(|number| format!("q{number}"))
            .collect::<Vec<_>>()
    );
}
