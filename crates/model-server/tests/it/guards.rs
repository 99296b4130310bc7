//! Who is answered, how much at a time, and what hostile clients can do: nothing to others.

use crate::support::{application, engine, good, post, request, send, settings};
use axum::{body::Body, http::StatusCode};
use examen_model_server::{Settings, serve};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tower::ServiceExt;

const COMPLETIONS: &str = "/v1/completions";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_only_programs_of_this_machine_are_served() {
    let application = application(settings());
    let get = |host: &str, name: &str| {
        let mut request = request("/v1/models").body(Body::empty()).unwrap();
        let headers = request.headers_mut();
        headers.insert("host", host.parse().unwrap());
        headers.insert("x-forwarded-for", "192.0.2.7".parse().unwrap());
        if name.is_empty() {
            headers.remove("x-forwarded-for");
        }
        request
    };
    for (host, forwarded, status) in [
        ("localhost:8080", "", StatusCode::OK),
        ("evil.example:8080", "", StatusCode::FORBIDDEN),
        ("localhost:8080", "x-forwarded-for", StatusCode::FORBIDDEN),
    ] {
        let (found, answer) = send(&application, get(host, forwarded)).await;
        assert_eq!(found, status, "{host}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_whoever_has_it_is_served() {
    let key = Some("an-even-longer-secret".to_owned());
    let application = application(Settings { key, ..settings() });
    for (sent, status) in [
        ("Bearer an-even-longer-secret", StatusCode::OK),
        ("Bearer an-even-longer-secre", StatusCode::UNAUTHORIZED),
        ("an-even-longer-secret", StatusCode::UNAUTHORIZED),
        ("", StatusCode::UNAUTHORIZED),
    ] {
        let request = request("/v1/models").header("authorization", sent);
        let (found, answer) = send(&application, request.body(Body::empty()).unwrap()).await;
        assert_eq!(found, status, "{sent:?}: {answer}");
        assert!(!answer.contains("an-even-longer-secret"));
    }
    let health = request("/health").body(Body::empty()).unwrap();
    assert_eq!(send(&application, health).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_json_and_bounded() {
    let application = application(Settings {
        max_body: 1000,
        ..settings()
    });
    let (status, _) = post(
        &application,
        COMPLETIONS,
        &json!({"prompt": "a".repeat(1000)}),
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let deep = format!("{{\"prompt\": {}", "[".repeat(900));
    for (kind, body, expected) in [
        (
            "text/plain",
            "{\"prompt\": \"a\"}",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            "application/json",
            "{\"prompt\": \"a\"",
            StatusCode::BAD_REQUEST,
        ),
        ("application/json", deep.as_str(), StatusCode::BAD_REQUEST),
        (
            "application/json; charset=utf-8",
            "{\"prompt\": \"a\", \"max_tokens\": 1}",
            StatusCode::OK,
        ),
    ] {
        let request = request(COMPLETIONS)
            .method("POST")
            .header("content-type", kind);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        assert_eq!(
            send(&application, request).await.0,
            expected,
            "{kind} {body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_frees_the_place() {
    let application = application(Settings {
        max_requests: 1,
        ..settings()
    });
    let long = json!({"prompt": "The river", "max_tokens": 100, "stream": true, "temperature": 0});
    let make = || {
        request(COMPLETIONS)
            .method("POST")
            .header("content-type", "application/json")
            .body(Body::from(long.to_string()))
            .unwrap()
    };
    let held = application.clone().oneshot(make()).await.unwrap();
    assert_eq!(held.status(), StatusCode::OK);
    assert_eq!(
        send(&application, make()).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    drop(held);
    good(
        &application,
        COMPLETIONS,
        &json!({"prompt": "a", "max_tokens": 1}),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_ends() {
    let application = application(Settings {
        request_timeout: Duration::from_millis(1),
        ..settings()
    });
    let (status, answer) = post(
        &application,
        COMPLETIONS,
        &json!({"prompt": vec!["The river"; 64], "max_tokens": 100, "n": 4}),
    )
    .await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT, "{answer}");
}

async fn start(settings: Settings) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, engine(), settings, std::future::pending()));
    address
}

fn raw(address: SocketAddr, body: &str) -> String {
    format!(
        "POST {COMPLETIONS} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_clients_do_not_keep_others_from_being_served() {
    let address = start(Settings {
        max_requests: 32,
        ..settings()
    })
    .await;
    let mut held = Vec::new();
    for number in 0..60 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let sent = match number % 4 {
            // Garbage, half a head, half a body, and a stream that is left at once.
            0 => "\u{1}\u{2}GET\r\n\r\n".to_owned(),
            1 => "POST /v1/completions HTTP/1.1\r\nhost: localhost".to_owned(),
            2 => raw(address, &"{".repeat(500))[..300].to_owned(),
            _ => raw(
                address,
                &json!({"prompt": "The river", "max_tokens": 200, "stream": true}).to_string(),
            ),
        };
        stream.write_all(sent.as_bytes()).await.unwrap();
        if number % 4 != 3 {
            held.push(stream);
        }
    }
    // Those that hold half a body take places, but not all of them; those that left take none for long.
    let good = json!({"prompt": "The river", "max_tokens": 2, "temperature": 0}).to_string();
    let mut answer = String::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = raw(address, &good).replace("\r\nhost", "\r\nconnection: close\r\nhost");
        stream.write_all(asked.as_bytes()).await.unwrap();
        answer.clear();
        let reading = stream.read_to_string(&mut answer);
        timeout(Duration::from_secs(20), reading)
            .await
            .unwrap()
            .unwrap();
        if !answer.starts_with("HTTP/1.1 503") {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert!(body["choices"][0]["text"].is_string());
    drop(held);
}
