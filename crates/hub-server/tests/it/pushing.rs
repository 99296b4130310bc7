//! Commits: what they change, what is refused, and what git makes of them.

use crate::support::{ANA, Hub, header, large, small};
use axum::body::Body;
use serde_json::{Value, json};
use std::process::Command;

const SET: &str = "ana/set";

fn hub() -> Hub {
    let hub = Hub::start();
    hub.make(SET, false);
    hub
}

fn paths(hub: &Hub, revision: &str) -> Vec<String> {
    let answer = hub.get(&format!(
        "/api/datasets/{SET}/tree/{revision}?recursive=true"
    ));
    let lines = answer.json();
    let path = |line: &Value| line["path"].as_str().unwrap().to_owned();
    lines.as_array().unwrap().iter().map(path).collect()
}

#[test]
fn a_push_adds_replaces_and_removes_files() {
    let hub = hub();
    let pushed = hub.push(
        SET,
        &[
            header(),
            small("README.md", "# one\n"),
            small("a/b/c.txt", "c\n"),
            small("a/d.txt", "d\n"),
        ],
    );
    assert_eq!(pushed.status, 200, "{}", pushed.text());
    let first = pushed.json()["commitOid"].as_str().unwrap().to_owned();
    assert_eq!(
        paths(&hub, "main"),
        [
            ".gitattributes",
            "README.md",
            "a",
            "a/b",
            "a/b/c.txt",
            "a/d.txt"
        ]
    );
    let gone = [
        json!({"key": "deletedFolder", "value": {"path": "a/b"}}),
        json!({"key": "deletedFile", "value": {"path": "a/d.txt"}}),
    ];
    let pushed = hub.push(
        SET,
        &[
            header(),
            gone[0].clone(),
            gone[1].clone(),
            small("README.md", "# two\n"),
        ],
    );
    assert_eq!(pushed.status, 200, "{}", pushed.text());
    assert_eq!(paths(&hub, "main"), [".gitattributes", "README.md"]);
    assert_eq!(
        hub.get("/datasets/ana/set/resolve/main/README.md").text(),
        "# two\n"
    );
    assert_eq!(
        hub.get(&format!("/datasets/ana/set/resolve/{first}/README.md"))
            .text(),
        "# one\n"
    );
    let log = hub.get(&format!("/api/datasets/{SET}/commits/main")).json();
    assert_eq!(log.as_array().unwrap().len(), 3);
    // What changes nothing makes no commit.
    let again = hub.push(SET, &[header(), small("README.md", "# two\n")]);
    assert_eq!(again.json()["commitOid"], log[0]["id"]);
}

#[test]
fn a_push_onto_another_commit_than_it_names_is_refused() {
    let hub = hub();
    let tip = hub.get(&format!("/api/datasets/{SET}")).json()["sha"]
        .as_str()
        .unwrap()
        .to_owned();
    let on =
        |parent: &str| json!({"key": "header", "value": {"summary": "s", "parentCommit": parent}});
    assert_eq!(hub.push(SET, &[on(&tip), small("a", "1")]).status, 200);
    let stale = hub.push(SET, &[on(&tip), small("a", "2")]);
    assert_eq!(stale.status, 412);
    assert!(stale.text().contains("push again"), "{}", stale.text());
    assert_eq!(hub.get("/datasets/ana/set/resolve/main/a").text(), "1");
}

#[test]
fn what_is_no_commit_changes_nothing() {
    let hub = hub();
    let refused: [(u16, Vec<Value>); 16] = [
        (400, vec![]),
        (400, vec![small("a", "no header")]),
        (
            400,
            vec![json!({"key": "header", "value": {"summary": "  "}})],
        ),
        (
            400,
            vec![header(), json!({"key": "elsewhere", "value": {}})],
        ),
        (400, vec![header(), small("../a", "")]),
        (400, vec![header(), small("/a", "")]),
        (400, vec![header(), small("a//b", "")]),
        (400, vec![header(), small(".git/config", "")]),
        (400, vec![header(), small("a/.GIT/hooks/x", "")]),
        (400, vec![header(), small("a\nb", "")]),
        (400, vec![header(), small(&"a/".repeat(600), "")]),
        (400, vec![header(), small("a", ""), small("a/b", "")]),
        (
            400,
            vec![
                header(),
                json!({"key": "file", "value": {"path": "a", "content": "!!", "encoding": "base64"}}),
            ],
        ),
        (
            404,
            vec![
                header(),
                json!({"key": "deletedFile", "value": {"path": "nothing"}}),
            ],
        ),
        (
            404,
            vec![
                header(),
                json!({"key": "deletedFolder", "value": {"path": "nothing"}}),
            ],
        ),
        (400, vec![header(), large("a", &"0".repeat(64), 1)]),
    ];
    for (status, lines) in refused {
        let answer = hub.push(SET, &lines);
        assert_eq!(answer.status, status, "{lines:?}: {}", answer.text());
    }
    let line = "x".repeat(15 * 1024 * 1024);
    assert_eq!(
        hub.ask(
            Some(ANA),
            "POST",
            &format!("/api/datasets/{SET}/commit/main"),
            line
        )
        .status,
        413
    );
    assert_eq!(paths(&hub, "main"), [".gitattributes"]);
}

#[test]
fn branches_tags_and_pull_requests_point_to_commits() {
    let hub = hub();
    let of = |tail: &str| format!("/api/datasets/{SET}/{tail}");
    assert_eq!(hub.post(&of("branch/dev%2Fx"), &json!({})).status, 200);
    assert_eq!(hub.post(&of("branch/dev%2Fx"), &json!({})).status, 409);
    assert_eq!(
        hub.post(&of("branch/dev"), &json!({})).status,
        409,
        "a folder of another branch"
    );
    assert_eq!(hub.post(&of("branch/a%20b"), &json!({})).status, 400);
    assert_eq!(
        hub.post(&of("branch/refs%2Fheads%2Fx"), &json!({})).status,
        400
    );
    assert_eq!(hub.post(&of("branch/..%2Fx"), &json!({})).status, 400);
    let lines = format!("{}\n{}\n", header(), small("dev.txt", "dev"));
    assert_eq!(
        hub.ask(Some(ANA), "POST", &of("commit/dev%2Fx"), lines.clone())
            .status,
        200
    );
    assert_eq!(paths(&hub, "dev%2Fx"), [".gitattributes", "dev.txt"]);
    assert_eq!(paths(&hub, "main"), [".gitattributes"]);
    let asked = hub.ask(Some(ANA), "POST", &of("commit/main?create_pr=1"), lines);
    assert!(
        asked.json()["pullRequestUrl"]
            .as_str()
            .unwrap()
            .ends_with("/discussions/1"),
        "{}",
        asked.text()
    );
    assert_eq!(paths(&hub, "refs%2Fpr%2F1"), [".gitattributes", "dev.txt"]);
    assert_eq!(hub.post(&of("tag/main"), &json!({"tag": "v1"})).status, 200);
    assert_eq!(hub.post(&of("tag/main"), &json!({"tag": "v1"})).status, 409);
    assert_eq!(
        hub.ask(
            Some(ANA),
            "POST",
            &of("commit/v1"),
            format!("{}\n", header())
        )
        .status,
        404,
        "a tag does not move"
    );
    let refs = hub.get(&of("refs")).json();
    assert_eq!(
        (
            refs["branches"].as_array().unwrap().len(),
            refs["tags"][0]["name"].as_str()
        ),
        (2, Some("v1"))
    );
    assert_eq!(
        hub.ask(Some(ANA), "DELETE", &of("branch/main"), Body::empty())
            .status,
        403
    );
    assert_eq!(
        hub.ask(Some(ANA), "DELETE", &of("branch/dev%2Fx"), Body::empty())
            .status,
        200
    );
    assert_eq!(hub.get(&of("tree/dev%2Fx")).status, 404);
    assert_eq!(
        hub.get(&of("tree/dev%2Fx")).header("x-error-code"),
        "RevisionNotFound"
    );
}

#[test]
fn a_squashed_branch_has_one_commit_and_the_same_files() {
    let hub = hub();
    assert_eq!(hub.push(SET, &[header(), small("a", "1")]).status, 200);
    let before = hub.get(&format!("/api/datasets/{SET}")).json();
    assert_eq!(
        hub.post(
            &format!("/api/datasets/{SET}/super-squash/main"),
            &json!({"message": "one"})
        )
        .status,
        200
    );
    let log = hub.get(&format!("/api/datasets/{SET}/commits/main")).json();
    assert_eq!(
        (log.as_array().unwrap().len(), log[0]["title"].as_str()),
        (1, Some("one"))
    );
    assert_eq!(
        hub.get(&format!("/api/datasets/{SET}")).json()["siblings"],
        before["siblings"]
    );
}

#[test]
fn the_clients_are_told_which_files_are_large() {
    let hub = hub();
    let asked = json!({
        "files": [
            {"path": "a.txt", "sample": "aGVsbG8=", "size": 5},
            {"path": "a.parquet", "sample": "aGVsbG8=", "size": 5},
            {"path": "deep/b.safetensors", "sample": "", "size": 5},
            {"path": "zero.txt", "sample": "AAAA", "size": 3},
            {"path": "huge.txt", "sample": "aGVsbG8=", "size": 11_000_000},
            {"path": "x.log", "sample": "aGVsbG8=", "size": 5},
        ],
        "gitIgnore": "*.log\n",
    });
    let answer = hub
        .post(&format!("/api/datasets/{SET}/preupload/main"), &asked)
        .json();
    let line = |line: &Value| {
        (
            line["uploadMode"].as_str().unwrap().to_owned(),
            line["shouldIgnore"].as_bool().unwrap(),
        )
    };
    let modes: Vec<(String, bool)> = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(line)
        .collect();
    let expected = [
        ("regular", false),
        ("lfs", false),
        ("lfs", false),
        ("lfs", false),
        ("lfs", false),
        ("regular", true),
    ];
    assert_eq!(
        modes,
        expected.map(|(mode, ignored)| (mode.to_owned(), ignored))
    );
}

#[test]
fn repositories_move_and_go() {
    let hub = hub();
    hub.make("org/other", true);
    let taken = json!({"fromRepo": SET, "toRepo": "org/other", "type": "dataset"});
    assert_eq!(hub.post("/api/repos/move", &taken).status, 409);
    let moved = json!({"fromRepo": SET, "toRepo": "org/set", "type": "dataset"});
    assert_eq!(hub.post("/api/repos/move", &moved).status, 200);
    assert_eq!(hub.get(&format!("/api/datasets/{SET}")).status, 404);
    let list = hub.get("/api/datasets?author=org").json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    let gone = json!({"name": "set", "organization": "org", "type": "dataset"}).to_string();
    assert_eq!(
        hub.ask(Some(ANA), "DELETE", "/api/repos/delete", gone)
            .status,
        200
    );
    assert_eq!(hub.get("/api/datasets?search=SET").json(), json!([]));
    for name in ["..", "a..b", "-a", "a.git/x", "api/x", "a/b/c", "a b", ""] {
        let made = hub.post(
            "/api/repos/create",
            &json!({"name": name, "type": "dataset"}),
        );
        assert_eq!(made.status, 400, "{name}: {}", made.text());
    }
}

#[test]
fn pages_of_lists_are_linked() {
    let hub = hub();
    let lines: Vec<Value> = std::iter::once(header())
        .chain((0..25).map(|n| small(&format!("f{n:02}"), "x")))
        .collect();
    assert_eq!(hub.push(SET, &lines).status, 200);
    let (mut path, mut seen) = (
        format!("/api/datasets/{SET}/tree/main?limit=10&expand=true"),
        Vec::new(),
    );
    for _ in 0..3 {
        let answer = hub.get(&path);
        let lines = answer.json();
        seen.extend(
            lines
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["path"].as_str().unwrap().to_owned()),
        );
        assert!(lines[0]["lastCommit"]["id"].is_string());
        match answer
            .header("link")
            .split_once("hub.example")
            .and_then(|(_, rest)| rest.split_once('>'))
        {
            Some((next, _)) => next.clone_into(&mut path),
            None => path.clear(),
        }
    }
    assert_eq!((seen.len(), path.as_str()), (26, ""));
}

/// git itself reads what is on the disk.
#[test]
fn git_finds_nothing_wrong() {
    let hub = hub();
    assert_eq!(
        hub.push(
            SET,
            &[
                header(),
                small("a.b/c", "1"),
                small("a/c", "2"),
                small("a-b", "3"),
                small("ä/ö.txt", "é\n")
            ]
        )
        .status,
        200
    );
    assert_eq!(
        hub.push(
            SET,
            &[
                json!({"key": "header", "value": {"summary": "two", "description": "more\nlines"}}),
                small("a/c", "4")
            ]
        )
        .status,
        200
    );
    let folder = hub.folder.path().join("repositories/datasets/ana/set");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let output = git
            .arg("--git-dir")
            .arg(&folder)
            .args(["-c", "core.quotepath=off", "-c", "safe.directory=*"])
            .args(arguments)
            .output();
        let output = output.expect("git runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        text
    };
    let faults = git(&["fsck", "--strict", "--no-dangling"]);
    assert!(
        !faults.contains("error") && !faults.contains("warning"),
        "{faults}"
    );
    assert_eq!(git(&["show", "main:a/c"]), "4");
    assert_eq!(
        git(&["ls-tree", "-r", "--name-only", "main"]),
        ".gitattributes\na-b\na.b/c\na/c\nä/ö.txt\n"
    );
    assert_eq!(
        git(&["log", "--format=%s|%b", "-1", "main"]).trim(),
        "two|more\nlines"
    );
    let tree = hub.get(&format!("/api/datasets/{SET}/tree/main")).json();
    let id = tree
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["path"] == "a")
        .unwrap()["oid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(git(&["rev-parse", "main:a"]).trim(), id);
}

#[test]
fn a_push_outlives_a_restart() {
    let hub = hub();
    assert_eq!(hub.push(SET, &[header(), small("a", "kept")]).status, 200);
    let hub = hub.restart();
    assert_eq!(hub.get("/datasets/ana/set/resolve/main/a").text(), "kept");
}
