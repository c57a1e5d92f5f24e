CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE workspaces (
    workspace_id uuid NOT NULL,
    name varchar(200) NOT NULL,
    timezone varchar(64) NOT NULL DEFAULT 'Asia/Jakarta',
    default_country varchar(2) NOT NULL DEFAULT 'ID',
    currency varchar(3),
    window_hours integer NOT NULL DEFAULT 24,
    campaign_months integer NOT NULL DEFAULT 12,
    campaign_retention_months integer,
    deleted_retention_days integer,
    created_at timestamptz NOT NULL,
    CONSTRAINT workspaces_pkey PRIMARY KEY (workspace_id)
);

CREATE TABLE counters (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(32) NOT NULL,
    value bigint NOT NULL DEFAULT 0,
    CONSTRAINT counters_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX counters_name_key ON counters (workspace_id, name);

CREATE TABLE users (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(200) NOT NULL,
    email varchar(320) NOT NULL,
    role varchar(16) NOT NULL,
    subject varchar(255),
    search_text text NOT NULL,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT users_role_check CHECK (role IN ('OWNER', 'ADMIN', 'AGENT', 'PARTNER'))
);

CREATE UNIQUE INDEX users_email_key ON users (workspace_id, lower(email));

CREATE UNIQUE INDEX users_subject_key ON users (workspace_id, subject) WHERE subject IS NOT NULL;

CREATE INDEX users_name_index ON users (workspace_id, name, id);

CREATE INDEX users_search_index ON users USING gin (workspace_id, search_text gin_trgm_ops);

CREATE TABLE api_keys (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(200) NOT NULL,
    role varchar(16) NOT NULL,
    scopes text[] NOT NULL DEFAULT '{}',
    secret_hash varchar(64) NOT NULL,
    hint varchar(16) NOT NULL,
    created_by_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT api_keys_role_check CHECK (role IN ('OWNER', 'ADMIN', 'AGENT', 'PARTNER'))
);

CREATE UNIQUE INDEX api_keys_secret_hash_key ON api_keys (workspace_id, secret_hash);

CREATE INDEX api_keys_created_by_id_reference ON api_keys (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE channels (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(32) NOT NULL,
    name varchar(200) NOT NULL,
    external_id varchar(255),
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CONSTRAINT channels_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT channels_kind_check CHECK (kind IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API'))
);

CREATE UNIQUE INDEX channels_kind_key ON channels (workspace_id, kind) WHERE is_default;

CREATE UNIQUE INDEX channels_kind_external_id_key ON channels (workspace_id, kind, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE customers (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    version integer NOT NULL DEFAULT 1,
    full_name varchar(200) NOT NULL,
    name_key varchar(400) NOT NULL,
    search_text text NOT NULL,
    owner_id uuid,
    assignee_id uuid,
    phone varchar(16),
    email varchar(320),
    username varchar(255),
    source varchar(32),
    status varchar(16),
    job_title varchar(200),
    province varchar(200),
    regency_city varchar(200),
    district varchar(200),
    subdistrict varchar(200),
    zip_code varchar(16),
    properties jsonb NOT NULL DEFAULT '{}',
    acquisition varchar(16) NOT NULL,
    added_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    first_contacted_at timestamptz,
    own_first_contacted_at timestamptz,
    deleted_at timestamptz,
    erased_at timestamptz,
    main_identity_id uuid,
    merged_into_id uuid,
    member_count integer NOT NULL DEFAULT 0,
    last_inbound_at timestamptz,
    window_status varchar(8) NOT NULL DEFAULT 'PASSIVE',
    paid_order_count integer NOT NULL DEFAULT 0,
    lifetime_value numeric(20,2) NOT NULL DEFAULT 0,
    CONSTRAINT customers_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT customers_source_check CHECK (source IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API')),
    CONSTRAINT customers_status_check CHECK (status IN ('LEAD', 'PROSPECT', 'CUSTOMER', 'CHURNED', 'UNQUALIFIED')),
    CONSTRAINT customers_acquisition_check CHECK (acquisition IN ('INBOUND', 'MANUAL', 'IMPORT', 'API')),
    CONSTRAINT customers_window_status_check CHECK (window_status IN ('ACTIVE', 'PASSIVE'))
);

CREATE UNIQUE INDEX customers_external_id_key ON customers (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX customers_updated_index ON customers (workspace_id, updated_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_created_index ON customers (workspace_id, created_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_name_index ON customers (workspace_id, name_key, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_lifetime_value_index ON customers (workspace_id, lifetime_value, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_last_inbound_index ON customers (workspace_id, coalesce(last_inbound_at, '-infinity'), id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_owner_index ON customers (workspace_id, owner_id, updated_at, id);

CREATE INDEX customers_assignee_index ON customers (workspace_id, assignee_id, updated_at, id);

CREATE INDEX customers_status_index ON customers (workspace_id, status, updated_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_source_index ON customers (workspace_id, source, updated_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_acquisition_index ON customers (workspace_id, acquisition, updated_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_productive_index ON customers (workspace_id, updated_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL AND paid_order_count > 0;

CREATE INDEX customers_merged_index ON customers (workspace_id, updated_at, id) WHERE deleted_at IS NULL AND merged_into_id IS NULL AND member_count > 0;

CREATE INDEX customers_window_open_index ON customers (workspace_id, last_inbound_at) WHERE window_status = 'ACTIVE';

CREATE INDEX customers_phone_index ON customers (workspace_id, phone) WHERE phone IS NOT NULL;

CREATE INDEX customers_email_index ON customers (workspace_id, lower(email)) WHERE email IS NOT NULL;

CREATE INDEX customers_deleted_index ON customers (workspace_id, deleted_at) WHERE deleted_at IS NOT NULL AND erased_at IS NULL;

CREATE INDEX customers_search_index ON customers USING gin (workspace_id, search_text gin_trgm_ops) WHERE deleted_at IS NULL AND merged_into_id IS NULL;

CREATE INDEX customers_added_by_id_reference ON customers (workspace_id, added_by_id) WHERE added_by_id IS NOT NULL;

CREATE INDEX customers_main_identity_id_reference ON customers (workspace_id, main_identity_id) WHERE main_identity_id IS NOT NULL;

CREATE INDEX customers_merged_into_id_reference ON customers (workspace_id, merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE TABLE channel_identities (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    kind varchar(32) NOT NULL,
    identifier varchar(320) NOT NULL,
    username varchar(255),
    phone varchar(16),
    email varchar(320),
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    connected_at timestamptz NOT NULL,
    last_inbound_at timestamptz,
    CONSTRAINT channel_identities_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT channel_identities_kind_check CHECK (kind IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API'))
);

CREATE UNIQUE INDEX channel_identities_channel_id_identifier_key ON channel_identities (workspace_id, channel_id, identifier);

CREATE INDEX channel_identities_customer_index ON channel_identities (workspace_id, customer_id, connected_at, id);

CREATE INDEX channel_identities_kind_index ON channel_identities (workspace_id, kind, identifier);

CREATE INDEX channel_identities_phone_index ON channel_identities (workspace_id, phone) WHERE phone IS NOT NULL;

CREATE INDEX channel_identities_origin_customer_id_reference ON channel_identities (workspace_id, origin_customer_id);

CREATE TABLE conversations (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    channel_id uuid NOT NULL,
    channel_kind varchar(32) NOT NULL,
    identity_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    status varchar(16) NOT NULL DEFAULT 'UNASSIGNED',
    assignee_id uuid,
    last_message_preview varchar(200),
    last_message_at timestamptz,
    unread_count integer NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    resolved_at timestamptz,
    activity_at timestamptz NOT NULL,
    search_text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT conversations_channel_kind_check CHECK (channel_kind IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API')),
    CONSTRAINT conversations_status_check CHECK (status IN ('UNASSIGNED', 'ASSIGNED', 'RESOLVED'))
);

CREATE UNIQUE INDEX conversations_external_id_key ON conversations (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX conversations_customer_activity_index ON conversations (workspace_id, customer_id, activity_at, id);

CREATE INDEX conversations_customer_opened_index ON conversations (workspace_id, customer_id, opened_at, id);

CREATE INDEX conversations_identity_index ON conversations (workspace_id, identity_id, activity_at, id);

CREATE INDEX conversations_activity_index ON conversations (workspace_id, activity_at, id);

CREATE INDEX conversations_status_index ON conversations (workspace_id, status, activity_at, id);

CREATE INDEX conversations_channel_kind_index ON conversations (workspace_id, channel_kind, activity_at, id);

CREATE INDEX conversations_search_index ON conversations USING gin (workspace_id, search_text gin_trgm_ops);

CREATE INDEX conversations_channel_id_reference ON conversations (workspace_id, channel_id);

CREATE INDEX conversations_origin_customer_id_reference ON conversations (workspace_id, origin_customer_id);

CREATE INDEX conversations_assignee_id_reference ON conversations (workspace_id, assignee_id) WHERE assignee_id IS NOT NULL;

CREATE TABLE messages (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255) NOT NULL,
    conversation_id uuid NOT NULL,
    direction varchar(8) NOT NULL,
    text text,
    sent_at timestamptz NOT NULL,
    agent_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT messages_direction_check CHECK (direction IN ('INBOUND', 'OUTBOUND'))
);

CREATE UNIQUE INDEX messages_external_id_key ON messages (workspace_id, external_id);

CREATE INDEX messages_conversation_index ON messages (workspace_id, conversation_id, sent_at, id);

CREATE INDEX messages_agent_id_reference ON messages (workspace_id, agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE campaigns (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    name varchar(200) NOT NULL,
    channel varchar(32) NOT NULL,
    template text,
    status varchar(16) NOT NULL,
    audience jsonb,
    scheduled_at timestamptz,
    sent_at timestamptz,
    search_text text NOT NULL,
    created_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT campaigns_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT campaigns_channel_check CHECK (channel IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API')),
    CONSTRAINT campaigns_status_check CHECK (status IN ('DRAFT', 'SCHEDULED', 'SENDING', 'SENT', 'CANCELLED'))
);

CREATE UNIQUE INDEX campaigns_external_id_key ON campaigns (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX campaigns_created_index ON campaigns (workspace_id, created_at, id);

CREATE INDEX campaigns_search_index ON campaigns USING gin (workspace_id, search_text gin_trgm_ops);

CREATE INDEX campaigns_created_by_id_reference ON campaigns (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE campaign_interactions (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    campaign_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    identity_id uuid,
    status varchar(16) NOT NULL,
    sent_at timestamptz NOT NULL,
    delivered_at timestamptz,
    read_at timestamptz,
    replied_at timestamptz,
    failure_reason text,
    visible_until timestamptz NOT NULL,
    expired_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT campaign_interactions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT campaign_interactions_status_check CHECK (status IN ('QUEUED', 'SENT', 'DELIVERED', 'READ', 'REPLIED', 'FAILED'))
);

CREATE UNIQUE INDEX campaign_interactions_external_id_key ON campaign_interactions (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX campaign_interactions_customer_index ON campaign_interactions (workspace_id, customer_id, sent_at, id);

CREATE INDEX campaign_interactions_campaign_index ON campaign_interactions (workspace_id, campaign_id, status);

CREATE INDEX campaign_interactions_unexpired_index ON campaign_interactions (workspace_id, visible_until) WHERE expired_at IS NULL;

CREATE INDEX campaign_interactions_expired_index ON campaign_interactions (workspace_id, expired_at) WHERE expired_at IS NOT NULL;

CREATE INDEX campaign_interactions_origin_customer_id_reference ON campaign_interactions (workspace_id, origin_customer_id);

CREATE INDEX campaign_interactions_identity_id_reference ON campaign_interactions (workspace_id, identity_id) WHERE identity_id IS NOT NULL;

CREATE TABLE companies (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    name varchar(200) NOT NULL,
    industry varchar(200),
    website varchar(2048),
    phone varchar(16),
    search_text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT companies_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX companies_external_id_key ON companies (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX companies_name_index ON companies (workspace_id, name, id);

CREATE INDEX companies_search_index ON companies USING gin (workspace_id, search_text gin_trgm_ops);

CREATE TABLE customer_companies (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    company_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_companies_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_companies_company_id_origin_customer_id_key ON customer_companies (workspace_id, company_id, origin_customer_id);

CREATE INDEX customer_companies_customer_id_reference ON customer_companies (workspace_id, customer_id) INCLUDE (company_id);

CREATE INDEX customer_companies_origin_customer_id_reference ON customer_companies (workspace_id, origin_customer_id);

CREATE TABLE pipelines (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(8) NOT NULL,
    name varchar(200) NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pipelines_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT pipelines_kind_check CHECK (kind IN ('TICKET', 'DEAL', 'TASK'))
);

CREATE UNIQUE INDEX pipelines_kind_name_key ON pipelines (workspace_id, kind, name);

CREATE TABLE stages (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    pipeline_id uuid NOT NULL,
    name varchar(200) NOT NULL,
    position integer NOT NULL,
    archived_at timestamptz,
    CONSTRAINT stages_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX stages_pipeline_id_name_key ON stages (workspace_id, pipeline_id, name);

CREATE TABLE tickets (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    number varchar(32) NOT NULL,
    subject varchar(500) NOT NULL,
    pipeline_id uuid,
    stage_id uuid,
    priority varchar(8) NOT NULL DEFAULT 'MEDIUM',
    sla_status varchar(16) NOT NULL DEFAULT 'ON_TRACK',
    sla_due_at timestamptz,
    reporter_id uuid,
    assignee_id uuid,
    search_text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT tickets_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT tickets_priority_check CHECK (priority IN ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
    CONSTRAINT tickets_sla_status_check CHECK (sla_status IN ('ON_TRACK', 'DUE_SOON', 'BREACHED', 'MET'))
);

CREATE UNIQUE INDEX tickets_external_id_key ON tickets (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE UNIQUE INDEX tickets_number_key ON tickets (workspace_id, number);

CREATE INDEX tickets_created_index ON tickets (workspace_id, created_at, id);

CREATE INDEX tickets_sla_status_index ON tickets (workspace_id, sla_status, created_at, id);

CREATE INDEX tickets_pipeline_index ON tickets (workspace_id, pipeline_id, created_at, id);

CREATE INDEX tickets_stage_index ON tickets (workspace_id, stage_id, created_at, id);

CREATE INDEX tickets_reporter_index ON tickets (workspace_id, reporter_id, created_at, id);

CREATE INDEX tickets_assignee_index ON tickets (workspace_id, assignee_id, created_at, id);

CREATE INDEX tickets_priority_index ON tickets (workspace_id, priority, created_at, id);

CREATE INDEX tickets_search_index ON tickets USING gin (workspace_id, search_text gin_trgm_ops);

CREATE TABLE customer_tickets (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_tickets_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_tickets_ticket_id_origin_customer_id_key ON customer_tickets (workspace_id, ticket_id, origin_customer_id);

CREATE INDEX customer_tickets_customer_id_reference ON customer_tickets (workspace_id, customer_id) INCLUDE (ticket_id);

CREATE INDEX customer_tickets_origin_customer_id_reference ON customer_tickets (workspace_id, origin_customer_id);

CREATE TABLE deals (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    name varchar(200) NOT NULL,
    amount numeric(20,2) NOT NULL,
    currency varchar(3) NOT NULL,
    pipeline_id uuid,
    stage_id uuid,
    priority varchar(8) NOT NULL DEFAULT 'MEDIUM',
    approval_status varchar(16) NOT NULL DEFAULT 'NOT_REQUIRED',
    owner_id uuid,
    expected_close_on date,
    closed_at timestamptz,
    won boolean,
    search_text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT deals_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT deals_priority_check CHECK (priority IN ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
    CONSTRAINT deals_approval_status_check CHECK (approval_status IN ('NOT_REQUIRED', 'PENDING', 'APPROVED', 'REJECTED'))
);

CREATE UNIQUE INDEX deals_external_id_key ON deals (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX deals_created_index ON deals (workspace_id, created_at, id);

CREATE INDEX deals_approval_status_index ON deals (workspace_id, approval_status, created_at, id);

CREATE INDEX deals_pipeline_index ON deals (workspace_id, pipeline_id, created_at, id);

CREATE INDEX deals_stage_index ON deals (workspace_id, stage_id, created_at, id);

CREATE INDEX deals_owner_index ON deals (workspace_id, owner_id, created_at, id);

CREATE INDEX deals_priority_index ON deals (workspace_id, priority, created_at, id);

CREATE INDEX deals_search_index ON deals USING gin (workspace_id, search_text gin_trgm_ops);

CREATE TABLE customer_deals (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_deals_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_deals_deal_id_origin_customer_id_key ON customer_deals (workspace_id, deal_id, origin_customer_id);

CREATE INDEX customer_deals_customer_id_reference ON customer_deals (workspace_id, customer_id) INCLUDE (deal_id);

CREATE INDEX customer_deals_origin_customer_id_reference ON customer_deals (workspace_id, origin_customer_id);

CREATE TABLE tasks (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255),
    title varchar(500) NOT NULL,
    status varchar(16) NOT NULL DEFAULT 'TODO',
    stage_id uuid,
    priority varchar(8) NOT NULL DEFAULT 'MEDIUM',
    assignee_id uuid,
    due_at timestamptz,
    completed_at timestamptz,
    search_text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT tasks_status_check CHECK (status IN ('TODO', 'IN_PROGRESS', 'DONE', 'CANCELLED')),
    CONSTRAINT tasks_priority_check CHECK (priority IN ('LOW', 'MEDIUM', 'HIGH', 'URGENT'))
);

CREATE UNIQUE INDEX tasks_external_id_key ON tasks (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX tasks_created_index ON tasks (workspace_id, created_at, id);

CREATE INDEX tasks_status_index ON tasks (workspace_id, status, created_at, id);

CREATE INDEX tasks_stage_index ON tasks (workspace_id, stage_id, created_at, id);

CREATE INDEX tasks_assignee_index ON tasks (workspace_id, assignee_id, created_at, id);

CREATE INDEX tasks_priority_index ON tasks (workspace_id, priority, created_at, id);

CREATE INDEX tasks_search_index ON tasks USING gin (workspace_id, search_text gin_trgm_ops);

CREATE TABLE customer_tasks (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    task_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_tasks_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_tasks_task_id_origin_customer_id_key ON customer_tasks (workspace_id, task_id, origin_customer_id);

CREATE INDEX customer_tasks_customer_id_reference ON customer_tasks (workspace_id, customer_id) INCLUDE (task_id);

CREATE INDEX customer_tasks_origin_customer_id_reference ON customer_tasks (workspace_id, origin_customer_id);

CREATE TABLE orders (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id varchar(255) NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    status varchar(16) NOT NULL,
    total numeric(20,2) NOT NULL,
    currency varchar(3) NOT NULL,
    ordered_at timestamptz NOT NULL,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT orders_status_check CHECK (status IN ('PENDING', 'PAID', 'CANCELLED', 'REFUNDED'))
);

CREATE UNIQUE INDEX orders_external_id_key ON orders (workspace_id, external_id);

CREATE INDEX orders_customer_index ON orders (workspace_id, customer_id, ordered_at, id);

CREATE INDEX orders_paid_index ON orders (workspace_id, customer_id, ordered_at) WHERE status = 'PAID';

CREATE INDEX orders_origin_customer_id_reference ON orders (workspace_id, origin_customer_id);

CREATE TABLE order_items (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    position integer NOT NULL,
    product varchar(200) NOT NULL,
    sku varchar(100),
    quantity integer NOT NULL,
    unit_price numeric(20,2) NOT NULL,
    CONSTRAINT order_items_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX order_items_order_id_position_key ON order_items (workspace_id, order_id, position);

CREATE INDEX order_items_product_index ON order_items (workspace_id, product);

CREATE TABLE groups (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(200) NOT NULL,
    search_text text NOT NULL,
    created_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT groups_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX groups_name_key ON groups (workspace_id, name);

CREATE INDEX groups_search_index ON groups USING gin (workspace_id, search_text gin_trgm_ops);

CREATE INDEX groups_created_by_id_reference ON groups (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE customer_groups (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    group_id uuid NOT NULL,
    added_by_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_groups_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_groups_group_id_origin_customer_id_key ON customer_groups (workspace_id, group_id, origin_customer_id);

CREATE INDEX customer_groups_customer_id_reference ON customer_groups (workspace_id, customer_id);

CREATE INDEX customer_groups_origin_customer_id_reference ON customer_groups (workspace_id, origin_customer_id);

CREATE INDEX customer_groups_added_by_id_reference ON customer_groups (workspace_id, added_by_id) WHERE added_by_id IS NOT NULL;

CREATE TABLE segments (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(200) NOT NULL,
    search_text text NOT NULL,
    criteria jsonb NOT NULL,
    created_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    refreshed_at timestamptz,
    lease_until timestamptz,
    CONSTRAINT segments_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX segments_name_key ON segments (workspace_id, name);

CREATE INDEX segments_search_index ON segments USING gin (workspace_id, search_text gin_trgm_ops);

CREATE INDEX segments_created_by_id_reference ON segments (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE customer_segments (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    segment_id uuid NOT NULL,
    entered_at timestamptz NOT NULL,
    CONSTRAINT customer_segments_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_segments_segment_id_customer_id_key ON customer_segments (workspace_id, segment_id, customer_id);

CREATE INDEX customer_segments_customer_id_reference ON customer_segments (workspace_id, customer_id);

CREATE TABLE tags (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(100) NOT NULL,
    search_text text NOT NULL,
    ltv_min numeric(20,2),
    ltv_max numeric(20,2),
    created_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tags_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX tags_name_key ON tags (workspace_id, name);

CREATE INDEX tags_search_index ON tags USING gin (workspace_id, search_text gin_trgm_ops);

CREATE INDEX tags_created_by_id_reference ON tags (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE customer_tags (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    added_by_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_tags_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX customer_tags_tag_id_origin_customer_id_key ON customer_tags (workspace_id, tag_id, origin_customer_id);

CREATE INDEX customer_tags_customer_id_reference ON customer_tags (workspace_id, customer_id);

CREATE INDEX customer_tags_origin_customer_id_reference ON customer_tags (workspace_id, origin_customer_id);

CREATE INDEX customer_tags_added_by_id_reference ON customer_tags (workspace_id, added_by_id) WHERE added_by_id IS NOT NULL;

CREATE TABLE property_definitions (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    key varchar(64) NOT NULL,
    label varchar(200) NOT NULL,
    type varchar(16) NOT NULL,
    options text[] NOT NULL DEFAULT '{}',
    required boolean NOT NULL DEFAULT false,
    built_in boolean NOT NULL DEFAULT false,
    enabled boolean NOT NULL DEFAULT true,
    position integer NOT NULL,
    archived_at timestamptz,
    conversion jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT property_definitions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT property_definitions_type_check CHECK (type IN ('TEXT', 'NUMBER', 'DECIMAL', 'BOOLEAN', 'DATE', 'DATETIME', 'SINGLE_SELECT', 'MULTI_SELECT', 'URL', 'EMAIL', 'PHONE', 'USER'))
);

CREATE UNIQUE INDEX property_definitions_key_key ON property_definitions (workspace_id, key);

CREATE INDEX property_definitions_conversion_index ON property_definitions (workspace_id) WHERE conversion IS NOT NULL;

CREATE TABLE property_index_entries (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    property_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    text_value text,
    number_value numeric(38,10),
    time_value timestamptz,
    CONSTRAINT property_index_entries_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX property_index_entries_text_index ON property_index_entries (workspace_id, property_id, text_value, customer_id) WHERE text_value IS NOT NULL;

CREATE INDEX property_index_entries_number_index ON property_index_entries (workspace_id, property_id, number_value, customer_id) WHERE number_value IS NOT NULL;

CREATE INDEX property_index_entries_time_index ON property_index_entries (workspace_id, property_id, time_value, customer_id) WHERE time_value IS NOT NULL;

CREATE INDEX property_index_entries_words_index ON property_index_entries USING gin (workspace_id, property_id, text_value gin_trgm_ops) WHERE text_value IS NOT NULL;

CREATE INDEX property_index_entries_property_id_reference ON property_index_entries (workspace_id, property_id, customer_id);

CREATE INDEX property_index_entries_customer_id_reference ON property_index_entries (workspace_id, customer_id);

CREATE TABLE customer_views (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(200) NOT NULL,
    columns text[] NOT NULL DEFAULT '{}',
    shared boolean NOT NULL DEFAULT false,
    owner_id uuid,
    api_key_id uuid,
    filter_criteria jsonb,
    order_by jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT customer_views_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX customer_views_owner_id_reference ON customer_views (workspace_id, owner_id) WHERE owner_id IS NOT NULL;

CREATE INDEX customer_views_api_key_id_reference ON customer_views (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE events (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    seq bigint NOT NULL,
    type varchar(32) NOT NULL,
    occurred_at timestamptz NOT NULL,
    customer_id uuid,
    user_id uuid,
    api_key_id uuid,
    payload jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT events_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT events_type_check CHECK (type IN ('CUSTOMER_ADDED', 'CUSTOMER_UPDATED', 'CUSTOMER_DELETED', 'CUSTOMER_RESTORED', 'CUSTOMER_ERASED', 'CUSTOMER_MERGED', 'CUSTOMER_UNMERGED', 'MAIN_IDENTITY_CHANGED', 'IDENTITY_CONNECTED', 'WINDOW_OPENED', 'WINDOW_CLOSED', 'CAMPAIGN_EXPIRED', 'SEGMENT_ENTERED', 'SEGMENT_LEFT', 'IMPORT_FINISHED'))
);

CREATE UNIQUE INDEX events_seq_key ON events (workspace_id, seq);

CREATE INDEX events_type_index ON events (workspace_id, type, seq);

CREATE INDEX events_customer_index ON events (workspace_id, customer_id, seq) WHERE customer_id IS NOT NULL;

CREATE INDEX events_user_id_reference ON events (workspace_id, user_id) WHERE user_id IS NOT NULL;

CREATE INDEX events_api_key_id_reference ON events (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE contact_logs (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(16) NOT NULL,
    created_at timestamptz NOT NULL,
    contact_id uuid NOT NULL,
    contact_name varchar(200) NOT NULL,
    source varchar(32) NOT NULL,
    user_id uuid,
    channel varchar(32),
    customers integer NOT NULL DEFAULT 1,
    CONSTRAINT contact_logs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT contact_logs_kind_check CHECK (kind IN ('ADDED', 'CONNECTED', 'DELETED', 'RESTORED', 'MERGED', 'UNMERGED')),
    CONSTRAINT contact_logs_source_check CHECK (source IN ('MANUAL', 'IMPORT', 'API', 'INCOMING_MESSAGE', 'USER', 'INBOX', 'SUGGESTION')),
    CONSTRAINT contact_logs_channel_check CHECK (channel IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API'))
);

CREATE INDEX contact_logs_kind_index ON contact_logs (workspace_id, kind, created_at, id);

CREATE INDEX contact_logs_contact_index ON contact_logs (workspace_id, contact_id);

CREATE TABLE contact_log_days (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    date date NOT NULL,
    kind varchar(16) NOT NULL,
    channel varchar(32),
    count bigint NOT NULL,
    customers bigint NOT NULL,
    CONSTRAINT contact_log_days_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT contact_log_days_kind_check CHECK (kind IN ('ADDED', 'CONNECTED', 'DELETED', 'RESTORED', 'MERGED', 'UNMERGED')),
    CONSTRAINT contact_log_days_channel_check CHECK (channel IN ('WHATSAPP', 'INSTAGRAM', 'FACEBOOK_MESSENGER', 'TELEGRAM', 'LINE', 'EMAIL', 'WEBCHAT', 'SMS', 'PHONE', 'TOKOPEDIA', 'SHOPEE', 'LAZADA', 'API'))
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX contact_log_days_date_key ON contact_log_days (workspace_id, date, kind, channel) NULLS NOT DISTINCT;

CREATE INDEX contact_logs_user_id_reference ON contact_logs (workspace_id, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE profile_changes (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    origin_customer_id uuid NOT NULL,
    changes jsonb NOT NULL,
    source varchar(32) NOT NULL,
    user_id uuid,
    api_key_id uuid,
    changed_at timestamptz NOT NULL,
    CONSTRAINT profile_changes_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT profile_changes_source_check CHECK (source IN ('MANUAL', 'IMPORT', 'API', 'INCOMING_MESSAGE', 'USER', 'INBOX', 'SUGGESTION'))
);

CREATE INDEX profile_changes_customer_index ON profile_changes (workspace_id, customer_id, changed_at, id);

CREATE INDEX profile_changes_origin_customer_id_reference ON profile_changes (workspace_id, origin_customer_id);

CREATE INDEX profile_changes_user_id_reference ON profile_changes (workspace_id, user_id) WHERE user_id IS NOT NULL;

CREATE INDEX profile_changes_api_key_id_reference ON profile_changes (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE merges (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    main_id uuid NOT NULL,
    source varchar(16) NOT NULL,
    strategy varchar(16) NOT NULL,
    overrides jsonb NOT NULL DEFAULT '{}',
    values_before jsonb NOT NULL,
    user_id uuid,
    api_key_id uuid,
    merged_at timestamptz NOT NULL,
    undone_at timestamptz,
    CONSTRAINT merges_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT merges_source_check CHECK (source IN ('CUSTOMER_PAGE', 'INBOX', 'SUGGESTION', 'API', 'IMPORT')),
    CONSTRAINT merges_strategy_check CHECK (strategy IN ('MAIN_WINS', 'FILL_GAPS', 'MOST_RECENT'))
);

CREATE INDEX merges_main_index ON merges (workspace_id, main_id, merged_at, id);

CREATE INDEX merges_user_id_reference ON merges (workspace_id, user_id) WHERE user_id IS NOT NULL;

CREATE INDEX merges_api_key_id_reference ON merges (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE merge_members (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    merge_id uuid NOT NULL,
    main_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    values jsonb NOT NULL,
    merged_at timestamptz NOT NULL,
    merged_by_id uuid,
    unmerged_at timestamptz,
    carried_on_at timestamptz,
    CONSTRAINT merge_members_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX merge_members_customer_id_key ON merge_members (workspace_id, customer_id) WHERE unmerged_at IS NULL AND carried_on_at IS NULL;

CREATE INDEX merge_members_main_index ON merge_members (workspace_id, main_id, merged_at);

CREATE INDEX merge_members_merge_id_reference ON merge_members (workspace_id, merge_id);

CREATE INDEX merge_members_customer_id_reference ON merge_members (workspace_id, customer_id);

CREATE INDEX merge_members_merged_by_id_reference ON merge_members (workspace_id, merged_by_id) WHERE merged_by_id IS NOT NULL;

CREATE TABLE merge_values (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    merge_id uuid NOT NULL,
    main_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    field varchar(80) NOT NULL,
    position integer NOT NULL,
    value_before jsonb,
    value jsonb,
    contact_before varchar(320),
    CONSTRAINT merge_values_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX merge_values_main_id_field_position_key ON merge_values (workspace_id, main_id, field, position);

CREATE INDEX merge_values_contact_index ON merge_values (workspace_id, contact_before) WHERE contact_before IS NOT NULL;

CREATE INDEX merge_values_merge_id_reference ON merge_values (workspace_id, merge_id);

CREATE INDEX merge_values_customer_id_reference ON merge_values (workspace_id, customer_id);

CREATE TABLE duplicate_suggestions (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    first_customer_id uuid NOT NULL,
    second_customer_id uuid NOT NULL,
    score numeric(5,4) NOT NULL,
    reasons jsonb NOT NULL DEFAULT '{}',
    status varchar(16) NOT NULL DEFAULT 'OPEN',
    dismissed_by_id uuid,
    dismissed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT duplicate_suggestions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT duplicate_suggestions_status_check CHECK (status IN ('OPEN', 'DISMISSED'))
);

CREATE UNIQUE INDEX duplicate_suggestions_first_customer_id_second_customer_id_key ON duplicate_suggestions (workspace_id, first_customer_id, second_customer_id);

CREATE INDEX duplicate_suggestions_open_index ON duplicate_suggestions (workspace_id, score, id) WHERE status = 'OPEN';

CREATE INDEX duplicate_suggestions_second_customer_id_reference ON duplicate_suggestions (workspace_id, second_customer_id);

CREATE INDEX duplicate_suggestions_dismissed_by_id_reference ON duplicate_suggestions (workspace_id, dismissed_by_id) WHERE dismissed_by_id IS NOT NULL;

CREATE INDEX duplicate_suggestions_dismissed_index ON duplicate_suggestions (workspace_id, first_customer_id, second_customer_id) WHERE status = 'DISMISSED';

CREATE TABLE duplicate_keys (
    workspace_id uuid NOT NULL,
    key bigint NOT NULL,
    customer_id uuid NOT NULL,
    CONSTRAINT duplicate_keys_pkey PRIMARY KEY (workspace_id, key, customer_id)
);

CREATE INDEX duplicate_keys_customer_index ON duplicate_keys (workspace_id, customer_id);

CREATE TABLE duplicate_comparisons (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    events_seen bigint NOT NULL DEFAULT 0,
    added integer NOT NULL DEFAULT 0,
    rarity jsonb,
    counted_at timestamptz,
    CONSTRAINT duplicate_comparisons_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX duplicate_comparisons_workspace_id_key ON duplicate_comparisons (workspace_id);

CREATE TABLE uploads (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    file_name varchar(255) NOT NULL,
    size bigint NOT NULL,
    sha256 varchar(64) NOT NULL,
    path text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by_id uuid,
    expires_at timestamptz NOT NULL,
    CONSTRAINT uploads_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX uploads_expires_index ON uploads (workspace_id, expires_at);

CREATE INDEX uploads_created_by_id_reference ON uploads (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE imports (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(16) NOT NULL,
    status varchar(16) NOT NULL,
    upload_id uuid,
    file_name varchar(255) NOT NULL,
    file_sha256 varchar(64) NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    dry_run boolean NOT NULL DEFAULT false,
    columns jsonb NOT NULL DEFAULT '[]',
    problems jsonb NOT NULL DEFAULT '[]',
    total integer,
    done integer NOT NULL DEFAULT 0,
    added integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    error_file_path text,
    download_key varchar(64),
    failure text,
    lease_until timestamptz,
    added_by_id uuid,
    api_key_id uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    CONSTRAINT imports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT imports_kind_check CHECK (kind IN ('CUSTOMERS', 'ORDERS')),
    CONSTRAINT imports_status_check CHECK (status IN ('QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELLED'))
);

CREATE INDEX imports_created_index ON imports (workspace_id, created_at, id);

CREATE INDEX imports_file_index ON imports (workspace_id, file_sha256);

CREATE INDEX imports_unfinished_index ON imports (workspace_id, status) WHERE finished_at IS NULL;

CREATE INDEX imports_upload_id_reference ON imports (workspace_id, upload_id) WHERE upload_id IS NOT NULL;

CREATE INDEX imports_added_by_id_reference ON imports (workspace_id, added_by_id) WHERE added_by_id IS NOT NULL;

CREATE INDEX imports_api_key_id_reference ON imports (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE INDEX imports_expires_index ON imports (workspace_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE exports (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    status varchar(16) NOT NULL,
    format varchar(8) NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    total integer,
    done integer NOT NULL DEFAULT 0,
    path text,
    size bigint,
    download_key varchar(64),
    failure text,
    lease_until timestamptz,
    added_by_id uuid,
    api_key_id uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    CONSTRAINT exports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT exports_status_check CHECK (status IN ('QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'EXPIRED')),
    CONSTRAINT exports_format_check CHECK (format IN ('CSV', 'XLSX', 'JSONL'))
);

CREATE INDEX exports_created_index ON exports (workspace_id, created_at, id);

CREATE INDEX exports_unfinished_index ON exports (workspace_id, id) WHERE finished_at IS NULL;

CREATE INDEX exports_expires_index ON exports (workspace_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX exports_api_key_id_reference ON exports (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE INDEX exports_added_by_id_reference ON exports (workspace_id, added_by_id) WHERE added_by_id IS NOT NULL;

CREATE TABLE bulk_changes (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(32) NOT NULL,
    status varchar(16) NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    total integer NOT NULL,
    done integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    user_id uuid,
    api_key_id uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT bulk_changes_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT bulk_changes_kind_check CHECK (kind IN ('UPDATE', 'DELETE', 'TAG', 'UNTAG', 'ADD_TO_GROUP', 'REMOVE_FROM_GROUP')),
    CONSTRAINT bulk_changes_status_check CHECK (status IN ('QUEUED', 'RUNNING', 'FINISHED', 'CANCELLED'))
);

CREATE INDEX bulk_changes_created_index ON bulk_changes (workspace_id, created_at, id);

CREATE INDEX bulk_changes_unfinished_index ON bulk_changes (workspace_id, id) WHERE finished_at IS NULL;

CREATE INDEX bulk_changes_user_id_reference ON bulk_changes (workspace_id, user_id) WHERE user_id IS NOT NULL;

CREATE INDEX bulk_changes_api_key_id_reference ON bulk_changes (workspace_id, api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE bulk_change_batches (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    bulk_change_id uuid NOT NULL,
    position integer NOT NULL,
    customer_ids uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT bulk_change_batches_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX bulk_change_batches_bulk_change_id_position_key ON bulk_change_batches (workspace_id, bulk_change_id, position);

CREATE TABLE bulk_change_failures (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    bulk_change_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    code varchar(16) NOT NULL,
    message text NOT NULL,
    CONSTRAINT bulk_change_failures_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX bulk_change_failures_bulk_change_index ON bulk_change_failures (workspace_id, bulk_change_id, id);

CREATE TABLE webhook_endpoints (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    description text,
    secret text NOT NULL,
    previous_secret text,
    previous_secret_until timestamptz,
    disabled_reason text,
    failing_since timestamptz,
    paused_until timestamptz,
    next_seq bigint NOT NULL DEFAULT 1,
    created_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX webhook_endpoints_created_by_id_reference ON webhook_endpoints (workspace_id, created_by_id) WHERE created_by_id IS NOT NULL;

CREATE TABLE webhook_deliveries (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    status varchar(16) NOT NULL,
    attempt_count integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    lease_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED', 'DEAD'))
);

CREATE UNIQUE INDEX webhook_deliveries_event_id_endpoint_id_key ON webhook_deliveries (workspace_id, event_id, endpoint_id);

CREATE INDEX webhook_deliveries_due_index ON webhook_deliveries (workspace_id, endpoint_id, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL;

CREATE INDEX webhook_deliveries_made_index ON webhook_deliveries (workspace_id, endpoint_id, created_at, id);

CREATE INDEX webhook_deliveries_status_index ON webhook_deliveries (workspace_id, endpoint_id, status, created_at, id) WHERE status <> 'DELIVERED';

CREATE INDEX webhook_deliveries_ended_index ON webhook_deliveries (workspace_id, updated_at) WHERE next_attempt_at IS NULL;

CREATE TABLE webhook_attempts (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    attempted_at timestamptz NOT NULL,
    status_code integer,
    error text,
    duration_ms integer NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX webhook_attempts_delivery_index ON webhook_attempts (workspace_id, delivery_id, attempted_at);

CREATE TABLE monitoring_days (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    date date NOT NULL,
    total integer NOT NULL,
    passive integer NOT NULL,
    active integer NOT NULL,
    productive integer NOT NULL,
    CONSTRAINT monitoring_days_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX monitoring_days_date_key ON monitoring_days (workspace_id, date);

CREATE TABLE job_runs (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar(32) NOT NULL,
    progress jsonb NOT NULL DEFAULT '{}',
    lease_until timestamptz,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT job_runs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT job_runs_kind_check CHECK (kind IN ('EXPIRY', 'DUPLICATES'))
);

CREATE UNIQUE INDEX job_runs_kind_key ON job_runs (workspace_id, kind) WHERE finished_at IS NULL;

CREATE INDEX job_runs_started_index ON job_runs (workspace_id, kind, started_at);

CREATE TABLE idempotency_keys (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    key varchar(255) NOT NULL,
    operation varchar(64) NOT NULL,
    fingerprint varchar(64) NOT NULL,
    result_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX idempotency_keys_operation_key_key ON idempotency_keys (workspace_id, operation, key);

CREATE INDEX idempotency_keys_created_index ON idempotency_keys (workspace_id, created_at);

ALTER TABLE users ADD CONSTRAINT users_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE channels ADD CONSTRAINT channels_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customers ADD CONSTRAINT customers_owner_id_fkey FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id);

ALTER TABLE customers ADD CONSTRAINT customers_assignee_id_fkey FOREIGN KEY (workspace_id, assignee_id) REFERENCES users (workspace_id, id);

ALTER TABLE customers ADD CONSTRAINT customers_added_by_id_fkey FOREIGN KEY (workspace_id, added_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE customers ADD CONSTRAINT customers_main_identity_id_fkey FOREIGN KEY (workspace_id, main_identity_id) REFERENCES channel_identities (workspace_id, id);

ALTER TABLE customers ADD CONSTRAINT customers_merged_into_id_fkey FOREIGN KEY (workspace_id, merged_into_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customers ADD CONSTRAINT customers_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE channel_identities ADD CONSTRAINT channel_identities_channel_id_fkey FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id);

ALTER TABLE channel_identities ADD CONSTRAINT channel_identities_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE channel_identities ADD CONSTRAINT channel_identities_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE conversations ADD CONSTRAINT conversations_channel_id_fkey FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id);

ALTER TABLE conversations ADD CONSTRAINT conversations_identity_id_fkey FOREIGN KEY (workspace_id, identity_id) REFERENCES channel_identities (workspace_id, id);

ALTER TABLE conversations ADD CONSTRAINT conversations_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE conversations ADD CONSTRAINT conversations_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE conversations ADD CONSTRAINT conversations_assignee_id_fkey FOREIGN KEY (workspace_id, assignee_id) REFERENCES users (workspace_id, id);

ALTER TABLE messages ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id);

ALTER TABLE messages ADD CONSTRAINT messages_agent_id_fkey FOREIGN KEY (workspace_id, agent_id) REFERENCES users (workspace_id, id);

ALTER TABLE campaigns ADD CONSTRAINT campaigns_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE campaigns ADD CONSTRAINT campaigns_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE campaign_interactions ADD CONSTRAINT campaign_interactions_campaign_id_fkey FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id);

ALTER TABLE campaign_interactions ADD CONSTRAINT campaign_interactions_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE campaign_interactions ADD CONSTRAINT campaign_interactions_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE campaign_interactions ADD CONSTRAINT campaign_interactions_identity_id_fkey FOREIGN KEY (workspace_id, identity_id) REFERENCES channel_identities (workspace_id, id);

ALTER TABLE companies ADD CONSTRAINT companies_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_companies ADD CONSTRAINT customer_companies_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_companies ADD CONSTRAINT customer_companies_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_companies ADD CONSTRAINT customer_companies_company_id_fkey FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id);

ALTER TABLE pipelines ADD CONSTRAINT pipelines_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE stages ADD CONSTRAINT stages_pipeline_id_fkey FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id);

ALTER TABLE tickets ADD CONSTRAINT tickets_pipeline_id_fkey FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id);

ALTER TABLE tickets ADD CONSTRAINT tickets_stage_id_fkey FOREIGN KEY (workspace_id, stage_id) REFERENCES stages (workspace_id, id);

ALTER TABLE tickets ADD CONSTRAINT tickets_reporter_id_fkey FOREIGN KEY (workspace_id, reporter_id) REFERENCES users (workspace_id, id);

ALTER TABLE tickets ADD CONSTRAINT tickets_assignee_id_fkey FOREIGN KEY (workspace_id, assignee_id) REFERENCES users (workspace_id, id);

ALTER TABLE tickets ADD CONSTRAINT tickets_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_tickets ADD CONSTRAINT customer_tickets_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_tickets ADD CONSTRAINT customer_tickets_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_tickets ADD CONSTRAINT customer_tickets_ticket_id_fkey FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets (workspace_id, id);

ALTER TABLE deals ADD CONSTRAINT deals_pipeline_id_fkey FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id);

ALTER TABLE deals ADD CONSTRAINT deals_stage_id_fkey FOREIGN KEY (workspace_id, stage_id) REFERENCES stages (workspace_id, id);

ALTER TABLE deals ADD CONSTRAINT deals_owner_id_fkey FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id);

ALTER TABLE deals ADD CONSTRAINT deals_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_deals ADD CONSTRAINT customer_deals_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_deals ADD CONSTRAINT customer_deals_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_deals ADD CONSTRAINT customer_deals_deal_id_fkey FOREIGN KEY (workspace_id, deal_id) REFERENCES deals (workspace_id, id);

ALTER TABLE tasks ADD CONSTRAINT tasks_stage_id_fkey FOREIGN KEY (workspace_id, stage_id) REFERENCES stages (workspace_id, id);

ALTER TABLE tasks ADD CONSTRAINT tasks_assignee_id_fkey FOREIGN KEY (workspace_id, assignee_id) REFERENCES users (workspace_id, id);

ALTER TABLE tasks ADD CONSTRAINT tasks_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_tasks ADD CONSTRAINT customer_tasks_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_tasks ADD CONSTRAINT customer_tasks_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_tasks ADD CONSTRAINT customer_tasks_task_id_fkey FOREIGN KEY (workspace_id, task_id) REFERENCES tasks (workspace_id, id);

ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE orders ADD CONSTRAINT orders_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE order_items ADD CONSTRAINT order_items_order_id_fkey FOREIGN KEY (workspace_id, order_id) REFERENCES orders (workspace_id, id);

ALTER TABLE groups ADD CONSTRAINT groups_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE groups ADD CONSTRAINT groups_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_groups ADD CONSTRAINT customer_groups_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_groups ADD CONSTRAINT customer_groups_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_groups ADD CONSTRAINT customer_groups_group_id_fkey FOREIGN KEY (workspace_id, group_id) REFERENCES groups (workspace_id, id);

ALTER TABLE customer_groups ADD CONSTRAINT customer_groups_added_by_id_fkey FOREIGN KEY (workspace_id, added_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE segments ADD CONSTRAINT segments_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE segments ADD CONSTRAINT segments_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_segments ADD CONSTRAINT customer_segments_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_segments ADD CONSTRAINT customer_segments_segment_id_fkey FOREIGN KEY (workspace_id, segment_id) REFERENCES segments (workspace_id, id);

ALTER TABLE tags ADD CONSTRAINT tags_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE tags ADD CONSTRAINT tags_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE customer_tags ADD CONSTRAINT customer_tags_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_tags ADD CONSTRAINT customer_tags_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_tags ADD CONSTRAINT customer_tags_tag_id_fkey FOREIGN KEY (workspace_id, tag_id) REFERENCES tags (workspace_id, id);

ALTER TABLE customer_tags ADD CONSTRAINT customer_tags_added_by_id_fkey FOREIGN KEY (workspace_id, added_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE property_definitions ADD CONSTRAINT property_definitions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE property_index_entries ADD CONSTRAINT property_index_entries_property_id_fkey FOREIGN KEY (workspace_id, property_id) REFERENCES property_definitions (workspace_id, id);

ALTER TABLE property_index_entries ADD CONSTRAINT property_index_entries_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE customer_views ADD CONSTRAINT customer_views_owner_id_fkey FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id);

ALTER TABLE customer_views ADD CONSTRAINT customer_views_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE customer_views ADD CONSTRAINT customer_views_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE events ADD CONSTRAINT events_user_id_fkey FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id);

ALTER TABLE events ADD CONSTRAINT events_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE contact_logs ADD CONSTRAINT contact_logs_user_id_fkey FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id);

ALTER TABLE contact_log_days ADD CONSTRAINT contact_log_days_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE profile_changes ADD CONSTRAINT profile_changes_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE profile_changes ADD CONSTRAINT profile_changes_origin_customer_id_fkey FOREIGN KEY (workspace_id, origin_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE profile_changes ADD CONSTRAINT profile_changes_user_id_fkey FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id);

ALTER TABLE profile_changes ADD CONSTRAINT profile_changes_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE merges ADD CONSTRAINT merges_main_id_fkey FOREIGN KEY (workspace_id, main_id) REFERENCES customers (workspace_id, id);

ALTER TABLE merges ADD CONSTRAINT merges_user_id_fkey FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id);

ALTER TABLE merges ADD CONSTRAINT merges_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE merge_members ADD CONSTRAINT merge_members_merge_id_fkey FOREIGN KEY (workspace_id, merge_id) REFERENCES merges (workspace_id, id);

ALTER TABLE merge_members ADD CONSTRAINT merge_members_main_id_fkey FOREIGN KEY (workspace_id, main_id) REFERENCES customers (workspace_id, id);

ALTER TABLE merge_members ADD CONSTRAINT merge_members_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE merge_members ADD CONSTRAINT merge_members_merged_by_id_fkey FOREIGN KEY (workspace_id, merged_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE merge_values ADD CONSTRAINT merge_values_merge_id_fkey FOREIGN KEY (workspace_id, merge_id) REFERENCES merges (workspace_id, id);

ALTER TABLE merge_values ADD CONSTRAINT merge_values_main_id_fkey FOREIGN KEY (workspace_id, main_id) REFERENCES customers (workspace_id, id);

ALTER TABLE merge_values ADD CONSTRAINT merge_values_customer_id_fkey FOREIGN KEY (workspace_id, customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE duplicate_comparisons ADD CONSTRAINT duplicate_comparisons_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE duplicate_suggestions ADD CONSTRAINT duplicate_suggestions_first_customer_id_fkey FOREIGN KEY (workspace_id, first_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE duplicate_suggestions ADD CONSTRAINT duplicate_suggestions_second_customer_id_fkey FOREIGN KEY (workspace_id, second_customer_id) REFERENCES customers (workspace_id, id);

ALTER TABLE duplicate_suggestions ADD CONSTRAINT duplicate_suggestions_dismissed_by_id_fkey FOREIGN KEY (workspace_id, dismissed_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE uploads ADD CONSTRAINT uploads_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE uploads ADD CONSTRAINT uploads_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE imports ADD CONSTRAINT imports_upload_id_fkey FOREIGN KEY (workspace_id, upload_id) REFERENCES uploads (workspace_id, id);

ALTER TABLE imports ADD CONSTRAINT imports_added_by_id_fkey FOREIGN KEY (workspace_id, added_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE imports ADD CONSTRAINT imports_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE imports ADD CONSTRAINT imports_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE exports ADD CONSTRAINT exports_added_by_id_fkey FOREIGN KEY (workspace_id, added_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE exports ADD CONSTRAINT exports_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE exports ADD CONSTRAINT exports_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE bulk_changes ADD CONSTRAINT bulk_changes_user_id_fkey FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id);

ALTER TABLE bulk_changes ADD CONSTRAINT bulk_changes_api_key_id_fkey FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id);

ALTER TABLE bulk_changes ADD CONSTRAINT bulk_changes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE bulk_change_batches ADD CONSTRAINT bulk_change_batches_bulk_change_id_fkey FOREIGN KEY (workspace_id, bulk_change_id) REFERENCES bulk_changes (workspace_id, id);

ALTER TABLE bulk_change_batches ADD CONSTRAINT bulk_change_batches_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE bulk_change_failures ADD CONSTRAINT bulk_change_failures_bulk_change_id_fkey FOREIGN KEY (workspace_id, bulk_change_id) REFERENCES bulk_changes (workspace_id, id);

ALTER TABLE bulk_change_failures ADD CONSTRAINT bulk_change_failures_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_created_by_id_fkey FOREIGN KEY (workspace_id, created_by_id) REFERENCES users (workspace_id, id);

ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (workspace_id, endpoint_id) REFERENCES webhook_endpoints (workspace_id, id);

ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (workspace_id, event_id) REFERENCES events (workspace_id, id);

ALTER TABLE webhook_attempts ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (workspace_id, delivery_id) REFERENCES webhook_deliveries (workspace_id, id);

ALTER TABLE monitoring_days ADD CONSTRAINT monitoring_days_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE job_runs ADD CONSTRAINT job_runs_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id);

CREATE FUNCTION satukan_set_workspace(workspace uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL app.workspace = %L', workspace::text);
END
$$;

ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;

ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;

CREATE POLICY workspaces_of_workspace ON workspaces USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE counters ENABLE ROW LEVEL SECURITY;

ALTER TABLE counters FORCE ROW LEVEL SECURITY;

CREATE POLICY counters_of_workspace ON counters USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

ALTER TABLE users FORCE ROW LEVEL SECURITY;

CREATE POLICY users_of_workspace ON users USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY api_keys_of_workspace ON api_keys USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE channels FORCE ROW LEVEL SECURITY;

CREATE POLICY channels_of_workspace ON channels USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;

ALTER TABLE customers FORCE ROW LEVEL SECURITY;

CREATE POLICY customers_of_workspace ON customers USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE channel_identities ENABLE ROW LEVEL SECURITY;

ALTER TABLE channel_identities FORCE ROW LEVEL SECURITY;

CREATE POLICY channel_identities_of_workspace ON channel_identities USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE conversations FORCE ROW LEVEL SECURITY;

CREATE POLICY conversations_of_workspace ON conversations USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages FORCE ROW LEVEL SECURITY;

CREATE POLICY messages_of_workspace ON messages USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY;

ALTER TABLE campaigns FORCE ROW LEVEL SECURITY;

CREATE POLICY campaigns_of_workspace ON campaigns USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE campaign_interactions ENABLE ROW LEVEL SECURITY;

ALTER TABLE campaign_interactions FORCE ROW LEVEL SECURITY;

CREATE POLICY campaign_interactions_of_workspace ON campaign_interactions USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE companies ENABLE ROW LEVEL SECURITY;

ALTER TABLE companies FORCE ROW LEVEL SECURITY;

CREATE POLICY companies_of_workspace ON companies USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_companies ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_companies FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_companies_of_workspace ON customer_companies USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE pipelines ENABLE ROW LEVEL SECURITY;

ALTER TABLE pipelines FORCE ROW LEVEL SECURITY;

CREATE POLICY pipelines_of_workspace ON pipelines USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE stages ENABLE ROW LEVEL SECURITY;

ALTER TABLE stages FORCE ROW LEVEL SECURITY;

CREATE POLICY stages_of_workspace ON stages USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickets FORCE ROW LEVEL SECURITY;

CREATE POLICY tickets_of_workspace ON tickets USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_tickets FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_tickets_of_workspace ON customer_tickets USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE deals ENABLE ROW LEVEL SECURITY;

ALTER TABLE deals FORCE ROW LEVEL SECURITY;

CREATE POLICY deals_of_workspace ON deals USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_deals ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_deals FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_deals_of_workspace ON customer_deals USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE tasks FORCE ROW LEVEL SECURITY;

CREATE POLICY tasks_of_workspace ON tasks USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_tasks FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_tasks_of_workspace ON customer_tasks USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE orders FORCE ROW LEVEL SECURITY;

CREATE POLICY orders_of_workspace ON orders USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE order_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE order_items FORCE ROW LEVEL SECURITY;

CREATE POLICY order_items_of_workspace ON order_items USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE groups ENABLE ROW LEVEL SECURITY;

ALTER TABLE groups FORCE ROW LEVEL SECURITY;

CREATE POLICY groups_of_workspace ON groups USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_groups ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_groups FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_groups_of_workspace ON customer_groups USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE segments ENABLE ROW LEVEL SECURITY;

ALTER TABLE segments FORCE ROW LEVEL SECURITY;

CREATE POLICY segments_of_workspace ON segments USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_segments ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_segments FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_segments_of_workspace ON customer_segments USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE tags ENABLE ROW LEVEL SECURITY;

ALTER TABLE tags FORCE ROW LEVEL SECURITY;

CREATE POLICY tags_of_workspace ON tags USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_tags ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_tags FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_tags_of_workspace ON customer_tags USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE property_definitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE property_definitions FORCE ROW LEVEL SECURITY;

CREATE POLICY property_definitions_of_workspace ON property_definitions USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE property_index_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE property_index_entries FORCE ROW LEVEL SECURITY;

CREATE POLICY property_index_entries_of_workspace ON property_index_entries USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE customer_views ENABLE ROW LEVEL SECURITY;

ALTER TABLE customer_views FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_views_of_workspace ON customer_views USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE events ENABLE ROW LEVEL SECURITY;

ALTER TABLE events FORCE ROW LEVEL SECURITY;

CREATE POLICY events_of_workspace ON events USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE contact_logs ENABLE ROW LEVEL SECURITY;

ALTER TABLE contact_logs FORCE ROW LEVEL SECURITY;

CREATE POLICY contact_logs_of_workspace ON contact_logs USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE contact_log_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE contact_log_days FORCE ROW LEVEL SECURITY;

CREATE POLICY contact_log_days_of_workspace ON contact_log_days USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE profile_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE profile_changes FORCE ROW LEVEL SECURITY;

CREATE POLICY profile_changes_of_workspace ON profile_changes USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE merges ENABLE ROW LEVEL SECURITY;

ALTER TABLE merges FORCE ROW LEVEL SECURITY;

CREATE POLICY merges_of_workspace ON merges USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE merge_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE merge_members FORCE ROW LEVEL SECURITY;

CREATE POLICY merge_members_of_workspace ON merge_members USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE merge_values ENABLE ROW LEVEL SECURITY;

ALTER TABLE merge_values FORCE ROW LEVEL SECURITY;

CREATE POLICY merge_values_of_workspace ON merge_values USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE duplicate_suggestions ENABLE ROW LEVEL SECURITY;

ALTER TABLE duplicate_suggestions FORCE ROW LEVEL SECURITY;

CREATE POLICY duplicate_suggestions_of_workspace ON duplicate_suggestions USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE duplicate_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE duplicate_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY duplicate_keys_of_workspace ON duplicate_keys USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE duplicate_comparisons ENABLE ROW LEVEL SECURITY;

ALTER TABLE duplicate_comparisons FORCE ROW LEVEL SECURITY;

CREATE POLICY duplicate_comparisons_of_workspace ON duplicate_comparisons USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;

ALTER TABLE uploads FORCE ROW LEVEL SECURITY;

CREATE POLICY uploads_of_workspace ON uploads USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE imports ENABLE ROW LEVEL SECURITY;

ALTER TABLE imports FORCE ROW LEVEL SECURITY;

CREATE POLICY imports_of_workspace ON imports USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE exports ENABLE ROW LEVEL SECURITY;

ALTER TABLE exports FORCE ROW LEVEL SECURITY;

CREATE POLICY exports_of_workspace ON exports USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE bulk_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE bulk_changes FORCE ROW LEVEL SECURITY;

CREATE POLICY bulk_changes_of_workspace ON bulk_changes USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE bulk_change_batches ENABLE ROW LEVEL SECURITY;

ALTER TABLE bulk_change_batches FORCE ROW LEVEL SECURITY;

CREATE POLICY bulk_change_batches_of_workspace ON bulk_change_batches USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE bulk_change_failures ENABLE ROW LEVEL SECURITY;

ALTER TABLE bulk_change_failures FORCE ROW LEVEL SECURITY;

CREATE POLICY bulk_change_failures_of_workspace ON bulk_change_failures USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhook_endpoints FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_endpoints_of_workspace ON webhook_endpoints USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_deliveries_of_workspace ON webhook_deliveries USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhook_attempts FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_attempts_of_workspace ON webhook_attempts USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE monitoring_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE monitoring_days FORCE ROW LEVEL SECURITY;

CREATE POLICY monitoring_days_of_workspace ON monitoring_days USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE job_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE job_runs FORCE ROW LEVEL SECURITY;

CREATE POLICY job_runs_of_workspace ON job_runs USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY idempotency_keys_of_workspace ON idempotency_keys USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'satukan_app') THEN
        CREATE ROLE satukan_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO satukan_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON workspaces, counters, users, api_keys, channels, customers, channel_identities, conversations, messages, campaigns, campaign_interactions, companies, customer_companies, pipelines, stages, tickets, customer_tickets, deals, customer_deals, tasks, customer_tasks, orders, order_items, groups, customer_groups, segments, customer_segments, tags, customer_tags, property_definitions, property_index_entries, customer_views, events, contact_logs, contact_log_days, profile_changes, merges, merge_members, merge_values, duplicate_suggestions, duplicate_keys, duplicate_comparisons, uploads, imports, exports, bulk_changes, bulk_change_batches, bulk_change_failures, webhook_endpoints, webhook_deliveries, webhook_attempts, monitoring_days, job_runs, idempotency_keys TO satukan_app;

GRANT EXECUTE ON FUNCTION satukan_set_workspace(uuid) TO satukan_app;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'satukan_maintenance') THEN
        CREATE ROLE satukan_maintenance LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO satukan_maintenance;

GRANT SELECT, INSERT, UPDATE, DELETE ON workspaces, counters, users, api_keys, channels, customers, channel_identities, conversations, messages, campaigns, campaign_interactions, companies, customer_companies, pipelines, stages, tickets, customer_tickets, deals, customer_deals, tasks, customer_tasks, orders, order_items, groups, customer_groups, segments, customer_segments, tags, customer_tags, property_definitions, property_index_entries, customer_views, events, contact_logs, contact_log_days, profile_changes, merges, merge_members, merge_values, duplicate_suggestions, duplicate_keys, duplicate_comparisons, uploads, imports, exports, bulk_changes, bulk_change_batches, bulk_change_failures, webhook_endpoints, webhook_deliveries, webhook_attempts, monitoring_days, job_runs, idempotency_keys TO satukan_maintenance;

GRANT MAINTAIN ON workspaces, counters, users, api_keys, channels, customers, channel_identities, conversations, messages, campaigns, campaign_interactions, companies, customer_companies, pipelines, stages, tickets, customer_tickets, deals, customer_deals, tasks, customer_tasks, orders, order_items, groups, customer_groups, segments, customer_segments, tags, customer_tags, property_definitions, property_index_entries, customer_views, events, contact_logs, contact_log_days, profile_changes, merges, merge_members, merge_values, duplicate_suggestions, duplicate_keys, duplicate_comparisons, uploads, imports, exports, bulk_changes, bulk_change_batches, bulk_change_failures, webhook_endpoints, webhook_deliveries, webhook_attempts, monitoring_days, job_runs, idempotency_keys TO satukan_maintenance;

GRANT EXECUTE ON FUNCTION satukan_set_workspace(uuid) TO satukan_maintenance;
