ALTER TABLE segments ADD COLUMN concerns text[] NOT NULL DEFAULT '{}';

ALTER TABLE segments ADD COLUMN mentions uuid[] NOT NULL DEFAULT '{}';

ALTER TABLE segments ADD COLUMN next_refresh_at timestamptz;

CREATE INDEX segments_refresh_index ON segments (workspace_id, next_refresh_at) WHERE next_refresh_at IS NOT NULL;

CREATE TABLE segment_refreshes (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT segment_refreshes_pkey PRIMARY KEY (workspace_id, id)
);

ALTER TABLE segment_refreshes ADD CONSTRAINT segment_refreshes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE segment_refreshes ENABLE ROW LEVEL SECURITY;

ALTER TABLE segment_refreshes FORCE ROW LEVEL SECURITY;

CREATE POLICY segment_refreshes_of_workspace ON segment_refreshes USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON segment_refreshes TO satukan_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON segment_refreshes TO satukan_maintenance;

GRANT MAINTAIN ON segment_refreshes TO satukan_maintenance;
