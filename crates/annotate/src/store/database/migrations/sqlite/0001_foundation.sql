-- Ids are UUIDs (16 bytes), times are microseconds since 1970 in UTC, JSON is text.

CREATE TABLE users (
    id            BLOB PRIMARY KEY NOT NULL,
    username      TEXT NOT NULL UNIQUE,
    first_name    TEXT NOT NULL,
    last_name     TEXT,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'annotator')),
    password_hash TEXT NOT NULL,
    api_key_hash  TEXT NOT NULL UNIQUE,
    inserted_at   INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);

CREATE TABLE sessions (
    token_hash  TEXT PRIMARY KEY NOT NULL,
    user_id     BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    inserted_at INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE workspaces (
    id          BLOB PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL UNIQUE,
    inserted_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE workspace_users (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_users_by_user ON workspace_users (user_id);

CREATE TABLE datasets (
    id               BLOB PRIMARY KEY NOT NULL,
    workspace_id     BLOB NOT NULL REFERENCES workspaces (id),
    name             TEXT NOT NULL,
    guidelines       TEXT,
    status           TEXT NOT NULL CHECK (status IN ('draft', 'ready')),
    min_submitted    INTEGER NOT NULL CHECK (min_submitted >= 1),
    metadata         TEXT,
    inserted_at      INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE fields (
    id         BLOB PRIMARY KEY NOT NULL,
    dataset_id BLOB NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    title      TEXT NOT NULL,
    required   INTEGER NOT NULL,
    settings   TEXT NOT NULL,
    UNIQUE (dataset_id, name)
);

CREATE TABLE questions (
    id          BLOB PRIMARY KEY NOT NULL,
    dataset_id  BLOB NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT,
    required    INTEGER NOT NULL,
    settings    TEXT NOT NULL,
    UNIQUE (dataset_id, name)
);

-- `position` orders the records of a dataset as they were inserted; `shuffle_key` (1 to 2^31 - 2, drawn from the
-- id) gives each reviewer an order of their own. `is_decided` is whether no further vote is needed (there are none, or
-- more than half agree); `is_open` is whether the record is offered to those who have not answered it.
CREATE TABLE records (
    id          BLOB PRIMARY KEY NOT NULL,
    dataset_id  BLOB NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    fields      TEXT NOT NULL,
    metadata    TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('pending', 'completed')),
    is_decided  INTEGER NOT NULL DEFAULT 1,
    is_open     INTEGER NOT NULL GENERATED ALWAYS AS (status = 'pending' OR NOT is_decided) STORED,
    shuffle_key INTEGER NOT NULL,
    inserted_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (dataset_id, external_id),
    UNIQUE (dataset_id, position)
);
CREATE INDEX records_by_queue ON records (dataset_id, is_open, shuffle_key, id, status);
-- Counting a reviewer's responses looks many records up; their rows, with passages in them, are too wide for that.
CREATE INDEX records_by_id ON records (id, dataset_id, is_open);

CREATE TABLE suggestions (
    id          BLOB PRIMARY KEY NOT NULL,
    record_id   BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    question_id BLOB NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    value       TEXT NOT NULL,
    agent       TEXT,
    inserted_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (record_id, question_id)
);
CREATE INDEX suggestions_by_question ON suggestions (question_id);

CREATE TABLE responses (
    id          BLOB PRIMARY KEY NOT NULL,
    record_id   BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    user_id     BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status      TEXT NOT NULL CHECK (status IN ('draft', 'submitted', 'discarded')),
    answers     TEXT NOT NULL,
    inserted_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (record_id, user_id)
);
CREATE INDEX responses_by_user ON responses (user_id, status, updated_at, record_id);
