//! A server on a real socket, which may fail on purpose, and Argilla clients of it.

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use examen_annotate::{
    Store,
    server::{AppState, router},
};
use examen_argilla::{Client, ClientOptions};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;

/// Which requests fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) method: &'static str,
    /// How the path ends.
    pub(crate) path: &'static str,
    /// How many of them work before.
    pub(crate) after: usize,
    /// How many of them fail then.
    pub(crate) times: usize,
    /// Whether what was asked is done all the same, and only the answer is lost.
    pub(crate) is_done: bool,
    pub(crate) status: u16,
}

/// Serves `store` until the test ends; returns the address.
pub(crate) async fn serve(store: &Store, fault: Option<Fault>) -> String {
    let mut application: Router = router(AppState::new(store.clone()));
    if let Some(fault) = fault {
        let n_matching = Arc::new(AtomicUsize::new(0));
        application =
            application.layer(middleware::from_fn(move |request: Request, next: Next| {
                fail(fault, Arc::clone(&n_matching), request, next)
            }));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, application).await.unwrap() });
    url
}

async fn fail(
    fault: Fault,
    n_matching: Arc<AtomicUsize>,
    request: Request,
    next: Next,
) -> Response {
    let method: Method = fault.method.parse().unwrap();
    if *request.method() != method || !request.uri().path().ends_with(fault.path) {
        return next.run(request).await;
    }
    let number = n_matching.fetch_add(1, Ordering::SeqCst);
    if !(fault.after..fault.after.saturating_add(fault.times)).contains(&number) {
        return next.run(request).await;
    }
    if fault.is_done {
        let answer = next.run(request).await;
        to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    }
    StatusCode::from_u16(fault.status).unwrap().into_response()
}

/// A client that does not wait long before it asks again.
pub(crate) fn client(url: &str, api_key: &str) -> Client {
    let options = ClientOptions {
        first_delay: Duration::from_millis(1),
        ..ClientOptions::new(url, api_key)
    };
    Client::new(&ClientOptions {
        max_retries: 2,
        ..options
    })
    .unwrap()
}
