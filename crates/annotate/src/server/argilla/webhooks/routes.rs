//! Webhooks, for owners.

use super::deliver::{Envelope, deliver};
use crate::server::argilla::protocol::{
    caller::Caller,
    refused::{Refused, invalid},
    request::{Body, Id},
    wire,
};
use crate::{
    secrets,
    server::{
        AppState,
        guarding::{Audit, auth::Rights},
    },
    store::{Access, Webhook},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    VERSION,
    answers::{self, Items},
    bodies,
};
use serde_json::json;
use uuid::Uuid;

type Shown = Json<answers::Webhook>;

/// All webhooks.
#[utoipa::path(get, path = "/webhooks", responses((status = 200, body = Items<answers::Webhook>)))]
pub(in crate::server::argilla) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Rights(access): Rights,
) -> Result<Json<Items<answers::Webhook>>, Refused> {
    caller.must_be_owner()?;
    // Their secrets sign what others believe.
    if access == Access::ReadOnly {
        return Err(Refused::Forbidden);
    }
    Ok(Json(
        state
            .store
            .webhooks()
            .await?
            .into_iter()
            .map(wire::webhook)
            .collect(),
    ))
}

/// Adds a webhook.
#[utoipa::path(
    post,
    path = "/webhooks",
    request_body = bodies::NewWebhook,
    responses((status = 201, body = answers::Webhook))
)]
pub(in crate::server::argilla) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewWebhook::read)?;
    caller.must_be_owner()?;
    let now = state.clock.now();
    let webhook = Webhook {
        id: Uuid::new_v4(),
        url: new.url,
        secret: secrets::new_webhook_secret(),
        events: new.events.into_iter().map(str::to_owned).collect(),
        enabled: true,
        description: new.description,
        inserted_at: now,
        updated_at: now,
    };
    audit.acting(&state).insert_webhook(&webhook).await?;
    tracing::info!(by = %caller.0.username, webhook = %webhook.id, "webhook added");
    Ok((StatusCode::CREATED, Json(wire::webhook(webhook))))
}

/// Changes a webhook.
#[utoipa::path(
    patch,
    path = "/webhooks/{webhook_id}",
    request_body = bodies::WebhookChange,
    responses((status = 200, body = answers::Webhook))
)]
pub(in crate::server::argilla) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::WebhookChange::read)?;
    let mut webhook = state.store.webhook(id).await?;
    caller.must_be_owner()?;
    if let Some(url) = change.url {
        webhook.url = url;
    }
    if let Some(events) = change.events {
        webhook.events = events.into_iter().map(str::to_owned).collect();
    }
    webhook.enabled = change.enabled.unwrap_or(webhook.enabled);
    if let Some(description) = change.description {
        webhook.description = description;
    }
    webhook.updated_at = state.clock.now();
    audit.acting(&state).update_webhook(&webhook).await?;
    tracing::info!(by = %caller.0.username, webhook = %id, "webhook changed");
    Ok(Json(wire::webhook(webhook)))
}

/// Deletes a webhook.
#[utoipa::path(delete, path = "/webhooks/{webhook_id}", responses((status = 200, body = answers::Webhook)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let webhook = state.store.webhook(id).await?;
    caller.must_be_owner()?;
    audit.acting(&state).delete_webhook(id).await?;
    tracing::info!(by = %caller.0.username, webhook = %id, "webhook deleted");
    Ok(Json(wire::webhook(webhook)))
}

/// Sends an event to a webhook at once.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/ping", responses((status = 204)))]
pub(in crate::server::argilla) async fn ping(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<StatusCode, Refused> {
    let webhook = state.store.webhook(id).await?;
    caller.must_be_owner()?;
    let data = json!({"agent": "argilla-server", "version": VERSION});
    let now = state.clock.now();
    let envelope = Envelope {
        id: Uuid::new_v4(),
        event: "ping",
        at: now,
        data: &data,
    };
    let sent = deliver(
        &webhook,
        &envelope,
        now,
        state.settings.allow_private_webhooks,
    )
    .await;
    sent.map_err(|reason| invalid(format!("Webhook with id `{id}` was not reached: {reason}")))?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::store::Event;
    use examen_argilla::bodies::EVENTS;

    #[test]
    fn webhooks_can_ask_for_every_event_of_the_store_and_no_other() {
        assert_eq!(Event::ALL.map(Event::name), EVENTS);
    }
}
