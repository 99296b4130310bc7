//! Every answer of the recorded Argilla 2.8.0 is read by the client's types.

use examen_argilla::answers::{
    BulkResponse, Dataset, Field, Found, Items, MetadataProperty, MyMetrics, Page, Progress,
    PropertyMetrics, Question, Record, Response, Suggestion, SuggestionOptions, Token, User,
    UsersProgress, VectorSettings, Webhook, Workspace, Written,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

type Read = fn(Value) -> Result<(), serde_json::Error>;

fn read<T: DeserializeOwned>(value: Value) -> Result<(), serde_json::Error> {
    serde_json::from_value::<T>(value).map(drop)
}

/// What a successful answer of a route holds.
fn answer(method: &str, route: &str) -> Option<Read> {
    let route = route.strip_prefix("/api/v1")?;
    Some(match (method, route) {
        (_, "/me" | "/users/{id}" | "/workspaces/{id}/users/{id}")
        | ("POST", "/users" | "/workspaces/{id}/users") => read::<User>,
        ("GET", "/users" | "/workspaces/{id}/users") => read::<Items<User>>,
        ("GET", "/me/workspaces" | "/users/{id}/workspaces") => read::<Items<Workspace>>,
        (_, "/workspaces" | "/workspaces/{id}") => read::<Workspace>,
        ("GET", "/me/datasets") => read::<Items<Dataset>>,
        (_, "/datasets" | "/datasets/{id}" | "/datasets/{id}/publish") => read::<Dataset>,
        ("GET", "/datasets/{id}/fields") => read::<Items<Field>>,
        (_, "/datasets/{id}/fields" | "/fields/{id}") => read::<Field>,
        ("GET", "/datasets/{id}/questions") => read::<Items<Question>>,
        (_, "/datasets/{id}/questions" | "/questions/{id}") => read::<Question>,
        ("GET", "/me/datasets/{id}/metadata-properties") => read::<Items<MetadataProperty>>,
        (_, "/datasets/{id}/metadata-properties" | "/metadata-properties/{id}") => {
            read::<MetadataProperty>
        }
        (_, "/metadata-properties/{id}/metrics") => read::<PropertyMetrics>,
        ("GET", "/datasets/{id}/vectors-settings") => read::<Items<VectorSettings>>,
        (_, "/datasets/{id}/vectors-settings" | "/vectors-settings/{id}") => read::<VectorSettings>,
        ("GET", "/datasets/{id}/records") => read::<Page<Record>>,
        (_, "/datasets/{id}/records/bulk") => read::<Written>,
        (_, "/datasets/{id}/records/search" | "/me/datasets/{id}/records/search") => {
            read::<Page<Found>>
        }
        (_, "/datasets/{id}/records/search/suggestions/{id}") => read::<Items<SuggestionOptions>>,
        (_, "/records/{id}") => read::<Record>,
        ("GET", "/records/{id}/suggestions") => read::<Items<Suggestion>>,
        (_, "/records/{id}/suggestions") => read::<Suggestion>,
        (_, "/records/{id}/responses" | "/responses/{id}") => read::<Response>,
        (_, "/me/responses/bulk") => read::<Items<BulkResponse>>,
        (_, "/datasets/{id}/progress") => read::<Progress>,
        (_, "/datasets/{id}/users/progress") => read::<UsersProgress>,
        (_, "/me/datasets/{id}/metrics") => read::<MyMetrics>,
        ("GET", "/webhooks") => read::<Items<Webhook>>,
        (_, "/webhooks" | "/webhooks/{id}") => read::<Webhook>,
        (_, "/token") => read::<Token>,
        (_, "/version" | "/status" | "/settings" | "/oauth2/providers") => read::<Value>,
        _ => return None,
    })
}

/// Takes out what stands for items that the recording leaves out.
fn without_gaps(value: &mut Value) {
    match value {
        Value::Array(items) => {
            let is_gap = |item: &Value| {
                item.as_str()
                    .is_some_and(|text| text.contains("more items like these"))
            };
            items.retain(|item| !is_gap(item));
            items.iter_mut().for_each(without_gaps);
        }
        Value::Object(map) => map.values_mut().for_each(without_gaps),
        _ => {}
    }
}

#[test]
fn every_recorded_answer_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/argilla/exchanges.jsonl");
    let mut n_read: BTreeMap<bool, usize> = BTreeMap::new();
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let status = exchange["status"].as_u64().unwrap();
        if status >= 300 || exchange["response"].is_null() {
            continue;
        }
        let (method, route) = (
            exchange["method"].as_str().unwrap(),
            exchange["route"].as_str().unwrap(),
        );
        let read = answer(method, route).unwrap_or_else(|| panic!("{method} {route} has no type"));
        let mut response = exchange["response"].clone();
        without_gaps(&mut response);
        let is_record = route.contains("records");
        read(response)
            .unwrap_or_else(|error| panic!("exchange {number}, {method} {route}: {error}"));
        *n_read.entry(is_record).or_default() += 1;
    }
    assert!(n_read[&true] > 60 && n_read[&false] > 150, "{n_read:?}");
}
