//! People who review at once: each asks for a page of their queue and answers its first question, without a pause.

use super::{
    client::Client,
    latencies::Latencies,
    questions::{Dataset, LETTERS},
    server_process::cpu_seconds,
};
use crate::{
    bench::report::Report,
    process::{Outcome, say},
    server::Server,
};
use serde_json::{Value, json};
use std::{thread, time::Instant};

/// Pages that each person asks for.
const N_ROUNDS: usize = 50;

/// Latencies of pages and answers.
#[derive(Default)]
struct Times {
    pages: Latencies,
    answers: Latencies,
}

/// Both ways to review: that of the page, and that of Argilla's own page.
pub(super) fn run(
    server: &Server,
    owner: &Client,
    dataset: &Dataset,
    n_annotators: usize,
    report: &mut Report,
) -> Outcome {
    let annotators = (0..n_annotators)
        .map(|n| annotator(owner, n))
        .collect::<Outcome<Vec<_>>>()?;
    for (name, review) in [
        ("the page", as_the_page as Review),
        ("Argilla's API", as_argilla),
    ] {
        let (cpu, start) = (cpu_seconds(server), Instant::now());
        let times = at_once(&annotators, dataset, review)?;
        let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds(server) - cpu);
        let n = times.pages.len();
        say(&format!(
            "── {n} pages and answers by {name}: {seconds:.1} s"
        ));
        let each = cpu * 1e3 / n as f64;
        let note = format!(
            "p50 / p99; {n_annotators} people without a pause, {:.0} pages/s",
            n as f64 / seconds
        );
        times
            .pages
            .report(&format!("page of a queue, {name}"), "< 50", note, report);
        let note = format!("p50 / p99; server {each:.1} CPU-ms a page and answer");
        times
            .answers
            .report(&format!("answer, {name}"), "", note, report);
    }
    Ok(())
}

type Review = fn(&Client, &Dataset, usize, &mut Times) -> Outcome;

fn at_once(annotators: &[Client], dataset: &Dataset, review: Review) -> Outcome<Times> {
    let work = |client: &Client| {
        let mut times = Times::default();
        (0..N_ROUNDS)
            .try_for_each(|round| review(client, dataset, round, &mut times))
            .map(|()| times)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = annotators
            .iter()
            .map(|client| scope.spawn(move || work(client)))
            .collect();
        let mut all = Times::default();
        for worker in workers {
            let times = worker.join().expect("a worker does not panic")?;
            all.pages.extend(times.pages);
            all.answers.extend(times.answers);
        }
        Ok(all)
    })
}

fn as_the_page(client: &Client, dataset: &Dataset, round: usize, times: &mut Times) -> Outcome {
    let page = client.get(&format!(
        "/api/review/datasets/{}/records?status=pending&limit=5",
        dataset.id
    ))?;
    times.pages.push(page.took);
    let record = text(&page.value["items"][0]["id"])?;
    let answer = json!({ "status": "submitted", "values": { "correct_answer": label(round) } });
    times.answers.push(
        client
            .put(&format!("/api/review/records/{record}/response"), &answer)?
            .took,
    );
    Ok(())
}

fn as_argilla(client: &Client, dataset: &Dataset, round: usize, times: &mut Times) -> Outcome {
    let status = |entity: &str| json!({ "type": "terms", "values": ["pending"], "scope": { "entity": entity, "property": "status" } });
    let pending =
        json!({ "filters": { "type": "and", "and": [status("response"), status("record")] } });
    let include = "include=suggestions&include=responses";
    let path = format!(
        "/api/v1/me/datasets/{}/records/search?offset=0&limit=10&{include}",
        dataset.id
    );
    let page = client.post(&path, &pending)?;
    times.pages.push(page.took);
    let record = text(&page.value["items"][0]["record"]["id"])?;
    let answer =
        json!({ "status": "submitted", "values": { "correct_answer": { "value": label(round) } } });
    times.answers.push(
        client
            .post(&format!("/api/v1/records/{record}/responses"), &answer)?
            .took,
    );
    Ok(())
}

fn label(round: usize) -> &'static str {
    LETTERS[round % LETTERS.len()]
}

fn text(value: &Value) -> Outcome<&str> {
    value
        .as_str()
        .ok_or_else(|| format!("an id was expected: {value}"))
}

/// Makes somebody who may review everything in the first workspace.
fn annotator(owner: &Client, n: usize) -> Outcome<Client> {
    let user = json!({ "username": format!("annotator-{n}"), "first_name": "A", "password": "a long password" });
    let user = owner.post("/api/v1/users", &user)?.value;
    let workspace = owner.get("/api/v1/me/workspaces")?.value;
    let workspace = text(&workspace["items"][0]["id"])?;
    owner.post(
        &format!("/api/v1/workspaces/{workspace}/users"),
        &json!({ "user_id": user["id"] }),
    )?;
    Ok(owner.as_user(text(&user["api_key"])?))
}
