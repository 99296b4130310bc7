//! Files, names and models that mean harm: each costs itself and a sentence, not the run.
#![cfg(unix)]

use crate::support::{checkpoint, examen, examen_to_spawn, fail, succeed, testdata};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

fn dry_run(folder: &Path, input: &str, format: &str) -> assert_cmd::Command {
    let mut command = examen(folder);
    command
        .args(["generate", "--dry-run", "--model", "m", "--output", "out"])
        .args(["--base-url", "http://127.0.0.1:9/v1"])
        .args(["--format", format, "--input", input]);
    command
}

fn reasons(plan: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = plan["unreadable"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "path"), text(row, "reason")))
        .collect()
}

#[test]
fn what_is_no_regular_file_is_skipped_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let docs = folder.path().join("docs");
    fs::create_dir(&docs).unwrap();
    fs::write(docs.join("good.txt"), "The heart pumps blood.").unwrap();
    let pipe = docs.join("pipe.csv");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    symlink("/dev/zero", docs.join("zero.txt")).unwrap();
    symlink("loop.md", docs.join("loop.md")).unwrap();
    symlink(&pipe, docs.join("linked.txt")).unwrap();
    let begun = Instant::now();
    let plan: Value =
        serde_json::from_str(&succeed(&mut dry_run(folder.path(), "docs", "json"))).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(plan["documents"].as_array().unwrap().len(), 1);
    let reasons = reasons(&plan);
    let reason = |path: &str| {
        let found = reasons.iter().find(|(other, _)| other == path);
        found.map(|(_, reason)| reason.as_str())
    };
    assert_eq!(
        reason("pipe.csv"),
        Some("is no regular file but a named pipe")
    );
    assert_eq!(
        reason("linked.txt"),
        Some("is no regular file but a named pipe")
    );
    assert_eq!(reason("zero.txt"), Some("is no regular file but a device"));
    assert!(reason("loop.md").unwrap().starts_with("cannot be listed"));
}

#[test]
fn links_that_branch_again_and_again_are_followed_once() {
    let folder = tempfile::tempdir().unwrap();
    let level = |n: usize| folder.path().join(format!("docs/{n}"));
    for n in 0..30 {
        fs::create_dir_all(level(n)).unwrap();
        for name in ["a", "b"] {
            symlink(level(n + 1), level(n).join(name)).unwrap();
        }
    }
    fs::create_dir_all(level(30)).unwrap();
    fs::write(level(30).join("a.txt"), "The heart pumps blood.").unwrap();
    let begun = Instant::now();
    let plan: Value =
        serde_json::from_str(&succeed(&mut dry_run(folder.path(), "docs", "json"))).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60));
    let reasons = reasons(&plan);
    assert!(
        reasons
            .iter()
            .any(|(_, reason)| reason.contains("another link")),
        "{reasons:?}"
    );
}

#[test]
fn a_document_behind_a_link_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (docs, elsewhere) = (folder.path().join("docs"), folder.path().join("elsewhere"));
    fs::create_dir(&docs).unwrap();
    fs::create_dir_all(elsewhere.join("deep")).unwrap();
    fs::write(elsewhere.join("a.txt"), "The heart pumps blood.").unwrap();
    fs::write(elsewhere.join("deep/b.csv"), "text\nThe lung breathes.\n").unwrap();
    symlink(elsewhere.join("a.txt"), docs.join("a.txt")).unwrap();
    symlink(elsewhere.join("deep"), docs.join("deep")).unwrap();
    let plan: Value =
        serde_json::from_str(&succeed(&mut dry_run(folder.path(), "docs", "json"))).unwrap();
    assert_eq!(plan["documents"].as_array().unwrap().len(), 2, "{plan}");
}

/// Asks a reader of its own, and looks at the process meanwhile.
fn asked<T>(arguments: &[&str], request: &Value, look: impl FnOnce(u32) -> T) -> (Value, T) {
    let mut child = examen_to_spawn(Path::new("/"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut requests = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(requests, "{request}").unwrap();
    let answer = answers.next().unwrap().unwrap();
    let seen = look(child.id());
    drop(requests);
    assert!(child.wait().unwrap().success());
    (serde_json::from_str(&answer).unwrap(), seen)
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_has_no_rights_but_to_read_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("in");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("a.txt"), "The heart pumps blood.").unwrap();
    fs::write(folder.path().join("b.txt"), "secret").unwrap();
    let path = |path: &Path| json!({ "Files": [{ "Unix": path.to_str().unwrap().as_bytes() }] });
    let arguments = ["extract-document", "--readable", inside.to_str().unwrap()];
    let (answer, status) = asked(&arguments, &path(&inside.join("a.txt")), |id| {
        fs::read_to_string(format!("/proc/{id}/status")).unwrap()
    });
    assert_eq!(
        answer["Ok"]["Documents"][0]["Ok"]["text"], "The heart pumps blood.",
        "{answer}"
    );
    let (refused, _) = asked(&arguments, &path(&folder.path().join("b.txt")), |_| ());
    let refused = refused["Ok"]["Documents"][0]["Err"].to_string();
    assert!(refused.contains("Permission denied"), "{refused}");
    let has = |line: &str| status.lines().any(|other| other == line);
    assert!(has("NoNewPrivs:\t1") && has("Seccomp:\t2"), "{status}");
}

#[test]
fn what_a_terminal_obeys_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let docs = folder.path().join("docs");
    fs::create_dir(&docs).unwrap();
    let name = "a\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}.pdf";
    fs::write(docs.join(name), "no PDF").unwrap();
    fs::write(docs.join("good.txt"), "The heart pumps blood.").unwrap();
    let is_safe = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(
            !text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{text:?}"
        );
        text
    };
    for format in ["text", "json"] {
        let output = dry_run(folder.path(), "docs", format).output().unwrap();
        let said = is_safe(&output.stdout) + &is_safe(&output.stderr);
        assert!(said.contains("owned"), "{said}");
    }
    let lost = examen(folder.path())
        .args(["annotate", "--input", name])
        .output()
        .unwrap();
    let said = is_safe(&lost.stderr);
    assert!(said.contains(r"\u{1b}]0;owned"), "{said}");
    let wrong = examen(folder.path()).arg(name).output().unwrap();
    is_safe(&wrong.stderr);
}

/// A small model with another chat template.
fn with_template(folder: &Path, template: &str) {
    let original = checkpoint("qwen2");
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::copy(original.join(name), folder.join(name)).unwrap();
    }
    let config = json!({ "bos_token": "<s>", "eos_token": "</s>", "chat_template": template });
    fs::write(folder.join("tokenizer_config.json"), config.to_string()).unwrap();
}

fn chat(template: &str) -> assert_cmd::Command {
    let folder = tempfile::tempdir().unwrap();
    with_template(folder.path(), template);
    let mut command = examen(folder.path());
    command
        .args(["score", "--chat", "--model", "."])
        .write_stdin(r#"{"context": "a", "continuations": [" b"]}"#);
    // Kept until the test ends.
    std::mem::forget(folder);
    command
}

#[test]
fn a_template_that_cannot_be_parsed_is_called_so() {
    let talk = fail(&mut chat("{% for %}"), 2);
    assert!(
        talk.contains("the chat template of `.` cannot be used: it does not parse: syntax error"),
        "{talk}"
    );
    assert!(!talk.contains("base model"), "{talk}");
}

#[test]
fn a_template_may_be_as_deep_as_it_is_long() {
    // None of them has a bound in the template engine.
    let n = 120 << 10;
    let deep = [
        format!("{{{{ {} x }}}}", "not ".repeat(n / 4)),
        format!("{{{{ {} x }}}}", "-".repeat(n)),
        format!("{{{{ x{} }}}}", "+x".repeat(n / 2)),
        format!("{{{{ x{} }}}}", ".a".repeat(n / 2)),
        format!("{{{{ x{} }}}}", "|e".repeat(n / 2)),
        format!("{{{{ {}x{} }}}}", "[".repeat(n / 2), "]".repeat(n / 2)),
        format!("{{{{ {}x{} }}}}", "(".repeat(n / 2), ")".repeat(n / 2)),
        format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}".repeat(n / 12)),
        "{% if x %}".repeat(n / 10),
    ];
    for template in deep {
        let output = chat(&template).output().unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(
            matches!(output.status.code(), Some(0..=3)),
            "{}: {talk}",
            &template[..20]
        );
        assert!(!talk.contains("overflow"), "{}: {talk}", &template[..20]);
    }
}

#[test]
fn a_template_takes_no_more_memory_than_it_may() {
    let doubling = "{% set ns = namespace(a=['xxxxxxxx']) %}{% for i in range(40) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a | length }}";
    let talk = fail(&mut chat(doubling), 3);
    let is_bounded = ["more memory than it may take", "ran longer than 10 s"];
    assert!(
        is_bounded.iter().any(|words| talk.contains(words)),
        "{talk}"
    );
}

#[test]
fn a_damaged_table_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let shard = "default/train/data-00000-of-00001.arrow";
    let sample = testdata("distiset/sample");
    let bytes = fs::read(sample.join(shard)).unwrap();
    for (name, damage) in [("cut", 700), ("flipped", 40), ("later", 3000)] {
        let to = folder.path().join(name);
        let copied = Command::new("cp").arg("-r").arg(&sample).arg(&to).status();
        assert!(copied.unwrap().success());
        let mut damaged = bytes.clone();
        match name {
            "cut" => damaged.truncate(damage),
            _ => damaged[damage] ^= 0x55,
        }
        fs::write(to.join(shard), damaged).unwrap();
        let output = examen(folder.path())
            .args(["annotate", "--dataset-config", "default", "--input"])
            .arg(&to)
            .output()
            .unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        let codes = if name == "cut" { 1..=1 } else { 0..=1 };
        let is_told = output
            .status
            .code()
            .is_some_and(|code| codes.contains(&code));
        assert!(is_told, "{name}: {:?} {talk}", output.status);
    }
}
