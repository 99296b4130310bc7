-- Everything that Argilla's API knows. Foreign keys are off while the store is migrated.

ALTER TABLE users ADD COLUMN api_key_sealed BLOB;
ALTER TABLE datasets ADD COLUMN allow_extra_metadata INTEGER NOT NULL DEFAULT 1;
ALTER TABLE fields ADD COLUMN inserted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fields ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN inserted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE fields SET inserted_at = (SELECT d.inserted_at FROM datasets d WHERE d.id = dataset_id);
UPDATE questions SET inserted_at = (SELECT d.inserted_at FROM datasets d WHERE d.id = dataset_id);
UPDATE fields SET updated_at = inserted_at;
UPDATE questions SET updated_at = inserted_at;

CREATE TABLE metadata_properties (
    id                     BLOB PRIMARY KEY NOT NULL,
    dataset_id             BLOB NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position               INTEGER NOT NULL,
    name                   TEXT NOT NULL,
    title                  TEXT NOT NULL,
    settings               TEXT NOT NULL,
    visible_for_annotators INTEGER NOT NULL,
    inserted_at            INTEGER NOT NULL,
    updated_at             INTEGER NOT NULL,
    UNIQUE (dataset_id, name)
);

CREATE TABLE vectors_settings (
    id          BLOB PRIMARY KEY NOT NULL,
    dataset_id  BLOB NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    dimensions  INTEGER NOT NULL CHECK (dimensions >= 1),
    inserted_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (dataset_id, name)
);

-- As before, but the caller's id and the metadata may be missing, `row` is a number that stays (the text index refers
-- to it), and the wide columns come last, so that looking at the others does not read them
-- (`records_by_id` was there for that).
CREATE TABLE new_records (
    row         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    dataset_id  BLOB NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    external_id TEXT,
    status      TEXT NOT NULL CHECK (status IN ('pending', 'completed')),
    is_decided  INTEGER NOT NULL DEFAULT 1,
    is_open     INTEGER NOT NULL GENERATED ALWAYS AS (status = 'pending' OR NOT is_decided) STORED,
    shuffle_key INTEGER NOT NULL,
    inserted_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    metadata    TEXT,
    fields      TEXT NOT NULL,
    UNIQUE (dataset_id, external_id),
    UNIQUE (dataset_id, position)
);
INSERT INTO new_records
    (id, dataset_id, position, external_id, status, is_decided, shuffle_key, inserted_at, updated_at, metadata, fields)
    SELECT id, dataset_id, position, external_id, status, is_decided, shuffle_key, inserted_at, updated_at, metadata, fields
    FROM records ORDER BY rowid;
DROP TABLE records;
ALTER TABLE new_records RENAME TO records;
CREATE INDEX records_by_queue ON records (dataset_id, is_open, shuffle_key, id, status);

ALTER TABLE suggestions ADD COLUMN score TEXT;
ALTER TABLE suggestions ADD COLUMN type TEXT CHECK (type IN ('model', 'human'));

-- Numbers are stored as 64-bit floats, little endian.
CREATE TABLE vectors (
    record_id          BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    vector_settings_id BLOB NOT NULL REFERENCES vectors_settings (id) ON DELETE CASCADE,
    value              BLOB NOT NULL,
    UNIQUE (record_id, vector_settings_id)
);
CREATE INDEX vectors_by_settings ON vectors (vector_settings_id);

CREATE TABLE webhooks (
    id            BLOB PRIMARY KEY NOT NULL,
    url           TEXT NOT NULL,
    secret_sealed BLOB NOT NULL,
    events        TEXT NOT NULL,
    enabled       INTEGER NOT NULL,
    description   TEXT,
    inserted_at   INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);

-- The words of each field of each record; rowid = row of the record · 1024 + position of the field. Accents are folded.
CREATE VIRTUAL TABLE texts USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER texts_of_deleted_records AFTER DELETE ON records BEGIN
    DELETE FROM texts WHERE rowid BETWEEN old.row * 1024 AND old.row * 1024 + 1023;
END;
INSERT INTO texts (rowid, words)
    SELECT r.row * 1024 + f.position, r.fields ->> f.name
    FROM records r JOIN fields f ON f.dataset_id = r.dataset_id
    WHERE r.fields ->> f.name IS NOT NULL;
