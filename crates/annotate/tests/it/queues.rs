//! What a reviewer gets to see next.

use crate::support::{annotator, exam_of, new_dataset, new_record, owner, response, stored, time};
use examen_annotate::{
    Role, Store,
    store::{Existing, Include, NewRecord, NewUser, Queue, User},
};
use examen_core::annotation::{RecordStatus, ResponseStatus};
use std::collections::BTreeSet;
use uuid::Uuid;

async fn queue(store: &Store, dataset: Uuid, user: &User, queue: Queue) -> Vec<Uuid> {
    let page = store
        .queue_page(dataset, user.id, queue, 0, 100)
        .await
        .unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.into_iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn each_reviewer_has_an_order_of_their_own_that_stays() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = exam_of(store, 40).await;
    let (ana, ben) = (owner(store).await, annotator(store, "ben").await);
    let order = queue(store, dataset, &ana, Queue::Pending).await;
    assert_eq!(order, queue(store, dataset, &ana, Queue::Pending).await);
    let bens = queue(store, dataset, &ben, Queue::Pending).await;
    assert_ne!(order, bens);
    let all: BTreeSet<_> = order.iter().collect();
    assert_eq!(all.len(), 40);
    assert_eq!(all, bens.iter().collect());

    // Pages are parts of the same order, and what is answered leaves the rest as it was.
    let page = store
        .queue_page(dataset, ana.id, Queue::Pending, 10, 5)
        .await
        .unwrap();
    assert_eq!(page.total, 40);
    assert!(
        page.items
            .iter()
            .map(|record| record.id)
            .eq(order[10..15].iter().copied())
    );
    store
        .put_response(
            &response(order[0], &ana, ResponseStatus::Draft, "answer_a"),
            time(1),
        )
        .await
        .unwrap();
    assert_eq!(
        queue(store, dataset, &ana, Queue::Pending).await,
        order[1..]
    );
}

#[tokio::test]
async fn reviewers_who_work_side_by_side_seldom_meet() {
    const RECORDS: u128 = 120;
    let stored = stored().await;
    let store = &stored.store;
    // The ids are fixed, and with them every order.
    let dataset = new_dataset(store, "exam", 1).await;
    let record = |number| NewRecord {
        id: Uuid::from_u128(number),
        ..new_record(number as usize)
    };
    let records: Vec<_> = (0..RECORDS).map(record).collect();
    store
        .create_dataset(&dataset, &records, Existing::Refuse, time(0))
        .await
        .unwrap();
    let mut users = Vec::new();
    let workspace_id = dataset.workspace_id;
    for number in 1..=3 {
        let (id, name) = (Uuid::from_u128(1000 + number), format!("reviewer {number}"));
        let secrets = [format!("password {number}"), format!("key {number}")];
        let [password_hash, api_key] = secrets;
        let (workspace_id, first_name, last_name) = (Some(workspace_id), name.clone(), None);
        let role = Role::Owner;
        let new = NewUser {
            id,
            workspace_id,
            username: name,
            first_name,
            last_name,
            role,
            password_hash,
            api_key,
        };
        users.push(store.insert_user(&new, time(0)).await.unwrap());
    }
    let (mut rounds, mut met) = (0, 0);
    loop {
        let mut given = BTreeSet::new();
        for user in &users {
            let page = store
                .queue_page(dataset.id, user.id, Queue::Pending, 0, 1)
                .await
                .unwrap();
            met += page
                .items
                .iter()
                .filter(|record| !given.insert(record.id))
                .count();
        }
        if given.is_empty() {
            break;
        }
        for record in given {
            let given = response(record, &users[0], ResponseStatus::Submitted, "answer_a");
            store.put_response(&given, time(1)).await.unwrap();
        }
        rounds += 1;
    }
    // Three who share the work perfectly need 40 rounds; those in line for the same order would need 120.
    assert!(
        (40..=46).contains(&rounds),
        "{rounds} rounds, met {met} times"
    );
}

#[tokio::test]
async fn answered_queues_hold_the_latest_first_and_nobody_elses() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = exam_of(store, 6).await;
    let (ana, ben) = (owner(store).await, annotator(store, "ben").await);
    let ids: Vec<Uuid> = store
        .records(dataset)
        .await
        .unwrap()
        .into_iter()
        .map(|record| record.id)
        .collect();
    for (second, index) in [(1, 2), (2, 0), (3, 1), (4, 2)] {
        let given = response(ids[index], &ana, ResponseStatus::Submitted, "answer_a");
        store.put_response(&given, time(second)).await.unwrap();
    }
    store
        .put_response(
            &response(ids[3], &ben, ResponseStatus::Discarded, "answer_a"),
            time(5),
        )
        .await
        .unwrap();
    store
        .put_response(
            &response(ids[4], &ben, ResponseStatus::Draft, "answer_a"),
            time(6),
        )
        .await
        .unwrap();
    assert_eq!(
        queue(store, dataset, &ana, Queue::Submitted).await,
        [ids[2], ids[1], ids[0]]
    );
    assert!(
        queue(store, dataset, &ben, Queue::Submitted)
            .await
            .is_empty()
    );
    assert_eq!(
        queue(store, dataset, &ben, Queue::Discarded).await,
        [ids[3]]
    );
    assert_eq!(queue(store, dataset, &ben, Queue::Draft).await, [ids[4]]);
    // A draft and a discard complete nothing: Ana still gets both.
    let pending: BTreeSet<_> = queue(store, dataset, &ana, Queue::Pending)
        .await
        .into_iter()
        .collect();
    assert_eq!(pending, ids[3..].iter().copied().collect());
    let progress = store.progress(dataset, ben.id).await.unwrap();
    assert_eq!((progress.total, progress.completed), (6, 3));
    let mine = progress.mine;
    assert_eq!(
        (mine.pending, mine.draft, mine.submitted, mine.discarded),
        (1, 1, 0, 1)
    );
}

#[tokio::test]
async fn a_question_on_which_reviewers_disagree_is_offered_to_one_more() {
    use ResponseStatus::{Discarded, Draft, Submitted};
    let stored = stored().await;
    let store = &stored.store;
    let mut users = vec![owner(store).await];
    for name in ["ben", "eva", "ida"] {
        users.push(annotator(store, name).await);
    }
    const A: (ResponseStatus, &str) = (Submitted, "answer_a");
    const B: (ResponseStatus, &str) = (Submitted, "answer_b");
    const BAD: (ResponseStatus, &str) = (Discarded, "answer_a");
    for (min_submitted, given, is_offered) in [
        (2, vec![A, B], true),
        (2, vec![A, A], false),
        (2, vec![A, BAD], true),
        (2, vec![A, B, A], false),
        (2, vec![A, B, BAD], true),
        (1, vec![A], false),
        (1, vec![BAD, A], true),
        (1, vec![A, BAD, BAD], false),
        (1, vec![A, (Draft, "answer_b")], false),
    ] {
        let dataset = new_dataset(store, "exam", min_submitted).await;
        let record = new_record(0);
        store
            .create_dataset(
                &dataset,
                std::slice::from_ref(&record),
                Existing::Replace,
                time(0),
            )
            .await
            .unwrap();
        for (user, &(status, answer)) in users.iter().zip(&given) {
            store
                .put_response(&response(record.id, user, status, answer), time(1))
                .await
                .unwrap();
        }
        let offered = queue(store, dataset.id, &users[3], Queue::Pending).await;
        assert_eq!(
            offered,
            if is_offered {
                vec![record.id]
            } else {
                Vec::new()
            },
            "{min_submitted} {given:?}"
        );
        assert!(
            queue(store, dataset.id, &users[0], Queue::Pending)
                .await
                .is_empty(),
            "who has answered is not asked again"
        );
        // Taken back, it waits for everybody again.
        for user in &users {
            store
                .delete_response(record.id, user.id, &[], time(2))
                .await
                .unwrap();
        }
        let progress = store.progress(dataset.id, users[0].id).await.unwrap();
        assert_eq!((progress.completed, progress.mine.pending), (0, 1));
    }
}

#[tokio::test]
async fn a_page_shows_only_the_callers_response() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = exam_of(store, 1).await;
    let (ana, ben) = (owner(store).await, annotator(store, "ben").await);
    let id = store.records(dataset).await.unwrap()[0].id;
    store
        .put_response(
            &response(id, &ana, ResponseStatus::Discarded, "answer_a"),
            time(1),
        )
        .await
        .unwrap();
    store
        .put_response(
            &response(id, &ben, ResponseStatus::Discarded, "answer_b"),
            time(1),
        )
        .await
        .unwrap();
    let page = store
        .queue_page(dataset, ben.id, Queue::Discarded, 0, 5)
        .await
        .unwrap();
    let users: Vec<_> = page.items[0]
        .responses
        .iter()
        .map(|response| response.user_id)
        .collect();
    assert_eq!(users, [ben.id]);
}

/// The progress that a stranger to the dataset sees, against what the records themselves tell.
async fn assert_counted(store: &Store, dataset: Uuid, stranger: &User) {
    let records = store.records(dataset).await.unwrap();
    let completed = records
        .iter()
        .filter(|record| record.status == RecordStatus::Completed)
        .count();
    let progress = store.progress(dataset, stranger.id).await.unwrap();
    assert_eq!(
        (progress.total, progress.completed),
        (records.len() as u64, completed as u64)
    );
    assert_eq!(
        progress.mine.pending,
        queue(store, dataset, stranger, Queue::Pending).await.len() as u64
    );
    let pending = store.pending_for(dataset, stranger.id).await.unwrap();
    assert_eq!(pending, (records.len() - completed) as u64);
}

#[tokio::test]
async fn counts_follow_every_change() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = exam_of(store, 12).await;
    let other = new_dataset(store, "another exam", 1).await;
    store
        .create_dataset(&other, &[new_record(1)], Existing::Refuse, time(0))
        .await
        .unwrap();
    let (owner, ana) = (owner(store).await, annotator(store, "ana").await);
    let (ben, stranger) = (
        annotator(store, "ben").await,
        annotator(store, "stranger").await,
    );
    let ids: Vec<Uuid> = store
        .records(dataset)
        .await
        .unwrap()
        .iter()
        .map(|record| record.id)
        .collect();
    assert_counted(store, dataset, &stranger).await;
    for (index, id) in ids.iter().enumerate().take(6) {
        store
            .put_response(
                &response(*id, &ana, ResponseStatus::Submitted, "answer_a"),
                time(1),
            )
            .await
            .unwrap();
        // Two who disagree leave a record open, though it is completed.
        let answer = if index % 2 == 0 {
            "answer_a"
        } else {
            "answer_b"
        };
        store
            .put_response(
                &response(*id, &ben, ResponseStatus::Submitted, answer),
                time(2),
            )
            .await
            .unwrap();
    }
    assert_counted(store, dataset, &stranger).await;
    store
        .update_dataset(dataset, |head| head.min_submitted = 2)
        .await
        .unwrap();
    assert_counted(store, dataset, &stranger).await;
    store
        .delete_response(ids[0], ana.id, &[], time(4))
        .await
        .unwrap();
    store
        .delete_records(dataset, &ids[1..4], &[], time(4))
        .await
        .unwrap();
    assert_counted(store, dataset, &stranger).await;
    store.delete_user(ben.id, time(4)).await.unwrap();
    assert_counted(store, dataset, &owner).await;
    assert_counted(store, other.id, &stranger).await;
}

#[tokio::test]
async fn the_order_of_many_records_has_every_record_once() {
    const RECORDS: usize = 600;
    let stored = stored().await;
    let store = &stored.store;
    let dataset = exam_of(store, RECORDS).await;
    let (ana, ben) = (owner(store).await, annotator(store, "ben").await);
    let mut orders = Vec::new();
    for user in [&ana, &ben] {
        let mut order = Vec::new();
        for offset in (0..RECORDS as u32).step_by(70) {
            let page = store
                .queue_page(dataset, user.id, Queue::Pending, offset, 70)
                .await
                .unwrap();
            assert_eq!(page.total, RECORDS as u64);
            order.extend(page.items.into_iter().map(|record| record.id));
        }
        assert_eq!(
            (order.len(), order.iter().collect::<BTreeSet<_>>().len()),
            (RECORDS, RECORDS)
        );
        orders.push(order);
    }
    assert_ne!(
        orders[0][..50].iter().collect::<BTreeSet<_>>(),
        orders[1][..50].iter().collect()
    );
    // What somebody has completed is offered to nobody else, wherever it lies in their order.
    for id in &orders[0][..100] {
        store
            .put_response(
                &response(*id, &ana, ResponseStatus::Submitted, "answer_a"),
                time(1),
            )
            .await
            .unwrap();
    }
    let rest = store
        .queue_page(dataset, ben.id, Queue::Pending, 450, 100)
        .await
        .unwrap();
    let expected = orders[1]
        .iter()
        .filter(|id| !orders[0][..100].contains(id))
        .skip(450);
    assert!(
        rest.items
            .iter()
            .map(|record| record.id)
            .eq(expected.copied())
    );
}

#[tokio::test]
async fn deep_pages_go_on_where_shallow_ones_end() {
    let stored = stored().await;
    let store = &stored.store;
    let user = owner(store).await;
    let dataset = exam_of(store, 900).await;
    let page = async |offset: u32, limit: u32| -> Vec<Uuid> {
        let page = store.queue_page(dataset, user.id, Queue::Pending, offset, limit);
        page.await
            .unwrap()
            .items
            .iter()
            .map(|record| record.id)
            .collect()
    };
    // Some are completed, some are begun and open to others.
    for (n, record) in page(0, 160).await.into_iter().enumerate() {
        let status = match n % 2 {
            0 => ResponseStatus::Submitted,
            _ => ResponseStatus::Draft,
        };
        let given = response(record, &user, status, "answer_a");
        store.put_response(&given, time(1)).await.unwrap().unwrap();
    }
    let whole = page(0, 1_000).await;
    assert_eq!(whole.len(), 740);
    for offset in [0, 400, 511, 512, 600, 737, 740, 5_000] {
        let expected: Vec<_> = whole.iter().skip(offset).take(50).copied().collect();
        assert_eq!(page(offset as u32, 50).await, expected, "{offset}");
    }
}

#[tokio::test]
async fn pages_of_records_have_no_gaps_where_some_were_deleted() {
    let stored = stored().await;
    let store = &stored.store;
    let dataset = exam_of(store, 40).await;
    let page = async |offset: u64, limit: u32| {
        let include = Include::default();
        let page = store.record_page(dataset, offset, limit, &include);
        let (records, total) = page.await.unwrap();
        let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
        (ids, total)
    };
    let mut all = page(0, 100).await.0;
    for deleted in [0..0, 0..3, 10..12, 33..35] {
        let ids: Vec<Uuid> = all.drain(deleted).collect();
        store
            .delete_records(dataset, &ids, &[], time(2))
            .await
            .unwrap();
        let n = all.len();
        for offset in [0, 7, 20, n - 2, n, n + 5] {
            let expected: Vec<_> = all.iter().skip(offset).take(5).copied().collect();
            assert_eq!(
                page(offset as u64, 5).await,
                (expected, n as u64),
                "{offset}"
            );
        }
    }
}
