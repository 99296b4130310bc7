//! Who may do what: every route, on a public and on a private repository.

use crate::support::{ANA, BEN, Hub, header};
use axum::body::Body;
use serde_json::json;

/// Statuses for who has no token, may read, may write.
type Expected = [u16; 3];

/// What each may do with a public repository and with a private one.
const READ: (Expected, Expected) = ([200, 200, 200], [401, 200, 200]);
const WRITE: (Expected, Expected) = ([401, 403, 200], [401, 403, 200]);

#[test]
fn rights_hold_on_every_route() {
    let hub = Hub::start();
    hub.make("org/open", false);
    hub.make("org/closed", true);
    let empty = String::new;
    let paths = || json!({"paths": ["README.md"]}).to_string();
    let announced = || json!({"files": []}).to_string();
    let batch = |operation: &str| json!({"operation": operation, "objects": []}).to_string();
    let commit = || format!("{}\n", header());
    let squash = || json!({"message": "m"}).to_string();
    // The order matters little: each is answered alike, whatever was done before.
    let routes = [
        ("GET", "/api/datasets/ID", empty(), READ),
        ("GET", "/api/datasets/ID/revision/main", empty(), READ),
        ("GET", "/api/datasets/ID/auth-check", empty(), READ),
        ("GET", "/api/datasets/ID/tree/main", empty(), READ),
        ("POST", "/api/datasets/ID/paths-info/main", paths(), READ),
        ("GET", "/api/datasets/ID/refs", empty(), READ),
        ("GET", "/api/datasets/ID/commits/main", empty(), READ),
        ("GET", "/api/datasets/ID/xet-read-token/main", empty(), READ),
        ("GET", "/datasets/ID", empty(), READ),
        ("GET", "/datasets/ID/tree/main", empty(), READ),
        ("GET", "/datasets/ID/commits/main", empty(), READ),
        (
            "GET",
            "/datasets/ID/resolve/main/.gitattributes",
            empty(),
            READ,
        ),
        (
            "HEAD",
            "/datasets/ID/resolve/main/.gitattributes",
            empty(),
            READ,
        ),
        ("GET", "/datasets/ID.git/HEAD", empty(), READ),
        ("GET", "/datasets/ID.git/info/refs", empty(), READ),
        ("GET", "/datasets/ID.git/objects/info/packs", empty(), READ),
        (
            "POST",
            "/datasets/ID.git/info/lfs/objects/batch",
            batch("download"),
            READ,
        ),
        (
            "POST",
            "/datasets/ID.git/info/lfs/objects/batch",
            batch("upload"),
            WRITE,
        ),
        (
            "POST",
            "/api/datasets/ID/preupload/main",
            announced(),
            WRITE,
        ),
        ("POST", "/api/datasets/ID/commit/main", commit(), WRITE),
        (
            "GET",
            "/api/datasets/ID/xet-write-token/main",
            empty(),
            WRITE,
        ),
        ("PUT", "/api/datasets/ID/settings", "{}".to_owned(), WRITE),
        ("POST", "/api/datasets/ID/branch/b", "{}".to_owned(), WRITE),
        ("DELETE", "/api/datasets/ID/branch/b", empty(), WRITE),
        (
            "POST",
            "/api/datasets/ID/tag/main",
            json!({"tag": "t"}).to_string(),
            WRITE,
        ),
        ("DELETE", "/api/datasets/ID/tag/t", empty(), WRITE),
        (
            "POST",
            "/api/datasets/ID/super-squash/main",
            squash(),
            WRITE,
        ),
    ];
    for (id, is_open) in [("org/open", true), ("org/closed", false)] {
        for (method, path, body, (open, closed)) in &routes {
            let path = path.replace("ID", id);
            let expected = if is_open { open } else { closed };
            let seen = [None, Some(BEN), Some(ANA)]
                .map(|token| hub.ask(token, method, &path, body.clone()).status.as_u16());
            assert_eq!(seen, *expected, "{method} {path}");
        }
    }
    let named =
        |name: &str| json!({"name": name, "organization": "org", "type": "dataset"}).to_string();
    let moved =
        json!({"fromRepo": "org/new", "toRepo": "org/newer", "type": "dataset"}).to_string();
    for (method, path, body) in [
        ("POST", "/api/repos/create", named("new")),
        ("POST", "/api/repos/move", moved),
        ("DELETE", "/api/repos/delete", named("newer")),
    ] {
        let seen = [None, Some(BEN), Some(ANA)]
            .map(|token| hub.ask(token, method, path, body.clone()).status.as_u16());
        assert_eq!(seen, [401, 403, 200], "{path}");
    }
    let seen = |method: &str, path: &str| {
        [None, Some(BEN), Some(ANA)]
            .map(|token| hub.ask(token, method, path, Body::empty()).status.as_u16())
    };
    assert_eq!(seen("GET", "/api/whoami-v2"), [401, 200, 200]);
    assert_eq!(seen("GET", "/metrics"), [401, 200, 200]);
    assert_eq!(seen("GET", "/health"), [200, 200, 200]);
    assert_eq!(seen("GET", "/ready"), [200, 200, 200]);
    assert_eq!(seen("GET", "/login"), [401, 303, 303]);
    for path in ["/v1/xorbs/default/0", "/v1/shards"] {
        // A token of the hub is none of its storage.
        assert_eq!(seen("POST", path), [401, 401, 401], "{path}");
    }
}

#[test]
fn a_list_has_what_one_may_see() {
    let hub = Hub::start();
    hub.make("org/open", false);
    hub.make("org/closed", true);
    let seen = |token| {
        hub.ask(token, "GET", "/api/datasets", Body::empty())
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((seen(None), seen(Some(BEN)), seen(Some(ANA))), (1, 2, 2));
}

#[test]
fn what_is_hidden_looks_like_what_is_not_there() {
    let hub = Hub::start();
    hub.make("org/closed", true);
    let (hidden, missing) = ("/api/datasets/org/closed", "/api/datasets/org/nothing");
    let told = |path: &str| {
        let answer = hub.ask(None, "GET", path, Body::empty());
        (
            answer.status,
            answer.header("x-error-code").to_owned(),
            answer.text().replace("closed", "nothing"),
        )
    };
    assert_eq!(told(hidden), told(missing));
    assert_eq!(
        hub.ask(Some("hf_nobody_has_this_one"), "GET", hidden, Body::empty())
            .status,
        401
    );
}

/// A browser sends it by itself, also for the page of another site.
#[test]
fn a_password_that_browsers_send_writes_nothing() {
    use axum::http::Request;
    use base64::{Engine, engine::general_purpose::STANDARD};
    let hub = Hub::start();
    hub.make("org/closed", true);
    let basic = format!("Basic {}", STANDARD.encode(format!("x:{ANA}")));
    let read = Request::get("/datasets/org/closed").header("authorization", &basic);
    assert_eq!(hub.send(read.body(Body::empty()).unwrap()).status, 200);
    let write =
        Request::post("/api/datasets/org/closed/commit/main").header("authorization", &basic);
    assert_eq!(
        hub.send(write.body(Body::from(format!("{}\n", header()))).unwrap())
            .status,
        403
    );
}
