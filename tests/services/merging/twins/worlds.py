"""Twins at work: every step is taken in the workspace that merges, and told to its twin.

The twin never merges. So it is defined here whom there, in the twin, something reaches that is
addressed to a customer who is merged at that moment:

- A **record** (message, conversation, order, campaign interaction, association; by the API or from
  a file) reaches the customer whose id or identity it names: that is whom it goes back with. One
  that is reported again of the main customer stays with the member that it came in with.
- An **edit** (updateCustomer, an import's row that is theirs) by anyone's id reaches the main
  customer, and stays with them. Of its fields those that change something where merged: a value
  that was there already is no edit, and what an import passes over neither.
- The **set of groups or tags** that an edit gives is the main customer's as they are shown: a group
  taken out is taken from everyone who is part of them; one put in, whom none of them is in, is
  the main customer's own. To **dissociate** ends the association of everyone who is part of them.
- A **main identity** that came in with a member is none of the main customer's own choice: in the
  twin nothing happens.
- A **deletion or restoration**, however it comes, is of everyone who is part of the main customer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models import PropertyDefinition, Workspace
from services.errors import ErrorCode, Refusal
from services.transactions import Transaction, workspace_transaction
from tests.rows import NOW
from tests.services.merging.twins.bases import Base, Person, build_twins
from tests.services.merging.twins.recounts import mistakes
from tests.services.merging.twins.snapshots import (
    Names,
    Row,
    Snapshot,
    differences,
    snapshot,
    tables_compared,
)
from tests.services.writing import change

Verb = Callable[..., Awaitable[Any]]
DELETE_ALIKE = """
    UPDATE customers SET deleted_at = d.deleted_at FROM unnest($2::uuid[], $3::timestamptz[])
        AS d(id, deleted_at)
    WHERE customers.workspace_id = $1 AND customers.id = d.id
        AND customers.deleted_at IS DISTINCT FROM d.deleted_at"""


@dataclass
class Side:
    """One of the two workspaces, as it was found after the last step."""

    workspace: Workspace
    found: Snapshot = field(default_factory=dict)
    names: Names = field(init=False)
    rows: dict[str, Row] = field(init=False)
    """The customers by name."""

    async def look(self, tables: list[str]) -> None:
        """Read everything anew."""
        self.found = await snapshot(self.workspace, tables)
        self.names = Names(self.found)
        self.rows = {self.names.of[row["id"]]: row for row in self.found["customers"]}

    def id(self, name: str) -> UUID:
        """A customer's id."""
        return self.names.customer(name)

    async def perform(self, now: datetime, verb: Verb, *arguments: Any) -> ErrorCode | None:
        """Run a verb in a transaction of its own; the code of the refusal that it met with."""
        try:
            await change(self.workspace, verb, *arguments, now=now)
        except Refusal as refusal:
            return refusal.code
        return None


@dataclass
class Twins:
    """Two workspaces in step, and who is part of whom in the one that merges."""

    base: Base
    merging: Side
    twin: Side
    tables: list[str]
    main: dict[str, str]
    now: datetime = NOW
    number: int = 0
    done: list[str] = field(default_factory=list)
    """What was done, in words, for who has to find out why a test fails."""

    @property
    def definitions(self) -> dict[str, PropertyDefinition]:
        """The custom properties by key."""
        return self.base.definitions

    @property
    def everyone(self) -> list[str]:
        """All customers' names, in an order that does not depend on ids."""
        return sorted(self.main)

    def someone(self, number: int) -> str:
        """One of the customers: three times of four one who is merged, where anybody is."""
        mains = {main for name, main in self.main.items() if name != main}
        merged = [name for name in self.everyone if self.main[name] in mains]
        among = merged if merged and number % 4 else self.everyone
        return among[number // 4 % len(among)]

    def part_of(self, main: str) -> list[str]:
        """The main customer, and those who are merged into them."""
        return [name for name in self.everyone if self.main[name] == main]

    def pass_time(self, hours: float) -> None:
        """Go on: no two steps happen at the same instant."""
        self.number += 1
        self.now += timedelta(hours=hours, seconds=1)

    async def both(self, verb: Verb, make: Callable[[Side], Any]) -> ErrorCode | None:
        """Do the same on both sides, which must meet with the same refusal, if with any."""
        ours = await self.merging.perform(self.now, verb, make(self.merging))
        theirs = await self.twin.perform(self.now, verb, make(self.twin))
        assert ours == theirs, f"{verb.__name__}: {ours} where merged, {theirs} in the twin"
        return ours

    async def look(self) -> None:
        """Read both sides; customers who are new are part of themselves."""
        await self.merging.look(self.tables)
        for name in self.merging.names.customers:
            self.main.setdefault(name, name)

    async def delete_alike(self) -> None:
        """Have those in the twin deleted whose main customer is, and no others."""
        await self.twin.look(self.tables)
        wanted = {name: self.merging.rows[self.main[name]]["deleted_at"] for name in self.twin.rows}
        if all(row["deleted_at"] == wanted[name] for name, row in self.twin.rows.items()):
            return
        ids = [self.twin.id(name) for name in wanted]
        times = [datetime.fromisoformat(at) if at else None for at in wanted.values()]
        async with workspace_transaction(self.twin.workspace.id) as tx:
            await tx.execute(DELETE_ALIKE, tx.workspace_id, ids, times)
        await self.twin.look(self.tables)

    async def check(self) -> None:
        """Look at both sides, and hold the one that merges to its records and to the other."""
        await self.look()
        await self.delete_alike()
        told = mistakes(self.merging.found, self.main, self.definitions, self.now)
        told += differences(self.merging.found, self.twin.found, self.main)
        told += self.first_contacts()
        assert not told, told

    def first_contacts(self) -> list[str]:
        """Main customers whose first contact is not the earliest of all who are part of them."""
        found = []
        for name in {*self.main.values()}:
            times = [
                at
                for one in self.part_of(name)
                if (at := self.instant(self.twin.rows[one]["first_contacted_at"])) is not None
            ]
            wanted = min(times, default=None)
            shown = self.instant(self.merging.rows[name]["first_contacted_at"])
            if shown != wanted:
                found.append(f"{name}: first contacted at {shown}, counted anew {wanted}")
        return found

    @staticmethod
    def instant(written: str | None) -> datetime | None:
        """A time as a snapshot has it."""
        return datetime.fromisoformat(written) if written else None

    def same_at_last(self) -> list[str]:
        """What differs when nobody is merged any more: nothing may."""
        assert all(name == main for name, main in self.main.items())
        return differences(self.merging.found, self.twin.found)

    async def in_twin(self, verb: Verb, *arguments: Any) -> None:
        """Something that has to succeed in the twin."""
        assert await self.twin.perform(self.now, verb, *arguments) is None


async def begin(people: list[Person]) -> Twins:
    """Twins with these customers."""
    base, merging, twin = await build_twins(people)
    twins = Twins(base, Side(merging), Side(twin), await tables_compared(), {})
    await twins.check()
    assert twins.same_at_last() == []
    return twins


async def touched(tx: Transaction, id: UUID) -> None:
    """Move a customer's last update to the transaction's instant."""
    await tx.execute(
        "UPDATE customers SET updated_at = $3 WHERE workspace_id = $1 AND id = $2",
        tx.workspace_id,
        id,
        tx.now,
    )
