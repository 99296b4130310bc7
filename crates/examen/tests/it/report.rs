//! The report that `generate` leaves beside its output.

use crate::support::{examen, fail, plants, succeed};
use assert_cmd::Command;
use examen_fake_server::{FakeServer, Faults, N_FACTS};
use html5ever::{ParseOpts, parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::Value;
use std::{fs, path::Path};

const N_DOCUMENTS: usize = 12;

fn server() -> FakeServer {
    FakeServer::start(0, Faults::default()).unwrap()
}

fn generate(folder: &Path, server: &FakeServer) -> Command {
    let mut command = examen(folder);
    command.args([
        "generate",
        "--input-dir",
        "docs",
        "--output-path",
        "out",
        "--model-id",
        "m",
    ]);
    command.args([
        "--questions-per-chunk",
        &N_FACTS.to_string(),
        "--chunk-tokens",
        "1024",
        "--base-url",
        &server.base_url(),
    ]);
    command
}

/// The page, which must be HTML without an error.
fn page(folder: &Path) -> RcDom {
    let html = fs::read(folder.join("out.report.html")).unwrap();
    let page = parse_document(RcDom::default(), ParseOpts::default())
        .from_utf8()
        .one(html.as_slice());
    assert_eq!(*page.errors.borrow(), Vec::<&str>::new());
    page
}

/// Name, attributes and text of an element.
type Element = (String, Vec<(String, String)>, String);

/// Every element, outer ones first.
fn elements(node: &Handle, found: &mut Vec<Element>) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attributes = attrs.borrow();
        let attributes = attributes.iter().map(|attribute| {
            (
                attribute.name.local.to_string(),
                attribute.value.to_string(),
            )
        });
        let mut words = String::new();
        text(node, &mut words);
        found.push((name.local.to_string(), attributes.collect(), words));
    }
    node.children
        .borrow()
        .iter()
        .for_each(|child| elements(child, found));
}

fn text(node: &Handle, words: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        *words += &contents.borrow();
    }
    node.children
        .borrow()
        .iter()
        .for_each(|child| text(child, words));
}

#[test]
fn a_run_leaves_a_page_that_asks_for_nothing_from_elsewhere() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), N_DOCUMENTS);
    fs::rename(
        folder.path().join("docs/0003.txt"),
        folder.path().join("docs/<script>alert(1)<.txt"),
    )
    .unwrap();
    let said = succeed(&mut generate(folder.path(), &server));
    assert!(said.ends_with("report: out.report.html\n"), "{said}");

    let mut found = Vec::new();
    elements(&page(folder.path()).document, &mut found);
    for (name, attributes, words) in &found {
        for (attribute, value) in attributes {
            let is_reference = [
                "src",
                "srcset",
                "href",
                "action",
                "data",
                "poster",
                "background",
            ];
            assert!(
                !is_reference.contains(&attribute.as_str()) || value.starts_with('#'),
                "{name} {attribute}={value}"
            );
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{name} {attribute}={value}"
            );
        }
        assert!(
            name != "style" || !(words.contains("url(") || words.contains("@import")),
            "{words}"
        );
    }
    let of = |wanted: &str| {
        found
            .iter()
            .filter(|(name, ..)| name == wanted)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("script").len(), of("h1").len(), of("link").len()),
        (1, 1, 0)
    );
    assert!(of("h1")[0].2.contains("out"), "{:?}", of("h1"));
    let rows: Vec<_> = of("tr")
        .into_iter()
        .filter(|(_, _, words)| words.starts_with("00"))
        .collect();
    assert_eq!(rows.len(), N_DOCUMENTS - 1);
    assert!(
        of("th")
            .iter()
            .any(|(_, _, words)| words == "<script>alert(1)<.txt")
    );
}

#[test]
fn programs_read_what_the_page_says() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), N_DOCUMENTS);
    let report: Value = serde_json::from_str(&succeed(
        generate(folder.path(), &server).args(["--format", "json"]),
    ))
    .unwrap();
    let last = |of: &str| {
        report["funnel"][of].as_array().unwrap().last().unwrap()["n"]
            .as_u64()
            .unwrap()
    };
    let (n, n_questions) = (N_DOCUMENTS as u64, (N_DOCUMENTS * N_FACTS) as u64);
    assert_eq!(
        [last("documents"), last("chunks"), last("questions")],
        [n, n, n_questions]
    );
    assert_eq!(
        (report["documents"].as_u64(), report["accepted"].as_u64()),
        (Some(n), Some(n_questions))
    );
    assert_eq!(
        report["coverage"]["documents"].as_array().unwrap().len(),
        N_DOCUMENTS
    );
    assert_eq!(report["samples"]["accepted"].as_array().unwrap().len(), 8);
    let spent = report["spent"]["input_tokens"].as_f64().unwrap();
    assert!(spent > 0.0 && report["spent"]["input_tokens"] == report["input_tokens"]);
    assert_eq!(
        report["per_accepted"]["input_tokens"],
        spent / n_questions as f64
    );
    assert_eq!(report["model"], "m");
}

#[test]
fn a_run_that_stopped_at_its_budget_leaves_one_and_is_not_asked_about_it() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), N_DOCUMENTS);
    let mut stopped = generate(folder.path(), &server);
    stopped.args(["--max-tokens", "12000", "--concurrency", "1"]);
    let talk = fail(&mut stopped, 3);
    assert!(talk.contains("stopped before the end"), "{talk}");
    let mut words = String::new();
    text(&page(folder.path()).document, &mut words);
    assert!(
        words.contains("The run was stopped before its end") && words.contains("not reached"),
        "{words}"
    );

    // The report lies in the folder that is read here, and is no document.
    let mut again = examen(folder.path());
    again.args([
        "generate",
        "--input-dir",
        ".",
        "--output-path",
        "out",
        "--model-id",
        "m",
        "--dry-run",
    ]);
    let plan: Value = serde_json::from_str(&succeed(again.args([
        "--base-url",
        &server.base_url(),
        "--format",
        "json",
    ])))
    .unwrap();
    assert_eq!(plan["documents"].as_array().unwrap().len(), N_DOCUMENTS);
}
