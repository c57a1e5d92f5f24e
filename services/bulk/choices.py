"""Which customers a bulk change is of: a list of ids, or all that match, frozen at the call."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.errors import invalid
from services.transactions import Transaction

MOST_IDS = 1_000
"""Ids that one call may name. More are a filter's, a group's or a file's."""
BATCH = 200
"""Customers who are changed in one transaction."""
PAGE = 100
"""Batches that are read and written in one statement."""


@dataclass(frozen=True)
class Choice:
    """Either `ids`, or a statement that reads the column `id` of all that match, workspace first
    among its parameters."""

    ids: Sequence[UUID] = ()
    statement: str | None = None
    parameters: Sequence[Any] = field(default=())


async def batches_of(tx: Transaction, choice: Choice) -> AsyncIterator[list[list[UUID]]]:
    """The chosen customers in batches of BATCH, in the order of ids, some PAGE batches at a time.

    Raises a Refusal (INVALID) at `customerIds` where there are none or too many.
    """
    if choice.statement is None:
        yield _in_batches(_checked(choice.ids))
        return
    parameters = list(choice.parameters)
    place = len(parameters) + 1
    # A page is read behind the last one: no statement holds a million ids in memory.
    page = (
        f"SELECT c.id FROM ({choice.statement}) AS c WHERE c.id > ${place}::uuid"
        f" ORDER BY c.id LIMIT {BATCH * PAGE}"
    )
    last = UUID(int=0)
    while True:
        rows = await tx.fetch(page, *parameters, last)
        if rows:
            yield _in_batches([row["id"] for row in rows])
        if len(rows) < BATCH * PAGE:
            return
        last = rows[-1]["id"]


def _checked(ids: Sequence[UUID]) -> list[UUID]:
    if not ids:
        raise invalid("Name at least one customer, or give a filter.", "customerIds")
    if len(ids) > MOST_IDS:
        raise invalid(
            f"customerIds has {len(ids):,} ids: give at most {MOST_IDS:,}, or a filter.",
            "customerIds",
        )
    return sorted(set(ids))


def _in_batches(ids: Sequence[UUID]) -> list[list[UUID]]:
    return [list(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
