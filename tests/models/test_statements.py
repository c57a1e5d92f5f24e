"""Every statement keeps to the rules for distributing the database: how that is checked, and that
all of reading does. What services, workers and mutations send is checked in their own tests."""

import pytest
import pytest_asyncio

import models
from models import Workspace
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import answer
from tests.parsed import broken_rules
from tests.recorded import TABLES, broken_by, recorded_statements
from tests.resolvers.test_statement_counts import OF_A_CUSTOMER, ROOTS
from tests.worlds import World, build_world

__all__ = ["recorded_statements"]

KEPT = [
    "SELECT id FROM customers WHERE workspace_id = $1 AND id = $2",
    'SELECT "id" FROM "customers" WHERE "workspace_id"=$1',
    "SELECT r.id FROM customers r WHERE r.workspace_id = $1 FOR UPDATE SKIP LOCKED",
    "SELECT p.id, r.* FROM unnest($2::uuid[]) AS p(id) CROSS JOIN LATERAL (SELECT r.id FROM"
    " tickets r WHERE r.workspace_id = $1 AND EXISTS (SELECT 1 FROM customer_tickets a WHERE"
    " a.workspace_id = $1 AND a.customer_id = p.id) LIMIT 3) r",
    "SELECT 1 FROM orders o JOIN order_items i ON i.workspace_id = $1 AND i.order_id = o.id"
    " WHERE o.workspace_id = $1",
    "WITH found AS (SELECT id FROM tags WHERE workspace_id = $1) SELECT id FROM found",
    "UPDATE customers SET version = $2 WHERE workspace_id = $1 AND id = $3",
    "DELETE FROM customers c WHERE c.workspace_id = $1",
    "INSERT INTO tags (workspace_id, id) VALUES ($1, $2)",
    "INSERT INTO tags (workspace_id, id) SELECT $1, t.id FROM unnest($2::uuid[]) AS t(id)"
    " ON CONFLICT (workspace_id, id) DO NOTHING",
    "INSERT INTO counters (workspace_id, value) VALUES ($1, $2) ON CONFLICT (workspace_id, name)"
    " DO UPDATE SET value = counters.value + excluded.value RETURNING value",
    "SELECT 'now() and random()' FROM tags WHERE workspace_id = $1",
]
BROKEN = [
    ("SELECT id FROM customers", "missing"),
    ("SELECT id FROM customers WHERE id = $1", "missing"),
    ("SELECT id FROM customers WHERE workspace_id = current_setting('app.workspace')", "missing"),
    (
        "SELECT 1 FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.workspace_id = $1",
        "i",
    ),
    (
        "SELECT 1 FROM orders o JOIN order_items i ON i.workspace_id = o.workspace_id"
        " WHERE o.workspace_id = $1",
        "order_items i",
    ),
    (
        "SELECT 1 FROM tickets r WHERE r.workspace_id = $1 AND EXISTS"
        " (SELECT 1 FROM customer_tickets a WHERE a.ticket_id = r.id)",
        "customer_tickets a",
    ),
    ("WITH found AS (SELECT id FROM tags) SELECT id FROM found", "tags"),
    ("UPDATE customers SET version = 2 WHERE id = $1", "missing"),
    ("UPDATE customers SET workspace_id = $2 WHERE workspace_id = $1", "SET workspace_id"),
    ("UPDATE customers SET updated_at = now() WHERE workspace_id = $1", "now"),
    ("UPDATE customers SET updated_at = CURRENT_TIMESTAMP WHERE workspace_id = $1", "parameter"),
    ("UPDATE customers SET version = random() WHERE workspace_id = $1", "random"),
    ("DELETE FROM customers", "missing"),
    ("SELECT id FROM customers WHERE id = $1 FOR UPDATE", "missing"),
    ("INSERT INTO tags (id) VALUES ($1)", "does not write the workspace"),
    ("INSERT INTO tags (workspace_id, id) SELECT $1, t.id FROM unnest($2::uuid[]) t(id)", "wants"),
    ("MERGE INTO customers USING x ON true WHEN MATCHED THEN DELETE", "MERGE"),
    ("COPY customers FROM STDIN", "COPY"),
    ("SELECT (", "parsed"),
]


@pytest.mark.parametrize("sql", KEPT)
def test_a_statement_that_keeps_to_the_rules_passes(sql: str) -> None:
    assert broken_rules(sql, TABLES) == []


@pytest.mark.parametrize(("sql", "says"), BROKEN)
def test_a_statement_that_breaks_a_rule_is_found(sql: str, says: str) -> None:
    found = broken_rules(sql, TABLES)
    assert len(found) > 0
    assert says in " ".join(found)


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """Rows in every table; these tests only read."""
    return await build_world(await create_workspace("Toko Baca"), 2)


async def test_all_of_reading_keeps_to_the_rules(
    world: World, recorded_statements: list[str]
) -> None:
    for selection in OF_A_CUSTOMER:
        await answer(world.workspace, f"{{ customers(first: 2) {{ nodes {{ {selection} }} }} }}")
    for selection in ROOTS:
        await answer(world.workspace, f"{{ {selection} }}")
    await every_filter(world.workspace, world)
    distinct = set(recorded_statements)
    assert len(distinct) > 60
    assert {sql: broken_by(sql) for sql in distinct if broken_by(sql)} == {}


async def every_filter(workspace: Workspace, world: World) -> None:
    """Lists with all filters, an order, a search and both cursors."""
    ids = {
        model: global_id(model, world.of(model)[0].id)
        for model in (models.User, models.Group, models.Segment, models.Tag, models.Stage)
    }
    filter = {
        "sources": ["WHATSAPP"],
        "updated": {"preset": "THIS_MONTH"},
        "created": {"month": "2026-11"},
        "ownerIds": [ids[models.User]],
        "assigneeIds": [ids[models.User]],
        "statuses": ["CUSTOMER"],
        "acquisitions": ["MANUAL"],
        "window": "ACTIVE",
        "productive": True,
        "merged": True,
        "groupIds": [ids[models.Group]],
        "segmentIds": [ids[models.Segment]],
        "tagIds": [ids[models.Tag]],
        "properties": [
            {"key": "size", "op": "IN", "value": ["M"]},
            {"key": "score", "op": "BETWEEN", "value": [1, 2]},
            {"key": "score", "op": "IS_NOT_SET"},
        ],
    }
    query = """query($f: CustomerFilter, $after: String) {
        customers(filter: $f, search: "budi", after: $after,
            orderBy: { by: LAST_INBOUND_AT, direction: ASC })
        { totalCount edges { cursor } } }"""
    found = await answer(workspace, query, f=filter)
    assert not found.errors
    reached = 'customerByIdentity(channel: WHATSAPP, identifier: "+6281200000001") { id }'
    work = f'tickets(filter: {{ stageIds: ["{ids[models.Stage]}"] }}, search: "x") {{ totalCount }}'
    timeline = "customers { nodes { timeline(kinds: [ORDER, CAMPAIGN], last: 1) { totalCount } } }"
    paged = await answer(workspace, f"{{ {reached} {work} {timeline} }}")
    assert not paged.errors
