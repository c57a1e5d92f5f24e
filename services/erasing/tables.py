"""What erasing a person does to each table, named one by one: a table that is new fails a test.

`$1` is the workspace, `$2` the ids of the person: the main customer's and all their members'. Each
statement names the workspace for every table that it touches.
"""

from dataclasses import dataclass

ERASED_NAME = "Erased"
"""What stands in the place of a name, a subject or a title."""


@dataclass(frozen=True)
class Clearing:
    """A statement of erasing, on one table."""

    table: str
    statement: str


CONVERSATIONS = """
    SELECT id FROM conversations WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])"""

CLEARINGS: tuple[Clearing, ...] = (
    # What was said is the person's, and nothing is summed up from it.
    Clearing(
        "messages",
        f"""DELETE FROM messages
        WHERE workspace_id = $1 AND conversation_id IN ({CONVERSATIONS})""",
    ),
    Clearing(
        "conversations",
        "DELETE FROM conversations WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])",
    ),
    # Rows that campaigns' and shops' figures are sums of stay, with nobody behind them.
    Clearing(
        "campaign_interactions",
        """UPDATE campaign_interactions
        SET external_id = NULL, identity_id = NULL, failure_reason = NULL,
            status = CASE WHEN status = 'QUEUED' THEN 'FAILED' ELSE status END
        WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])""",
    ),
    Clearing(
        "customers",
        f"""UPDATE customers SET full_name = '{ERASED_NAME}', name_key = '', search_text = '',
            external_id = NULL, owner_id = NULL, assignee_id = NULL, phone = NULL, email = NULL,
            username = NULL, status = NULL, job_title = NULL, province = NULL, regency_city = NULL,
            district = NULL, subdistrict = NULL, zip_code = NULL, properties = '{{}}',
            main_identity_id = NULL, first_contacted_at = NULL, own_first_contacted_at = NULL,
            last_inbound_at = NULL,
            window_status = 'PASSIVE', version = version + 1, updated_at = $3,
            deleted_at = coalesce(deleted_at, $3), erased_at = $3
        WHERE workspace_id = $1 AND id = ANY($2::uuid[])""",
    ),
    Clearing(
        "channel_identities",
        "DELETE FROM channel_identities WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])",
    ),
    *(
        Clearing(
            table,
            f"DELETE FROM {table} WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])",
        )
        for table in (
            "customer_companies",
            "customer_tickets",
            "customer_deals",
            "customer_tasks",
            "customer_groups",
            "customer_segments",
            "segment_refreshes",
            "customer_tags",
            "property_index_entries",
            "profile_changes",
        )
    ),
    # The history of another customer holds a value of this person where a merge, undone since, had
    # put it there.
    Clearing(
        "profile_changes",
        """DELETE FROM profile_changes
        WHERE workspace_id = $1 AND origin_customer_id = ANY($2::uuid[])""",
    ),
    Clearing(
        "duplicate_keys",
        "DELETE FROM duplicate_keys WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])",
    ),
    Clearing(
        "duplicate_suggestions",
        """DELETE FROM duplicate_suggestions WHERE workspace_id = $1
        AND (first_customer_id = ANY($2::uuid[]) OR second_customer_id = ANY($2::uuid[]))""",
    ),
    Clearing(
        "merge_values",
        """DELETE FROM merge_values WHERE workspace_id = $1
        AND (main_id = ANY($2::uuid[]) OR customer_id = ANY($2::uuid[]))""",
    ),
    Clearing(
        "merges",
        """UPDATE merges SET values_before = '{}'
        WHERE workspace_id = $1 AND main_id = ANY($2::uuid[])""",
    ),
    Clearing(
        "merge_members",
        """UPDATE merge_members SET values = '{}' WHERE workspace_id = $1
        AND (main_id = ANY($2::uuid[]) OR customer_id = ANY($2::uuid[]))""",
    ),
    Clearing(
        "contact_logs",
        f"""UPDATE contact_logs SET contact_name = '{ERASED_NAME}'
        WHERE workspace_id = $1 AND contact_id = ANY($2::uuid[])""",
    ),
    # A webhook's body is made of its event when it is sent: what was not yet sent says nothing now.
    Clearing(
        "events",
        """UPDATE events SET payload = '{}' WHERE workspace_id = $1
        AND customer_id = ANY($2::uuid[])
        AND type NOT IN ('CUSTOMER_MERGED', 'CUSTOMER_UNMERGED')""",
    ),
    # Files cannot be looked through here. Those of the workspace that may name the person can be
    # fetched by nobody from this commit on, and a job removes them; an export that is being written
    # begins anew.
    Clearing(
        "exports",
        """UPDATE exports SET lease_until = NULL,
            options = CASE WHEN finished_at IS NULL THEN options ELSE '{}' END,
            expires_at = CASE WHEN path IS NULL THEN expires_at ELSE $3::timestamptz END
        WHERE workspace_id = $1 AND (finished_at IS NULL OR path IS NOT NULL)
            AND $2::uuid[] IS NOT NULL""",
    ),
    Clearing(
        "imports",
        """UPDATE imports SET expires_at = $3
        WHERE workspace_id = $1 AND error_file_path IS NOT NULL AND $2::uuid[] IS NOT NULL""",
    ),
    Clearing(
        "uploads",
        """UPDATE uploads SET expires_at = $3
        WHERE workspace_id = $1 AND expires_at > $3 AND $2::uuid[] IS NOT NULL AND id IN (
            SELECT i.upload_id FROM imports i
            WHERE i.workspace_id = $1 AND i.finished_at IS NOT NULL AND NOT i.dry_run)""",
    ),
    Clearing(
        "bulk_change_failures",
        """DELETE FROM bulk_change_failures
        WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])""",
    ),
    Clearing(
        "idempotency_keys",
        """DELETE FROM idempotency_keys WHERE workspace_id = $1 AND (result_id = ANY($2::uuid[])
        OR result_id IN (
            SELECT m.merge_id FROM merge_members m WHERE m.workspace_id = $1
                AND (m.main_id = ANY($2::uuid[]) OR m.customer_id = ANY($2::uuid[]))))""",
    ),
)
"""In the order in which foreign keys allow them."""

ELSEWHERE = {
    "tickets": "services/erasing/mentions.py takes the person out of its texts",
    "deals": "services/erasing/mentions.py takes the person out of its texts",
    "tasks": "services/erasing/mentions.py takes the person out of its texts",
}
"""Tables that hold what names a person, and where else they are seen to."""

WITHOUT_CUSTOMERS = frozenset(
    {
        "api_keys",
        "audience_sizes",
        "broadcast_batches",
        "bulk_changes",
        "bulk_change_batches",
        "campaigns",
        "channels",
        "companies",
        "contact_log_days",
        "counters",
        "customer_views",
        "duplicate_comparisons",
        "groups",
        "job_runs",
        "monitoring_days",
        "order_items",
        "orders",
        "pipelines",
        "property_definitions",
        "segments",
        "stages",
        "tags",
        "users",
        "webhook_attempts",
        "webhook_deliveries",
        "webhook_endpoints",
        "workspaces",
    }
)
"""Tables that name no customer: settings, the business's own records, and sums."""
