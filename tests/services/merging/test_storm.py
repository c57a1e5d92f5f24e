"""Storms: many callers who merge and unmerge the same customers, while records arrive for them."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models import ChannelKind, MessageDirection, SurvivorshipStrategy, Workspace
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.erasing.customers import erase_customer
from services.errors import ErrorCode, Refusal
from services.merging.main_identities import set_main_identity
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.merging.unmerges import unmerge_customer
from services.messages import NewMessage, record_message
from services.transactions import Transaction
from services.workspaces import create_workspace
from tests.rows import NOW
from tests.services.merging.twins.bases import Base, Person
from tests.services.merging.twins.edits import import_customers
from tests.services.merging.twins.recounts import mistakes
from tests.services.merging.twins.snapshots import Names, Snapshot, snapshot, tables_compared
from tests.services.writing import change, rows

CALLERS = 64
CUSTOMERS = 200
SECONDS, LONG_SECONDS = 3, 30
MOST_ERASED = 40
"""So many families are erased in a storm, at most: it needs somebody who is left."""
MERGING = frozenset({ErrorCode.CONFLICT, ErrorCode.LIMIT_EXCEEDED, ErrorCode.INVALID})
STRATEGIES = list(SurvivorshipStrategy)

OPEN_MEMBERSHIPS = """
    SELECT customer_id, main_id FROM merge_members
    WHERE workspace_id = $1 AND unmerged_at IS NULL AND carried_on_at IS NULL"""
DELETED = " AND deleted_at IS NOT NULL AND erased_at IS NULL"
MERGED = """
    SELECT id FROM customers
    WHERE workspace_id = $1 AND merged_into_id IS NOT NULL AND erased_at IS NULL"""
STANDING_VALUES = "SELECT main_id, customer_id FROM merge_values WHERE workspace_id = $1"


@dataclass
class Storm:
    """A workspace, and what has become of the calls."""

    workspace: Workspace
    base: Base
    ids: list[UUID]
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    number: int = 0

    async def call(self, name: str, verb: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """One call, as a mutation makes it. What is no refusal fails the test."""
        now = datetime.now(UTC)
        try:
            await change(self.workspace, verb, *arguments, now=now)
        except Refusal as refusal:
            self.outcomes[name, refusal.code] += 1
        else:
            self.outcomes[name, "done"] += 1

    async def caller(self, dice: random.Random, until: float) -> None:
        """Somebody who calls until the time is over."""
        while time.monotonic() < until:
            self.number += 1
            verb = dice.choices(list(CALLS), [weight for weight, _ in CALLS.values()])[0]
            await CALLS[verb][1](self, dice, self.number)


async def merge(storm: Storm, dice: random.Random, number: int) -> None:
    main, *members = dice.sample(storm.ids, dice.choice([2, 2, 2, 3, 5]))
    merging = Merging(main_id=main, member_ids=members, strategy=dice.choice(STRATEGIES))
    await storm.call("merge", merge_customers, merging)


async def merge_crosswise(storm: Storm, dice: random.Random, number: int) -> None:
    """One into the other, and the other into the one, at the same time."""
    one, other = dice.sample(storm.ids, 2)
    await asyncio.gather(
        storm.call("merge", merge_customers, Merging(main_id=one, member_ids=[other])),
        storm.call("merge", merge_customers, Merging(main_id=other, member_ids=[one])),
    )


async def unmerge(storm: Storm, dice: random.Random, number: int) -> None:
    await storm.call("unmerge", unmerge_customer, dice.choice(storm.ids))


async def message(storm: Storm, dice: random.Random, number: int) -> None:
    identity = dice.choice(storm.base.of_kind(ChannelKind.WHATSAPP))
    new = NewMessage(
        channel=identity.kind,
        channel_id=identity.channel_id,
        identifier=identity.identifier,
        direction=MessageDirection.INBOUND,
        external_id=f"storm-{number}",
        sent_at=datetime.now(UTC) - timedelta(minutes=dice.randrange(3000)),
        text="Halo",
    )
    await storm.call("message", record_message, new)


async def update(storm: Storm, dice: random.Random, number: int) -> None:
    changes = CustomerChanges(full_name=f"Nama {number}", province=dice.choice(["Bali", None]))
    await storm.call("update", update_customer, dice.choice(storm.ids), changes)


async def delete_and_restore(storm: Storm, dice: random.Random, number: int) -> None:
    id = dice.choice(storm.ids)
    await storm.call("delete", delete_customer, id)
    await asyncio.sleep(0)
    await storm.call("restore", restore_customer, id)


async def erase(storm: Storm, dice: random.Random, number: int) -> None:
    """Somebody's data is demanded to be gone, with all who are merged into them then."""
    if storm.outcomes["erase", "done"] < MOST_ERASED:
        await storm.call("erase", erase_customer, dice.choice(storm.ids))


async def import_rows(storm: Storm, dice: random.Random, number: int) -> None:
    names = dice.sample(sorted(storm.base.customers), 3)
    cells = [[name, f"Impor {number}", "", "Guru", str(number), "", "", ""] for name in names]
    await storm.call("import", import_customers, cells)


async def choose_identity(storm: Storm, dice: random.Random, number: int) -> None:
    identity = dice.choice(storm.base.of_kind(ChannelKind.WHATSAPP))
    origin = identity.origin_customer_id
    await storm.call("main identity", set_main_identity, origin, identity.id)


CALLS: dict[str, tuple[int, Callable[[Storm, random.Random, int], Awaitable[None]]]] = {
    "merge": (10, merge),
    "crosswise": (3, merge_crosswise),
    "unmerge": (9, unmerge),
    "message": (6, message),
    "update": (4, update),
    "delete": (1, delete_and_restore),
    "erase": (1, erase),
    "import": (2, import_rows),
    "identity": (1, choose_identity),
}


async def begin() -> Storm:
    """A workspace of customers with records around them."""
    workspace = await create_workspace("Toko Badai", currency="IDR")
    base = Base(workspace)
    for number in range(CUSTOMERS):
        base.person(f"C{number}", Person(number % 4, number))
    await base.save_in(workspace)
    return Storm(workspace, base, [customer.id for customer in base.customers.values()])


@pytest.mark.usefixtures("database")
async def test_whoever_merges_at_once_one_order_wins(pytestconfig: pytest.Config) -> None:
    storm = await begin()
    seconds = LONG_SECONDS if pytestconfig.getoption("--long") else SECONDS
    until = time.monotonic() + seconds
    await asyncio.gather(*(storm.caller(random.Random(number), until) for number in range(CALLERS)))
    await restore_all(storm)
    assert await wrong(storm) == []
    refused = {(name, code) for (name, code), _ in storm.outcomes.items() if code != "done"}
    allowed = {
        *(("merge", code) for code in MERGING),
        *(("unmerge", code) for code in MERGING),
        *((name, ErrorCode.CONFLICT) for name in CALLS),
        # Somebody had deleted them.
        *((name, ErrorCode.NOT_FOUND) for name in ("merge", "unmerge", "update", "delete")),
        # Or erased them, which is for good.
        *((name, ErrorCode.NOT_FOUND) for name in ("restore", "erase", "message")),
        ("main identity", ErrorCode.NOT_FOUND),
        # The identity had left between the two looks.
        ("main identity", ErrorCode.INVALID),
    }
    assert refused <= allowed, storm.outcomes
    done = ("merge", "unmerge", "message", "erase")
    assert min(storm.outcomes[name, "done"] for name in done) > 0
    assert await half_erased(storm) == []
    await unmerge_all(storm)
    assert await wrong(storm) == []


async def half_erased(storm: Storm) -> list[dict[str, Any]]:
    """Whoever is left of somebody who was erased: by name, or among those who are merged."""
    sql = """
        SELECT m.id FROM customers m JOIN customers c
            ON c.workspace_id = $1 AND c.id = m.merged_into_id
        WHERE m.workspace_id = $1 AND (m.erased_at IS NULL) <> (c.erased_at IS NULL)
        UNION ALL SELECT id FROM customers
        WHERE workspace_id = $1 AND erased_at IS NOT NULL
            AND (full_name <> 'Erased' OR phone IS NOT NULL OR email IS NOT NULL
                OR search_text <> '' OR external_id IS NOT NULL OR main_identity_id IS NOT NULL)"""
    of_erased = """
        SELECT t.id FROM {table} t JOIN customers c
            ON c.workspace_id = $1 AND c.id IN (t.customer_id, t.origin_customer_id)
        WHERE t.workspace_id = $1 AND c.erased_at IS NOT NULL"""
    found = await rows(storm.workspace, sql)
    for table in ("channel_identities", "conversations", "customer_tags", "customer_groups"):
        found += await rows(storm.workspace, of_erased.format(table=table))
    return found


async def restore_all(storm: Storm) -> None:
    """Bring back whom the storm has left deleted."""
    sql = "SELECT id FROM customers WHERE workspace_id = $1" + DELETED
    for row in await rows(storm.workspace, sql):
        await change(storm.workspace, restore_customer, row["id"])


async def unmerge_all(storm: Storm) -> None:
    """Take everyone out who is not erased, in the order of their ids."""
    for row in await rows(storm.workspace, MERGED):
        await change(storm.workspace, unmerge_customer, row["id"], now=datetime.now(UTC))
    assert await rows(storm.workspace, MERGED) == []


async def wrong(storm: Storm) -> list[str]:
    """What is not as it has to be: records, columns, memberships, standing values."""
    found = await snapshot(storm.workspace, await tables_compared())
    names = Names(found)
    main = who_is_part_of_whom(found, names)
    told = mistakes(found, main, storm.base.definitions, datetime.now(UTC))
    chains = [name for name, of in main.items() if main[of] != of]
    told += [f"{name}: is part of one who is part of another" for name in chains]
    counts = Counter(of for name, of in main.items() if of != name)
    told += [f"{name}: has {count} members" for name, count in counts.items() if count > 10]
    standing = [
        (names.of[str(row["customer_id"])], names.of[str(row["main_id"])])
        for row in await rows(storm.workspace, OPEN_MEMBERSHIPS)
    ]
    if Counter(standing) != Counter((name, of) for name, of in main.items() if of != name):
        told.append(f"memberships: {sorted(standing)}, customers: {main}")
    for row in await rows(storm.workspace, STANDING_VALUES):
        giver, of = names.of[str(row["customer_id"])], names.of[str(row["main_id"])]
        if main[giver] != of or giver == of:
            told.append(f"a value of {giver} stands on {of}")
    return told


def who_is_part_of_whom(found: Snapshot, names: Names) -> dict[str, str]:
    """Each customer's main customer, as their rows say."""
    return {
        names.of[row["id"]]: names.of[row["merged_into_id"] or row["id"]]
        for row in found["customers"]
    }


async def test_the_check_of_the_storm_finds_what_is_wrong(database: None) -> None:
    storm = await begin()
    one, other = storm.base.customers["C2"], storm.base.customers["C3"]

    async def hand_over(tx: Transaction) -> None:
        await tx.execute(
            "UPDATE channel_identities SET customer_id = $2 WHERE workspace_id = $1"
            " AND customer_id = $3",
            tx.workspace_id,
            one.id,
            other.id,
        )

    assert await wrong(storm) == []
    await change(storm.workspace, hand_over, now=NOW)
    assert any("is C2's, of C3" in mistake for mistake in await wrong(storm))
