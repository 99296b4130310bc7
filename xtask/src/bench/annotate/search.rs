//! Searches as the SDK sends them, one after the other.

use super::{
    N_FEW,
    client::Client,
    insert,
    latencies::Latencies,
    questions::{self, DIMENSIONS, Dataset, LETTERS, word},
    server_process::cpu_seconds,
};
use crate::{
    bench::report::Report,
    process::{Outcome, say},
    server::Server,
};
use serde_json::{Value, json};

const N_SEARCHES: usize = 50;

/// The nth search of a kind.
type Search = fn(usize) -> Value;

/// Words and filters in the large dataset, vectors in one of their own.
pub(super) fn run(
    server: &Server,
    client: &Client,
    large: &Dataset,
    report: &mut Report,
) -> Outcome {
    let searches: [(&str, Search); 5] = [
        ("a rare word", |n| words(&word(2_000 + n))),
        ("a common word", |n| words(&word(n % 3))),
        ("two words, not a third", |n| {
            words(&format!("{} {} -{}", word(5 + n), word(30 + n), word(1)))
        }),
        ("a range of metadata", |n| filters(&[range(n)])),
        ("a suggestion and a status", |n| {
            filters(&[suggestion(n), status()])
        }),
    ];
    for (name, search) in searches {
        measure(server, client, large, (name, search), report)?;
    }
    let with_vectors = questions::dataset(client, "with vectors", true)?;
    insert::write(client, &with_vectors, &with_vectors.bodies(N_FEW), 1)?;
    let name = format!("the nearest of {N_FEW} vectors of {DIMENSIONS}");
    measure(server, client, &with_vectors, (&name, nearest), report)
}

fn measure(
    server: &Server,
    client: &Client,
    dataset: &Dataset,
    (name, search): (&str, Search),
    report: &mut Report,
) -> Outcome {
    let include = "include=suggestions&include=responses";
    let path = format!(
        "/api/v1/datasets/{}/records/search?offset=0&limit=50&{include}",
        dataset.id
    );
    let (mut latencies, mut found) = (Latencies::default(), 0);
    let cpu = cpu_seconds(server);
    for n in 0..N_SEARCHES {
        let answer = client.post(&path, &search(n))?;
        latencies.push(answer.took);
        found += answer.value["total"].as_u64().unwrap_or_default();
    }
    let cpu = (cpu_seconds(server) - cpu) * 1e3 / N_SEARCHES as f64;
    say(&format!("── search: {name}"));
    let note = format!(
        "p50 / p99; finds {} on average, server {cpu:.1} CPU-ms",
        found / N_SEARCHES as u64
    );
    latencies.report(&format!("search: {name}"), "", note, report);
    Ok(())
}

fn words(text: &str) -> Value {
    json!({ "query": { "text": { "q": text } } })
}

fn nearest(n: usize) -> Value {
    json!({ "query": { "vector": { "name": "embedding", "value": questions::vector(n as u64) } } })
}

fn filters(all: &[Value]) -> Value {
    json!({ "filters": { "type": "and", "and": all } })
}

fn range(n: usize) -> Value {
    let scope = json!({ "entity": "metadata", "metadata_property": "n" });
    json!({ "type": "range", "ge": n * 100, "le": n * 100 + 999, "scope": scope })
}

fn suggestion(n: usize) -> Value {
    let scope = json!({ "entity": "suggestion", "question": "correct_answer" });
    let values = [LETTERS[n % LETTERS.len()]];
    json!({ "type": "terms", "values": values, "scope": scope })
}

fn status() -> Value {
    json!({ "type": "terms", "values": ["pending"], "scope": { "entity": "record", "property": "status" } })
}
