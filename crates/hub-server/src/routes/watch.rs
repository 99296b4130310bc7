//! For those who run the hub: is it there, can it write, what has it done.

use crate::{
    refusal::{Answer, Refusal},
    state::Shared,
};
use axum::{extract::State, http::HeaderMap};
use std::{fmt::Write as _, sync::atomic::Ordering};

/// `GET /health`
pub(crate) async fn health() -> &'static str {
    "ok"
}

/// `GET /ready`: the folder can be written.
pub(crate) async fn ready(State(shared): State<Shared>) -> Answer<&'static str> {
    let written = shared.blocking(|shared| {
        let mut file = tempfile::tempfile_in(shared.storage.incoming())?;
        Ok(std::io::Write::write_all(&mut file, b"ready")?)
    });
    written.await.map(|()| "ready").map_err(|refusal| {
        tracing::warn!(%refusal, "not ready");
        Refusal::busy()
    })
}

/// `GET /metrics`, for who has a token, in Prometheus's text format.
pub(crate) async fn metrics(State(shared): State<Shared>, headers: HeaderMap) -> Answer<String> {
    shared
        .person(&headers)
        .await?
        .ok_or_else(|| Refusal::unauthorized("metrics need a token"))?;
    let counters = &shared.counters;
    let mut text = String::from("# TYPE examen_hub_requests_total counter\n");
    for (digit, counter) in counters.statuses.iter().enumerate().skip(1) {
        let _ = writeln!(
            text,
            "examen_hub_requests_total{{status=\"{digit}xx\"}} {}",
            counter.load(Ordering::Relaxed)
        );
    }
    let counted = [
        ("received_bytes_total", &counters.received),
        ("commits_total", &counters.commits),
    ];
    for (name, counter) in counted {
        let _ = writeln!(
            text,
            "# TYPE examen_hub_{name} counter\nexamen_hub_{name} {}",
            counter.load(Ordering::Relaxed)
        );
    }
    Ok(text)
}
