//! Webhooks: where events are to be sent.

use crate::store::database::from_row;
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{failed, query},
        values,
    },
};
use jiff::Timestamp;
use std::fmt;
use uuid::Uuid;

/// Most webhooks of a store.
const MAX_WEBHOOKS: u32 = 10;

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// URL that events are sent to.
    pub url: String,
    /// Secret that they are signed with, in base 64; sealed in the store.
    pub secret: String,
    /// Names of the events.
    pub events: Vec<String>,
    /// True where they are sent.
    pub enabled: bool,
    /// A word of explanation.
    pub description: Option<String>,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

impl fmt::Debug for Webhook {
    /// Without its secret, and its address, which may hold another.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("events", &self.events)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

struct WebhookRow {
    id: Uuid,
    url: String,
    secret_sealed: Vec<u8>,
    events: String,
    enabled: bool,
    description: Option<String>,
    inserted_at: i64,
    updated_at: i64,
}

from_row!(WebhookRow {
    id,
    url,
    secret_sealed,
    events,
    enabled,
    description,
    inserted_at,
    updated_at
});

impl Store {
    /// All webhooks, oldest first.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, AnnotateError> {
        let rows: Vec<WebhookRow> = query("SELECT * FROM webhooks ORDER BY inserted_at, id")
            .fetch_all(&self.database)
            .await
            .map_err(failed("listing webhooks"))?;
        rows.into_iter().map(|row| self.webhook_of(row)).collect()
    }

    /// The webhook with this id.
    pub async fn webhook(&self, id: Uuid) -> Result<Webhook, AnnotateError> {
        let row: Option<WebhookRow> = query("SELECT * FROM webhooks WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.database)
            .await
            .map_err(failed("looking a webhook up"))?;
        self.webhook_of(row.ok_or(Refusal::NotFound {
            what: "Webhook",
            id,
        })?)
    }

    /// Adds a webhook; there may be ten.
    pub async fn insert_webhook(&self, webhook: &Webhook) -> Result<(), AnnotateError> {
        const DOING: &str = "adding a webhook";
        let mut transaction = self.write(DOING).await?;
        let count: i64 = query("SELECT COUNT(*) FROM webhooks")
            .scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if count >= i64::from(MAX_WEBHOOKS) {
            return Err(Refusal::TooManyWebhooks { most: MAX_WEBHOOKS }.into());
        }
        query(
            "INSERT INTO webhooks (id, url, secret_sealed, events, enabled, description, inserted_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(webhook.id)
        .bind(&webhook.url)
        .bind(self.keyring.seal(&webhook.secret))
        .bind(values::json(&webhook.events))
        .bind(webhook.enabled)
        .bind(&webhook.description)
        .bind(webhook.inserted_at.as_microsecond())
        .bind(webhook.updated_at.as_microsecond())
        .execute(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        self.tell(&mut transaction, "webhook.created", webhook.id.to_string())
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Replaces what can be changed of a webhook.
    pub async fn update_webhook(&self, webhook: &Webhook) -> Result<(), AnnotateError> {
        const DOING: &str = "changing a webhook";
        let mut transaction = self.write(DOING).await?;
        query(
            "UPDATE webhooks SET url = $2, events = $3, enabled = $4, description = $5, updated_at = $6 WHERE id = $1",
        )
        .bind(webhook.id)
        .bind(&webhook.url)
        .bind(values::json(&webhook.events))
        .bind(webhook.enabled)
        .bind(&webhook.description)
        .bind(webhook.updated_at.as_microsecond())
        .execute(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        self.tell(&mut transaction, "webhook.changed", webhook.id.to_string())
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Deletes a webhook.
    pub async fn delete_webhook(&self, id: Uuid) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting a webhook";
        let mut transaction = self.write(DOING).await?;
        let deleted = query("DELETE FROM webhooks WHERE id = $1")
            .bind(id)
            .execute(&mut transaction)
            .await;
        deleted.map_err(failed(DOING))?;
        self.tell(&mut transaction, "webhook.deleted", id.to_string())
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    fn webhook_of(&self, row: WebhookRow) -> Result<Webhook, AnnotateError> {
        Ok(Webhook {
            id: row.id,
            url: row.url,
            secret: self.keyring.open_sealed(&row.secret_sealed)?,
            events: values::from_json("events", &row.events)?,
            enabled: row.enabled,
            description: row.description,
            inserted_at: values::time(row.inserted_at)?,
            updated_at: values::time(row.updated_at)?,
        })
    }
}
