//! Events for webhooks: noted in the transaction that makes them true, sent afterwards by the server. What was
//! noted is not forgotten before it was sent, or failed for the last time.

use super::{event::Event, webhooks::Webhook};
use crate::store::database::from_row;
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Transaction, failed, query, row},
        values,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

/// Rows of one statement.
const ROWS: usize = 256;
/// Longest time that a delivery is put off, with room to spare.
const LATEST: SignedDuration = SignedDuration::from_mins(10);

/// The last state of an object that is about to be deleted: nobody can look at it afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct LastSeen {
    /// Its id.
    pub id: Uuid,
    /// Data of the event.
    pub data: Value,
}

/// An event to be sent to a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id; the same each time it is tried.
    pub id: Uuid,
    /// The webhook.
    pub webhook: Webhook,
    /// The event.
    pub event: Event,
    /// The dataset, record or response.
    pub object: Uuid,
    /// Time of the event.
    pub at: Timestamp,
    /// Data of the event, where an earlier attempt settled them.
    pub data: Option<Value>,
    /// Number of attempts, this one included.
    pub attempt: u32,
}

/// A delivery to retry.
#[derive(Debug, Clone, PartialEq)]
pub struct Postponed {
    /// The delivery.
    pub id: Uuid,
    /// Time of the next attempt.
    pub due_at: Timestamp,
    /// Data of the event: the same each time. None where they could not be found out yet.
    pub data: Option<Value>,
}

/// Deliveries that were taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Claimed {
    /// Those to be made.
    pub deliveries: Vec<Delivery>,
    /// Those that nobody can read.
    pub damaged: Vec<Uuid>,
}

struct DeliveryRow {
    id: Uuid,
    event: String,
    object_id: Uuid,
    happened_at: i64,
    data: Option<String>,
    attempts: i64,
}

from_row!(DeliveryRow {
    id,
    event,
    object_id,
    happened_at,
    data,
    attempts
});

/// Notes that something happened to these objects, for each webhook that is to be told of it.
pub(in crate::store) async fn note(
    transaction: &mut Transaction,
    event: Event,
    objects: &[Uuid],
    at: Timestamp,
) -> Result<(), AnnotateError> {
    let objects: Vec<(Uuid, Option<String>)> = objects.iter().map(|id| (*id, None)).collect();
    insert(transaction, event, &objects, at).await
}

/// Notes that these objects are gone.
pub(in crate::store) async fn note_gone(
    transaction: &mut Transaction,
    event: Event,
    gone: &[LastSeen],
    at: Timestamp,
) -> Result<(), AnnotateError> {
    let objects: Vec<_> = gone
        .iter()
        .map(|gone| (gone.id, Some(values::json(&gone.data))))
        .collect();
    insert(transaction, event, &objects, at).await
}

/// True where a webhook is to be told of an event, as this transaction sees it.
pub(in crate::store) async fn is_wanted(
    transaction: &mut Transaction,
    event: Event,
) -> Result<bool, AnnotateError> {
    Ok(!listeners(transaction, event).await?.is_empty())
}

async fn insert(
    transaction: &mut Transaction,
    event: Event,
    objects: &[(Uuid, Option<String>)],
    at: Timestamp,
) -> Result<(), AnnotateError> {
    if objects.is_empty() {
        return Ok(());
    }
    for webhook in listeners(transaction, event).await? {
        for chunk in objects.chunks(ROWS) {
            let mut query = query(
                "INSERT INTO deliveries (id, webhook_id, event, object_id, happened_at, data, attempts, due_at) ",
            );
            let (at, name) = (at.as_microsecond(), event.name());
            query.push_rows(
                chunk.iter().map(|(id, data)| {
                    row![Uuid::new_v4(), webhook, name, *id, at, data, 0_i64, at]
                }),
            );
            query
                .execute(&mut *transaction)
                .await
                .map_err(failed("noting an event"))?;
        }
    }
    Ok(())
}

async fn listeners(
    transaction: &mut Transaction,
    event: Event,
) -> Result<Vec<Uuid>, AnnotateError> {
    let rows: Vec<(Uuid, String)> =
        query("SELECT id, events FROM webhooks WHERE enabled ORDER BY inserted_at, id")
            .fetch_all(transaction)
            .await
            .map_err(failed("looking for webhooks"))?;
    let mut found = Vec::new();
    for (id, events) in rows {
        let events: Vec<String> = values::from_json("events", &events)?;
        if events.iter().any(|wanted| wanted == event.name()) {
            found.push(id);
        }
    }
    Ok(found)
}

impl Store {
    /// True where a webhook is to be told of an event.
    pub async fn is_wanted(&self, event: Event) -> Result<bool, AnnotateError> {
        is_wanted(&mut self.read("looking for webhooks").await?, event).await
    }

    /// Ids of the webhooks that are to be told of something, oldest first.
    pub async fn enabled_webhooks(&self) -> Result<Vec<Uuid>, AnnotateError> {
        query("SELECT id FROM webhooks WHERE enabled ORDER BY inserted_at, id")
            .scalars(&self.database)
            .await
            .map_err(failed("listing webhooks"))
    }

    /// Takes at most `limit` deliveries to a webhook that are due. Nobody else gets them before `until`, when they are due
    /// again unless they are [settled](Self::settle_deliveries) by then.
    pub async fn claim_deliveries(
        &self,
        webhook: Uuid,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Claimed, AnnotateError> {
        const DOING: &str = "taking events to be sent";
        // What is due later than any delivery is put off was noted before the clock was set back.
        const DUE: &str = "FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id AND w.enabled
                           WHERE d.webhook_id = $1 AND (d.due_at <= $2 OR d.due_at > $3)";
        let latest = now + LATEST;
        let bound = |sql: String| {
            query(sql)
                .bind(webhook)
                .bind(now.as_microsecond())
                .bind(latest.as_microsecond())
        };
        let due = bound(format!("SELECT EXISTS (SELECT 1 {DUE})"));
        if !due
            .scalar::<bool>(&self.database)
            .await
            .map_err(failed(DOING))?
        {
            return Ok(Claimed::default());
        }
        let webhook = self.webhook(webhook).await?;
        let mut transaction = self.write(DOING).await?;
        let columns = "d.id, d.event, d.object_id, d.happened_at, d.data, d.attempts";
        let rows: Vec<DeliveryRow> = bound(format!(
            "SELECT {columns} {DUE} ORDER BY d.due_at, d.id LIMIT $4"
        ))
        .bind(limit)
        .fetch_all(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        let mut claim = query("UPDATE deliveries SET attempts = attempts + 1, due_at = ");
        claim
            .push_bind(until.as_microsecond())
            .push(" WHERE id IN ")
            .push_list(rows.iter().map(|row| row.id));
        claim
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(claimed(rows, &webhook))
    }

    /// Forgets deliveries that were made or given up, and puts the others off.
    pub async fn settle_deliveries(
        &self,
        ended: &[Uuid],
        postponed: &[Postponed],
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "noting what was sent";
        let mut transaction = self.write(DOING).await?;
        let mut delete = query("DELETE FROM deliveries WHERE id IN ");
        delete.push_list(ended.iter().copied());
        delete
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        for later in postponed {
            let postpone =
                query("UPDATE deliveries SET due_at = $2, data = COALESCE($3, data) WHERE id = $1");
            let postpone = postpone
                .bind(later.id)
                .bind(later.due_at.as_microsecond())
                .bind(later.data.as_ref().map(values::json));
            postpone
                .execute(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        }
        transaction.commit().await.map_err(failed(DOING))
    }
}

fn claimed(rows: Vec<DeliveryRow>, webhook: &Webhook) -> Claimed {
    let mut claimed = Claimed::default();
    for row in rows {
        let id = row.id;
        match row.delivery(webhook) {
            Ok(delivery) => claimed.deliveries.push(delivery),
            Err(error) => {
                tracing::error!(delivery = %id, webhook = %webhook.id, %error, "an event for a webhook is lost");
                claimed.damaged.push(id);
            }
        }
    }
    claimed
}

impl DeliveryRow {
    fn delivery(self, webhook: &Webhook) -> Result<Delivery, AnnotateError> {
        Ok(Delivery {
            id: self.id,
            webhook: webhook.clone(),
            event: Event::named(&self.event).ok_or(AnnotateError::Damaged {
                what: "event",
                value: self.event,
            })?,
            object: self.object_id,
            at: values::time(self.happened_at)?,
            data: self
                .data
                .as_deref()
                .map(|text| values::from_json("event", text))
                .transpose()?,
            attempt: values::small("attempts", self.attempts + 1)?,
        })
    }
}
