//! The seam of kinds of questions: what the list of kinds says holds in everything that a server says, and no other
//! file knows a kind. `crates/core` and `crates/argilla` test the same with a kind that the product does not have.

use crate::{
    remote::{client, serve},
    support::{API_KEY, Client, Stored, TestClock, owner, stored},
};
use examen_argilla::client::Settings;
use examen_core::annotation::{
    Field, FieldSettings, Question, QuestionSettings,
    questions::{Comparison, Example, ListedKind},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use uuid::Uuid;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn settings_of(kind: &ListedKind) -> QuestionSettings {
    serde_json::from_str(kind.example.settings).unwrap()
}

/// A server with a dataset for each kind, which has one question of it and a record without answers.
struct Server {
    stored: Stored,
    client: Client,
    remote: examen_argilla::Client,
}

impl Server {
    async fn new() -> Self {
        let stored = stored().await;
        owner(&stored.store).await;
        let remote = client(&serve(&stored.store, None).await, API_KEY);
        let client = Client::new(&stored.store, &TestClock::new());
        let client = client.with("x-argilla-api-key", API_KEY);
        Self {
            stored,
            client,
            remote,
        }
    }

    async fn dataset(&self, workspace: Uuid, kind: &ListedKind) -> Uuid {
        let question = Question {
            name: "q".to_owned(),
            title: "Q".to_owned(),
            description: None,
            required: true,
            settings: settings_of(kind),
        };
        let whole = self
            .remote
            .create_dataset(workspace, kind.name, &settings(question))
            .await
            .unwrap();
        assert_eq!(whole.settings().questions[0].settings, settings_of(kind));
        whole.dataset.id
    }

    async fn ok(&self, method: &str, path: String, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!((200..300).contains(&status), "{status} {answer}");
        answer
    }

    async fn ask(&self, method: &str, path: String, body: &Value) -> (u16, Value) {
        let answer = self
            .client
            .send(method, &format!("/api/v1{path}"), Some(body.to_string()))
            .await;
        (answer.status.as_u16(), answer.json())
    }
}

fn settings(question: Question) -> Settings {
    Settings {
        guidelines: None,
        allow_extra_metadata: true,
        min_submitted: 1,
        metadata: None,
        fields: vec![Field {
            name: Example::FIELD.0.to_owned(),
            title: "Text".to_owned(),
            required: true,
            settings: FieldSettings::Text {
                use_markdown: false,
            },
        }],
        questions: vec![question],
        metadata_properties: Vec::new(),
        vectors_settings: Vec::new(),
    }
}

#[tokio::test]
async fn every_kind_goes_all_the_way_through_a_server() {
    let server = Server::new().await;
    let workspace = server.remote.create_workspace("kinds").await.unwrap().id;
    for kind in QuestionSettings::KINDS {
        let dataset = server.dataset(workspace, kind).await;
        let questions = server
            .ok("GET", format!("/datasets/{dataset}/questions"), &json!({}))
            .await;
        let question = &questions["items"][0];
        assert_eq!(question["settings"], parsed(kind.example.settings));
        let change = json!({"settings": parsed(kind.example.settings)});
        let id = question["id"].as_str().unwrap();
        server
            .ok("PATCH", format!("/questions/{id}"), &change)
            .await;
        answers(&server, kind, dataset, id).await;
    }
}

/// Answers and suggestions are taken, refused, and found as the kind says.
async fn answers(server: &Server, kind: &ListedKind, dataset: Uuid, question: &str) {
    let (answer, refused) = (parsed(kind.example.answer), parsed(kind.example.refused));
    let records = format!("/datasets/{dataset}/records/bulk");
    let item = |value: &Value| {
        let suggestion = json!({"question_id": question, "value": value});
        let fields = json!({Example::FIELD.0: Example::FIELD.1});
        json!({"items": [{"external_id": "r", "fields": fields, "suggestions": [suggestion]}]})
    };
    let (status, _) = server.ask("PUT", records.clone(), &item(&refused)).await;
    assert_eq!(status, 422, "{}: a suggestion {refused}", kind.name);
    let written = server.ok("PUT", records, &item(&answer)).await;
    assert_eq!(written["items"][0]["suggestions"][0]["value"], answer);
    let record = written["items"][0]["id"].as_str().unwrap();
    let response =
        |value: &Value| json!({"status": "submitted", "values": {"q": {"value": value}}});
    let responses = format!("/records/{record}/responses");
    let (status, _) = server
        .ask("POST", responses.clone(), &response(&refused))
        .await;
    assert_eq!(status, 422, "{}: a response {refused}", kind.name);
    let stored = server.ok("POST", responses, &response(&answer)).await;
    assert_eq!(stored["values"]["q"]["value"], answer);

    let term = match (&answer, settings_of(kind).compared_as()) {
        (Value::Array(items), Some(Comparison::Text)) => items[0].clone(),
        (value, _) => value.clone(),
    };
    let term = term
        .as_str()
        .map_or_else(|| term.to_string(), str::to_owned);
    let scope = json!({"entity": "response", "question": "q"});
    let filters =
        json!({"type": "and", "and": [{"type": "terms", "scope": scope, "values": [term]}]});
    let search = format!("/datasets/{dataset}/records/search");
    let found = server
        .ok("POST", search, &json!({"filters": filters}))
        .await;
    let is_found = found["total"] == 1;
    assert_eq!(
        is_found,
        settings_of(kind).compared_as().is_some(),
        "{}",
        kind.name
    );
}

#[tokio::test]
async fn the_page_is_offered_the_kinds_that_it_can_ask() {
    let server = Server::new().await;
    let workspace = server.remote.create_workspace("kinds").await.unwrap().id;
    for kind in QuestionSettings::KINDS {
        server.dataset(workspace, kind).await;
    }
    let page = Client::new(&server.stored.store, &TestClock::new());
    let page = page.logged_in("owner").await;
    let listed = page.get("/api/review/datasets").await.json();
    let listed: BTreeSet<String> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dataset| dataset["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        listed,
        components(),
        "IS_ON_PAGE and ui/src/questions agree"
    );
}

/// The types that the files of `ui/src/questions` are for, each of which its list names.
fn components() -> BTreeSet<String> {
    let folder = root().join("ui/src/questions");
    let list = fs::read_to_string(folder.join("index.ts")).unwrap();
    let (_, list) = list
        .split_once("questionKinds: QuestionKind[] = [")
        .unwrap();
    let named: BTreeSet<&str> = list.split(']').next().unwrap().split(", ").collect();
    let mut types = BTreeSet::new();
    for path in files(&folder, "tsx") {
        let source = fs::read_to_string(&path).unwrap();
        let (_, kind) = source.split_once("type: '").unwrap();
        types.insert(kind.split('\'').next().unwrap().to_owned());
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(named.contains(name), "{name} is not in the list");
    }
    assert_eq!(types.len(), named.len());
    types
}

#[tokio::test]
async fn the_document_describes_every_kind() {
    let server = Server::new().await;
    let document = server.client.get("/api/v1/openapi.json").await.json();
    let described = document["components"]["schemas"]["QuestionSettings"]["oneOf"]
        .as_array()
        .unwrap()
        .iter();
    let described: Vec<&Value> = described
        .map(|shape| &shape["properties"]["type"]["enum"][0])
        .collect();
    let names: Vec<&str> = QuestionSettings::KINDS
        .iter()
        .map(|kind| kind.name)
        .collect();
    assert_eq!(described, names);
}

/// The only files beside the kinds' own that name kinds: the exam that Examen loads asks for a label and two texts.
const MAY_NAME_KINDS: [&str; 1] = ["crates/annotate/src/exam/mod.rs"];

#[test]
fn no_other_file_names_a_kind() {
    let kinds = root().join("crates/core/src/annotation/questions");
    let mut n_files = 0;
    for path in ["core", "argilla", "annotate", "publish", "examen"]
        .iter()
        .flat_map(|name| files(&root().join("crates").join(name).join("src"), "rs"))
    {
        let relative = path.strip_prefix(root()).unwrap();
        if path.starts_with(&kinds) || MAY_NAME_KINDS.iter().any(|may| relative == Path::new(may)) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for kind in QuestionSettings::KINDS {
            let variant = format!("QuestionSettings::{}", camel_case(kind.name));
            let is_named = source.contains(&variant)
                || kind.name.contains('_') && source.contains(&format!("\"{}\"", kind.name));
            assert!(
                !is_named,
                "{} names the kind {}",
                relative.display(),
                kind.name
            );
        }
        n_files += 1;
    }
    assert!(n_files > 100, "only {n_files} files were read");
}

fn camel_case(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(capital).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The files of this kind in a folder and those below it.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}
