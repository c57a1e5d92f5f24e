"""Moving records between customers: whole tables at once, and large ones in pieces."""

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
MOVE_SOME = """
    UPDATE {table} SET customer_id = $3 WHERE workspace_id = $1 AND id IN (
        SELECT id FROM {table}
        WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) LIMIT $4)"""
GIVE_BACK_SOME = """
    UPDATE {table} SET customer_id = $3 WHERE workspace_id = $1 AND id IN (
        SELECT id FROM {table}
        WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) AND origin_customer_id = $3
        LIMIT $4)"""


async def move_records(tx: Transaction, member_ids: Sequence[UUID], main_id: UUID) -> None:
    """Have all records of customers be their main customer's. The transaction holds them all."""
    await _move(tx, MOVE, MOVE_SOME, member_ids, main_id)


async def give_back_records(tx: Transaction, main_id: UUID, member_id: UUID) -> None:
    """Have all records that came in with a member be theirs again. The transaction holds both."""
    await _move(tx, GIVE_BACK, GIVE_BACK_SOME, [main_id], member_id)


async def _move(tx: Transaction, all: str, some: str, of: Sequence[UUID], to: UUID) -> None:
    for table in MOVES:
        if table not in LARGE:
            await tx.execute(all.format(table=table), tx.workspace_id, list(of), to)
            continue
        sql = some.format(table=table)
        while await tx.execute(sql, tx.workspace_id, list(of), to, PIECE) == PIECE:
            pass
