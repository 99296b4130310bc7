//! `generate` asks a server that fails as servers fail. What comes out is what a calm server yields, or the loss is told;
//! nothing finished is asked twice.

use crate::support::{contents, examen, examen_to_spawn, fail, plants, questions, succeed, talk};
use assert_cmd::Command;
use examen_core::{Question, Seed};
use examen_fake_server::{Asked, FakeServer, Faults, Hold, N_FACTS};
use serde_json::Value;
use std::{
    collections::HashSet, fs, path::Path, process::Stdio, sync::LazyLock, thread::sleep,
    time::Duration,
};
use tempfile::TempDir;

/// Of each tenth document the number is round, of another it ends in 5.
const N_DOCUMENTS: usize = 60;

fn server(faults: Faults) -> FakeServer {
    FakeServer::start(0, faults).unwrap()
}

fn folder(n_documents: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), n_documents);
    folder
}

/// One call a document, if all goes well.
fn arguments(url: &str, concurrency: usize) -> Vec<String> {
    let concurrency = concurrency.to_string();
    let n_questions = N_FACTS.to_string();
    [
        "generate",
        "--input-dir",
        "docs",
        "--output-path",
        "out",
        "--model-id",
        "m",
        "--format",
        "json",
    ]
    .into_iter()
    .chain([
        "--questions-per-chunk",
        &n_questions,
        "--chunk-tokens",
        "1024",
        "--base-url",
        url,
    ])
    .chain([
        "--concurrency",
        &concurrency,
        "--max-concurrency",
        &concurrency,
    ])
    .map(str::to_owned)
    .collect()
}

fn generate(folder: &TempDir, server: &FakeServer, concurrency: usize) -> Command {
    let mut command = examen(folder.path());
    command.args(arguments(&server.base_url(), concurrency));
    command
}

/// What a run that went well says of itself.
fn summary(command: &mut Command) -> Value {
    serde_json::from_str(&succeed(command)).unwrap()
}

fn output(folder: &TempDir) -> Vec<(String, Vec<u8>)> {
    contents(&folder.path().join("out"))
}

/// What a calm server yields.
static CALM: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| calm(N_DOCUMENTS));

fn calm(n_documents: usize) -> Vec<(String, Vec<u8>)> {
    let (folder, server) = (folder(n_documents), server(Faults::default()));
    let summary = summary(&mut generate(&folder, &server, 8));
    assert_eq!(summary["accepted"], n_documents * N_FACTS);
    assert_eq!(server.counters().n_requests(), n_documents);
    output(&folder)
}

#[test]
fn one_request_in_ten_gets_a_500() {
    let (folder, server) = (
        folder(N_DOCUMENTS),
        server(Faults {
            fail_every: 10,
            ..Faults::default()
        }),
    );
    let summary = summary(&mut generate(&folder, &server, 8));
    assert_eq!(
        (&summary["failed"], &summary["calls"]),
        (&0.into(), &N_DOCUMENTS.into())
    );
    assert!(server.counters().n_requests() >= N_DOCUMENTS + N_DOCUMENTS / 10);
    assert!(output(&folder) == *CALM);
}

#[test]
fn storms_of_429() {
    let latency = Duration::from_millis(20);
    let faults = Faults {
        latency,
        max_in_flight: Some(4),
        retry_after: Some(1),
        ..Faults::default()
    };
    let (folder, server) = (folder(N_DOCUMENTS), server(faults));
    let summary = summary(&mut generate(&folder, &server, 32));
    assert_eq!(
        (&summary["failed"], &summary["calls"]),
        (&0.into(), &N_DOCUMENTS.into())
    );
    assert!(
        server.counters().n_requests() > N_DOCUMENTS,
        "nothing was refused"
    );
    assert_eq!(
        server.counters().n_answered(),
        N_DOCUMENTS as u64,
        "nothing is paid for twice"
    );
    assert!(output(&folder) == *CALM);
}

#[test]
fn every_request_fails() {
    let (folder, server) = (
        folder(N_DOCUMENTS),
        server(Faults {
            fail_every: 1,
            ..Faults::default()
        }),
    );
    let talk = fail(&mut generate(&folder, &server, 8), 1);
    assert!(
        talk.contains("\nerror: the model cannot be used: "),
        "{talk}"
    );
    assert!(talk.contains("answered 500: injected"), "{talk}");
    assert!(talk.contains("\nhint: "), "{talk}");
    assert!(
        !folder.path().join("out").exists(),
        "nothing pretends to be finished"
    );
}

#[test]
fn nobody_is_there() {
    let folder = folder(N_DOCUMENTS);
    let server = server(Faults::default());
    let mut command = generate(&folder, &server, 8);
    drop(server);
    let talk = fail(&mut command, 1);
    assert!(
        talk.contains("\nerror: ") && talk.contains("\nhint: "),
        "{talk}"
    );
    assert!(!folder.path().join("out").exists());
}

#[test]
fn one_poisoned_document() {
    let (folder, poisoned) = (
        folder(N_DOCUMENTS),
        server(Faults {
            poisoned: vec![17],
            ..Faults::default()
        }),
    );
    let talk = fail(&mut generate(&folder, &poisoned, 8), 3);
    assert!(
        talk.contains("warning: 1 passages failed, the first because the server does not take so long a request"),
        "{talk}"
    );
    assert_eq!(
        questions(folder.path(), "questions").len(),
        (N_DOCUMENTS - 1) * N_FACTS
    );
    let rejected = questions(folder.path(), "rejected");
    assert_eq!(
        rejected
            .iter()
            .map(|row| row.document.as_str())
            .collect::<Vec<_>>(),
        ["0017.txt"]
    );
    assert!(
        rejected[0].reasons[0].starts_with("call: the server does not take so long a request"),
        "{:?}",
        rejected[0].reasons
    );

    let healed = server(Faults::default());
    succeed(&mut generate(&folder, &healed, 8));
    let asked: Vec<_> = healed
        .counters()
        .asked()
        .iter()
        .map(|asked| asked.document)
        .collect();
    assert_eq!(asked, [Some(17)], "only what failed is asked again");
    assert!(output(&folder) == *CALM);
}

#[test]
fn one_reply_in_ten_is_broken_and_one_is_cut_off() {
    let faults = Faults {
        bad_every: 10,
        truncated_every: 10,
        ..Faults::default()
    };
    let (folder, server) = (folder(N_DOCUMENTS), server(faults));
    let summary = summary(&mut generate(&folder, &server, 8));
    assert_eq!(summary["accepted"], N_DOCUMENTS * N_FACTS, "{summary:#}");
    let asked = server.counters().asked();
    let n_about = |number: usize| {
        asked
            .iter()
            .filter(|asked| asked.document == Some(number as u64))
            .count()
    };
    let expected = |number: usize| if number.is_multiple_of(5) { 2 } else { 1 };
    assert!(
        (0..N_DOCUMENTS).all(|number| n_about(number) == expected(number)),
        "{asked:?}"
    );
    // What was saved of a broken reply comes first, so only the order within a document may differ.
    assert_eq!(facts_asked_about(folder.path()), {
        let (folder, calm) = (self::folder(N_DOCUMENTS), self::server(Faults::default()));
        succeed(&mut generate(&folder, &calm, 8));
        facts_asked_about(folder.path())
    });
}

/// The quotes of the accepted questions, sorted.
fn facts_asked_about(folder: &Path) -> Vec<Option<String>> {
    let mut quotes: Vec<_> = questions(folder, "questions")
        .into_iter()
        .map(|row| row.quote)
        .collect();
    quotes.sort();
    quotes
}

#[test]
fn a_straggler_holds_up_nobody() {
    // More than wait for it in memory.
    let n_documents = 400;
    let hold = Hold {
        request: 3,
        until_answered: n_documents as u64 - 1,
    };
    let (folder, server) = (
        folder(n_documents),
        server(Faults {
            hold: Some(hold),
            ..Faults::default()
        }),
    );
    let summary = summary(&mut generate(&folder, &server, 8));
    assert_eq!(summary["accepted"], n_documents * N_FACTS);
    assert_eq!(server.counters().n_requests(), n_documents);
    assert!(output(&folder) == calm(n_documents));
}

#[test]
fn settings_that_ask_everything_anew_are_told_before_they_do() {
    let (folder, server) = (folder(4), server(Faults::default()));
    succeed(&mut generate(&folder, &server, 8));
    let calm = talk(&mut generate(&folder, &server, 8), 0);
    assert!(!calm.contains("other settings"), "{calm}");
    assert_eq!(server.counters().n_requests(), 4);
    for dry_run in [true, false] {
        let mut other = generate(&folder, &server, 8);
        other.args(["--temperature", "0.2"]);
        if dry_run {
            other.arg("--dry-run");
        }
        let talk = talk(&mut other, 0);
        let told = "temperature (was 0.7, is 0.2); its 4 kept replies do not fit";
        assert!(talk.contains(told), "{talk}");
    }
    assert_eq!(server.counters().n_requests(), 8);
}

const N_KILLS: usize = 20;
const CONCURRENCY: usize = 4;
/// Calls that are not on the disk: in flight at the server, or on their way to the journal.
const MOST_UNFINISHED: usize = CONCURRENCY + CONCURRENCY / 4 + 4;

#[test]
fn twenty_kills_lose_nothing_and_ask_nothing_twice() {
    let n_documents = 240;
    let (folder, server) = (
        folder(n_documents),
        server(Faults {
            latency: Duration::from_millis(1),
            ..Faults::default()
        }),
    );
    let mut n_finished = Vec::new();
    for (n, point) in kill_points(n_documents).into_iter().enumerate() {
        kill_after(&folder, &server, n, point);
        n_finished.push(n_journalled(folder.path()));
    }
    succeed(generate(&folder, &server, CONCURRENCY).env("OPENAI_API_KEY", name(N_KILLS)));
    assert!(
        output(&folder) == calm(n_documents),
        "the output is another than without a kill"
    );

    assert!(
        n_finished.is_sorted(),
        "finished calls were lost: {n_finished:?}"
    );
    let asked = server.counters().asked();
    let mut before: HashSet<u64> = HashSet::new();
    for n in 0..=N_KILLS {
        let now: Vec<u64> = requests_of(&asked, n);
        let distinct: HashSet<u64> = now.iter().copied().collect();
        assert_eq!(distinct.len(), now.len(), "run {n} asked something twice");
        let n_unfinished = n
            .checked_sub(1)
            .map_or(0, |killed| before.len() - n_finished[killed]);
        assert!(
            n_unfinished <= MOST_UNFINISHED,
            "kill {n} came in the middle of {n_unfinished} calls"
        );
        let n_again = distinct.intersection(&before).count();
        assert!(
            n_again <= n_unfinished,
            "run {n} asked {n_again} times again, but {n_unfinished} calls were unfinished"
        );
        before.extend(distinct);
    }
    assert_eq!(before.len(), n_documents);

    let n_requests = server.counters().n_requests();
    succeed(&mut generate(&folder, &server, CONCURRENCY));
    assert_eq!(
        server.counters().n_requests(),
        n_requests,
        "a finished run asks nothing"
    );
}

/// How many requests the server has seen at each kill; the same at every run of the test.
fn kill_points(n_documents: usize) -> Vec<usize> {
    let mut points: Vec<usize> = Seed(20)
        .stream("kills")
        .take(N_KILLS)
        .map(|random| 1 + random as usize % (n_documents * 9 / 10))
        .collect();
    points.sort_unstable();
    points
}

/// The `n`th run, killed as soon as the server has seen so many requests.
fn kill_after(folder: &TempDir, server: &FakeServer, n: usize, n_requests: usize) {
    let mut run = examen_to_spawn(folder.path());
    run.args(arguments(&server.base_url(), CONCURRENCY))
        .env("OPENAI_API_KEY", name(n));
    let mut child = run
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while server.counters().n_requests() < n_requests {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before request {n_requests}"
        );
        sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The key that the `n`th run sends: what was sent before a kill may come in after it.
fn name(n: usize) -> String {
    format!("run-{n}")
}

fn requests_of(asked: &[Asked], n: usize) -> Vec<u64> {
    let key = format!("Bearer {}", name(n));
    asked
        .iter()
        .filter(|asked| *asked.key == *key)
        .map(|asked| asked.request)
        .collect()
}

fn n_journalled(folder: &Path) -> usize {
    let journal = fs::read(folder.join("out.journal")).unwrap_or_default();
    let lines = journal.split_inclusive(|&byte| byte == b'\n');
    let whole = lines.filter(|line| line.ends_with(b"\n"));
    // The first line is about the run, not a call.
    whole
        .filter(|line| !line.starts_with(br#"{"key":"settings""#))
        .count()
}

#[test]
fn a_changed_document_is_asked_again() {
    let (folder, server) = (folder(N_DOCUMENTS), server(Faults::default()));
    succeed(&mut generate(&folder, &server, 8));
    let before = questions(folder.path(), "questions");
    let path = folder.path().join("docs/0023.txt");
    let text = fs::read_to_string(&path).unwrap()
        + "The spare pump of the annex is cooled by salted brine.\n";
    fs::write(&path, text).unwrap();
    let summary = summary(&mut generate(&folder, &server, 8));
    assert_eq!(
        (&summary["calls"], &summary["replayed"]),
        (&1.into(), &(N_DOCUMENTS - 1).into())
    );
    let asked = server.counters().asked();
    assert_eq!(
        (asked.len(), asked.last().unwrap().document),
        (N_DOCUMENTS + 1, Some(23))
    );

    let after = questions(folder.path(), "questions");
    let others = |rows: &[Question]| {
        rows.iter()
            .filter(|row| row.document != "0023.txt")
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&after), others(&before));
    assert!(
        after.iter().any(
            |row| row.document == "0023.txt" && row.passage.contains("spare pump of the annex")
        )
    );
}
