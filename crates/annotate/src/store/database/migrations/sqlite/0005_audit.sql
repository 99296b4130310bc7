-- Administrative acts: who did what to what, when and from where. Names are kept as they were: a user may be gone.
CREATE TABLE audit_log (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL, -- microseconds since 1970 in UTC
    actor   TEXT NOT NULL,    -- the username; `command line` for whoever can read the files
    address TEXT,             -- of the client, where it is known
    act     TEXT NOT NULL,    -- such as `user.created`
    subject TEXT              -- the id or the name of what was acted on
);
