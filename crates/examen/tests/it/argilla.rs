//! An Argilla server instead of the embedded store: here another of our own servers, on a real socket.

use crate::support::{examen, fail, succeed, testdata};
use assert_cmd::Command;
use examen_annotate::{
    Role, Store, bootstrap, create_user,
    server::{AppState, serve},
    store::NewResponse,
};
use examen_core::annotation::ResponseStatus;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use tokio::{net::TcpListener, runtime::Runtime};
use uuid::Uuid;

const KEY: &str = "a-key-of-the-owner";

/// A server over a store in `folder/there`; it stops when it goes out of scope.
struct There {
    runtime: Runtime,
    store: Store,
    url: String,
}

impl There {
    fn start(folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let (store, url) = runtime.block_on(async {
            let store = Store::open(&folder.join("there")).await.unwrap();
            bootstrap(&store, "ana", Some("a long password"), Some(KEY))
                .await
                .unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(serve(
                listener,
                AppState::new(store.clone()),
                std::future::pending(),
            ));
            (store, url)
        });
        Self {
            runtime,
            store,
            url,
        }
    }

    /// Ana agrees with every suggestion but each third, which she discards; Ben writes drafts.
    fn review(&self, dataset: &str) {
        self.runtime.block_on(async {
            let ana = self.store.credentials("ana").await.unwrap().unwrap().0.id;
            let ben = create_user(&self.store, "ben", None, Role::Annotator)
                .await
                .unwrap()
                .user
                .id;
            let dataset = self.store.dataset_by_name(dataset).await.unwrap().id;
            for (index, record) in self
                .store
                .records(dataset)
                .await
                .unwrap()
                .into_iter()
                .enumerate()
            {
                let status = if index % 3 == 2 {
                    ResponseStatus::Discarded
                } else {
                    ResponseStatus::Submitted
                };
                let suggested = record.suggestions[0].value.clone();
                for (user, status, answer) in [
                    (ana, status, suggested),
                    (ben, ResponseStatus::Draft, json!("answer_a")),
                ] {
                    let values = Map::from_iter([("correct_answer".to_owned(), answer)]);
                    let new = NewResponse {
                        id: Uuid::new_v4(),
                        record_id: record.id,
                        user_id: user,
                        status,
                        values,
                    };
                    self.store
                        .put_response(&new, jiff::Timestamp::now())
                        .await
                        .unwrap();
                }
            }
        });
    }

    fn n_datasets(&self) -> usize {
        self.runtime.block_on(self.store.datasets()).unwrap().len()
    }
}

/// The sample, as a command line of the original workflow names it.
fn annotate(folder: &Path) -> Command {
    let mut command = examen(folder);
    command.args([
        "annotate",
        "--dataset_path",
        testdata("distiset/sample").to_str().unwrap(),
    ]);
    command.args(["--output_dataset_name", "exam"]);
    command
}

#[test]
fn what_is_published_from_a_server_is_what_its_store_publishes() {
    let folder = tempfile::tempdir().unwrap();
    let there = There::start(folder.path());
    let push = || {
        let mut command = annotate(folder.path());
        succeed(command.args(["--argilla_api_url", &there.url, "--argilla_api_key", KEY]))
    };
    let told = push().replace(&there.url, "URL");
    assert_eq!(
        told,
        "12 questions (config `default`) are in the dataset `exam` in URL\n"
    );
    assert!(push().contains("12 of them from before"));
    assert!(
        !folder.path().join("examen-data").exists(),
        "the local store was touched"
    );
    there.review("exam");
    let publish = |name: &str| {
        let home = folder.path().join(name);
        fs::create_dir(&home).unwrap();
        let mut command = examen(&home);
        command.args([
            "publish",
            "--dataset_path",
            "exam",
            "--output",
            "published",
            "--include-unreviewed",
        ]);
        command
    };
    let local = succeed(
        publish("local")
            .arg("--data")
            .arg(folder.path().join("there")),
    );
    let slash = format!("{}/", there.url);
    let remote =
        succeed(publish("remote").args(["--argilla-url", &slash, "--argilla-api-key", KEY]));
    assert_eq!(remote, local);
    for file in [
        "README.md",
        "left_out.jsonl",
        "data/train-00000-of-00001.parquet",
    ] {
        let [local, remote] = ["local", "remote"]
            .map(|name| fs::read(folder.path().join(name).join("published").join(file)));
        assert!(local.unwrap() == remote.unwrap(), "{file} differs");
    }
}

#[test]
fn the_variables_stand_in_for_flags_but_ask_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let there = There::start(folder.path());
    let run = |command: &mut Command| {
        succeed(
            command
                .env("ARGILLA_API_URL", &there.url)
                .env("ARGILLA_API_KEY", KEY),
        );
    };
    run(&mut annotate(folder.path()));
    assert_eq!(there.n_datasets(), 0);
    run(annotate(folder.path()).args(["--argilla-workspace", "default"]));
    assert_eq!(there.n_datasets(), 1);
}

#[test]
fn a_wrong_key_and_a_wrong_address_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let there = There::start(folder.path());
    let told = fail(
        annotate(folder.path()).args([
            "--argilla-url",
            &there.url,
            "--argilla-api-key",
            "wrong-key",
        ]),
        1,
    );
    assert!(
        told.contains("does not know this API key") && told.contains("hint: "),
        "{told}"
    );
    assert!(!told.contains("wrong-key"), "{told}");
    // The port of nobody: one that was just given back.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let told = fail(
        annotate(folder.path()).args(["--argilla-url", &format!("http://{nobody}")]),
        1,
    );
    assert!(told.contains("nobody answers at"), "{told}");
    let told = fail(
        annotate(folder.path()).args(["--argilla-url", &format!("{}/api", there.url)]),
        1,
    );
    assert!(
        told.contains("does not answer as an Argilla server does"),
        "{told}"
    );
}

#[test]
fn datasets_are_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    let there = There::start(folder.path());
    succeed(annotate(folder.path()).args(["--argilla-url", &there.url, "--argilla-api-key", KEY]));
    there.review("exam");
    let carry = |arguments: &[&str]| {
        let mut command = examen(folder.path());
        command
            .args([
                "annotate",
                "--argilla-url",
                &there.url,
                "--argilla-api-key",
                KEY,
            ])
            .args(arguments);
        command
    };
    let talk = fail(&mut carry(&["--from-argilla"]), 2);
    assert!(talk.contains("names of datasets, or --all"), "{talk}");
    fail(&mut carry(&["--from-argilla", "exam", "--seed", "3"]), 2);
    let output = carry(&["--from_argilla", "exam"]).output().unwrap();
    let (told, talk) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(0), "{talk}");
    assert!(
        told.starts_with("default/exam: 12 records, 24 responses\n1 datasets are in examen-data\n"),
        "{told}"
    );
    let password = talk
        .split("new user `ben` (annotator), password: ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let again = succeed(&mut carry(&["--from-argilla", "--all", "--format", "json"]));
    assert!(!again.contains(password), "{again}");
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["datasets"][0]["responses"], 24);
    assert_eq!(again["new_users"], json!([]));
    let published = succeed(examen(folder.path()).args([
        "publish",
        "--dataset-path",
        "exam",
        "--output",
        "published",
    ]));
    assert!(
        published.starts_with("8 of 12 records become rows\n"),
        "{published}"
    );
}
