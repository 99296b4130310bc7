-- API keys beside the one that Argilla's clients know: named, and each for some time or for reading only.
CREATE TABLE api_keys (
    id           UUID PRIMARY KEY NOT NULL,
    user_id      UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    key_hash     TEXT NOT NULL UNIQUE,
    is_read_only BOOLEAN NOT NULL,
    inserted_at  BIGINT NOT NULL,
    expires_at   BIGINT,
    CONSTRAINT "api_keys.user_id, api_keys.name" UNIQUE (user_id, name)
);
-- Secrets of second factors, by user. A factor counts once it was confirmed; a step is used once.
CREATE TABLE second_factors (
    id            UUID PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_sealed BYTEA NOT NULL,
    confirmed_at  BIGINT,
    last_step     BIGINT NOT NULL
);
