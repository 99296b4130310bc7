//! `examen serve` as a process: what it refuses to start with, what it logs, its end, a full disk.

use crate::support::{examen, examen_to_spawn, fail, succeed};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

const PASSWORD: &str = "the owner's own password";
const API_KEY: &str = "the owner's own key";

/// A server, and what it says on stderr.
struct Server {
    child: Child,
    address: SocketAddr,
    talk: JoinHandle<String>,
}

impl Server {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(examen_to_spawn(folder).args(serve(arguments)))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let before = said.len();
            assert!(
                lines.read_line(&mut said).unwrap() > 0,
                "the server did not start:\n{said}"
            );
            if let Some(rest) = said[before..].strip_prefix("review at http://") {
                break rest.split(' ').next().unwrap().parse().unwrap();
            }
        };
        let talk = std::thread::spawn(move || {
            lines.read_to_string(&mut said).unwrap();
            said
        });
        Self {
            child,
            address,
            talk,
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Stops the server, which must go well, and returns what it said.
    fn stop(mut self) -> String {
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        let talk = self.talk.join().unwrap();
        assert!(status.success(), "{status}\n{talk}");
        talk
    }

    /// Sends a request, with the owner's key unless other headers are given, and returns the answer's head and body.
    fn ask(&self, method: &str, path: &str, headers: Option<&str>, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let key = format!("X-Argilla-Api-Key: {API_KEY}\r\nContent-Type: application/json\r\n");
        let headers = headers.unwrap_or(&key);
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (head, body) = self.ask("POST", path, None, &body.to_string());
        (status(&head), serde_json::from_str(&body).unwrap())
    }
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

fn serve<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let usual = [
        "serve",
        "--port",
        "0",
        "--password",
        PASSWORD,
        "--api-key",
        API_KEY,
    ];
    usual.into_iter().chain(arguments.iter().copied()).collect()
}

#[test]
fn a_server_that_others_can_reach_needs_secrets_that_nobody_guesses() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], code| {
        fail(
            examen(folder.path())
                .args(["serve", "--port", "0"])
                .args(arguments),
            code,
        )
    };
    let mut talks = String::new();
    for (arguments, code) in [
        (&["--host", "0.0.0.0"][..], 2),
        (&["--host", "::", "--username", "ana"], 2),
        (&["--host", "0.0.0.0", "--password", "12345678"], 2),
        (
            &[
                "--host",
                "0.0.0.0",
                "--username",
                "ana_maria",
                "--password",
                "ana_maria",
            ],
            2,
        ),
        (
            &[
                "--host",
                "0.0.0.0",
                "--password",
                "a fine password",
                "--api-key",
                "argilla.apikey",
            ],
            2,
        ),
        (&["--tls-cert", "cert.pem"], 2),
        (&["--tls-cert", "cert.pem", "--tls-key", "key.pem"], 1),
        (&["--trusted-proxy", "proxy.example"], 2),
        (&["--trusted-proxy", "127.0.0.1"], 2),
        (
            &["--trusted-proxy", "127.0.0.1", "--password", "iloveyou1"],
            2,
        ),
    ] {
        talks += &format!(
            "$ examen serve {}\n{}\n",
            arguments.join(" "),
            run(arguments, code)
        );
    }
    // What was good enough for this machine alone is not when others come in.
    Server::spawn(examen_to_spawn(folder.path()).args(["serve", "--port", "0"])).stop();
    succeed(examen(folder.path()).args(["serve", "--add-user", "ben"]));
    let local = Server::spawn(examen_to_spawn(folder.path()).args([
        "serve",
        "--port",
        "0",
        "--password",
        "password",
    ]));
    local.stop();
    talks += &format!(
        "$ examen serve --host 0.0.0.0\n{}\n",
        run(&["--host", "0.0.0.0"], 1)
    );
    let behind = run(&["--trusted-proxy", "127.0.0.1"], 1);
    talks += &format!("$ examen serve --trusted-proxy 127.0.0.1\n{behind}\n");
    insta::assert_snapshot!("public", talks);

    let open = ["--host", "0.0.0.0", "--password", PASSWORD];
    let mut command = examen_to_spawn(folder.path());
    let talk = Server::spawn(command.args(["serve", "--port", "0"]).args(open)).stop();
    assert!(talk.contains("UNENCRYPTED"), "{talk}");
}

#[test]
fn a_key_is_rotated_and_the_old_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path(), &[]).stop();
    let said = succeed(examen(folder.path()).args(["serve", "--rotate-api-key", "owner"]));
    let key = said
        .lines()
        .find_map(|line| line.strip_prefix("API key   "))
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let server = Server::spawn(examen_to_spawn(folder.path()).args(["serve", "--port", "0"]));
    let me = |key: &str| {
        status(
            &server
                .ask(
                    "GET",
                    "/api/v1/me",
                    Some(&format!("X-Argilla-Api-Key: {key}\r\n")),
                    "",
                )
                .0,
        )
    };
    assert_eq!((me(key), me(API_KEY)), (200, 401));
    server.stop();
    fail(
        examen(folder.path()).args(["serve", "--rotate-api-key", "nobody"]),
        1,
    );
}

#[test]
fn a_served_store_is_backed_up_restored_and_its_acts_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| succeed(examen(folder.path()).args(arguments));
    let server = Server::start(folder.path(), &[]);
    assert_eq!(
        server
            .post("/api/v1/workspaces", &json!({"name": "before"}))
            .0,
        201
    );
    assert_eq!(
        run(&["backup", "copy"]),
        "copied to copy: 1 users, 0 datasets, 0 records, 0 responses\n"
    );
    assert_eq!(
        server
            .post("/api/v1/workspaces", &json!({"name": "after"}))
            .0,
        201
    );
    let talk = fail(
        examen(folder.path()).args(["restore", "copy", "--overwrite"]),
        1,
    );
    assert!(talk.contains("is in use"), "{talk}");
    let talk = fail(
        examen(folder.path()).args(["serve", "--rotate-sealing-key"]),
        1,
    );
    assert!(talk.contains("is in use"), "{talk}");
    server.stop();
    run(&["restore", "copy", "--overwrite"]);
    run(&["serve", "--revoke-api-key", "owner"]);
    run(&["serve", "--rotate-sealing-key"]);
    let acts: Value = serde_json::from_str(&run(&["audit", "--format", "json"])).unwrap();
    let acts: Vec<_> = acts
        .as_array()
        .unwrap()
        .iter()
        .map(|act| (act["actor"].as_str().unwrap(), act["act"].as_str().unwrap()))
        .collect();
    let by_hand = |act| ("command line", act);
    assert_eq!(
        acts,
        [
            by_hand("sealing_key.rotated"),
            by_hand("api_key.revoked"),
            by_hand("store.restored"),
            ("owner", "workspace.created"),
            by_hand("user.created")
        ]
    );
    assert!(run(&["audit"]).contains("workspace.created"));
    // The key was revoked before the start that gives it anew.
    let server = Server::start(folder.path(), &[]);
    let (_, listed) = server.ask("GET", "/api/v1/me/workspaces", None, "");
    assert!(
        listed.contains("before") && !listed.contains("after"),
        "{listed}"
    );
    server.stop();
}

#[test]
fn a_store_in_a_database_is_not_taken_for_an_old_file() {
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path(), &[]).stop();
    succeed(examen(folder.path()).args(["backup", "copy"]));
    for arguments in [["backup", "other"], ["restore", "copy"]] {
        let mut command = examen(folder.path());
        command.env(
            "EXAMEN_DATABASE_URL",
            "postgresql://examen:secret@127.0.0.1:1/examen",
        );
        let talk = fail(command.args(arguments).arg("--overwrite"), 2);
        assert!(
            talk.contains("`pg_") && talk.contains("examen.key"),
            "{talk}"
        );
        assert!(!talk.contains("secret"), "{talk}");
    }
    assert!(!folder.path().join("other").exists());
}

/// Does everything with a secret in it, and returns the secrets.
fn use_secrets(server: &Server) -> Vec<String> {
    let mut secrets = vec![PASSWORD.to_owned(), API_KEY.to_owned()];
    let json = "Content-Type: application/json\r\n";
    let login = json!({"username": "owner", "password": PASSWORD}).to_string();
    let (head, _) = server.ask("POST", "/api/review/login", Some(json), &login);
    let cookie = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    let cookie = cookie.split(';').next().unwrap();
    secrets.push(cookie.split('=').nth(1).unwrap().to_owned());
    let session = format!("Cookie: {cookie}\r\n");
    assert_eq!(
        status(&server.ask("GET", "/api/review/me", Some(&session), "").0),
        200
    );
    let wrong = json!({"username": "owner", "password": "a wrong password"}).to_string();
    assert_eq!(
        status(
            &server
                .ask("POST", "/api/review/login", Some(json), &wrong)
                .0
        ),
        401
    );
    secrets.push("a wrong password".to_owned());
    let form = format!("username=owner&password={}", PASSWORD.replace(' ', "+"));
    let form_type = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (_, token) = server.ask("POST", "/api/v1/token", Some(form_type), &form);
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(
        status(&server.ask("GET", "/api/v1/me", Some(&bearer), "").0),
        200
    );
    secrets.push(token);
    let (made, user) = server.post(
        "/api/v1/users",
        &json!({"username": "ben", "first_name": "Ben", "password": "ben's password", "role": "annotator"}),
    );
    assert_eq!(made, 201);
    secrets.extend([
        "ben's password".to_owned(),
        user["api_key"].as_str().unwrap().to_owned(),
    ]);
    let (_, webhook) = server.post(
        "/api/v1/webhooks",
        &json!({"url": "http://127.0.0.1:9/hook-token", "events": ["record.created"]}),
    );
    secrets.extend([
        webhook["secret"].as_str().unwrap().to_owned(),
        "hook-token".to_owned(),
    ]);
    let ping = format!("/api/v1/webhooks/{}/ping", webhook["id"].as_str().unwrap());
    assert_eq!(server.post(&ping, &json!({})).0, 422);
    server.ask(
        "GET",
        "/api/v1/me?api_key=in-the-query",
        Some("X-Argilla-Api-Key: a-wrong-key\r\n"),
        "",
    );
    server.ask("GET", "/somewhere/in-the-path", None, "");
    secrets.extend(["in-the-query", "a-wrong-key", "in-the-path"].map(str::to_owned));
    let (_, workspace) = server.post("/api/v1/workspaces", &json!({"name": "w"}));
    let (status, _) = server.post(
        "/api/v1/datasets",
        &json!({"name": "text of a record", "workspace_id": workspace["id"], "guidelines": 7}),
    );
    assert_eq!(status, 422);
    secrets.push("text of a record".to_owned());
    secrets
}

#[test]
fn no_secret_reaches_the_log() {
    for (format, verbosity) in [
        ("text", &["--log", "debug"][..]),
        ("json", &["--log", "info"]),
        ("text", &["-vv"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(
            folder.path(),
            &[verbosity, &["--log-format", format]].concat(),
        );
        let secrets = use_secrets(&server);
        let talk = server.stop();
        assert!(talk.lines().count() > 12, "{talk}");
        for secret in secrets {
            assert!(!talk.contains(&secret), "`{secret}` is in the log:\n{talk}");
        }
    }
}

#[test]
fn a_line_of_the_log_says_who_did_what_and_how_it_went() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "--log",
        "info",
        "--log-format",
        "json",
        "--trusted-proxy",
        "127.0.0.1",
    ];
    let server = Server::start(folder.path(), &arguments);
    let headers = format!(
        "X-Argilla-Api-Key: {API_KEY}\r\nX-Request-Id: abc-1\r\nX-Forwarded-For: 192.0.2.7\r\n"
    );
    let path = "/api/v1/users/00000000-0000-0000-0000-000000000000";
    assert_eq!(status(&server.ask("GET", path, Some(&headers), "").0), 404);
    let talk = server.stop();
    let lines: Vec<Value> = talk
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let mut line = lines
        .into_iter()
        .find(|line| line["message"] == "answered")
        .unwrap();
    assert!(line["ms"].is_f64() && line["timestamp"].is_string());
    for varying in ["ms", "timestamp"] {
        line[varying] = json!(varying);
    }
    insta::assert_json_snapshot!("log_line", line);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_recovered_from() {
    // A process that may not make files longer than a limit fails to write as on a full disk; the limit is moved later.
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path(), &[]).stop();
    let mut limited = Command::new("sh");
    limited
        .current_dir(folder.path())
        .env_remove("EXAMEN_DATA")
        .env_remove("EXAMEN_LOG");
    let script = "trap '' XFSZ; exec \"$0\" \"$@\"";
    limited
        .args(["-c", script, env!("CARGO_BIN_EXE_examen")])
        .args(serve(&[]));
    let server = Server::spawn(&mut limited);
    let limit = |bytes: &str| {
        let fsize = format!("--fsize={bytes}:");
        let set = Command::new("prlimit")
            .args(["--pid", &server.child.id().to_string(), &fsize])
            .status()
            .unwrap();
        assert!(set.success());
    };
    let workspace = |name: &str| server.post("/api/v1/workspaces", &json!({"name": name}));
    let ready = || status(&server.ask("GET", "/ready", None, "").0);
    assert_eq!(workspace("before").0, 201);
    for round in 0..3 {
        limit("4096");
        let (head, body) = server.ask(
            "POST",
            "/api/v1/workspaces",
            None,
            &json!({"name": format!("full {round}")}).to_string(),
        );
        assert_eq!(status(&head), 503, "{body}");
        assert!(head.contains("retry-after: 5"), "{head}");
        assert_eq!(
            body,
            "{\"detail\":\"the store is unavailable; try again later\"}"
        );
        let login = json!({"username": "owner", "password": PASSWORD}).to_string();
        let (head, body) = server.ask(
            "POST",
            "/api/review/login",
            Some("Content-Type: application/json\r\n"),
            &login,
        );
        assert_eq!(status(&head), 503, "{body}");
        // Reading goes on.
        assert_eq!(
            status(&server.ask("GET", "/api/v1/me/workspaces", None, "").0),
            200
        );
        await_status(503, &ready);
        limit("unlimited");
        let (made, answer) = workspace(&format!("after {round}"));
        assert_eq!(made, 201, "{answer}");
        await_status(200, &ready);
    }
    let (_, listed) = server.ask("GET", "/api/v1/me/workspaces", None, "");
    let names = ["before", "after 0", "after 1", "after 2"];
    assert!(
        names.iter().all(|name| listed.contains(name)) && !listed.contains("full"),
        "{listed}"
    );
    server.stop();
}

/// Asks until the answer is this one; the server keeps an answer for a second.
fn await_status(wanted: u16, ask: &impl Fn() -> u16) {
    let has_come = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        ask() == wanted
    });
    assert!(has_come, "not {wanted} within 10 s");
}

#[test]
fn a_hangup_without_a_certificate_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    server.signal("HUP");
    let (head, _) = server.ask("GET", "/health", None, "");
    assert_eq!(status(&head), 200);
    assert!(
        server
            .stop()
            .contains("SIGHUP reloads a certificate; there is none")
    );
}

/// Most memory that a process has had, in MiB.
#[cfg(target_os = "linux")]
fn peak_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() / 1024
}

/// Makes a dataset of `n` records of a mebibyte; returns its address.
#[cfg(target_os = "linux")]
fn large_dataset(server: &Server, n: usize) -> String {
    let (head, workspaces) = server.ask("GET", "/api/v1/me/workspaces", None, "");
    assert_eq!(status(&head), 200);
    let workspaces: Value = serde_json::from_str(&workspaces).unwrap();
    let body = json!({"name": "large", "workspace_id": workspaces["items"][0]["id"]});
    let (_, dataset) = server.post("/api/v1/datasets", &body);
    let dataset = format!("/api/v1/datasets/{}", dataset["id"].as_str().unwrap());
    let field =
        json!({"name": "text", "title": "t", "required": true, "settings": {"type": "text"}});
    let options = json!([{"value": "a", "text": "a"}, {"value": "b", "text": "b"}]);
    let settings = json!({"type": "label_selection", "options": options});
    let question = json!({"name": "label", "title": "l", "required": true, "settings": settings});
    assert_eq!(server.post(&format!("{dataset}/fields"), &field).0, 201);
    assert_eq!(
        server.post(&format!("{dataset}/questions"), &question).0,
        201
    );
    let (head, _) = server.ask("PUT", &format!("{dataset}/publish"), None, "");
    assert_eq!(status(&head), 200);
    for number in 0..n {
        let text = format!("{number:07} ").repeat(128 * 1024);
        let items = json!({"items": [{"fields": {"text": text}}]});
        assert_eq!(
            server.post(&format!("{dataset}/records/bulk"), &items).0,
            201
        );
    }
    dataset
}

#[cfg(target_os = "linux")]
#[test]
fn the_memory_of_all_requests_together_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let dataset = large_dataset(&server, 48);
    let start = |method: &str, path: &str, length: usize| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nX-Argilla-Api-Key: {API_KEY}\r\nContent-Length: {length}\r\n\r\n",
            server.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    // Answers of 48 MiB each that nobody reads: 1.1 GiB, several times over while they are written.
    let search = format!("{dataset}/records/search?limit=1000");
    let mut unread: Vec<TcpStream> = (0..24)
        .map(|_| {
            let mut stream = start("POST", &search, 2);
            stream.write_all(b"{}").unwrap();
            stream
        })
        .collect();
    // The first byte of each says that it is being sent.
    for stream in &mut unread {
        stream.read_exact(&mut [0]).unwrap();
    }
    // Bodies that were announced to be as large as may be, of which little comes.
    let bulk = format!("{dataset}/records/bulk");
    let waiting: Vec<TcpStream> = (0..24).map(|_| start("POST", &bulk, 256 << 20)).collect();
    let (head, _) = server.ask("GET", "/health", None, "");
    assert_eq!(status(&head), 200);
    let peak = peak_memory(&server.child);
    assert!(peak < 400, "{peak} MiB");
    drop((unread, waiting));
    server.stop();
}
