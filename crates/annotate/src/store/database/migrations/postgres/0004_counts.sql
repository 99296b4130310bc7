-- How many records each dataset has: pages of a queue tell it every time, and counting takes as long as there are records.
CREATE TABLE dataset_counts (
    dataset_id UUID PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
    total      BIGINT NOT NULL,
    completed  BIGINT NOT NULL,
    open       BIGINT NOT NULL
);
INSERT INTO dataset_counts (dataset_id, total, completed, open)
    SELECT d.id, COUNT(r.id), COUNT(*) FILTER (WHERE r.status = 'completed'), COUNT(*) FILTER (WHERE r.is_open)
    FROM datasets d LEFT JOIN records r ON r.dataset_id = d.id GROUP BY d.id;

CREATE FUNCTION begin_counts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO dataset_counts (dataset_id, total, completed, open) VALUES (new.id, 0, 0, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER counts_of_new_datasets AFTER INSERT ON datasets FOR EACH ROW EXECUTE FUNCTION begin_counts();

-- Once a statement, not once a row: each change of the same row leaves a version of it behind.
CREATE FUNCTION add_or_take_counts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    sign CONSTANT INT := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    UPDATE dataset_counts c
    SET total = c.total + sign * n.total, completed = c.completed + sign * n.completed, open = c.open + sign * n.open
    FROM (SELECT dataset_id, COUNT(*) AS total, COUNT(*) FILTER (WHERE status = 'completed') AS completed,
                 COUNT(*) FILTER (WHERE is_open) AS open
          FROM concerned GROUP BY dataset_id) n
    WHERE c.dataset_id = n.dataset_id;
    RETURN NULL;
END
$$;
CREATE FUNCTION change_counts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dataset_counts c SET completed = c.completed + d.completed, open = c.open + d.open
    FROM (SELECT n.dataset_id, SUM((n.status = 'completed')::int - (o.status = 'completed')::int) AS completed,
                 SUM(n.is_open::int - o.is_open::int) AS open
          FROM new_rows n JOIN old_rows o ON o.row = n.row
          WHERE n.status <> o.status OR n.is_open <> o.is_open GROUP BY n.dataset_id) d
    WHERE c.dataset_id = d.dataset_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER counts_of_new_records AFTER INSERT ON records
    REFERENCING NEW TABLE AS concerned FOR EACH STATEMENT EXECUTE FUNCTION add_or_take_counts();
CREATE TRIGGER counts_of_deleted_records AFTER DELETE ON records
    REFERENCING OLD TABLE AS concerned FOR EACH STATEMENT EXECUTE FUNCTION add_or_take_counts();
CREATE TRIGGER counts_of_changed_records AFTER UPDATE ON records
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION change_counts();
