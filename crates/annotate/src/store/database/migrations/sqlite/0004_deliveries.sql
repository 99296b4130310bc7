-- Events that webhooks are still to be told of.
CREATE TABLE deliveries (
    id          BLOB PRIMARY KEY NOT NULL,
    webhook_id  BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event       TEXT NOT NULL,
    object_id   BLOB NOT NULL,
    happened_at INTEGER NOT NULL,
    data        TEXT,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL
);
CREATE INDEX deliveries_by_time ON deliveries (due_at);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id);
