-- How many records each dataset has: pages of a queue tell it every time, and counting takes as long as there are records.
CREATE TABLE dataset_counts (
    dataset_id BLOB PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    total      INTEGER NOT NULL,
    completed  INTEGER NOT NULL,
    open       INTEGER NOT NULL
);
INSERT INTO dataset_counts (dataset_id, total, completed, open)
    SELECT d.id, COUNT(r.id), COUNT(*) FILTER (WHERE r.status = 'completed'), COUNT(*) FILTER (WHERE r.is_open)
    FROM datasets d LEFT JOIN records r ON r.dataset_id = d.id GROUP BY d.id;

CREATE TRIGGER counts_of_new_datasets AFTER INSERT ON datasets BEGIN
    INSERT INTO dataset_counts (dataset_id, total, completed, open) VALUES (new.id, 0, 0, 0);
END;
CREATE TRIGGER counts_of_new_records AFTER INSERT ON records BEGIN
    UPDATE dataset_counts
    SET total = total + 1, completed = completed + (new.status = 'completed'), open = open + new.is_open
    WHERE dataset_id = new.dataset_id;
END;
CREATE TRIGGER counts_of_changed_records AFTER UPDATE OF status, is_decided ON records
WHEN old.status <> new.status OR old.is_decided <> new.is_decided BEGIN
    UPDATE dataset_counts
    SET completed = completed + (new.status = 'completed') - (old.status = 'completed'),
        open = open + new.is_open - old.is_open
    WHERE dataset_id = new.dataset_id;
END;
CREATE TRIGGER counts_of_deleted_records AFTER DELETE ON records BEGIN
    UPDATE dataset_counts
    SET total = total - 1, completed = completed - (old.status = 'completed'), open = open - old.is_open
    WHERE dataset_id = old.dataset_id;
END;
