//! Requests that nobody's client makes: refused, never a failure of the hub.

use crate::support::{ANA, Hub, header, small};
use axum::{body::Body, http::Request};
use examen_hub_server::Settings;
use proptest::prelude::*;

#[test]
fn deep_and_odd_bodies_are_refused() {
    let hub = Hub::start();
    hub.make("ana/set", false);
    let deep = "[".repeat(100_000);
    let bodies = [
        deep,
        "null".to_owned(),
        "[]".to_owned(),
        "{\"name\":1}".to_owned(),
        "\u{0}".to_owned(),
        "{\"files\":{}}".to_owned(),
    ];
    let routes = [
        ("POST", "/api/repos/create"),
        ("DELETE", "/api/repos/delete"),
        ("POST", "/api/repos/move"),
        ("POST", "/api/validate-yaml"),
        ("POST", "/api/datasets/ana/set/preupload/main"),
        ("POST", "/api/datasets/ana/set/commit/main"),
        ("POST", "/api/datasets/ana/set/paths-info/main"),
        ("POST", "/datasets/ana/set.git/info/lfs/objects/batch"),
        ("POST", "/api/datasets/ana/set/tag/main"),
    ];
    for (method, path) in routes {
        for body in &bodies {
            let answer = hub.ask(Some(ANA), method, path, body.clone());
            assert!(
                answer.status.is_client_error(),
                "{method} {path} {}: {}",
                &body[..body.len().min(20)],
                answer.status
            );
        }
    }
    let large = "x".repeat(5 << 20);
    assert_eq!(
        hub.ask(Some(ANA), "POST", "/api/validate-yaml", large)
            .status,
        413
    );
    let bomb = format!(
        "---\na: &a [x,x]\n{}---\n",
        (0..40)
            .map(|n| format!("b{n}: &b{n} [*a,*a,*a,*a]\n"))
            .collect::<String>()
    );
    let answer = hub.post(
        "/api/validate-yaml",
        &serde_json::json!({"content": bomb, "repoType": "dataset"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn odd_paths_lead_nowhere() {
    let hub = Hub::start();
    hub.make("ana/set", false);
    let paths = [
        "/datasets/ana/set/resolve/main/..%2F..%2F..%2Fkey",
        "/datasets/ana/set/resolve/..%2F..%2Fkey/x",
        "/datasets/..%2F..%2Fkey/set/resolve/main/x",
        "/datasets/ana/set/objects/..%2F..%2F/x",
        "/datasets/ana/set/objects/aa/..%2F..%2F..%2F..%2Fkey",
        "/datasets/ana/set/tree/main/%00",
        "/api/datasets/ana/set/tree/main?cursor=%FF&limit=99999999999999999999",
        "/api/datasets/ana/set/commits/main?p=18446744073709551615&limit=0",
        "/api/nothing/ana/set",
        "/large/x.y",
        "/v1/reconstructions/..%2Fx",
    ];
    for path in paths {
        let answer = hub.get(path);
        assert!(
            answer.status.is_client_error() || answer.body == b"[]",
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
}

/// Clients go another way where a route is not found, and only then.
#[test]
fn what_the_storage_does_not_have_is_not_found() {
    let hub = Hub::start();
    for path in [
        "/v2/shards",
        "/v1/xorb-grants/default/x",
        "/v2/file-chunk-hashes/x",
    ] {
        assert_eq!(
            hub.ask(Some(ANA), "POST", path, Body::empty()).status,
            404,
            "{path}"
        );
    }
}

/// The first bytes of a head that says that gigabytes follow are no reason to keep room for them.
#[test]
fn a_length_takes_no_room() {
    let hub = Hub::start();
    hub.make("ana/set", false);
    for _ in 0..50 {
        let request = Request::post("/api/datasets/ana/set/commit/main")
            .header("authorization", format!("Bearer {ANA}"))
            .header("content-length", "500000000");
        let answer = hub.send(request.body(Body::empty()).unwrap());
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
}

/// What was read of a commit takes no more room, so that a commit may be longer than what is held at a time.
#[test]
fn a_commit_may_be_longer_than_the_memory_for_bodies() {
    let settings = Settings::new(jiff::Timestamp::now);
    let hub = Hub::start_with(Settings {
        max_bodies: 1 << 20,
        ..settings
    });
    hub.make("ana/set", false);
    let push = |lines: Vec<String>| {
        let parts = lines
            .into_iter()
            .map(|line| Ok::<_, std::io::Error>(line + "\n"));
        let body = Body::from_stream(futures::stream::iter(parts));
        let path = "/api/datasets/ana/set/commit/main";
        hub.ask(Some(ANA), "POST", path, body)
    };
    let file = |n: usize, size: usize| {
        small(&format!("f{n}"), &format!("{n}{}", "x".repeat(size))).to_string()
    };
    let mut lines = vec![header().to_string()];
    lines.extend((0..8).map(|n| file(n, 300_000)));
    let pushed = push(lines);
    assert_eq!(pushed.status, 200, "{}", pushed.text());
    let too_long = push(vec![header().to_string(), file(0, 2_000_000)]);
    assert_eq!(too_long.status, 503, "{}", too_long.text());
    assert_eq!(
        push(vec![header().to_string(), file(9, 300_000)]).status,
        200
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_lines_break_the_hub(lines in proptest::collection::vec("[ -~]{0,60}|\\{\"key\":\"(header|file|lfsFile|deletedFile)\",\"value\":\\{\"path\":\"[a-z./]{0,9}\",\"summary\":\"s\",\"content\":\"[A-Za-z=]{0,8}\",\"encoding\":\"base64\",\"oid\":\"x\"\\}\\}", 0..6)) {
        thread_local!(static HUB: Hub = { let hub = Hub::start(); hub.make("ana/set", false); hub });
        HUB.with(|hub| {
            let answer = hub.ask(Some(ANA), "POST", "/api/datasets/ana/set/commit/main", lines.join("\n"));
            prop_assert!(!answer.status.is_server_error(), "{}", answer.text());
            Ok(())
        })?;
    }
}
