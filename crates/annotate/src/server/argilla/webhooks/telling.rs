//! Tells webhooks what happened: takes noted events from the store, describes what they are about as Argilla does, sends
//! them, and retries those that did not arrive. Requests never wait for it.

use super::{
    deliver::{Envelope, deliver},
    describe::Describer,
};
use crate::{
    AnnotateError,
    server::AppState,
    store::{Delivery, Postponed},
};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use std::time::Duration;
use uuid::Uuid;

/// Time after each failed attempt until the next; then the event is given up. Argilla's own times.
const PAUSES: [SignedDuration; 3] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_secs(60),
    SignedDuration::from_secs(180),
];
/// Interval at which events that are due are looked for.
const POLL: Duration = Duration::from_millis(500);
/// Events that are taken at once; others may take them when this process has not settled them in `LEASE`.
const BATCH: u32 = 64;
const LEASE: SignedDuration = SignedDuration::from_mins(3);
/// Requests in flight.
const N_AT_ONCE: usize = 16;

/// Sends events as long as the server runs.
pub(in crate::server) async fn run(state: AppState) {
    loop {
        match send_due(&state).await {
            Ok(BATCH..) => {}
            Ok(_) => tokio::time::sleep(POLL).await,
            Err(error) => {
                tracing::warn!(error = %error, "cannot deliver events to webhooks; retrying");
                tokio::time::sleep(POLL * 10).await;
            }
        }
    }
}

/// Sends the events that are due, as many as are taken at once; says how many there were.
pub async fn send_due(state: &AppState) -> Result<u32, AnnotateError> {
    let now = state.clock.now();
    let taken = state
        .store
        .claim_deliveries(now, now + LEASE, BATCH)
        .await?;
    if taken.is_empty() {
        return Ok(0);
    }
    let mut describer = Describer::new(&state.store);
    let (mut ended, mut postponed) = (Vec::new(), Vec::new());
    let mut ready = Vec::with_capacity(taken.len());
    let count = taken.len();
    for delivery in taken {
        match describer.describe(&delivery).await? {
            Some(data) => ready.push((delivery, data)),
            // Its object is deleted already; the deletion is an event of its own.
            None => ended.push(delivery.id),
        }
    }
    let mut sending = stream::iter(ready)
        .map(|(delivery, data)| send(state, delivery, data))
        .buffer_unordered(N_AT_ONCE);
    while let Some(outcome) = sending.next().await {
        match outcome {
            Outcome::Ended(id) => ended.push(id),
            Outcome::Later(later) => postponed.push(later),
        }
    }
    drop(sending);
    state.store.settle_deliveries(&ended, &postponed).await?;
    Ok(u32::try_from(count).unwrap_or(BATCH))
}

enum Outcome {
    Ended(Uuid),
    Later(Postponed),
}

async fn send(state: &AppState, delivery: Delivery, data: serde_json::Value) -> Outcome {
    let envelope = Envelope {
        id: delivery.id,
        event: delivery.event.name(),
        at: delivery.at,
        data: &data,
    };
    let sent = deliver(
        &delivery.webhook,
        &envelope,
        state.clock.now(),
        state.settings.allow_private_webhooks,
    )
    .await;
    let Err(reason) = sent else {
        return Outcome::Ended(delivery.id);
    };
    let (event, webhook, attempt) = (delivery.event.name(), delivery.webhook.id, delivery.attempt);
    match PAUSES.get(delivery.attempt.saturating_sub(1) as usize) {
        Some(pause) => {
            tracing::info!(%webhook, event, attempt, %reason, "webhook not reached; will retry");
            Outcome::Later(Postponed {
                id: delivery.id,
                due_at: state.clock.now() + *pause,
                data,
            })
        }
        None => {
            tracing::warn!(%webhook, event, object = %delivery.object, %reason, "webhook not reached; event given up");
            Outcome::Ended(delivery.id)
        }
    }
}
