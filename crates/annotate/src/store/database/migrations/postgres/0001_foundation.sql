-- As migrations/sqlite, in PostgreSQL's words. Times are microseconds since 1970 in UTC, JSON is text as it was written.
-- Unique constraints are named as SQLite's messages name their columns. Texts that things are ordered by have the
-- collation of their bytes, as in SQLite.

CREATE TABLE store_format (version BIGINT NOT NULL);
INSERT INTO store_format VALUES (0);

CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id             UUID NOT NULL,
    username       TEXT COLLATE "C" NOT NULL,
    first_name     TEXT NOT NULL,
    last_name      TEXT,
    role           TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'annotator')),
    password_hash  TEXT NOT NULL,
    api_key_hash   TEXT NOT NULL,
    api_key_sealed BYTEA,
    inserted_at    BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    CONSTRAINT "users.id" PRIMARY KEY (id),
    CONSTRAINT "users.username" UNIQUE (username),
    CONSTRAINT "users.api_key_hash" UNIQUE (api_key_hash)
);

CREATE TABLE sessions (
    token_hash  TEXT PRIMARY KEY,
    user_id     UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    inserted_at BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE workspaces (
    id          UUID NOT NULL,
    name        TEXT NOT NULL,
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT "workspaces.id" PRIMARY KEY (id),
    CONSTRAINT "workspaces.name" UNIQUE (name)
);

CREATE TABLE workspace_users (
    workspace_id UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT "workspace_users.workspace_id, workspace_users.user_id" PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_users_by_user ON workspace_users (user_id);

CREATE TABLE datasets (
    id                   UUID NOT NULL,
    workspace_id         UUID NOT NULL REFERENCES workspaces (id),
    name                 TEXT NOT NULL,
    guidelines           TEXT,
    status               TEXT NOT NULL CHECK (status IN ('draft', 'ready')),
    min_submitted        BIGINT NOT NULL CHECK (min_submitted >= 1),
    allow_extra_metadata BOOLEAN NOT NULL,
    metadata             TEXT,
    inserted_at          BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    last_activity_at     BIGINT NOT NULL,
    CONSTRAINT "datasets.id" PRIMARY KEY (id),
    CONSTRAINT "datasets.workspace_id, datasets.name" UNIQUE (workspace_id, name)
);

CREATE TABLE fields (
    id          UUID NOT NULL,
    dataset_id  UUID NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    required    BOOLEAN NOT NULL,
    settings    TEXT NOT NULL,
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT "fields.id" PRIMARY KEY (id),
    CONSTRAINT "fields.dataset_id, fields.name" UNIQUE (dataset_id, name)
);

CREATE TABLE questions (
    id          UUID NOT NULL,
    dataset_id  UUID NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT,
    required    BOOLEAN NOT NULL,
    settings    TEXT NOT NULL,
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT "questions.id" PRIMARY KEY (id),
    CONSTRAINT "questions.dataset_id, questions.name" UNIQUE (dataset_id, name)
);

CREATE TABLE metadata_properties (
    id                     UUID NOT NULL,
    dataset_id             UUID NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position               BIGINT NOT NULL,
    name                   TEXT NOT NULL,
    title                  TEXT NOT NULL,
    settings               TEXT NOT NULL,
    visible_for_annotators BOOLEAN NOT NULL,
    inserted_at            BIGINT NOT NULL,
    updated_at             BIGINT NOT NULL,
    CONSTRAINT "metadata_properties.id" PRIMARY KEY (id),
    CONSTRAINT "metadata_properties.dataset_id, metadata_properties.name" UNIQUE (dataset_id, name)
);

CREATE TABLE vectors_settings (
    id          UUID NOT NULL,
    dataset_id  UUID NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    dimensions  BIGINT NOT NULL CHECK (dimensions >= 1),
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT "vectors_settings.id" PRIMARY KEY (id),
    CONSTRAINT "vectors_settings.dataset_id, vectors_settings.name" UNIQUE (dataset_id, name)
);

CREATE TABLE records (
    row         BIGINT PRIMARY KEY,
    id          UUID NOT NULL UNIQUE,
    dataset_id  UUID NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    external_id TEXT COLLATE "C",
    status      TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'completed')),
    is_decided  BOOLEAN NOT NULL DEFAULT TRUE,
    is_open     BOOLEAN NOT NULL GENERATED ALWAYS AS (status = 'pending' OR NOT is_decided) STORED,
    shuffle_key BIGINT NOT NULL,
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    metadata    TEXT,
    fields      TEXT NOT NULL,
    UNIQUE (dataset_id, external_id),
    UNIQUE (dataset_id, position)
);
CREATE INDEX records_by_queue ON records (dataset_id, is_open, shuffle_key, id, status);

CREATE TABLE suggestions (
    id          UUID PRIMARY KEY,
    record_id   UUID NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    question_id UUID NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    value       TEXT NOT NULL,
    agent       TEXT COLLATE "C",
    score       TEXT,
    type        TEXT COLLATE "C" CHECK (type IN ('model', 'human')),
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (record_id, question_id)
);
CREATE INDEX suggestions_by_question ON suggestions (question_id);

-- `rowid` orders those of one moment as they came.
CREATE TABLE responses (
    rowid       BIGINT GENERATED ALWAYS AS IDENTITY,
    id          UUID NOT NULL,
    record_id   UUID NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    user_id     UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status      TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'submitted', 'discarded')),
    answers     TEXT NOT NULL,
    inserted_at BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT "responses.id" PRIMARY KEY (id),
    CONSTRAINT "responses.record_id, responses.user_id" UNIQUE (record_id, user_id)
);
CREATE INDEX responses_by_user ON responses (user_id, status, updated_at, record_id);

-- Numbers are stored as 64-bit floats, little endian.
CREATE TABLE vectors (
    record_id          UUID NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    vector_settings_id UUID NOT NULL REFERENCES vectors_settings (id) ON DELETE CASCADE,
    value              BYTEA NOT NULL,
    PRIMARY KEY (record_id, vector_settings_id)
);
CREATE INDEX vectors_by_settings ON vectors (vector_settings_id);

CREATE TABLE webhooks (
    id            UUID PRIMARY KEY,
    url           TEXT NOT NULL,
    secret_sealed BYTEA NOT NULL,
    events        TEXT NOT NULL,
    enabled       BOOLEAN NOT NULL,
    description   TEXT,
    inserted_at   BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

-- The words of each field of each record; rowid = row of the record · 1024 + position of the field. Words come folded.
CREATE TABLE texts (
    rowid BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX texts_by_words ON texts USING GIN (words);
CREATE FUNCTION forget_texts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM texts WHERE rowid BETWEEN old.row * 1024 AND old.row * 1024 + 1023;
    RETURN NULL;
END
$$;
CREATE TRIGGER texts_of_deleted_records AFTER DELETE ON records FOR EACH ROW EXECUTE FUNCTION forget_texts();

-- The elements of a list in a JSON text, or of a key in it, or the value alone: as SQLite's json_each.
CREATE FUNCTION elements(document TEXT, key TEXT)
RETURNS TABLE (value TEXT, number NUMERIC, quoted TEXT) LANGUAGE sql IMMUTABLE AS $$
    SELECT e #>> '{}', CASE jsonb_typeof(e) WHEN 'number' THEN (e #>> '{}')::numeric END,
           CASE WHEN jsonb_typeof(e) <> 'null' THEN e::text END
    FROM (SELECT CASE WHEN key IS NULL THEN document::jsonb ELSE document::jsonb -> key END AS whole) d,
         LATERAL jsonb_array_elements(
             CASE jsonb_typeof(whole) WHEN 'array' THEN whole ELSE jsonb_build_array(whole) END) e
    WHERE whole IS NOT NULL
$$;
