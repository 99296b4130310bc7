//! The embedded page, and the server over a real socket.

use crate::support::{Client, TestClock, owner, stored};
use axum::http::StatusCode;
use examen_annotate::server::{AppState, HAS_PAGE, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

#[tokio::test]
async fn the_page_answers_every_address_that_is_not_the_apis() {
    let stored = stored().await;
    let client = Client::new(&stored.store, &TestClock::new());
    let page = client.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(client.get("/datasets/some/where").await.body, page.body);
    assert_eq!(client.get("/../Cargo.toml").await.body, page.body);
    if !HAS_PAGE {
        assert!(page.text().contains("--no-default-features"));
        return;
    }
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers["cache-control"], "no-cache");
    let html = page.text();
    let (_, rest) = html
        .split_once("/assets/")
        .expect("the page loads a script");
    let asset = format!("/assets/{}", rest.split('"').next().unwrap());
    let script = client.get(&asset).await;
    assert_eq!(script.status, StatusCode::OK, "{asset}");
    assert_eq!(
        script.headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert!(
        script.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/")
    );
    assert_eq!(
        client.get("/assets/nothing.js").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_server_serves_until_it_is_told_to_stop() {
    let stored = stored().await;
    owner(&stored.store).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(
        listener,
        AppState::new(stored.store.clone()),
        async {
            stopped.await.unwrap();
        },
    ));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET /api/review/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    // A connection that stays open and idle does not hold the server up.
    let _idle = TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    // The store is closed: its log has been folded into the file.
    assert!(!stored.folder.path().join("examen.sqlite-wal").exists());
}
