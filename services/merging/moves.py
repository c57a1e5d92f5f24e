"""Moving records between customers: whole tables at once, and what is much of one in pieces."""

from collections.abc import Sequence
from uuid import UUID

from services.merging.tables import LARGE, MOVES
from services.transactions import Transaction

PIECE = 25_000
"""How many rows a statement moves at most, so that none runs into the time that statements have.
All pieces are of one transaction."""

MOVE = """
    UPDATE {table} SET customer_id = $3 WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])"""
GIVE_BACK = f"{MOVE} AND origin_customer_id = $3"
COUNT = """
    (SELECT count(*) FROM (
        SELECT 1 FROM {table} t WHERE t.workspace_id = $1 AND t.customer_id = ANY($2::uuid[])
        LIMIT $3) AS counted) AS {table}"""
COUNTS = f"SELECT {', '.join(COUNT.format(table=table) for table in sorted(LARGE))}"
SOME = """
    SELECT id FROM {table} WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])"""
SOME_TO_GIVE_BACK = f"{SOME} AND origin_customer_id = $3"
MOVE_SOME = """
    UPDATE {table} SET customer_id = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""


async def move_records(tx: Transaction, member_ids: Sequence[UUID], main_id: UUID) -> None:
    """Have all records of customers be their main customer's. The transaction holds them all."""
    ids = list(member_ids)
    large = await _large(tx, ids)
    for table in MOVES:
        if table in large:
            rows = await tx.fetch(SOME.format(table=table), tx.workspace_id, ids)
            await _move_some(tx, table, [row["id"] for row in rows], main_id)
        else:
            await tx.execute(MOVE.format(table=table), tx.workspace_id, ids, main_id)


async def give_back_records(tx: Transaction, main_id: UUID, member_id: UUID) -> None:
    """Have all records that came in with a member be theirs again. The transaction holds both."""
    large = await _large(tx, [main_id])
    for table in MOVES:
        place = (tx.workspace_id, [main_id], member_id)
        if table in large:
            rows = await tx.fetch(SOME_TO_GIVE_BACK.format(table=table), *place)
            await _move_some(tx, table, [row["id"] for row in rows], member_id)
        else:
            await tx.execute(GIVE_BACK.format(table=table), *place)


async def _large(tx: Transaction, customer_ids: Sequence[UUID]) -> set[str]:
    """The tables of which the customers have more rows than one statement moves."""
    [row] = await tx.fetch(COUNTS, tx.workspace_id, list(customer_ids), PIECE + 1)
    return {table for table, count in row.items() if count > PIECE}


async def _move_some(tx: Transaction, table: str, ids: Sequence[UUID], to: UUID) -> None:
    sql = MOVE_SOME.format(table=table)
    for start in range(0, len(ids), PIECE):
        await tx.execute(sql, tx.workspace_id, ids[start : start + PIECE], to)
