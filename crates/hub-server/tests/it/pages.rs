//! Pages for people.

use crate::support::{ANA, Hub, header, small};
use axum::{body::Body, http::Request};

#[test]
fn a_repository_has_a_page_with_its_card_and_files() {
    let hub = Hub::start();
    hub.make("ana/set", false);
    let card = "---\nlicense: mit\n---\n# A set <b>\n\n<script>alert(1)</script>\n";
    assert_eq!(
        hub.push(
            "ana/set",
            &[
                header(),
                small("README.md", card),
                small("data/<i>.csv", "a,b\n")
            ]
        )
        .status,
        200
    );
    let page = hub.get("/datasets/ana/set");
    assert!(
        page.text().contains("A set")
            && !page.text().contains("<script")
            && !page.text().contains("license: mit"),
        "{}",
        page.text()
    );
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let folder = hub.get("/datasets/ana/set/tree/main/data").text();
    assert!(
        folder.contains("&lt;i&gt;.csv") && folder.contains("/resolve/main/data/%3Ci%3E.csv"),
        "{folder}"
    );
    assert!(
        hub.get("/datasets/ana/set/commits/main")
            .text()
            .contains("a push")
    );
    let home = hub.ask(None, "GET", "/", Body::empty()).text();
    assert!(
        home.contains("href=\"/datasets/ana/set\"") && home.contains("Log in"),
        "{home}"
    );
    let request = Request::get("/")
        .header("accept-language", "es-ES,es;q=0.9,en;q=0.8")
        .header("authorization", format!("Bearer {ANA}"));
    let spanish = hub.send(request.body(Body::empty()).unwrap()).text();
    assert!(
        spanish.contains("lang=\"es\"") && spanish.contains("Repositorios"),
        "{spanish}"
    );
}

#[test]
fn what_runs_the_hub_is_told_how_it_fares() {
    let hub = Hub::start();
    hub.make("ana/set", false);
    assert_eq!(
        hub.push("ana/set", &[header(), small("a", "1")]).status,
        200
    );
    let metrics = hub.get("/metrics").text();
    assert!(
        metrics.contains("examen_hub_commits_total 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("examen_hub_requests_total{status=\"2xx\"} 2\n"),
        "{metrics}"
    );
}
