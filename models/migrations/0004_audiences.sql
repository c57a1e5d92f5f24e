ALTER TABLE campaigns ADD COLUMN IF NOT EXISTS waiting_count integer, ADD COLUMN IF NOT EXISTS left_out_count integer, ADD COLUMN IF NOT EXISTS lease_until timestamptz;

DROP INDEX CONCURRENTLY IF EXISTS campaigns_open_index;

CREATE INDEX CONCURRENTLY campaigns_open_index ON campaigns (workspace_id, id) WHERE waiting_count IS NOT NULL AND status IN ('SCHEDULED', 'SENDING', 'CANCELLED');

ALTER TABLE campaign_interactions ADD COLUMN IF NOT EXISTS queued_at timestamptz;

DROP INDEX CONCURRENTLY IF EXISTS campaign_interactions_queued_key;

CREATE UNIQUE INDEX CONCURRENTLY campaign_interactions_queued_key ON campaign_interactions (workspace_id, campaign_id, origin_customer_id) WHERE queued_at IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS campaign_interactions_queue_index;

CREATE INDEX CONCURRENTLY campaign_interactions_queue_index ON campaign_interactions (workspace_id, campaign_id, created_at, id) WHERE status = 'QUEUED';

CREATE TABLE IF NOT EXISTS broadcast_batches (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    position integer NOT NULL,
    identity_ids uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT broadcast_batches_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT broadcast_batches_campaign_id_fkey FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
);

CREATE UNIQUE INDEX IF NOT EXISTS broadcast_batches_campaign_id_position_key ON broadcast_batches (workspace_id, campaign_id, position);

ALTER TABLE broadcast_batches ENABLE ROW LEVEL SECURITY;

ALTER TABLE broadcast_batches FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS broadcast_batches_of_workspace ON broadcast_batches;

CREATE POLICY broadcast_batches_of_workspace ON broadcast_batches USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON broadcast_batches TO satukan_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON broadcast_batches TO satukan_maintenance;

GRANT MAINTAIN ON broadcast_batches TO satukan_maintenance;

ALTER TABLE events DROP CONSTRAINT IF EXISTS events_type_check;

ALTER TABLE events ADD CONSTRAINT events_type_check CHECK (type IN ('CUSTOMER_ADDED', 'CUSTOMER_UPDATED', 'CUSTOMER_DELETED', 'CUSTOMER_RESTORED', 'CUSTOMER_ERASED', 'CUSTOMER_MERGED', 'CUSTOMER_UNMERGED', 'MAIN_IDENTITY_CHANGED', 'IDENTITY_CONNECTED', 'WINDOW_OPENED', 'WINDOW_CLOSED', 'CAMPAIGN_EXPIRED', 'SEGMENT_ENTERED', 'SEGMENT_LEFT', 'IMPORT_FINISHED', 'BROADCAST_QUEUED')) NOT VALID;

ALTER TABLE events VALIDATE CONSTRAINT events_type_check;
