//! `kill -9` in the middle of writing: what was acknowledged is there afterwards.

use crate::support::{Stored, exam_of, owner, response, stored, time};
use examen_annotate::Location;
use examen_core::annotation::ResponseStatus;
use std::{
    collections::HashSet,
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

const FOLDER: &str = "EXAMEN_TEST_KILLED_FOLDER";
const DATABASE: &str = "EXAMEN_TEST_KILLED_DATABASE";
const ACKNOWLEDGED: &str = "acknowledged ";

/// Writes responses one after the other and says each, until it is killed.
#[tokio::test]
#[ignore = "the part of `acknowledged_responses_survive_kill_9` that is killed"]
async fn writes_until_killed() {
    let folder = env::var_os(FOLDER).expect("the parent names the folder");
    let location = Location {
        folder: folder.into(),
        database_url: env::var(DATABASE).ok(),
    };
    let store = location.open().await.unwrap();
    let user = store.users().await.unwrap().remove(0);
    let dataset = store.dataset_by_name("exam").await.unwrap();
    for record in store.records(dataset.id).await.unwrap() {
        let given = response(record.id, &user, ResponseStatus::Submitted, "answer_a");
        store.put_response(&given, time(1)).await.unwrap().unwrap();
        println!("{ACKNOWLEDGED}{}", record.id);
        std::io::stdout().flush().unwrap();
    }
    panic!("nobody killed this process");
}

#[tokio::test]
async fn acknowledged_responses_survive_kill_9() {
    let Stored {
        folder: _folder,
        location,
        store,
    } = stored().await;
    let dataset = exam_of(&store, 20_000).await;
    owner(&store).await;
    store.close().await;

    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "kill::writes_until_killed",
        ])
        .env(FOLDER, &location.folder)
        .envs(location.database_url.as_ref().map(|url| (DATABASE, url)))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = lines
        .map(Result::unwrap)
        .filter_map(|line| Some(line.split_once(ACKNOWLEDGED)?.1.to_owned()));
    let mut told: HashSet<String> = acknowledged.by_ref().take(40).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    told.extend(acknowledged);

    let store = location.open().await.unwrap();
    let records = store.records(dataset).await.unwrap();
    assert_eq!(records.len(), 20_000);
    let answered: HashSet<String> = records
        .iter()
        .filter(|record| !record.responses.is_empty())
        .map(|record| record.id.to_string())
        .collect();
    assert!(told.len() >= 40);
    assert!(
        told.is_subset(&answered),
        "{} of {} are gone",
        told.difference(&answered).count(),
        told.len()
    );
    // One response may have been written and not yet told.
    assert!(answered.len() <= told.len() + 1);
}
