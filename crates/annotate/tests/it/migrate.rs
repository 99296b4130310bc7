//! Datasets carried over from one of our servers into another store.

use crate::{
    remote::{Fault, client, serve},
    support::{API_KEY, PASSWORD, Stored, annotator, exam_of, owner, stored, time},
};
use examen_annotate::{
    AnnotateError, CarriedDataset, CarriedUser, Migration, Role, Store, accounts, create_user,
    store::{FullRecord, Include, NewResponse, Schema, StoredResponse},
};
use examen_argilla::{
    Client,
    bodies::{BulkItem, NewSuggestion, NewVectorSettings, SuggestionKind},
    client::{Settings, WholeDataset},
};
use examen_core::{
    Silent,
    annotation::{
        Field, FieldSettings, LabelOption, MetadataProperty, MetadataSettings, Question,
        QuestionSettings, ResponseStatus,
        questions::{LabelSelection, Ranking, Rating, RatingOption, Span, Text},
    },
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Mutex};
use uuid::Uuid;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// Every kind of part.
fn settings() -> Settings {
    let field = |name: &str, settings| {
        let (name, title) = (name.to_owned(), name.to_uppercase());
        Field {
            required: name == "text",
            name,
            title,
            settings,
        }
    };
    let question = |name: &str, settings| Question {
        name: name.to_owned(),
        title: name.to_uppercase(),
        description: (name == "label").then(|| "Which?".to_owned()),
        required: name == "label",
        settings,
    };
    let property = |name: &str, settings, visible_for_annotators| {
        let (name, title) = (name.to_owned(), name.to_uppercase());
        MetadataProperty {
            name,
            title,
            settings,
            visible_for_annotators,
        }
    };
    let option = |value: &str| LabelOption {
        value: value.to_owned(),
        text: value.to_uppercase(),
        description: None,
    };
    let options = vec![option("a"), option("b"), option("c")];
    let span = Span {
        field: "text".to_owned(),
        options: options.clone(),
        visible_options: Some(3),
        allow_overlapping: true,
        allow_character_annotation: true,
    };
    let label = LabelSelection {
        options: options.clone(),
        visible_options: None,
    };
    let rating = Rating {
        options: [1, 2, 3].map(|value| RatingOption { value }).to_vec(),
    };
    Settings {
        guidelines: Some("Read **twice**.".to_owned()),
        allow_extra_metadata: false,
        min_submitted: 2,
        metadata: Some(object(json!({"origin": "a test"}))),
        fields: vec![
            field("text", FieldSettings::Text { use_markdown: true }),
            field(
                "talk",
                FieldSettings::Chat {
                    use_markdown: false,
                },
            ),
            field(
                "card",
                FieldSettings::Custom {
                    template: "<b></b>".to_owned(),
                    advanced_mode: true,
                },
            ),
        ],
        questions: vec![
            question("label", QuestionSettings::LabelSelection(label)),
            question("order", QuestionSettings::Ranking(Ranking { options })),
            question("stars", QuestionSettings::Rating(rating)),
            question("parts", QuestionSettings::Span(span)),
            question(
                "words",
                QuestionSettings::Text(Text {
                    use_markdown: false,
                }),
            ),
        ],
        metadata_properties: vec![
            property(
                "score",
                MetadataSettings::Float {
                    min: Some(0.0),
                    max: None,
                },
                true,
            ),
            property(
                "source",
                MetadataSettings::Terms {
                    values: Some(vec![json!("web"), json!("book")]),
                },
                false,
            ),
        ],
        vectors_settings: vec![NewVectorSettings {
            name: "v".to_owned(),
            title: "V".to_owned(),
            dimensions: 2,
        }],
    }
}

/// Record `number`; every seventh has no external id, every third no metadata.
fn item(number: usize, whole: &WholeDataset) -> BulkItem {
    let suggestion = |question: &str, value: Value, score: Value| NewSuggestion {
        question_id: whole.question_id(question).unwrap(),
        value,
        agent: (question == "label").then(|| "a model".to_owned()),
        score: Some(score).filter(|score| !score.is_null()),
        kind: (question == "label").then_some(SuggestionKind::Model),
    };
    let ranking = json!([{"value": "b", "rank": 1}, {"value": "a", "rank": null}]);
    BulkItem {
        id: None,
        external_id: (!number.is_multiple_of(7)).then(|| format!("r{number}")),
        fields: Some(object(json!({
            "text": format!("The text, número {number}"), "talk": [{"role": "user", "content": "hi"}], "card": {"n": number},
        }))),
        metadata: Some(
            (!number.is_multiple_of(3)).then(|| object(json!({"score": 0.5, "source": ["web"]}))),
        ),
        suggestions: vec![
            suggestion("label", json!("c"), json!(0.25)),
            suggestion("order", ranking, json!([0.5, 0.75])),
        ],
        responses: Vec::new(),
        vectors: if number.is_multiple_of(2) {
            vec![("v".to_owned(), vec![0.5, number as f64])]
        } else {
            Vec::new()
        },
    }
}

fn answer(user: Uuid, record: Uuid, status: ResponseStatus, values: Value) -> NewResponse {
    NewResponse {
        id: Uuid::new_v4(),
        record_id: record,
        user_id: user,
        status,
        values: object(values),
    }
}

/// A server with a dataset of 300 records in the workspace `team`, of which Ana (an owner and no member), Ben and Eva (an
/// admin) have answered many.
struct There {
    stored: Stored,
    client: Client,
    dataset: Uuid,
}

impl There {
    async fn new() -> Self {
        let stored = stored().await;
        let store = &stored.store;
        let ana = owner(store).await;
        let client = client(&serve(store, None).await, API_KEY);
        let team = client.create_workspace("team").await.unwrap();
        let ben = annotator(store, "ben").await;
        let eva = create_user(store, "eva", Some(PASSWORD), Role::Admin)
            .await
            .unwrap()
            .user;
        for user in [ben.id, eva.id] {
            client.add_member(team.id, user).await.unwrap();
        }
        let whole = client
            .create_dataset(team.id, "things", &settings())
            .await
            .unwrap();
        let dataset = whole.dataset.id;
        for numbers in [0..256, 256..300] {
            let items: Vec<BulkItem> = numbers.map(|number| item(number, &whole)).collect();
            client.upsert_records(dataset, &items).await.unwrap();
        }
        let (records, _) = store
            .record_page(dataset, 0, 290, &Include::default())
            .await
            .unwrap();
        for (index, record) in records.iter().enumerate() {
            let whole_answer = json!({
                "label": "a", "stars": 2, "words": "", "parts": [{"label": "a", "start": 0, "end": 3}],
                "order": [{"value": "c", "rank": 1}, {"value": "a", "rank": 2}, {"value": "b", "rank": 2}],
            });
            let answers = [
                answer(ana.id, record.id, ResponseStatus::Submitted, whole_answer),
                answer(ben.id, record.id, ResponseStatus::Discarded, json!({})),
                answer(
                    eva.id,
                    record.id,
                    ResponseStatus::Draft,
                    json!({"words": "hm"}),
                ),
                answer(
                    eva.id,
                    record.id,
                    ResponseStatus::Submitted,
                    json!({"label": "b"}),
                ),
            ];
            for (turn, answer) in answers.iter().enumerate().skip(index % 3).take(2) {
                // The later in the list is the earlier in time in every second record.
                let turn = if index % 2 == 0 {
                    turn as i64
                } else {
                    -(turn as i64)
                };
                store.put_response(answer, time(100 + turn)).await.unwrap();
            }
        }
        Self {
            stored,
            client,
            dataset,
        }
    }
}

/// What was carried, and the users who were made.
async fn carry(
    client: &Client,
    store: &Store,
    overwrite: bool,
) -> Result<(CarriedDataset, Vec<CarriedUser>), AnnotateError> {
    let users = Mutex::new(Vec::new());
    let announce = |user: &CarriedUser| users.lock().unwrap().push(user.clone());
    let mut migration =
        Migration::choose(client, store, None, &["things".to_owned()], &announce).await?;
    let datasets = migration.datasets();
    let carried = migration.carry(&datasets[0], overwrite, &Silent).await?;
    drop(migration);
    Ok((carried, users.into_inner().unwrap()))
}

/// A record in words that are the same in every store: names for ids. Records without an external id have one here.
fn said(record: FullRecord, schema: &Schema, names: &BTreeMap<Uuid, String>) -> Value {
    let suggestions = record.suggestions.unwrap().into_iter().map(|suggestion| {
        let question = &schema.question(suggestion.question_id).unwrap().name;
        json!([
            question,
            suggestion.value,
            suggestion.agent,
            suggestion.score,
            suggestion.kind
        ])
    });
    let mut responses = record.responses.unwrap();
    responses.sort_by_key(|response| (response.updated_at, response.id));
    let said = |response: StoredResponse| {
        let StoredResponse {
            user_id,
            status,
            values,
            inserted_at,
            updated_at,
            ..
        } = response;
        json!([
            names[&user_id],
            status,
            values,
            inserted_at.to_string(),
            updated_at.to_string()
        ])
    };
    json!({
        "external_id": record.external_id.unwrap_or_else(|| record.id.to_string()),
        "fields": record.fields,
        "metadata": record.metadata,
        "status": record.status,
        "times": [record.inserted_at.to_string(), record.updated_at.to_string()],
        "suggestions": suggestions.collect::<Vec<_>>(),
        "responses": responses.into_iter().map(said).collect::<Vec<_>>(),
        "vectors": record.vectors,
    })
}

/// Everything about the dataset.
async fn everything(store: &Store, dataset: Uuid) -> Value {
    let users = store.users().await.unwrap();
    let names = users
        .iter()
        .map(|user| (user.id, user.username.clone()))
        .collect();
    let schema = store.schema(dataset).await.unwrap().unwrap();
    let (records, _) = store
        .record_page(dataset, 0, 1000, &Include::all())
        .await
        .unwrap();
    let head = &schema.dataset;
    let members = store.members(head.workspace_id).await.unwrap();
    let members: BTreeMap<String, Role> = members
        .into_iter()
        .map(|user| (user.username, user.role))
        .collect();
    let workspace = store.workspace(head.workspace_id).await.unwrap().unwrap();
    json!({
        "dataset": [head.id.to_string(), head.name, head.guidelines, head.status.name(), head.min_submitted,
                    head.allow_extra_metadata, head.metadata, head.inserted_at.to_string()],
        "workspace": [workspace.id.to_string(), workspace.name],
        "members": members,
        "fields": schema.fields.iter().map(|part| &part.value).collect::<Vec<_>>(),
        "questions": schema.questions.iter().map(|part| &part.value).collect::<Vec<_>>(),
        "metadata_properties": schema.metadata_properties.iter().map(|part| &part.value).collect::<Vec<_>>(),
        "vectors_settings": format!("{:?}", schema.vectors_settings.iter().map(|part| &part.value).collect::<Vec<_>>()),
        "records": records.into_iter().map(|record| said(record, &schema, &names)).collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn a_dataset_arrives_whole() {
    let (there, here) = (There::new().await, stored().await);
    let (carried, users) = carry(&there.client, &here.store, false).await.unwrap();
    assert_eq!(
        (carried.records, carried.kept, carried.replaced),
        (300, 0, None)
    );
    assert_eq!(carried.left_behind, Vec::<String>::new());
    let expected = everything(&there.stored.store, there.dataset).await;
    let arrived = everything(&here.store, there.dataset).await;
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&arrived[key], value, "{key}");
    }
    let roles: Vec<_> = users
        .iter()
        .map(|user| (user.username.as_str(), user.role))
        .collect();
    assert_eq!(
        roles,
        [
            ("ben", Role::Annotator),
            ("eva", Role::Admin),
            ("owner", Role::Owner)
        ]
    );
    for user in &users {
        let found = accounts::log_in(&here.store, &user.username, &user.password)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.role, user.role);
        assert!(!format!("{user:?}").contains(&user.password));
    }
    // Again: nothing changes, nobody is made.
    let (again, users) = carry(&there.client, &here.store, false).await.unwrap();
    assert_eq!(
        (again.records, again.responses, users.len()),
        (300, carried.responses, 0)
    );
    assert_eq!(everything(&here.store, there.dataset).await, arrived);
}

#[tokio::test]
async fn what_broke_off_goes_on() {
    let there = There::new().await;
    let expected = everything(&there.stored.store, there.dataset).await;
    let fault = Fault {
        method: "GET",
        path: "/records",
        after: 1,
        times: 9,
        is_done: false,
        status: 500,
    };
    for fault in [
        fault,
        Fault {
            path: "/users",
            after: 1,
            ..fault
        },
    ] {
        let here = stored().await;
        let broken = client(&serve(&there.stored.store, Some(fault)).await, API_KEY);
        let error = carry(&broken, &here.store, false).await.unwrap_err();
        assert!(error.to_string().contains("status 500"), "{error}");
        carry(&there.client, &here.store, false).await.unwrap();
        assert_eq!(
            everything(&here.store, there.dataset).await,
            expected,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn the_later_answer_stays_and_new_ones_come() {
    let (there, here) = (There::new().await, stored().await);
    carry(&there.client, &here.store, false).await.unwrap();
    let find = async |store: &Store, offset: u64| {
        store
            .record_page(there.dataset, offset, 1, &Include::all())
            .await
            .unwrap()
            .0
            .remove(0)
    };
    let ben = here.store.credentials("ben").await.unwrap().unwrap().0.id;
    let new_here = answer(
        ben,
        find(&here.store, 0).await.id,
        ResponseStatus::Submitted,
        json!({"label": "c"}),
    );
    here.store
        .put_response(&new_here, time(9_000))
        .await
        .unwrap();
    let record = find(&there.stored.store, 299).await.id;
    let new_there = answer(
        ben,
        record,
        ResponseStatus::Submitted,
        json!({"label": "a"}),
    );
    there
        .stored
        .store
        .put_response(&new_there, time(9_001))
        .await
        .unwrap();
    let (carried, _) = carry(&there.client, &here.store, false).await.unwrap();
    assert_eq!(carried.kept, 1);
    let of_ben = |record: FullRecord| {
        let response = record
            .responses
            .unwrap()
            .into_iter()
            .find(|response| response.user_id == ben)
            .unwrap();
        (response.values, response.updated_at)
    };
    assert_eq!(
        of_ben(find(&here.store, 0).await),
        (new_here.values, time(9_000))
    );
    assert_eq!(
        of_ben(find(&here.store, 299).await),
        (new_there.values, time(9_001))
    );
}

#[tokio::test]
async fn what_cannot_be_carried_over_is_told() {
    let (there, here) = (There::new().await, stored().await);
    // Somebody named Eva is here, and is no admin; an admin's key does not tell who the owner is.
    annotator(&here.store, "eva").await;
    let eva = there
        .stored
        .store
        .credentials("eva")
        .await
        .unwrap()
        .unwrap()
        .0
        .id;
    let key = there
        .stored
        .store
        .api_keys(&[eva])
        .await
        .unwrap()
        .remove(&eva)
        .unwrap();
    let by_admin = client(&serve(&there.stored.store, None).await, &key);
    let (carried, users) = carry(&by_admin, &here.store, false).await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(carried.left_behind.len(), 2, "{:?}", carried.left_behind);
    assert_eq!(
        carried.left_behind[0],
        "`eva` is admin there, annotator here, and stays so"
    );
    assert!(carried.left_behind[1].ends_with("whose name only an owner's API key may read"));
    let told: u64 = carried.left_behind[1]
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let (_, responses) = there.client.size(there.dataset).await.unwrap();
    assert_eq!(carried.responses + told, responses);
    let api = crate::support::Client::new(&there.stored.store, &crate::support::TestClock::new());
    let webhook = json!({"url": "https://a.example/hook", "events": ["record.created"]});
    let made = api
        .with("x-argilla-api-key", API_KEY)
        .post("/api/v1/webhooks", webhook)
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let migration = Migration::choose(&there.client, &here.store, Some("team"), &[], &|_| ())
        .await
        .unwrap();
    assert_eq!(
        migration.left_behind().await.unwrap(),
        ["the webhook to https://a.example/hook: it would get a new secret"]
    );
    assert_eq!(migration.datasets().len(), 1);
    let migration = Migration::choose(&by_admin, &here.store, None, &[], &|_| ())
        .await
        .unwrap();
    assert_eq!(migration.left_behind().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn another_dataset_is_not_overwritten_unasked() {
    let (there, here) = (There::new().await, stored().await);
    let team = here
        .store
        .ensure_workspace("team", Uuid::new_v4(), time(0))
        .await
        .unwrap();
    let mut head = {
        exam_of(&here.store, 2).await;
        here.store.datasets().await.unwrap().remove(0)
    };
    (head.id, head.name, head.workspace_id) = (Uuid::new_v4(), "things".to_owned(), team.id);
    here.store.insert_dataset(&head).await.unwrap();
    let error = carry(&there.client, &here.store, false).await.unwrap_err();
    assert!(
        matches!(&error, AnnotateError::OtherDataset { .. }),
        "{error}"
    );
    assert!(
        error.to_string().ends_with("it did not come from there") && error.hint().is_some(),
        "{error}"
    );
    let (carried, _) = carry(&there.client, &here.store, true).await.unwrap();
    assert_eq!((carried.records, carried.replaced), (300, Some((0, 0))));
    let (carried, _) = carry(&there.client, &here.store, true).await.unwrap();
    assert_eq!(carried.replaced, Some((300, carried.responses)));
    assert_eq!(here.store.datasets().await.unwrap().len(), 2);
}
