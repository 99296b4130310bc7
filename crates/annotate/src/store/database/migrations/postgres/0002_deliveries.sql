-- Events that webhooks are still to be told of.
CREATE TABLE deliveries (
    id          UUID PRIMARY KEY NOT NULL,
    webhook_id  UUID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event       TEXT NOT NULL,
    object_id   UUID NOT NULL,
    happened_at BIGINT NOT NULL,
    data        TEXT,
    attempts    BIGINT NOT NULL,
    due_at      BIGINT NOT NULL
);
CREATE INDEX deliveries_by_time ON deliveries (due_at);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id);
