//! Replays what Argilla's SDK and its server 2.8.0 said to each other: every status and body must agree, ids, keys and
//! times apart, or stand in the table of differences with a reason.

use crate::support::{Client, TestClock, private_webhooks, stored, time};
use examen_annotate::{
    secrets,
    server::AppState,
    store::{NewUser, Role},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};
use uuid::Uuid;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

/// How an exchange differs on purpose.
#[derive(Clone, Copy)]
enum Difference {
    /// Parts of the answer: those whose place ends so.
    Part(&'static str),
    /// The sentence of a refusal.
    Sentence,
    /// The order of the items.
    Order,
    /// The status; ours is this.
    Status(u16),
}

use Difference::{Order, Part, Sentence, Status};

const HIDDEN_KEY: &str = "members are shown to admins, who must not learn anybody's key";
const RECORD_IS_NAMED: &str =
    "Argilla lists each member of a union of its code; ours names the record and what is wrong";
const NO_NULL: &str = "the SDK cannot read a response whose values are null";
const TOTAL: &str = "the total counts the matches, not those of the page";
const SCORE: &str = "words are scored by BM25; the recorded server had a toy engine for searching";

/// Line of the recording, from 0 → what differs, and why.
const DIFFERENCES: &[(usize, Difference, &str)] = &[
    (
        87,
        Order,
        "each annotator's order is drawn from their id, here as there, but not in the same way",
    ),
    (
        110,
        Part(""),
        "counts and memory are nobody's business without a key",
    ),
    (129, Part("api_key"), HIDDEN_KEY),
    (133, Part("api_key"), HIDDEN_KEY),
    (135, Part("api_key"), HIDDEN_KEY),
    (237, Sentence, RECORD_IS_NAMED),
    (
        257,
        Status(200),
        "a ranking given as a plain list is in its order: it is accepted",
    ),
    (263, Sentence, RECORD_IS_NAMED),
    (264, Sentence, RECORD_IS_NAMED),
    (270, Sentence, RECORD_IS_NAMED),
    (271, Sentence, RECORD_IS_NAMED),
    (278, Part("query_score"), SCORE),
    (292, Sentence, "pydantic's sentence names its own website"),
    (309, Part("query_score"), SCORE),
    (314, Part("total"), TOTAL),
    (315, Part("total"), TOTAL),
    (316, Part("total"), TOTAL),
    (320, Part("query_score"), SCORE),
    (321, Part("query_score"), SCORE),
    (352, Part("values"), NO_NULL),
    (356, Part("values"), NO_NULL),
];

/// Keys that every answer of a route has beyond the recorded ones.
const ADDED: &[(&str, &str, &str, &str)] = &[(
    "PUT",
    "/api/v1/datasets/{id}/records/bulk",
    "updated_item_ids",
    "Argilla's code has it and filters it out; the SDK reads it for its log line",
)];

#[tokio::test]
async fn the_recorded_exchanges_agree() {
    let mut replay = Replay::new().await;
    let mut wrong = Vec::new();
    let lines = lines("exchanges.jsonl");
    for (number, exchange) in lines.iter().enumerate() {
        replay.set_up(number).await;
        let explained = DIFFERENCES
            .iter()
            .find(|(line, ..)| *line == number)
            .map(|(_, difference, _)| *difference);
        let told = replay
            .differences(number, exchange, matches!(explained, Some(Order)))
            .await;
        match (told.as_slice(), explained) {
            ([], None | Some(Order)) => {}
            ([], Some(_)) => wrong.push(format!("{number}: agrees, but stands in the table")),
            (_, Some(difference)) if difference.explains(&told) => {}
            _ => wrong.push(format!(
                "{number} {} {} {}\n    {}",
                exchange["step"],
                exchange["method"],
                exchange["path"],
                told.join("\n    ")
            )),
        }
    }
    let agree = lines.len() - DIFFERENCES.len() - wrong.len();
    println!(
        "{agree} of {} agree, {} differ on purpose",
        lines.len(),
        DIFFERENCES.len()
    );
    assert!(
        wrong.is_empty(),
        "{} do not agree:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

impl Difference {
    fn explains(self, told: &[String]) -> bool {
        let place = |line: &'_ String| line.split(": ").next().unwrap().to_owned();
        match self {
            Self::Part(end) => told.iter().all(|line| place(line).ends_with(end)),
            Self::Sentence => told.len() == 1 && place(&told[0]) == "/detail",
            Self::Order => false,
            Self::Status(status) => told[0].ends_with(&format!("ours {status}")),
        }
    }
}

struct Replay {
    client: Client,
    clock: TestClock,
    /// The recording's ids and keys → ours.
    ours: HashMap<String, String>,
    setup: Vec<Value>,
    receiver: MockServer,
    _stored: crate::support::Stored,
}

impl Replay {
    async fn new() -> Self {
        let stored = stored().await;
        let first = &lines("exchanges.jsonl")[0]["response"];
        let owner = NewUser {
            id: first["id"].as_str().unwrap().parse().unwrap(),
            workspace_id: None,
            username: "argilla".to_owned(),
            first_name: String::new(),
            last_name: None,
            role: Role::Owner,
            password_hash: secrets::hash_password("12345678").unwrap(),
            api_key: "argilla.apikey".to_owned(),
        };
        stored.store.insert_user(&owner, time(0)).await.unwrap();
        let workspace = Uuid::parse_str("308f9006-b468-440c-9681-8469d24dbb42").unwrap();
        stored
            .store
            .insert_workspace("argilla", workspace, time(1))
            .await
            .unwrap();
        let clock = TestClock::new();
        let start: Timestamp = "2026-11-23T19:37:49Z".parse().unwrap();
        clock.set(start);
        let ours = HashMap::from([("argilla.apikey".to_owned(), "argilla.apikey".to_owned())]);
        let state = AppState::with_clock(stored.store.clone(), Arc::new(clock.clone()))
            .with_settings(private_webhooks());
        let receiver = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200))
            .mount(&receiver)
            .await;
        Self {
            client: Client::of(state),
            clock,
            ours,
            setup: lines("setup.jsonl"),
            receiver,
            _stored: stored,
        }
    }

    /// Makes what the recording takes for granted at this line.
    async fn set_up(&mut self, number: usize) {
        for step in self
            .setup
            .clone()
            .iter()
            .filter(|step| step["before"] == json!(number))
        {
            let key = step["key"].as_str().unwrap_or("argilla.apikey");
            let body = step.get("body").map(|body| self.mapped(body).to_string());
            let body =
                body.map(|body| body.replace("http://receiver.example", &self.receiver.uri()));
            let path = self.mapped_text(step["path"].as_str().unwrap());
            let (status, answer) = self
                .send(
                    step["method"].as_str().unwrap(),
                    &path,
                    body,
                    Some(key),
                    None,
                )
                .await;
            assert!((200..300).contains(&status), "{step} → {status} {answer}");
            for (recorded, pointer) in step["bind"].as_object().into_iter().flatten() {
                let ours = answer
                    .pointer(pointer.as_str().unwrap())
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned();
                self.ours.insert(recorded.clone(), ours);
            }
            self.clock.advance(SignedDuration::from_micros(10));
        }
    }

    /// Sends a recorded request; says how the answer differs, a line each.
    async fn differences(&mut self, number: usize, exchange: &Value, reorder: bool) -> Vec<String> {
        self.clock.advance(SignedDuration::from_micros(1_000));
        let whole = self
            .setup
            .iter()
            .find(|step| step["line"] == json!(number))
            .map(|step| step["items"].clone());
        let mut request = exchange["request"].clone();
        if let Some(items) = whole {
            request["items"] = items;
        }
        let body = match &request {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(self.mapped(&repeated(other)).to_string()),
        };
        let headers = &exchange["request_headers"];
        let (key, bearer) = (
            headers["x-argilla-api-key"].as_str(),
            headers["authorization"].as_str(),
        );
        let path = self.with_query(exchange);
        let is_form = headers["content-type"]
            .as_str()
            .is_some_and(|kind| kind.contains("form"));
        let form = is_form.then_some("application/x-www-form-urlencoded");
        let method = exchange["method"].as_str().unwrap();
        let (status, mut answer) = self.send_as(method, &path, body, key, bearer, form).await;
        if reorder {
            reordered(&exchange["response"], &mut answer);
        }
        for (_, _, key, _) in ADDED
            .iter()
            .filter(|added| method == added.0 && exchange["route"] == added.1)
        {
            answer.as_object_mut().unwrap().remove(*key);
        }
        let recorded = exchange["status"].as_u64().unwrap();
        if u64::from(status) != recorded {
            return vec![
                format!("status {recorded}, ours {status}"),
                answer.to_string(),
            ];
        }
        let mut told = Vec::new();
        self.compare(&exchange["response"], &answer, "", &mut told);
        told
    }

    fn with_query(&self, exchange: &Value) -> String {
        let pairs: Vec<String> = exchange["query"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| {
                format!(
                    "{}={}",
                    pair[0].as_str().unwrap(),
                    pair[1].as_str().unwrap()
                )
            })
            .collect();
        let path = exchange["path"].as_str().unwrap();
        let whole = if pairs.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", pairs.join("&"))
        };
        self.mapped_text(&whole)
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
        key: Option<&str>,
        bearer: Option<&str>,
    ) -> (u16, Value) {
        self.send_as(method, path, body, key, bearer, None).await
    }

    async fn send_as(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
        key: Option<&str>,
        bearer: Option<&str>,
        content_type: Option<&'static str>,
    ) -> (u16, Value) {
        let mut client = self.client.clone();
        if let Some(key) = key {
            client = client.with("x-argilla-api-key", &self.mapped_text(key));
        }
        if let Some(bearer) = bearer {
            client = client.with("authorization", &self.mapped_text(bearer));
        }
        let answer = client
            .send_as(
                method,
                path,
                body,
                content_type.unwrap_or("application/json"),
            )
            .await;
        let json = if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        };
        (answer.status.as_u16(), json)
    }

    /// The recording's ids in a text, as ours.
    fn mapped_text(&self, text: &str) -> String {
        if let Some(ours) = self.ours.get(text) {
            return ours.clone();
        }
        if let Some(token) = text.strip_prefix("Bearer ") {
            // Tokens that the recording leaves out are as good as the one that it holds.
            let ours = self
                .ours
                .get(token)
                .or_else(|| self.ours.get("token"))
                .unwrap();
            return format!("Bearer {ours}");
        }
        let mut mapped = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            match rest.get(..36).filter(|id| is_id(id)) {
                Some(id) => {
                    mapped.push_str(self.ours.get(id).map_or(id, String::as_str));
                    rest = &rest[36..];
                }
                None => {
                    mapped.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        mapped
    }

    fn mapped(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.mapped_text(text)),
            Value::Array(items) => items.iter().map(|item| self.mapped(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), self.mapped(value)))
                .collect(),
            other => other.clone(),
        }
    }

    fn compare(&mut self, recorded: &Value, ours: &Value, at: &str, told: &mut Vec<String>) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                for (key, value) in recorded {
                    match ours.get(key) {
                        Some(other) => self.compare(value, other, &format!("{at}/{key}"), told),
                        None => told.push(format!("{at}/{key}: missing, recorded {value}")),
                    }
                }
                for (key, value) in ours.iter().filter(|(key, _)| !recorded.contains_key(*key)) {
                    told.push(format!("{at}/{key}: not recorded, ours {value}"));
                }
            }
            (Value::Array(recorded), Value::Array(ours)) => {
                self.compare_lists(recorded, ours, at, told)
            }
            (Value::String(recorded), Value::String(ours)) => {
                self.compare_texts(recorded, ours, at, told)
            }
            (Value::Number(one), Value::Number(other)) if is_near(one, other) => {}
            (recorded, ours) if recorded == ours => {}
            (recorded, ours) => told.push(format!("{at}: recorded {recorded}, ours {ours}")),
        }
    }

    fn compare_lists(
        &mut self,
        recorded: &[Value],
        ours: &[Value],
        at: &str,
        told: &mut Vec<String>,
    ) {
        let left_out = recorded.iter().find_map(n_left_out).unwrap_or(0);
        let shown = if left_out > 0 {
            recorded.len() - 1
        } else {
            recorded.len()
        };
        if shown + left_out != ours.len() {
            return told.push(format!(
                "{at}: recorded {} items, ours {}",
                shown + left_out,
                ours.len()
            ));
        }
        for (index, (recorded, ours)) in recorded[..shown].iter().zip(ours).enumerate() {
            self.compare(recorded, ours, &format!("{at}/{index}"), told);
        }
    }

    fn compare_texts(&mut self, recorded: &str, ours: &str, at: &str, told: &mut Vec<String>) {
        let key = at.rsplit('/').next().unwrap();
        let is_secret = matches!(key, "api_key" | "secret" | "access_token");
        if recorded.parse::<jiff::civil::DateTime>().is_ok() && recorded.len() == 26 {
            if ours.len() != 26 || ours.parse::<jiff::civil::DateTime>().is_err() {
                told.push(format!("{at}: no time, ours {ours}"));
            }
            return;
        }
        if key == "access_token" {
            self.ours.insert("token".to_owned(), ours.to_owned());
        }
        if (is_id(recorded) && is_id(ours) || is_secret) && !self.ours.contains_key(recorded) {
            self.ours.insert(recorded.to_owned(), ours.to_owned());
            return;
        }
        if self.mapped_text(recorded) != ours {
            told.push(format!("{at}: recorded {recorded:?}, ours {ours:?}"));
        }
    }
}

/// Puts found records into the order of the recorded ones.
fn reordered(recorded: &Value, answer: &mut Value) {
    let external_id = |item: &Value| item["record"]["external_id"].clone();
    let order: Vec<Value> = recorded["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(external_id)
        .collect();
    let items = answer["items"].as_array_mut().unwrap();
    items.sort_by_key(|item| order.iter().position(|id| *id == external_id(item)));
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.parse::<Uuid>().is_ok()
}

fn is_near(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    one == other
        || one.is_f64()
            && other.is_f64()
            && (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-9
}

/// `<N more items like these>`.
fn n_left_out(value: &Value) -> Option<usize> {
    value
        .as_str()?
        .strip_prefix('<')?
        .strip_suffix(" more items like these>")?
        .parse()
        .ok()
}

/// A request with the items that were left out, which are like the others.
fn repeated(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(items) = value.get_mut("items").and_then(Value::as_array_mut)
        && let Some(n) = items.last().and_then(n_left_out)
    {
        let last = items.len() - 1;
        let like = items[last - 1].clone();
        items.splice(last.., vec![like; n]);
    }
    value
}

fn lines(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/argilla")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The table has no line twice, and a reason for each.
#[test]
fn every_difference_has_a_reason() {
    let reasons: BTreeMap<usize, &str> = DIFFERENCES
        .iter()
        .map(|(line, _, reason)| (*line, *reason))
        .collect();
    assert_eq!(reasons.len(), DIFFERENCES.len());
    assert!(
        reasons
            .values()
            .chain(&ADDED.iter().map(|added| added.3).collect::<Vec<_>>())
            .all(|reason| !reason.is_empty())
    );
}
