"""Whoever an id or a contact stands for is found by indexes, however many customers there are."""

import asyncpg
import pytest

from models import Workspace
from services.customer_additions import NOW_STANDS_FOR
from services.senders import BY_EMAIL, BY_PHONE
from services.transactions import workspace_transaction
from settings import Settings

LOOKUPS = {
    "an id": (NOW_STANDS_FOR, "uuid", "01a203a5-de56-7065-b8cf-46f483ce5c66"),
    "a phone": (BY_PHONE, "text", "+628120000001"),
    "an e-mail": (BY_EMAIL, "text", "siti@toko.example"),
}
CROWD = """
    INSERT INTO customers (workspace_id, id, full_name, name_key, search_text, acquisition, phone,
        email, created_at, updated_at)
    SELECT $1, gen_random_uuid(), 'Siti', 'siti', 'siti', 'API', '+62' || n, n || '@toko.example',
        now(), now()
    FROM generate_series(1, 5000) AS n"""


@pytest.mark.parametrize("what", LOOKUPS)
async def test_nobody_is_looked_for_among_all(
    workspace: Workspace, settings: Settings, what: str
) -> None:
    owner = await asyncpg.connect(settings.database_url)
    try:
        await owner.execute(CROWD, workspace.id)
        await owner.execute("ANALYZE customers")
    finally:
        await owner.close()
    sql, type, value = LOOKUPS[what]
    async with workspace_transaction(workspace.id) as tx:
        await tx.execute(f"PREPARE looked_up (uuid, {type}) AS {sql}")
        rows = await tx.fetch(f"EXPLAIN EXECUTE looked_up ('{workspace.id}', '{value}')")
        await tx.execute("DEALLOCATE looked_up")
    plan = [row["QUERY PLAN"] for row in rows]
    # Row-level security keeps conditions that are not leakproof out of index scans.
    assert any("Index Cond" in line and "merged_into_id" in line for line in plan), plan
    assert not any("Seq Scan on customers" in line for line in plan), plan
