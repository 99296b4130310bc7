//! Bodies of requests, as they come: what is held takes room, which all requests share.

use crate::{
    refusal::{Answer, Refusal},
    state::Shared,
};
use axum::body::{Body, BodyDataStream, Bytes};
use futures::StreamExt;
use std::sync::{Arc, atomic::Ordering};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that are held, and the room that they take.
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Held {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            room: None,
        }
    }

    /// Takes more bytes, if there is room for them.
    pub(crate) fn take(&mut self, shared: &Shared, more: &[u8], most: usize) -> Answer<()> {
        if self.bytes.len() + more.len() > most {
            return Err(Refusal::too_large(format!("more than {most} bytes")));
        }
        let kibibytes = ((self.bytes.len() + more.len()) / 1024) - self.bytes.len() / 1024;
        let room = Arc::clone(&shared.bodies)
            .try_acquire_many_owned(u32::try_from(kibibytes).unwrap_or(u32::MAX))
            .map_err(|_| Refusal::busy())?;
        match &mut self.room {
            Some(held) => held.merge(room),
            held => *held = Some(room),
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// The bytes up to `end`, with the room that they take, out of those that are held.
    pub(crate) fn split(&mut self, end: usize) -> Self {
        let rest = self.bytes.split_off(end);
        let bytes = std::mem::replace(&mut self.bytes, rest);
        let room = self.room.as_mut().and_then(|room| {
            let rest = self.bytes.len() / 1024;
            room.split(room.num_permits().saturating_sub(rest))
        });
        Self { bytes, room }
    }
}

/// The parts of a body, as they come.
pub(crate) struct Parts(BodyDataStream);

impl Parts {
    pub(crate) fn of(body: Body) -> Self {
        Self(body.into_data_stream())
    }

    pub(crate) async fn next(&mut self, shared: &Shared) -> Answer<Option<Bytes>> {
        let Some(part) = self.0.next().await else {
            return Ok(None);
        };
        let part = part.map_err(|_| Refusal::invalid("the body broke off; send it again"))?;
        shared
            .counters
            .received
            .fetch_add(part.len() as u64, Ordering::Relaxed);
        Ok(Some(part))
    }
}

/// All of a body of at most `most` bytes.
pub(crate) async fn whole(shared: &Shared, body: Body, most: usize) -> Answer<Held> {
    let (mut parts, mut held) = (Parts::of(body), Held::new());
    while let Some(part) = parts.next(shared).await? {
        held.take(shared, &part, most)?;
    }
    Ok(held)
}

/// Largest body that is JSON.
const LARGEST_JSON: usize = 4 * 1024 * 1024;

/// A body that is JSON.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(shared: &Shared, body: Body) -> Answer<T> {
    let held = whole(shared, body, LARGEST_JSON).await?;
    let bytes: &[u8] = if held.bytes.is_empty() {
        b"{}"
    } else {
        &held.bytes
    };
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::invalid(format!("the body is not the JSON that is due: {error}")))
}
