-- Somebody who is disabled cannot come in; their votes stay. Of somebody who was deleted a pseudonym stays, whose votes theirs
-- become: a question that they helped to decide must not change.
ALTER TABLE users ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'deleted'));
