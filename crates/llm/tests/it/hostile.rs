//! Servers that want the key, the memory or the time of whoever asks them.

use crate::support::{self, answers, completion, request};
use examen_llm::{
    ChatError, ChatModel, Prices,
    backends::{Remote, ServerOptions},
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

const KEY: &str = "sk-very-secret-key";
/// Vendors whose keys travel in different headers.
const VENDORS: [&str; 4] = ["openai", "anthropic", "gemini", "azure"];
const TIMEOUT: Duration = Duration::from_secs(2);
/// Far less than a hostile server sends, and more than any buffer on the way holds.
const BOUND: usize = 16 * 1024 * 1024;

fn connect(vendor: &str, url: &str) -> Remote {
    let options = ServerOptions {
        api_key: Some(KEY.to_owned()),
        timeout: TIMEOUT,
        ..ServerOptions::new(url, "tester")
    };
    support::connect(vendor, &options)
}

/// Whatever a person, a log or a file would see of an error.
fn told(error: &ChatError) -> String {
    let told = format!("{error}\n{error:?}\n{}\n{:?}", error.reason(), error.hint());
    assert!(!told.contains("very-secret"), "{told}");
    assert!(told.len() < 10_000, "{} bytes of error", told.len());
    told
}

#[tokio::test]
async fn no_redirection_of_any_vendor_is_followed_wherever_it_points() {
    let other = MockServer::start().await;
    Mock::given(any())
        .respond_with(completion("stolen"))
        .expect(0)
        .mount(&other)
        .await;
    for vendor in VENDORS {
        for status in [300, 301, 302, 303, 304, 305, 307, 308, 399] {
            let server = MockServer::start().await;
            let target = format!("{}/v1/chat?key={KEY}", other.uri());
            let moved = ResponseTemplate::new(status).insert_header("location", target);
            Mock::given(any()).respond_with(moved).mount(&server).await;
            let model = connect(vendor, &server.uri());
            let chat = model
                .chat(&request("Write one question."))
                .await
                .unwrap_err();
            for error in [chat, model.offered().await.unwrap_err()] {
                assert!(
                    matches!(error, ChatError::Moved { .. }),
                    "{vendor} {status}: {error}"
                );
                assert!(error.is_fatal() && !error.is_transient() && !error.may_have_cost());
                let told = told(&error);
                assert!(
                    told.contains(&format!("--base-url {}/v1/chat", other.uri())),
                    "{told}"
                );
                assert!(!error.reason().contains("127.0.0.1"), "{}", error.reason());
            }
            assert_eq!(server.received_requests().await.unwrap().len(), 2);
        }
    }
}

#[tokio::test]
async fn a_redirection_on_the_same_host_to_plain_text_or_to_nowhere_is_not_followed_either() {
    for (target, shown) in [
        (Some("/v1/elsewhere"), "/v1/elsewhere"),
        (Some("//other.invalid/x"), "http://other.invalid/x"),
        (
            Some("http://me:sk-very-secret-key@other.invalid/"),
            "http://other.invalid/",
        ),
        (
            Some("http://other.invalid/sk-very-secret-key"),
            "http://other.invalid/…",
        ),
        (None, "no address"),
        (Some("http://"), "no address"),
    ] {
        let server = MockServer::start().await;
        let mut moved = ResponseTemplate::new(307);
        if let Some(target) = target {
            moved = moved.insert_header("location", target);
        }
        answers(&server, moved).await;
        let error = connect("openai", &server.uri())
            .chat(&request("Write one question."))
            .await
            .unwrap_err();
        assert!(told(&error).contains(shown), "{error}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_in_no_error() {
    let escaped = r#"{"error": "\u0073k-very-secret-key is wrong"}"#.to_owned();
    let at_the_end = format!("{} {KEY}", "x".repeat(290));
    for (status, body) in [
        (401, format!("Incorrect API key provided: {KEY}")),
        (401, escaped),
        (400, at_the_end.clone()),
        (
            404,
            "no route /v1/chat/completions?key=very-secret-query".to_owned(),
        ),
        (200, json!({ "choices": KEY }).to_string()),
        (
            200,
            json!({ "error": {"message": at_the_end, "code": 400} }).to_string(),
        ),
        (
            200,
            json!({ "choices": [{"message": {"refusal": KEY}}] }).to_string(),
        ),
    ] {
        let server = MockServer::start().await;
        let template = ResponseTemplate::new(status).set_body_string(&body);
        Mock::given(any())
            .respond_with(template)
            .mount(&server)
            .await;
        let url = format!("{}/v1?key=very-secret-query", server.uri());
        let error = connect("openai", &url)
            .chat(&request("Write one question."))
            .await
            .unwrap_err();
        assert!(told(&error).contains('…'), "{body}: {error}");
    }
}

/// A server that answers each connection with `head`, then with `part` again and again, `pause` between.
struct Hostile {
    url: String,
    sent: Arc<AtomicUsize>,
}

fn hostile(head: &'static str, part: Vec<u8>, pause: Duration) -> Hostile {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.expect("a connection");
            let mut request = [0; 65536];
            // The client hangs up when it has had enough; that ends the loop.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(&part).is_ok() {
                count.fetch_add(part.len(), Relaxed);
                std::thread::sleep(pause);
            }
        }
    });
    Hostile { url, sent }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";

#[tokio::test]
async fn an_answer_without_an_end_is_read_up_to_a_bound() {
    let events = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).into_bytes();
    for (head, part) in [
        (OK, vec![b'['; 65536]),
        (OK, b"{\"choices\": [], ".repeat(4096)),
        (events, b"data: {\"choices\": []}\n\n".repeat(2048)),
        (chunked, chunk),
        // Headers, interim answers and the names of chunks.
        ("HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n".repeat(2048)),
        ("HTTP/1.1 200 OK\r\nx-long: ", vec![b'x'; 65536]),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;",
            vec![b'x'; 65536],
        ),
        ("HTTP/1.1 500 No\r\n\r\n", vec![b'x'; 65536]),
        (
            "HTTP/1.1 307 Go\r\nlocation: http://other.invalid\r\n\r\n",
            vec![b'x'; 65536],
        ),
    ] {
        let server = hostile(head, part, Duration::ZERO);
        let model = connect("openai", &server.url);
        for error in [
            model
                .chat(&request("Write one question."))
                .await
                .unwrap_err(),
            model.offered().await.unwrap_err(),
        ] {
            told(&error);
        }
        let sent = server.sent.load(Relaxed);
        assert!(sent < 2 * BOUND, "{head}: {sent} bytes were taken");
    }
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_the_time_limit() {
    for head in [
        OK,
        "HTTP/1.1 200 OK\r\nx-drips: ",
        "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n",
        "HTTP/1.1 500 No\r\n\r\n",
        "",
    ] {
        let server = hostile(head, b"x".to_vec(), Duration::from_millis(50));
        let start = Instant::now();
        let error = connect("openai", &server.url)
            .chat(&request("Write one question."))
            .await
            .unwrap_err();
        told(&error);
        assert!(
            start.elapsed() < 2 * TIMEOUT,
            "{head}: {:?}",
            start.elapsed()
        );
    }
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    let server = hostile("", interim, Duration::from_millis(1));
    let start = Instant::now();
    let error = connect("openai", &server.url)
        .chat(&request("Write one question."))
        .await
        .unwrap_err();
    assert!(start.elapsed() < 2 * TIMEOUT, "{error}");
}

#[tokio::test]
async fn deep_wide_and_packed_answers_are_no_completions() {
    let wide = format!(
        "{{\"choices\": [], \"error\": [{}0]}}",
        "0,".repeat(400_000)
    );
    for (encoding, body) in [
        ("identity", "[".repeat(900_000)),
        ("identity", "{\"choices\":".repeat(90_000)),
        ("identity", wide),
        ("gzip", "\u{1f}".repeat(1000)),
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200)
            .insert_header("content-encoding", encoding)
            .set_body_string(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let error = connect("openai", &server.uri())
            .chat(&request("Write one question."))
            .await
            .unwrap_err();
        assert!(matches!(error, ChatError::Malformed { .. }), "{error}");
        told(&error);
        let asked = &server.received_requests().await.unwrap()[0];
        assert!(
            !asked.headers.contains_key("accept-encoding"),
            "{:?}",
            asked.headers
        );
    }
}

#[tokio::test]
async fn names_in_a_list_of_models_are_lines_of_a_bounded_length() {
    let server = MockServer::start().await;
    let names = json!({"data": [{"id": "a\u{1b}[2Jb"}, {"id": "x".repeat(1_000_000)}]});
    let list = ResponseTemplate::new(200).set_body_json(names);
    Mock::given(any()).respond_with(list).mount(&server).await;
    let offered = connect("openai", &server.uri()).offered().await.unwrap();
    assert_eq!(offered[0].id, "a [2Jb");
    assert!(offered[1].id.len() < 1000);
}

#[test]
fn a_hostile_list_of_prices_is_an_error_of_one_line() {
    let entry = r#"{"model": "m", "input": 1, "output": 2},"#;
    let many = format!(
        r#"{{"date": "", "source": "", "models": [{}]}}"#,
        entry.repeat(400_000)
    );
    for list in [
        "[".repeat(1_000_000),
        many,
        format!(r#"{{"{}": 1}}"#, "x\u{1b}".repeat(500_000)),
    ] {
        let error = Prices::parse(&list).unwrap_err().to_string();
        assert!(error.len() < 1000 && !error.contains('\u{1b}'), "{error}");
    }
}

#[test]
fn the_debug_output_of_options_has_no_credentials() {
    let options = ServerOptions {
        api_key: Some(KEY.to_owned()),
        ..ServerOptions::new("https://me:very-secret-1@host/v1?key=very-secret-2", "m")
    };
    assert!(
        !format!("{options:?}").contains("very-secret"),
        "{options:?}"
    );
}
