//! What the client sends is what a server reads.

use examen_argilla::{
    answers,
    bodies::{
        BulkItem, BulkRecords, NewDataset, NewField, NewQuestion, NewResponse, NewSuggestion,
        NewUser, NewVectorSettings, ResponseBody, SuggestionKind,
    },
    schema,
};
use examen_core::annotation::{
    Field, FieldSettings, LabelOption, Question, QuestionSettings, ResponseStatus,
    questions::{
        LabelSelection, MultiLabelSelection, OptionsOrder, Ranking, Rating, RatingOption, Span,
        Text,
    },
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

fn object() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from)
    ];
    prop::collection::vec(("[a-z]{1,5}", value), 0..4).prop_map(Map::from_iter)
}

fn suggestion() -> impl Strategy<Value = NewSuggestion> {
    let kind = prop::option::of(prop_oneof![
        Just(SuggestionKind::Model),
        Just(SuggestionKind::Human)
    ]);
    let score = prop::option::of((0_u8..=64).prop_map(|part| Value::from(f64::from(part) / 64.0)));
    (
        any::<u128>(),
        any::<String>(),
        prop::option::of("[a-z][a-z0-9:/ ]{0,8}"),
        score,
        kind,
    )
        .prop_map(|(id, value, agent, score, kind)| NewSuggestion {
            question_id: Uuid::from_u128(id),
            value: Value::from(value),
            agent,
            score,
            kind,
        })
}

fn response() -> impl Strategy<Value = NewResponse> {
    let status = prop_oneof![
        Just(ResponseStatus::Draft),
        Just(ResponseStatus::Submitted),
        Just(ResponseStatus::Discarded)
    ];
    (any::<u128>(), status, prop::option::of(object())).prop_map(|(id, status, values)| {
        NewResponse {
            user_id: Uuid::from_u128(id),
            response: ResponseBody { status, values },
        }
    })
}

fn item() -> impl Strategy<Value = BulkItem> {
    let vectors = prop::collection::btree_map(
        "[a-z]{1,5}",
        prop::collection::vec(any::<i32>().prop_map(|n| f64::from(n) / 64.0), 1..4),
        0..3,
    );
    let ids = (
        prop::option::of(any::<u128>().prop_map(Uuid::from_u128)),
        prop::option::of("[a-z0-9]{8,12}"),
    );
    let about = (
        prop::option::of(object()),
        prop::option::of(prop::option::of(object())),
    );
    let suggestions = prop::collection::vec(suggestion(), 0..3);
    let responses = prop::collection::vec(response(), 0..3);
    (ids, about, suggestions, responses, vectors).prop_map(
        |((id, external_id), (fields, metadata), suggestions, responses, vectors)| BulkItem {
            id,
            external_id,
            fields,
            metadata,
            suggestions,
            responses,
            vectors: vectors.into_iter().collect(),
        },
    )
}

// Numbers that decimal digits hold exactly: `serde_json` reads others to the last bit but one.
proptest! {
    #[test]
    fn records_are_read_as_they_were_sent(item in item()) {
        let records = BulkRecords { items: vec![item] };
        let sent: Value = serde_json::from_str(&serde_json::to_string(&records).unwrap()).unwrap();
        prop_assert_eq!(schema::read("body", |reader| BulkRecords::read(reader, sent)), Ok(records));
    }
}

#[test]
fn datasets_users_and_vectors_are_read_as_they_were_sent() {
    let dataset = NewDataset {
        name: "exam".to_owned(),
        workspace_id: Uuid::from_u128(7),
        guidelines: None,
        allow_extra_metadata: true,
        min_submitted: 3,
        metadata: Some(Map::from_iter([("shuffle_seed".to_owned(), json!("7"))])),
    };
    let sent = serde_json::to_value(&dataset).unwrap();
    assert_eq!(
        schema::read("body", |reader| NewDataset::read(reader, sent)),
        Ok(dataset)
    );
    let user = NewUser {
        id: None,
        username: "ana".to_owned(),
        first_name: "Ana".to_owned(),
        last_name: None,
        role: "admin",
        password: "a fine password".to_owned(),
    };
    let sent = serde_json::to_value(&user).unwrap();
    assert_eq!(
        schema::read("body", |reader| NewUser::read(reader, sent)),
        Ok(user)
    );
    let vectors = NewVectorSettings {
        name: "v".to_owned(),
        title: "V".to_owned(),
        dimensions: 2,
    };
    let sent = serde_json::to_value(&vectors).unwrap();
    assert_eq!(
        schema::read("body", |reader| NewVectorSettings::read(reader, sent)),
        Ok(vectors)
    );
}

#[test]
fn fields_of_every_kind_are_read_as_they_were_sent() {
    let fields = [
        FieldSettings::Text { use_markdown: true },
        FieldSettings::Image,
        FieldSettings::Chat {
            use_markdown: false,
        },
        FieldSettings::Custom {
            template: "<b></b>".to_owned(),
            advanced_mode: true,
        },
    ];
    for settings in fields {
        let field = Field {
            name: "f".to_owned(),
            title: "F".to_owned(),
            required: true,
            settings,
        };
        let sent = serde_json::to_value(&field).unwrap();
        let read = schema::read("body", |reader| NewField::read(reader, sent)).unwrap();
        assert_eq!(
            (read.name, read.title, read.required, read.settings),
            (field.name, field.title, true, field.settings)
        );
    }
}

#[test]
fn questions_of_every_kind_are_read_as_they_were_sent() {
    let option = |value: &str| LabelOption {
        value: value.to_owned(),
        text: value.to_owned(),
        description: None,
    };
    let options = vec![option("a"), option("b"), option("c")];
    let questions = [
        QuestionSettings::Text(Text { use_markdown: true }),
        QuestionSettings::LabelSelection(LabelSelection {
            options: options.clone(),
            visible_options: None,
        }),
        QuestionSettings::MultiLabelSelection(MultiLabelSelection {
            options: options.clone(),
            visible_options: Some(3),
            options_order: OptionsOrder::Suggestion,
        }),
        QuestionSettings::Rating(Rating {
            options: vec![RatingOption { value: 1 }, RatingOption { value: 2 }],
        }),
        QuestionSettings::Ranking(Ranking {
            options: options.clone(),
        }),
        QuestionSettings::Span(Span {
            field: "f".to_owned(),
            options,
            visible_options: None,
            allow_overlapping: true,
            allow_character_annotation: false,
        }),
    ];
    for settings in questions {
        let (name, title) = ("q".to_owned(), "Q".to_owned());
        let question = Question {
            name,
            title,
            description: Some("d".to_owned()),
            required: false,
            settings,
        };
        let sent = serde_json::to_value(&question).unwrap();
        let read = schema::read("body", |reader| NewQuestion::read(reader, sent)).unwrap();
        assert_eq!(
            (read.description, read.required, read.settings),
            (question.description, false, question.settings)
        );
    }
}

#[test]
fn a_discarded_response_may_have_no_values() {
    let response = json!({
        "id": Uuid::nil(), "values": null, "status": "discarded", "record_id": Uuid::nil(), "user_id": Uuid::nil(),
        "inserted_at": "2026-11-23T19:37:49.570055", "updated_at": "2026-11-23T19:37:49.570055",
    });
    let read: answers::Response = serde_json::from_value(response).unwrap();
    assert!(read.values.is_empty() && read.unwrapped().is_empty());
}
