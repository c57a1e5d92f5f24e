ALTER TABLE monitoring_days DROP COLUMN IF EXISTS passive;

DELETE FROM monitoring_days;

INSERT INTO monitoring_days (workspace_id, id, date, total, active, productive)
SELECT changes.workspace_id, gen_random_uuid(), changes.date, sum(changes.total), sum(changes.active), sum(changes.productive)
FROM (
    SELECT d.workspace_id, d.date, d.customers * CASE WHEN d.kind IN ('DELETED', 'MERGED') THEN -1 ELSE 1 END AS total, 0 AS active, 0 AS productive
    FROM contact_log_days d WHERE d.kind <> 'CONNECTED'
    UNION ALL
    SELECT c.workspace_id, (greatest(c.last_inbound_at, c.created_at) AT TIME ZONE w.timezone)::date, 0, 1, 0
    FROM customers c JOIN workspaces w ON w.workspace_id = c.workspace_id
    WHERE c.window_status = 'ACTIVE' AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
    UNION ALL
    SELECT c.workspace_id, (greatest(paid.at, c.created_at) AT TIME ZONE w.timezone)::date, 0, 0, 1
    FROM customers c JOIN workspaces w ON w.workspace_id = c.workspace_id
    JOIN (
        SELECT o.workspace_id, o.customer_id, min(coalesce(o.paid_at, o.ordered_at)) AS at
        FROM orders o WHERE o.status = 'PAID' GROUP BY o.workspace_id, o.customer_id
    ) AS paid ON paid.workspace_id = c.workspace_id AND paid.customer_id = c.id
    WHERE c.paid_order_count > 0 AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
) AS changes
GROUP BY changes.workspace_id, changes.date;

CREATE TABLE audience_sizes (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(16) NOT NULL,
    audience_id uuid NOT NULL,
    customers bigint NOT NULL,
    CONSTRAINT audience_sizes_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT audience_sizes_kind_check CHECK (kind IN ('GROUP', 'SEGMENT'))
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX audience_sizes_audience_id_key ON audience_sizes (workspace_id, kind, audience_id);

ALTER TABLE audience_sizes ENABLE ROW LEVEL SECURITY;

ALTER TABLE audience_sizes FORCE ROW LEVEL SECURITY;

CREATE POLICY audience_sizes_of_workspace ON audience_sizes USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON audience_sizes TO satukan_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON audience_sizes TO satukan_maintenance;

GRANT MAINTAIN ON audience_sizes TO satukan_maintenance;

INSERT INTO audience_sizes (workspace_id, id, kind, audience_id, customers)
SELECT sizes.workspace_id, gen_random_uuid(), sizes.kind, sizes.audience_id, sizes.customers
FROM (
    SELECT a.workspace_id, 'GROUP' AS kind, a.group_id AS audience_id, count(DISTINCT a.customer_id) AS customers
    FROM customer_groups a JOIN customers c ON c.workspace_id = a.workspace_id AND c.id = a.customer_id
    WHERE c.deleted_at IS NULL AND c.merged_into_id IS NULL
    GROUP BY a.workspace_id, a.group_id
    UNION ALL
    SELECT a.workspace_id, 'SEGMENT', a.segment_id, count(*)
    FROM customer_segments a JOIN customers c ON c.workspace_id = a.workspace_id AND c.id = a.customer_id
    WHERE c.deleted_at IS NULL AND c.merged_into_id IS NULL
    GROUP BY a.workspace_id, a.segment_id
) AS sizes;
