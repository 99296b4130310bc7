//! Pushes to a server that answers as the Hub does.

use examen_core::Silent;
use examen_hub::{HubAccess, HubError, Push, PushError, Pushed, PushedFile, RepositoryKind};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{body_string, header, method, path},
};

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const NEW: &str = "89abcdef0123456789abcdef0123456789abcdef";
const TOKEN: &str = "hf_writer";
/// SHA-256 of `rows rows`.
const ROWS_SHA256: &str = "9198a71470a186ac69ce3d90b49a88cd0cce3f02bf330b2c4dfcb5b5791e37c9";

struct Hub {
    server: MockServer,
    folder: TempDir,
}

impl Hub {
    /// A Hub with the dataset `org/set`, which wants `rows.parquet` in its large storage.
    async fn start() -> Self {
        let hub = Self {
            server: MockServer::start().await,
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(hub.folder.path().join("README.md"), "# The set\n").unwrap();
        fs::write(hub.folder.path().join("rows.parquet"), "rows rows").unwrap();
        hub.answers(
            "POST",
            "/api/repos/create",
            409,
            json!({"error": "it exists"}),
        )
        .await;
        hub.answers("GET", "/api/datasets/org/set", 200, json!({"sha": HEAD}))
            .await;
        let modes = json!({"files": [
            {"path": "README.md", "uploadMode": "regular"},
            {"path": "rows.parquet", "uploadMode": "lfs"},
        ]});
        hub.answers("POST", "/api/datasets/org/set/preupload/main", 200, modes)
            .await;
        hub
    }

    async fn answers(&self, verb: &str, at: &str, status: u16, body: Value) {
        Mock::given(method(verb))
            .and(path(at))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&self.server)
            .await;
    }

    /// The Hub wants the large file sent so.
    async fn takes(&self, transfer: &str, actions: Value) {
        let object = json!({"oid": ROWS_SHA256, "size": 9, "actions": actions});
        let at = "/datasets/org/set.git/info/lfs/objects/batch";
        self.answers(
            "POST",
            at,
            200,
            json!({"transfer": transfer, "objects": [object]}),
        )
        .await;
    }

    /// The commit is accepted.
    async fn commits(&self) {
        let made = json!({"success": true, "commitOid": NEW, "commitUrl": "http://x"});
        self.answers("POST", "/api/datasets/org/set/commit/main", 200, made)
            .await;
    }

    fn files(&self) -> Vec<PushedFile> {
        let file = |path: &str| PushedFile {
            path: path.to_owned(),
            from: self.folder.path().join(path),
        };
        ["README.md", "rows.parquet"].map(file).to_vec()
    }

    async fn push(&self, change: impl FnOnce(&mut Push<'_>)) -> Result<Pushed, HubError> {
        let files = self.files();
        let mut push = Push {
            kind: RepositoryKind::Dataset,
            repository: "org/set",
            branch: None,
            is_public: false,
            as_pull_request: false,
            tag: None,
            message: "More rows",
            files: &files,
            parent: None,
        };
        change(&mut push);
        examen_hub::push(&self.access(), &push, &Silent).await
    }

    fn access(&self) -> HubAccess {
        HubAccess {
            endpoint: Some(self.server.uri()),
            token: Some(TOKEN.to_owned()),
            ..HubAccess::default()
        }
    }

    async fn requests(&self, verb: &str, at: &str) -> Vec<Request> {
        let requests = self.server.received_requests().await.unwrap();
        let is_it = |request: &Request| request.method.as_str() == verb && request.url.path() == at;
        requests.into_iter().filter(is_it).collect()
    }

    /// The lines of the one commit.
    async fn commit(&self) -> Vec<Value> {
        let requests = self
            .requests("POST", "/api/datasets/org/set/commit/main")
            .await;
        let [request] = &requests[..] else {
            panic!("{} commits", requests.len())
        };
        let text = std::str::from_utf8(&request.body).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn files_and_their_parent_make_one_commit() {
    let hub = Hub::start().await;
    let upload =
        json!({"href": format!("{}/store/1", hub.server.uri()), "header": {"x-signed": "yes"}});
    let verify = json!({"href": format!("{}/verify", hub.server.uri())});
    hub.takes("basic", json!({"upload": upload, "verify": verify}))
        .await;
    hub.answers("POST", "/verify", 200, json!({})).await;
    hub.commits().await;
    Mock::given(method("PUT"))
        .and(path("/store/1"))
        .and(header("x-signed", "yes"))
        .and(body_string("rows rows"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&hub.server)
        .await;
    let pushed = hub.push(|_| {}).await.unwrap();
    assert_eq!(pushed.commit.as_deref(), Some(NEW));
    assert!(!pushed.is_new);
    assert_eq!(pushed.url, format!("{}/datasets/org/set", hub.server.uri()));
    assert_eq!(
        hub.commit().await,
        [
            json!({"key": "header", "value": {"summary": "More rows", "description": "", "parentCommit": HEAD}}),
            json!({"key": "file", "value": {"path": "README.md", "content": "IyBUaGUgc2V0Cg==", "encoding": "base64"}}),
            json!({"key": "lfsFile", "value": {"path": "rows.parquet", "algo": "sha256", "oid": ROWS_SHA256, "size": 9}}),
        ]
    );
    // The storage is another host on the real Hub: it gets the headers that it asked for, and no token.
    let sent = &hub.requests("PUT", "/store/1").await[0];
    assert!(!sent.headers.contains_key("authorization"));
    assert_eq!(hub.requests("POST", "/verify").await.len(), 1);
}

#[tokio::test]
async fn a_file_goes_in_the_parts_that_the_hub_names() {
    let hub = Hub::start().await;
    let at = |number: u32| format!("{}/part/{number}", hub.server.uri());
    let header = json!({"chunk_size": "4", "00001": at(1), "00002": at(2), "00003": at(3)});
    let upload = json!({"href": format!("{}/done", hub.server.uri()), "header": header});
    hub.takes("multipart", json!({"upload": upload})).await;
    for (number, bytes) in [(1, "rows"), (2, " row"), (3, "s")] {
        let tag = format!("\"tag-{number}\"");
        Mock::given(method("PUT"))
            .and(path(format!("/part/{number}")))
            .and(body_string(bytes))
            .respond_with(ResponseTemplate::new(200).insert_header("etag", tag.as_str()))
            .expect(1)
            .mount(&hub.server)
            .await;
    }
    hub.answers("POST", "/done", 200, json!({})).await;
    hub.commits().await;
    hub.push(|_| {}).await.unwrap();
    let done: Value = serde_json::from_slice(&hub.requests("POST", "/done").await[0].body).unwrap();
    assert_eq!(
        done,
        json!({"oid": ROWS_SHA256, "parts": [
            {"partNumber": 1, "etag": "\"tag-1\""},
            {"partNumber": 2, "etag": "\"tag-2\""},
            {"partNumber": 3, "etag": "\"tag-3\""},
        ]})
    );
}

#[tokio::test]
async fn parts_that_do_not_make_up_the_file_are_refused() {
    for header in [
        json!({"chunk_size": "4", "00001": "/part/1"}),
        json!({"chunk_size": "0", "00001": "/part/1"}),
        json!({"chunk_size": "many"}),
    ] {
        let hub = Hub::start().await;
        let upload = json!({"href": "/done", "header": header});
        hub.takes("multipart", json!({"upload": upload})).await;
        let error = hub.push(|_| {}).await.unwrap_err();
        assert!(matches!(error, HubError::Listing { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_has_arrived_is_not_sent_again_and_a_part_that_failed_is() {
    let hub = Hub::start().await;
    hub.takes("basic", json!({})).await;
    hub.commits().await;
    hub.push(|_| {}).await.unwrap();

    let hub = Hub::start().await;
    hub.takes("basic", json!({"upload": {"href": "/store"}}))
        .await;
    hub.commits().await;
    let store = || Mock::given(method("PUT")).and(path("/store"));
    store()
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(2)
        .mount(&hub.server)
        .await;
    store()
        .respond_with(ResponseTemplate::new(200))
        .mount(&hub.server)
        .await;
    hub.push(|_| {}).await.unwrap();
    assert_eq!(hub.requests("PUT", "/store").await.len(), 3);
}

#[tokio::test]
async fn every_refusal_says_what_to_do_and_keeps_the_token() {
    for (status, hint) in [
        (401, "log in"),
        (403, "may not write"),
        (404, "is the name right?"),
        (409, "somebody else is writing"),
        (413, "as large as this"),
        (429, "too many requests"),
        (500, "wait, and push again"),
    ] {
        let hub = Hub::start().await;
        hub.takes("basic", json!({})).await;
        let told = json!({"error": "\u{1b}[31mno"});
        hub.answers("POST", "/api/datasets/org/set/commit/main", status, told)
            .await;
        let error = hub.push(|_| {}).await.unwrap_err();
        let HubError::Push(PushError::Refused { status: seen, .. }) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*seen, status);
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        let talk = format!("{error} {error:?}");
        assert!(
            !talk.contains(TOKEN) && !error.to_string().contains('\u{1b}'),
            "{talk}"
        );
    }
}

#[tokio::test]
async fn a_repository_that_moved_on_is_not_overwritten() {
    let hub = Hub::start().await;
    hub.takes("basic", json!({})).await;
    let told = json!({"error": "a newer commit"});
    hub.answers("POST", "/api/datasets/org/set/commit/main", 412, told)
        .await;
    let error = hub.push(|_| {}).await.unwrap_err();
    assert!(
        matches!(error, HubError::Push(PushError::Moved { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn without_a_token_or_a_network_the_hub_is_not_asked() {
    let hub = Hub::start().await;
    let files = hub.files();
    let push = |access: HubAccess| {
        let files = files.clone();
        async move {
            let push = Push {
                kind: RepositoryKind::Dataset,
                repository: "org/set",
                branch: None,
                is_public: false,
                as_pull_request: false,
                tag: None,
                message: "More rows",
                files: &files,
                parent: None,
            };
            examen_hub::push(&access, &push, &Silent).await.unwrap_err()
        }
    };
    let without = HubAccess {
        token: None,
        ..hub.access()
    };
    let error = push(without).await;
    assert!(matches!(error, HubError::Push(PushError::NoToken { .. })));
    let offline = HubAccess {
        is_offline: true,
        ..hub.access()
    };
    let error = push(offline).await;
    assert!(matches!(error, HubError::Push(PushError::Offline { .. })));
    assert!(hub.server.received_requests().await.unwrap().is_empty());
    let error = hub.push(|push| push.repository = "set").await.unwrap_err();
    assert!(matches!(error, HubError::Malformed { .. }), "{error}");
}

/// A Hub without repositories, which makes `org/set` with the branch `drafts`.
async fn empty() -> Hub {
    let hub = Hub::start().await;
    hub.server.reset().await;
    let set = "/api/datasets/org/set";
    let made = json!({"commitOid": NEW, "pullRequestUrl": "http://x/discussions/1"});
    for (verb, at, body) in [
        (
            "POST",
            "/api/repos/create".to_owned(),
            json!({"url": "http://x"}),
        ),
        (
            "GET",
            format!("{set}/revision/drafts"),
            json!({"sha": HEAD}),
        ),
        ("POST", format!("{set}/branch/drafts"), json!({})),
        (
            "POST",
            format!("{set}/preupload/drafts"),
            json!({"files": []}),
        ),
        ("POST", format!("{set}/commit/drafts"), made),
        ("POST", format!("{set}/tag/{NEW}"), json!({})),
    ] {
        hub.answers(verb, &at, 200, body).await;
    }
    hub
}

#[tokio::test]
async fn a_proposal_makes_no_repository() {
    let hub = empty().await;
    let pushed = hub
        .push(|push| {
            push.branch = Some("drafts");
            push.as_pull_request = true;
        })
        .await
        .unwrap();
    let request = pushed.pull_request.as_deref();
    assert_eq!(request, Some("http://x/discussions/1"));
    assert!(hub.requests("POST", "/api/repos/create").await.is_empty());
    let at = "/api/datasets/org/set/commit/drafts";
    let commit = hub.requests("POST", at).await;
    assert_eq!(commit[0].url.query(), Some("create_pr=1"));
}

#[tokio::test]
async fn a_new_private_repository_a_branch_and_a_tag() {
    let hub = empty().await;
    let pushed = hub
        .push(|push| {
            push.branch = Some("drafts");
            push.tag = Some("v1");
        })
        .await
        .unwrap();
    assert!(pushed.is_new);
    let asked = hub.requests("POST", "/api/repos/create").await;
    let asked: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(
        asked,
        json!({"name": "set", "organization": "org", "private": true, "type": "dataset"})
    );
    let at = format!("/api/datasets/org/set/tag/{NEW}");
    let tag = hub.requests("POST", &at).await;
    let tag: Value = serde_json::from_slice(&tag[0].body).unwrap();
    assert_eq!(tag["tag"], "v1");
}
