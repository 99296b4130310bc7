//! What stands before every route but `/health`: who may ask, how much at a time, and for how long.

use crate::{refusal::Refusal, state::Shared};
use axum::{
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};
use examen_listening::{Peer, Spare, until_sent};
use std::sync::Arc;
use tokio::time::timeout;

/// Lets a request through that may ask, while there is room; it keeps its room until its answer is sent.
pub(crate) async fn guard(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    authorise(&shared, &request)?;
    if request.extensions().get::<Spare>().is_some() {
        return Err(Refusal::busy());
    }
    let busy = |_| Refusal::busy();
    let turn = Arc::clone(&shared.requests)
        .try_acquire_owned()
        .map_err(busy)?;
    let size = size(&shared, request.headers())?;
    let kibibytes = u32::try_from(size / 1024 + 1).unwrap_or(u32::MAX);
    let held = Arc::clone(&shared.bodies)
        .try_acquire_many_owned(kibibytes)
        .map_err(busy)?;
    let answer = timeout(shared.settings.request_timeout, next.run(request)).await;
    let answer = answer.map_err(|_| {
        Refusal::of(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "no answer in {} seconds; ask for less at a time, or start the server with a longer --request-timeout",
                shared.settings.request_timeout.as_secs()
            ),
        )
    })?;
    Ok(answer.map(|body| until_sent(body, (turn, held))))
}

/// With a key, whoever has it; without one, programs of this machine that name it as their host: a page of another site, whose name
/// was made to lead here, does not.
fn authorise(shared: &Shared, request: &Request) -> Result<(), Refusal> {
    let Some(key) = &shared.settings.key else {
        return match Peer::of(request, &[]).is_local() {
            true => Ok(()),
            false => Err(Refusal::of(
                StatusCode::FORBIDDEN,
                "only programs of this machine are served, at localhost; start the server with --key to serve others",
            )),
        };
    };
    let sent = request.headers().get(header::AUTHORIZATION);
    let sent = sent.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // Hashes are compared in constant time.
    let is_key = |sent: &str| blake3::hash(sent.trim().as_bytes()) == blake3::hash(key.as_bytes());
    match sent.is_some_and(is_key) {
        true => Ok(()),
        false => Err(Refusal::of(
            StatusCode::UNAUTHORIZED,
            "the key is missing or wrong: Authorization: Bearer KEY",
        )),
    }
}

/// Bytes that a body may take: as its head says, else as many as are allowed.
fn size(shared: &Shared, headers: &HeaderMap) -> Result<usize, Refusal> {
    let most = shared.settings.max_body;
    let stated = headers.get(header::CONTENT_LENGTH);
    let stated: Option<usize> = stated.and_then(|value| value.to_str().ok()?.parse().ok());
    match stated {
        Some(size) if size > most => Err(too_large(most)),
        _ if headers.contains_key(header::TRANSFER_ENCODING) => Ok(most),
        size => Ok(size.unwrap_or(0)),
    }
}

/// The body of a request with JSON in it.
pub(crate) async fn json(shared: &Shared, request: Request) -> Result<Bytes, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    // A page of another site may send any body but JSON without asking first.
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::of(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON: Content-Type: application/json",
        ));
    }
    let most = shared.settings.max_body;
    let body = to_bytes(request.into_body(), most).await;
    body.map_err(|_| too_large(most))
}

fn too_large(most: usize) -> Refusal {
    Refusal::of(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body must be whole and have at most {most} bytes"),
    )
}
