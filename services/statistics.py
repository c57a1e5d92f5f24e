"""The planner's statistics, brought up to date after many rows came at once.

PostgreSQL takes a workspace that it has not seen since its last ANALYZE for one with hardly a row,
and then any index that begins with the workspace looks as good as the right one. Its own job looks
again when a tenth of a table has changed, which in a large table is long after a new workspace's
import.
"""

from models.database import maintenance_connection

MANY = 10_000
"""From how many new rows on it is worth the second that it takes."""

IMPORTED = ("customers", "channel_identities", "orders", "order_items", "property_index_entries")
SHOWN = (
    *IMPORTED,
    "conversations",
    "messages",
    "campaign_interactions",
    "customer_companies",
    "tickets",
    "customer_tickets",
    "deals",
    "customer_deals",
    "tasks",
    "customer_tasks",
)


async def refresh_statistics(added: int, tables: tuple[str, ...] = IMPORTED) -> None:
    """Analyze these tables, if `added` rows are many. For all workspaces: it samples the tables."""
    if added >= MANY:
        await maintenance_connection().execute_query(f"ANALYZE {', '.join(tables)}")
