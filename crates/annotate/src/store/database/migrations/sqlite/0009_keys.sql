-- API keys beside the one that Argilla's clients know: named, and each for some time or for reading only.
CREATE TABLE api_keys (
    id           BLOB PRIMARY KEY NOT NULL,
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    key_hash     TEXT NOT NULL UNIQUE,
    is_read_only INTEGER NOT NULL,
    inserted_at  INTEGER NOT NULL,
    expires_at   INTEGER,
    UNIQUE (user_id, name)
);
-- Secrets of second factors, by user. A factor counts once it was confirmed; a step is used once.
CREATE TABLE second_factors (
    id            BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_sealed BLOB NOT NULL,
    confirmed_at  INTEGER,
    last_step     INTEGER NOT NULL
);
