//! The server over sockets: TLS, trusted proxies, bounds, and its end.

use crate::support::{API_KEY, Client, PASSWORD, Stored, TestClock, owner, stored};
use axum::http::StatusCode;
use examen_annotate::{
    AnnotateError,
    server::{AppState, Certificate, Settings, serve},
};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// A server on a socket.
struct Serving {
    stored: Stored,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), AnnotateError>>,
}

impl Serving {
    async fn start(settings: Settings) -> Self {
        let stored = stored().await;
        owner(&stored.store).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let state = AppState::new(stored.store.clone()).with_settings(settings);
        let running = tokio::spawn(serve(listener, state, async { stopped.await.unwrap() }));
        Self {
            stored,
            address,
            stop,
            running,
        }
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
        drop(self.stored);
    }
}

fn tls(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/tls")
        .join(name)
}

/// Asks a server whose certificate must come from this authority.
async fn health_over_tls(
    address: SocketAddr,
    authority: &str,
) -> Result<reqwest::Response, reqwest::Error> {
    let authority = reqwest::Certificate::from_pem(&fs::read(tls(authority)).unwrap()).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .build()
        .unwrap();
    client
        .get(format!("https://localhost:{}/health", address.port()))
        .send()
        .await
}

#[tokio::test]
async fn a_certificate_is_shown_and_a_renewed_one_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    let renew = |number: u32| {
        fs::copy(tls(&format!("server{number}.pem")), &chain).unwrap();
        fs::copy(tls(&format!("server{number}.key")), &key).unwrap();
    };
    renew(1);
    let certificate = Certificate::from_files(&chain, &key).unwrap();
    let serving = Serving::start(Settings {
        certificate: Some(certificate.clone()),
        ..Settings::default()
    })
    .await;
    assert_eq!(
        health_over_tls(serving.address, "ca1.pem")
            .await
            .unwrap()
            .status(),
        200
    );
    health_over_tls(serving.address, "ca2.pem")
        .await
        .unwrap_err();

    // Half a renewal cannot be used, and changes nothing.
    fs::copy(tls("server2.pem"), &chain).unwrap();
    certificate.reload().unwrap_err();
    assert_eq!(
        health_over_tls(serving.address, "ca1.pem")
            .await
            .unwrap()
            .status(),
        200
    );
    renew(2);
    certificate.reload().unwrap();
    assert_eq!(
        health_over_tls(serving.address, "ca2.pem")
            .await
            .unwrap()
            .status(),
        200
    );
    health_over_tls(serving.address, "ca1.pem")
        .await
        .unwrap_err();

    // Plain HTTP is not answered there.
    let told = raw(serving.address, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!told.contains("HTTP/1.1"), "{told}");
    serving.end().await;
}

#[tokio::test]
async fn what_cannot_be_a_certificate_is_named() {
    for (chain, key, named) in [
        ("nothing.pem", "server1.key", "nothing.pem"),
        ("server1.pem", "nothing.key", "nothing.key"),
        (
            "server1.key",
            "server1.key",
            "server1.key for TLS: there is no certificate in it",
        ),
        ("server1.pem", "server1.pem", "server1.pem"),
        ("server1.pem", "server2.key", "server1.pem"),
    ] {
        let error = Certificate::from_files(&tls(chain), &tls(key)).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        assert!(error.hint().contains("PEM"));
    }
}

/// Sends bytes and reads until the server closes.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn log_in(address: SocketAddr, headers: &str) -> String {
    let body = json!({"username": "owner", "password": PASSWORD}).to_string();
    let length = body.len();
    let fixed =
        format!("Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close");
    raw(
        address,
        &format!("POST /api/review/login HTTP/1.1\r\n{headers}{fixed}\r\n\r\n{body}"),
    )
    .await
}

#[tokio::test]
async fn a_trusted_proxy_says_how_its_client_came() {
    let proxied = "Host: 127.0.0.1:6900\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: exam.example\r\nOrigin: https://exam.example\r\n";
    let trusting = Settings {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    };
    let serving = Serving::start(trusting).await;
    let answer = log_in(serving.address, proxied).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("; Max-Age=43200; Secure\r\n"), "{answer}");
    // The same site without encryption is another one.
    let answer = log_in(
        serving.address,
        &proxied.replace("Origin: https", "Origin: http"),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    serving.end().await;

    let serving = Serving::start(Settings::default()).await;
    let answer = log_in(serving.address, proxied).await;
    assert!(
        answer.starts_with("HTTP/1.1 403"),
        "an unknown proxy is believed: {answer}"
    );
    let answer = log_in(
        serving.address,
        "Host: exam.example\r\nOrigin: http://exam.example\r\n",
    )
    .await;
    assert!(answer.contains("; Max-Age=43200\r\n"), "{answer}");
    serving.end().await;
}

#[tokio::test]
async fn a_request_in_flight_is_answered_after_the_stop() {
    let serving = Serving::start(Settings::default()).await;
    let body = json!({"username": "owner", "password": PASSWORD}).to_string();
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let head = format!(
        "POST /api/review/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: so the request has begun.
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    let Serving {
        stop,
        running,
        address,
        stored,
    } = serving;
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    running.await.unwrap().unwrap();
    drop(stored);
}

#[tokio::test]
async fn heads_are_bounded() {
    let serving = Serving::start(Settings::default()).await;
    let long = format!(
        "GET /health HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "x".repeat(100_000)
    );
    let many = format!(
        "GET /health HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X-Many: x\r\n".repeat(200)
    );
    for request in [long, many] {
        let answer = raw(serving.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    serving.end().await;
}

fn with(stored: &Stored, settings: Settings) -> Client {
    let state = AppState::with_clock(stored.store.clone(), Arc::new(TestClock::new()));
    Client::of(state.with_settings(settings)).with("x-argilla-api-key", API_KEY)
}

const DEEP: usize = 200;

#[tokio::test]
async fn what_is_too_large_or_too_deep_is_refused_in_each_apis_words() {
    let stored = stored().await;
    owner(&stored.store).await;
    let small = with(
        &stored,
        Settings {
            max_bulk_bytes: 1000,
            ..Settings::default()
        },
    );
    let workspace = small
        .post("/api/v1/workspaces", json!({"name": "w"}))
        .await
        .json()["id"]
        .clone();
    let dataset = small
        .post(
            "/api/v1/datasets",
            json!({"name": "d", "workspace_id": workspace}),
        )
        .await
        .json();
    let bulk = format!(
        "/api/v1/datasets/{}/records/bulk",
        dataset["id"].as_str().unwrap()
    );
    let refused = small
        .post(
            &bulk,
            json!({"items": [{"fields": {"text": "x".repeat(1000)}}]}),
        )
        .await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        refused.json(),
        json!({"detail": "the request is too large"})
    );

    let deep = format!("{{\"items\": {}{}}}", "[".repeat(DEEP), "]".repeat(DEEP));
    let refused = with(&stored, Settings::default())
        .send("POST", &bulk, Some(deep.clone()))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let deep = format!(
        "{{\"status\": \"draft\", \"values\": {{\"a\": {}{}}}}}",
        "[".repeat(DEEP),
        "]".repeat(DEEP)
    );
    let answer = format!("/api/review/records/{}/response", uuid::Uuid::new_v4());
    let refused = small.send("PUT", &answer, Some(deep)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.message();
}

#[tokio::test]
async fn a_busy_server_says_so_and_still_tells_that_it_lives() {
    let stored = stored().await;
    owner(&stored.store).await;
    let busy = with(
        &stored,
        Settings {
            max_requests: 0,
            ..Settings::default()
        },
    );
    let refused = busy.get("/api/v1/me").await;
    assert_eq!(
        (refused.status, &refused.headers["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    assert_eq!(
        refused.json(),
        json!({"detail": "the server is overloaded; try again soon"})
    );
    let refused = busy.get("/api/review/me").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        refused.message(),
        "the server is overloaded; try again soon"
    );
    for path in ["/health", "/ready"] {
        assert_eq!(busy.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let hasty = Settings {
        request_timeout: Duration::from_millis(20),
        ..Settings::default()
    };
    let serving = Serving::start(hasty).await;
    for (path, body) in [
        (
            "/api/review/login",
            "{\"error\":{\"message\":\"the request took too long\"}}",
        ),
        (
            "/api/v1/token",
            "{\"detail\":\"the request took too long\"}",
        ),
    ] {
        let kind = if path.ends_with("token") {
            "x-www-form-urlencoded"
        } else {
            "json"
        };
        let kind = format!("Content-Type: application/{kind}\r\nContent-Length: 9");
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{kind}\r\n");
        let answer = raw(serving.address, &format!("{head}Connection: close\r\n\r\n")).await;
        assert!(
            answer.starts_with("HTTP/1.1 408") && answer.ends_with(body),
            "{answer}"
        );
    }
    serving.end().await;
}

#[tokio::test]
async fn tls_is_asked_for_from_then_on() {
    let certificate = Certificate::from_files(&tls("server1.pem"), &tls("server1.key")).unwrap();
    let serving = Serving::start(Settings {
        certificate: Some(certificate),
        ..Settings::default()
    })
    .await;
    let answer = health_over_tls(serving.address, "ca1.pem").await.unwrap();
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    for header in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
    ] {
        assert!(answer.headers().contains_key(header), "{header}");
    }
    serving.end().await;

    let serving = Serving::start(Settings::default()).await;
    let plain = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = raw(serving.address, plain).await;
    assert!(!answer.contains("strict-transport"), "{answer}");
    serving.end().await;
}

/// The head of a request with a body of so many bytes.
fn head(path: &str, length: u64) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Argilla-Api-Key: {API_KEY}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_comes() {
    let serving = Serving::start(Settings::default()).await;
    let bulk = format!("/api/v1/datasets/{}/records/bulk", uuid::Uuid::nil());
    for (path, length) in [
        ("/api/v1/workspaces", 16 * 1024 * 1024 + 1),
        ("/api/v1/token", 16 * 1024 + 1),
        ("/api/review/login", 16 * 1024 + 1),
        (bulk.as_str(), 2_000_000_000),
        (bulk.as_str(), u64::MAX / 2),
    ] {
        let answer = raw(serving.address, &head(path, length)).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
    }
    serving.end().await;
}

#[tokio::test]
async fn bodies_that_are_announced_and_do_not_come_take_no_room() {
    let serving = Serving::start(Settings::default()).await;
    let bulk = format!("/api/v1/datasets/{}/records/bulk", uuid::Uuid::nil());
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(serving.address).await.unwrap();
        let head = head(&bulk, 256 * 1024 * 1024) + "{";
        stream.write_all(head.as_bytes()).await.unwrap();
        waiting.push(stream);
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let at = |path: &str| format!("http://{}{path}", serving.address);
    // Until all of them are being served, each with the room for what has come.
    let wanted = [
        "examen_http_requests_in_flight 21",
        "examen_request_memory_bytes 1310720",
    ];
    let served = async {
        loop {
            let metrics = client.get(at("/metrics")).send().await.unwrap();
            let metrics = metrics.text().await.unwrap();
            if wanted
                .iter()
                .all(|line| metrics.lines().any(|found| found == *line))
            {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), served)
        .await
        .unwrap();
    let workspace = client
        .post(at("/api/v1/workspaces"))
        .header("x-argilla-api-key", API_KEY)
        .json(&json!({"name": "w"}))
        .send();
    let workspace = tokio::time::timeout(Duration::from_secs(20), workspace).await;
    assert_eq!(workspace.unwrap().unwrap().status(), 201);
    drop(waiting);
    serving.end().await;
}

#[tokio::test]
async fn json_that_grows_when_it_is_read_is_refused() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = with(&stored, Settings::default());
    let lists = "[],".repeat(5_000_000);
    let body = format!("{{\"name\": [{lists}[]]}}");
    let refused = client.send("POST", "/api/v1/workspaces", Some(body)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        refused.json(),
        json!({"detail": "the request is too large"})
    );
}

#[tokio::test]
async fn a_client_has_a_part_of_the_turns_and_keeps_one_until_its_answer_is_sent() {
    let stored = stored().await;
    owner(&stored.store).await;
    let state = AppState::with_clock(stored.store.clone(), Arc::new(TestClock::new()));
    let router = examen_annotate::server::router(state.with_settings(Settings {
        max_requests: 8,
        ..Settings::default()
    }));
    let ask = async || {
        let request = axum::http::Request::get("/api/v1/me")
            .header("x-argilla-api-key", API_KEY)
            .body(axum::body::Body::empty())
            .unwrap();
        tower::ServiceExt::oneshot(router.clone(), request)
            .await
            .unwrap()
    };
    let unread = [ask().await, ask().await];
    assert!(
        unread
            .iter()
            .all(|answer| answer.status() == StatusCode::OK)
    );
    let refused = ask().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    let [one, _other] = unread;
    axum::body::to_bytes(one.into_body(), 10_000).await.unwrap();
    assert_eq!(ask().await.status(), StatusCode::OK);
}

/// The answer to `GET`, and its body as text.
async fn get(settings: Settings, address: &str) -> (axum::http::response::Parts, String) {
    let stored = stored().await;
    owner(&stored.store).await;
    let state = AppState::new(stored.store.clone()).with_settings(settings);
    let request = axum::http::Request::get(address)
        .header("x-argilla-api-key", API_KEY)
        .body(axum::body::Body::empty())
        .unwrap();
    let router = examen_annotate::server::router(state);
    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (head, String::from_utf8_lossy(&body).into_owned())
}

fn under_a_path() -> Settings {
    Settings {
        base_path: "/exam".parse().unwrap(),
        ..Settings::default()
    }
}

#[tokio::test]
async fn the_api_and_the_page_lie_under_the_path_and_where_a_proxy_takes_it_off() {
    for address in ["/exam/api/v1/me", "/api/v1/me"] {
        let (head, body) = get(under_a_path(), address).await;
        assert_eq!(head.status, StatusCode::OK, "{address}: {body}");
    }
    let (head, _) = get(under_a_path(), "/exam/api/nowhere").await;
    assert_eq!(head.status, StatusCode::NOT_FOUND);
    if !examen_annotate::server::HAS_PAGE {
        return;
    }
    for address in ["/exam", "/exam/", "/exam/?dataset=x", "/"] {
        let (head, page) = get(under_a_path(), address).await;
        assert_eq!(head.status, StatusCode::OK, "{address}");
        assert!(page.contains(r#"src="/exam/assets/"#), "{page}");
        assert!(
            page.contains(r#"name="base-path" content="/exam/""#),
            "{page}"
        );
        assert!(!page.contains(r#"="./"#), "{page}");
    }
    let (_, page) = get(Settings::default(), "/").await;
    assert!(
        page.contains(r#"src="/assets/"#) && page.contains(r#"content="/""#),
        "{page}"
    );
    let script = page.split("src=\"/assets/").nth(1).unwrap();
    let script = script.split('"').next().unwrap();
    let (head, _) = get(under_a_path(), &format!("/exam/assets/{script}")).await;
    let kind = head.headers["content-type"].to_str().unwrap();
    assert!(kind.contains("javascript"), "{kind}");
}

#[tokio::test]
async fn only_sites_that_are_named_may_show_the_page_in_a_frame() {
    let (head, _) = get(Settings::default(), "/").await;
    let policy = head.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("; frame-ancestors 'none'"), "{policy}");
    assert_eq!(head.headers["x-frame-options"], "DENY");
    let framed = Settings {
        frame_ancestors: ["https://huggingface.co", "https://*.hf.space"]
            .map(|origin| origin.parse().unwrap())
            .into(),
        ..Settings::default()
    };
    let (head, _) = get(framed, "/").await;
    let policy = head.headers["content-security-policy"].to_str().unwrap();
    let named = "; frame-ancestors https://huggingface.co https://*.hf.space";
    assert!(policy.ends_with(named), "{policy}");
    assert!(!head.headers.contains_key("x-frame-options"));
}
