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
use futures::{StreamExt, future::join_all, stream};
use jiff::SignedDuration;
use serde_json::Value;
use std::{collections::HashSet, error::Error, time::Duration};
use tokio::task::JoinSet;
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

/// Sends events as long as the server runs, to each webhook by itself: one that cannot be told keeps no other waiting.
pub(in crate::server) async fn run(state: AppState) {
    let (mut telling, mut busy) = (JoinSet::new(), HashSet::new());
    loop {
        match state.store.enabled_webhooks().await {
            Ok(webhooks) => {
                for webhook in webhooks.into_iter().filter(|id| busy.insert(*id)) {
                    let state = state.clone();
                    telling.spawn(async move {
                        tell(&state, webhook).await;
                        webhook
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "cannot look for webhooks; retrying"),
        }
        tokio::time::sleep(POLL).await;
        while let Some(done) = telling.try_join_next() {
            match done {
                Ok(webhook) => drop(busy.remove(&webhook)),
                // Nobody knows which it was; those that work are told twice at worst.
                Err(_) => busy.clear(),
            }
        }
    }
}

/// Sends a webhook what is due.
async fn tell(state: &AppState, webhook: Uuid) {
    loop {
        match send_due_to(state, webhook).await {
            Ok(BATCH..) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%webhook, %error, "cannot deliver events to a webhook; retrying");
                return tokio::time::sleep(POLL * 10).await;
            }
        }
    }
}

/// Sends the events that are due, as many to each webhook as are taken at once; says how many there were.
pub async fn send_due(state: &AppState) -> Result<u32, AnnotateError> {
    let webhooks = state.store.enabled_webhooks().await?;
    let sending = webhooks
        .into_iter()
        .map(|webhook| send_due_to(state, webhook));
    let sent: Result<Vec<u32>, AnnotateError> = join_all(sending).await.into_iter().collect();
    Ok(sent?.into_iter().sum())
}

async fn send_due_to(state: &AppState, webhook: Uuid) -> Result<u32, AnnotateError> {
    let now = state.clock.now();
    let claimed = state
        .store
        .claim_deliveries(webhook, now, now + LEASE, BATCH)
        .await?;
    let count = claimed.deliveries.len() + claimed.damaged.len();
    if count == 0 {
        return Ok(0);
    }
    let mut describer = Describer::new(&state.store);
    let (mut ended, mut postponed) = (claimed.damaged, Vec::new());
    let mut ready = Vec::with_capacity(count);
    for delivery in claimed.deliveries {
        match describer.describe(&delivery).await {
            Ok(Some(data)) => ready.push((delivery, data)),
            // Its object is deleted already; the deletion is an event of its own.
            Ok(None) => ended.push(delivery.id),
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => after(state, &delivery, &error, None).sort(&mut ended, &mut postponed),
        }
    }
    let mut sending = stream::iter(ready)
        .map(|(delivery, data)| send(state, delivery, data))
        .buffer_unordered(N_AT_ONCE);
    while let Some(outcome) = sending.next().await {
        outcome.sort(&mut ended, &mut postponed);
    }
    drop(sending);
    state.store.settle_deliveries(&ended, &postponed).await?;
    Ok(u32::try_from(count).unwrap_or(BATCH))
}

enum Outcome {
    Ended(Uuid),
    Later(Postponed),
}

impl Outcome {
    fn sort(self, ended: &mut Vec<Uuid>, postponed: &mut Vec<Postponed>) {
        match self {
            Self::Ended(id) => ended.push(id),
            Self::Later(later) => postponed.push(later),
        }
    }
}

async fn send(state: &AppState, delivery: Delivery, data: Value) -> Outcome {
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
    match sent {
        Ok(()) => Outcome::Ended(delivery.id),
        Err(reason) => after(state, &delivery, &reason, Some(data)),
    }
}

/// What becomes of a delivery that failed.
fn after(
    state: &AppState,
    delivery: &Delivery,
    reason: &(dyn Error + 'static),
    data: Option<Value>,
) -> Outcome {
    let (event, webhook, attempt) = (delivery.event.name(), delivery.webhook.id, delivery.attempt);
    match PAUSES.get(delivery.attempt.saturating_sub(1) as usize) {
        Some(pause) => {
            tracing::info!(%webhook, event, attempt, %reason, "webhook not told; will retry");
            Outcome::Later(Postponed {
                id: delivery.id,
                due_at: state.clock.now() + *pause,
                data,
            })
        }
        None => {
            tracing::warn!(%webhook, event, object = %delivery.object, %reason, "webhook not told; event given up");
            Outcome::Ended(delivery.id)
        }
    }
}
