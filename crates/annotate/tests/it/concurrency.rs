//! Many writers and several processes: nobody sees "database is locked", nothing is lost.

use crate::support::{annotator, exam_of, nowhere_yet, owner, response, stored, time};
use examen_annotate::Store;
use examen_core::annotation::{RecordStatus, ResponseStatus};
use futures::future::join_all;

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_over_two_stores_on_one_database() {
    const EACH: usize = 12;
    let stored = stored().await;
    let dataset = exam_of(&stored.store, EACH).await;
    let other = stored.location.open().await.unwrap();
    let ids: Vec<_> = stored
        .store
        .records(dataset)
        .await
        .unwrap()
        .into_iter()
        .map(|record| record.id)
        .collect();
    let mut users = vec![owner(&stored.store).await];
    for number in 1..16 {
        users.push(annotator(&stored.store, &format!("reviewer {number}")).await);
    }
    let writers = users.iter().enumerate().map(|(number, user)| {
        let store = if number % 2 == 0 {
            stored.store.clone()
        } else {
            other.clone()
        };
        let (user, ids) = (user.clone(), ids.clone());
        tokio::spawn(async move {
            for id in ids {
                let given = response(id, &user, ResponseStatus::Submitted, "answer_a");
                store.put_response(&given, time(1)).await.unwrap().unwrap();
            }
        })
    });
    for done in join_all(writers).await {
        done.unwrap();
    }
    for record in other.records(dataset).await.unwrap() {
        assert_eq!(
            (record.responses.len(), record.status),
            (16, RecordStatus::Completed)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_open_at_once_find_one_store() {
    let (_folder, location) = nowhere_yet().await;
    let opening = (0..8).map(|_| {
        let location = location.clone();
        tokio::spawn(async move { location.open().await.unwrap() })
    });
    let stores: Vec<Store> = join_all(opening)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let user = owner(&stores[0]).await;
    for store in &stores {
        assert_eq!(store.users().await.unwrap(), std::slice::from_ref(&user));
    }
}
