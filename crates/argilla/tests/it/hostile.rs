//! Servers that want the key, the memory or the time of whoever reads from them.

use examen_argilla::{Client, ClientError, ClientOptions, client::Include};
use examen_core::Silent;
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

const KEY: &str = "very-secret-key";
const TIME: &str = "2026-11-23T19:37:49.570055";
const TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of the longest answer that is read, and what buffers on the way may hold besides.
const BOUND: usize = 64 * 1024 * 1024;

fn client_of(url: &str) -> Client {
    Client::new(&ClientOptions {
        max_retries: 0,
        timeout: TIMEOUT,
        ..ClientOptions::new(url, KEY)
    })
    .unwrap()
}

/// What the caller and a log would see.
fn told(error: &ClientError) -> String {
    let told = format!("{error}\n{error:?}\n{:?}", error.hint());
    assert!(!told.contains("very-secret"), "{told}");
    assert!(told.len() < 20_000, "{} bytes of error", told.len());
    told
}

fn record(number: u64, text: &str) -> Value {
    json!({
        "id": Uuid::from_u128(number.into()), "status": "pending", "fields": {"text": text}, "metadata": {},
        "external_id": null, "dataset_id": Uuid::nil(), "inserted_at": TIME, "updated_at": TIME,
    })
}

async fn read(client: &Client) -> Result<usize, ClientError> {
    let records = client
        .all_records(Uuid::nil(), Include::REVIEWS, &Silent)
        .await?;
    Ok(records.len())
}

#[tokio::test]
async fn no_redirection_is_followed() {
    let other = MockServer::start().await;
    let user = ResponseTemplate::new(200);
    Mock::given(any())
        .respond_with(user)
        .expect(0)
        .mount(&other)
        .await;
    for status in [300, 301, 302, 303, 304, 305, 307, 308, 399] {
        let server = MockServer::start().await;
        let target = format!("{}/api/v1/me?api_key={KEY}", other.uri());
        let moved = ResponseTemplate::new(status).insert_header("location", target);
        Mock::given(any()).respond_with(moved).mount(&server).await;
        let error = client_of(&server.uri()).me().await.unwrap_err();
        assert!(
            matches!(error, ClientError::Moved { .. }),
            "{status}: {error}"
        );
        assert!(told(&error).contains(&other.uri()), "{error}");
    }
}

/// Answers each connection with `head`, then with `part` again and again.
fn endless(head: &'static str, part: Vec<u8>, pause: Duration) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            // The client hangs up when it has had enough; that ends the loop.
            let _ = stream.read(&mut [0; 65536]);
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(&part).is_ok() {
                count.fetch_add(part.len(), Relaxed);
                std::thread::sleep(pause);
            }
        }
    });
    (url, sent)
}

#[tokio::test]
async fn an_answer_without_an_end_is_read_up_to_a_bound() {
    const OK: &str = "HTTP/1.1 200 OK\r\n\r\n";
    for (head, part) in [
        (OK, b"{\"items\": [".repeat(4096)),
        (OK, vec![b' '; 65536]),
        ("HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n".repeat(2048)),
        ("HTTP/1.1 403 No\r\n\r\n", vec![b'x'; 65536]),
    ] {
        let (url, sent) = endless(head, part, Duration::ZERO);
        told(&client_of(&url).workspaces().await.unwrap_err());
        let sent = sent.load(Relaxed);
        assert!(sent < BOUND, "{head}: {sent} bytes were taken");
    }
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_the_time_limit() {
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx-drips: ",
        "HTTP/1.1 500 No\r\n\r\n",
    ] {
        let (url, _) = endless(head, b" ".to_vec(), Duration::from_millis(50));
        let start = Instant::now();
        told(&client_of(&url).me().await.unwrap_err());
        assert!(
            start.elapsed() < 2 * TIMEOUT,
            "{head}: {:?}",
            start.elapsed()
        );
    }
}

/// The number in the query of a request.
fn number(request: &Request, name: &str) -> u64 {
    let mut query = request.url.query_pairs();
    let found = query.find(|(key, _)| key == name);
    found.map_or(0, |(_, value)| value.parse().unwrap())
}

/// A server whose pages are full of records of one size, also after the last one.
async fn server(total: u64, text: String) -> MockServer {
    let server = MockServer::start().await;
    let page = move |request: &Request| {
        let (offset, limit) = (number(request, "offset"), number(request, "limit"));
        let items: Vec<Value> = (offset..offset + limit)
            .map(|number| record(number, &text))
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({"items": items, "total": total}))
    };
    Mock::given(any()).respond_with(page).mount(&server).await;
    server
}

async fn limits(server: &MockServer) -> Vec<u64> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| number(request, "limit"))
        .collect()
}

#[tokio::test]
async fn a_dataset_without_an_end_is_refused_at_its_first_page() {
    let server = server(u64::MAX, "t".to_owned()).await;
    let error = read(&client_of(&server.uri())).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { .. }), "{error}");
    assert!(told(&error).contains("18446744073709551615 records"));
    let requests = server.received_requests().await.unwrap();
    let is_first = |request: &Request| number(request, "offset") == 0;
    assert!(requests.iter().all(is_first), "{requests:?}");
}

#[tokio::test]
async fn records_after_the_last_one_are_not_taken() {
    let server = server(300, "t".to_owned()).await;
    let error = read(&client_of(&server.uri())).await.unwrap_err();
    assert!(matches!(error, ClientError::Changing { .. }), "{error}");
    assert_eq!(limits(&server).await[..3], [1, 256, 256]);
}

#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_parts() {
    // 256 records of 300 kB are more than one answer may have, 64 are not.
    let server = server(128, "x".repeat(300_000)).await;
    let client = Client::new(&ClientOptions::new(server.uri(), KEY)).unwrap();
    assert_eq!(read(&client).await.unwrap(), 128);
    assert_eq!(limits(&server).await, [1, 256, 128, 64, 64]);
}

#[tokio::test]
async fn one_record_that_is_too_large_is_an_error() {
    let server = MockServer::start().await;
    let wide = json!([0])
        .to_string()
        .replace('0', &format!("{}0", "0,".repeat(1_100_000)));
    let whole = record(1, "")
        .to_string()
        .replace("\"metadata\":{}", &format!("\"metadata\":{{\"a\":{wide}}}"));
    let page = format!("{{\"items\": [{whole}], \"total\": 1}}");
    let answer = ResponseTemplate::new(200).set_body_string(page);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let error = read(&client_of(&server.uri())).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { .. }), "{error}");
    told(&error);
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_in_no_error() {
    let escaped = r#"{"detail": "\u0076ery-secret-key may not"}"#.to_owned();
    let at_the_end = format!("{} {KEY}", "x".repeat(292));
    for (status, body) in [
        (403, escaped),
        (403, at_the_end),
        (200, json!(KEY).to_string()),
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_string(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let error = client_of(&server.uri()).workspaces().await.unwrap_err();
        assert!(told(&error).contains('…'), "{error}");
    }
}

#[tokio::test]
async fn of_many_long_names_an_error_has_a_few_and_no_more_of_each_than_a_line() {
    let server = MockServer::start().await;
    let workspace = |number: u128| {
        let name = format!("{number}\u{1b}[2J{}", "x".repeat(1000));
        json!({"id": Uuid::from_u128(number), "name": name, "inserted_at": TIME, "updated_at": TIME})
    };
    let items: Vec<Value> = (0..1000).map(workspace).collect();
    let list = ResponseTemplate::new(200).set_body_json(json!({ "items": items }));
    Mock::given(any()).respond_with(list).mount(&server).await;
    let error = client_of(&server.uri())
        .workspace("mine")
        .await
        .unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.len() < 10_000 && shown.ends_with("and 980 more"),
        "{} bytes",
        shown.len()
    );
    assert!(!shown.contains('\u{1b}'));
}

#[tokio::test]
async fn pages_of_one_dataset_are_bounded_together() {
    // Wide records: pages of 900,000 values each.
    let server = MockServer::start().await;
    let wide = vec![0; 30_000];
    let page = move |request: &Request| {
        let (offset, limit) = (number(request, "offset"), number(request, "limit"));
        let items: Vec<Value> = (offset..offset + limit.min(30))
            .map(|number| {
                let mut record = record(number, "t");
                record["metadata"] = json!({ "wide": wide });
                record
            })
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({"items": items, "total": 9000}))
    };
    Mock::given(any()).respond_with(page).mount(&server).await;
    let client = Client::new(&ClientOptions::new(server.uri(), KEY)).unwrap();
    let error = read(&client).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { .. }), "{error}");
    let n = limits(&server).await.len();
    assert!(n < 25, "{n} pages were read");
}
