//! `--config FILE`: options from TOML, YAML and a run's own settings; the command line wins.

use crate::support::{examen, plants, succeed, talk};
use assert_cmd::Command;
use examen_fake_server::{FakeServer, Faults};
use serde_json::Value;
use std::{fs, path::Path};

const SERVER: &str = "http://127.0.0.1:9/v1";

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

/// A dry run, with the options of a file and these.
fn plan(folder: &Path, file: &str, more: &[&str]) -> Command {
    let mut command = examen(folder);
    command
        .args([
            "generate",
            "--config",
            file,
            "--dry-run",
            "--format",
            "json",
        ])
        .args(more);
    command
}

fn calls(command: &mut Command) -> u64 {
    let plan: Value = serde_json::from_str(&succeed(command)).unwrap();
    plan["calls"].as_u64().unwrap()
}

#[test]
fn a_file_gives_options_and_the_command_line_wins() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 5);
    let toml = format!(
        "input = [\"docs\"]\nmodel = \"m\"\nbase-url = \"{SERVER}\"\nexclude = [\"0000.txt\", \"0001.txt\"]\n"
    );
    write(folder.path(), "exam.toml", &toml);
    let yaml =
        format!("input: docs\nmodel: m\nbase_url: {SERVER}\nexclude:\n- 0000.txt\n- 0001.txt\n");
    write(folder.path(), "exam.yaml", &yaml);
    for file in ["exam.toml", "exam.yaml"] {
        assert_eq!(calls(&mut plan(folder.path(), file, &[])), 3, "{file}");
        let more = ["--exclude", "0004.txt"];
        assert_eq!(calls(&mut plan(folder.path(), file, &more)), 4, "{file}");
    }
}

#[test]
fn a_table_holds_the_options_of_one_command() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 2);
    let text = format!(
        "quiet = true\n[generate]\ninput = \"docs\"\nmodel = \"m\"\nbase-url = \"{SERVER}\"\n[publish]\nname = \"nothing\"\n"
    );
    write(folder.path(), "exam.toml", &text);
    let output = plan(folder.path(), "exam.toml", &[]).output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let mut publish = examen(folder.path());
    let told = talk(publish.args(["publish", "--config=exam.toml"]), 1);
    assert!(told.contains("there is no review store"), "{told}");
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_the_nearest_name() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str, text: &str| {
        write(folder.path(), name, text);
        talk(&mut plan(folder.path(), name, &[]), 2)
    };
    let unknown = told("a.toml", "modle = \"m\"\n");
    assert!(
        unknown.contains("error: a.toml: `generate` has no option `modle`"),
        "{unknown}"
    );
    assert!(unknown.contains("did you mean `model`?"), "{unknown}");
    assert!(told("b.yaml", "allow_unquoted: perhaps\n").contains("takes true or false"));
    assert!(told("c.toml", "model = \n").contains("could not read the config file c.toml"));
    assert!(told("d.ini", "model = m\n").contains("neither a .toml nor a .yaml file"));
    let missing = talk(&mut plan(folder.path(), "nowhere.toml", &[]), 2);
    assert!(missing.contains("nowhere.toml"), "{missing}");
}

#[test]
fn the_settings_of_a_run_ask_for_the_same_again() {
    let (folder, server) = (
        tempfile::tempdir().unwrap(),
        FakeServer::start(0, Faults::default()).unwrap(),
    );
    plants(folder.path(), 3);
    let generate = |output: &str, more: &[&str]| {
        let mut command = examen(folder.path());
        command
            .args([
                "generate",
                "--input",
                "docs",
                "--model",
                "m",
                "--base-url",
                &server.base_url(),
            ])
            .args(["--output", output])
            .args(more);
        succeed(&mut command)
    };
    let own = [
        "--questions-per-chunk",
        "2",
        "--seed",
        "7",
        "--temperature",
        "0.4",
        "--questions",
        "4",
        "--top-p",
        "0.9",
        "--max-re-asks",
        "0",
        "--kinds",
        "recall",
        "--difficulty",
        "easy,hard",
        "--brief",
        "for testers",
        "--allow-unquoted",
        "--exclude",
        "0002.txt",
    ];
    generate("one", &own);
    let settings = "one/distiset_configs/pipeline.yaml";
    generate("other", &["--config", settings]);
    let read = |name: &str| {
        fs::read_to_string(
            folder
                .path()
                .join(name)
                .join("distiset_configs/pipeline.yaml"),
        )
        .unwrap()
    };
    assert!(
        read("one").contains("for testers") && read("one").contains("max_re_asks: 0"),
        "{}",
        read("one")
    );
    assert_eq!(read("one"), read("other"));

    let mut publish = examen(folder.path());
    let told = talk(publish.args(["publish", "--config", settings]), 2);
    assert!(
        told.contains("has the settings of a run of `generate`"),
        "{told}"
    );
}
