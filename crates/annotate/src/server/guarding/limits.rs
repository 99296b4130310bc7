//! Limits: requests at once, the time of each, and the bytes of bodies and answers in memory.

use crate::server::{
    AppState,
    listening::{Neighbours, Peer, Spare, until_sent},
    observe::Who,
    state::{Client, Held, Overload, TooLarge},
};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use std::{future::ready, time::Duration};
use tokio::time::timeout;
use utoipa_axum::router::OpenApiRouter;

/// Longest time for a request of somebody who is not known.
const ANONYMOUS: Duration = Duration::from_secs(20);
/// Longest time without a byte of a body.
const SILENCE: Duration = Duration::from_secs(20);
/// Bytes of a body that memory is held for at a time.
const STEP: usize = 64 * 1024;
/// Most bytes of a name and a password.
pub(in crate::server) const MAX_LOGIN_BYTES: usize = 16 * 1024;
/// Bytes of an answer that need no room of their own: the turn of its request stands for them.
const SMALL_ANSWER: u64 = 64 * 1024;

/// Serves only so many requests at once, and each only so long. A turn lasts until the answer is sent. `E` is how the API
/// words it.
pub(in crate::server) async fn bounded<E: From<Overload>>(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    if request.extensions().get::<Spare>().is_some() {
        return Err(Overload::Busy.into());
    }
    let turn = state.capacity.turn()?;
    let response = within(state.settings.request_timeout, request, next).await?;
    Ok(response.map(|body| until_sent(body, turn)))
}

/// Routes whose bodies have at most so many bytes, and of which each client has a part of the turns.
pub(in crate::server) fn bodies<E>(
    routes: OpenApiRouter<AppState>,
    state: &AppState,
    most: usize,
) -> OpenApiRouter<AppState>
where
    E: From<Overload> + From<TooLarge> + IntoResponse + Send + 'static,
{
    let limit = body_in_memory::<E>;
    routes
        .layer(DefaultBodyLimit::disable())
        .route_layer(middleware::from_fn_with_state((state.clone(), most), limit))
        .route_layer(middleware::from_fn_with_state(state.clone(), shared::<E>))
}

/// Gives each client a part of the turns, and of the memory for answers. Comes after authentication.
async fn shared<E: From<Overload>>(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    let client = client(&request);
    let turn = state.capacity.share(&client)?;
    let response = next.run(request).await;
    let held = match response.body().size_hint().exact() {
        Some(size) if size > SMALL_ANSWER => {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            state.memory.hold(&client, size).await?
        }
        _ => Held::default(),
    };
    Ok(response.map(|body| until_sent(body, (turn, held))))
}

/// Gives those who do not say who they are little time, so that they cannot take all turns by being slow.
pub(in crate::server) async fn soon<E: From<Overload>>(
    request: Request,
    next: Next,
) -> Result<Response, E> {
    within(ANONYMOUS, request, next).await
}

async fn within<E: From<Overload>>(
    time: Duration,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    timeout(time, next.run(request))
        .await
        .map_err(|_| Overload::TooSlow.into())
}

/// Reads the body, if it has no more bytes than allowed. Memory is held for what has arrived, not for what was announced,
/// and for the values that are made of it.
async fn body_in_memory<E: From<Overload> + From<TooLarge>>(
    State((state, most)): State<(AppState, usize)>,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    if announced(request.headers()).is_some_and(|length| length > most as u64) {
        return Err(TooLarge.into());
    }
    let client = client(&request);
    let (parts, body) = request.into_parts();
    let mut held = Held::default();
    let body = match arrived::<E>(&state, &client, body, most, &mut held).await? {
        Ok(bytes) => {
            let with_values = bytes.len().saturating_add(size_of_values(&bytes));
            if with_values > state.memory.most() {
                return Err(TooLarge.into());
            }
            state.memory.grow(&mut held, &client, with_values).await?;
            Body::from(bytes)
        }
        Err(broken) => Body::from_stream(stream::once(ready(Err::<Bytes, _>(broken)))),
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    drop(held);
    Ok(response)
}

/// The bytes of a body, for which memory is held; or the error that broke it off.
async fn arrived<E: From<Overload> + From<TooLarge>>(
    state: &AppState,
    client: &Client,
    body: Body,
    most: usize,
    held: &mut Held,
) -> Result<Result<Vec<u8>, axum::Error>, E> {
    let (mut stream, mut bytes) = (body.into_data_stream(), Vec::new());
    loop {
        let next = timeout(SILENCE, stream.next()).await;
        let piece = match next.map_err(|_| Overload::TooSlow)? {
            None => return Ok(Ok(bytes)),
            Some(Err(broken)) => return Ok(Err(broken)),
            Some(Ok(piece)) => piece,
        };
        let length = bytes.len() + piece.len();
        if length > most {
            return Err(TooLarge.into());
        }
        let room = length.next_multiple_of(STEP);
        state.memory.grow(held, client, room).await?;
        bytes.extend_from_slice(&piece);
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The party that makes a request.
fn client(request: &Request) -> Client {
    let extensions = request.extensions();
    match extensions.get::<Who>().and_then(Who::username) {
        Some(name) => Client::User(name),
        None => {
            let address = extensions.get::<Peer>().and_then(|peer| peer.address);
            Client::Stranger(address.map(Neighbours::of))
        }
    }
}

/// Bytes, about, that the values of a JSON text take beside its own: `[[],[]]` takes many times its length. Other texts
/// take fewer.
fn size_of_values(json: &[u8]) -> usize {
    /// A value in a list that has grown to twice its length.
    const VALUE: usize = 64;
    /// An object with its index of keys, and an entry in it.
    const OBJECT: usize = 256;
    const ENTRY: usize = 128;
    let (mut size, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            _ if is_text => size += 1,
            b',' | b'[' => size += VALUE,
            b'{' => size += OBJECT,
            b':' => size += ENTRY,
            _ => {}
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_more_than_their_text() {
        for (json, size) in [
            ("", 0),
            ("\"abc\"", 3),
            ("[1, 2]", 128),
            ("{\"a\": \"b,[\\\"c\"}", 256 + 128 + 5),
            ("[[],[]]", 256),
        ] {
            assert_eq!(size_of_values(json.as_bytes()), size, "{json}");
        }
    }
}
